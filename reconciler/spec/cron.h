// check_cron: is a text a cron schedule? It has five fields: minute, hour, day of the month, month,
// day of the week.
//
// Thread-safety: pure functions. Errors: none; what is wrong is the result.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gtidops {

// nullopt when `text` is a schedule, else the error message. A field takes numbers, names (JAN,
// MON), ranges (1-5), lists (1,3) and steps (*/15).
std::optional<std::string> check_cron(std::string_view text);

}  // namespace gtidops
