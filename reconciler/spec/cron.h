// The five fields of cron: minute, hour, day of the month, month, day of the week.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gtidops {

// nullopt, or what is wrong: numbers, names (JAN, MON), ranges (1-5), lists (1,3), steps (*/15).
std::optional<std::string> check_cron(std::string_view text);

}  // namespace gtidops
