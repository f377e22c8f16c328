// json_parts: what the plan's JSON and the status' JSON have in common.
//
// Thread-safety: pure functions. Errors: none; text that is no UTF-8 (a server's error message may
// be anything) is printed with U+FFFD in the places that are wrong.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/plan.h"

namespace gtidops {

inline constexpr const char* kJsonFormatVersion = "1.0";

nlohmann::ordered_json json_of(const std::vector<Difference>& differences);
nlohmann::ordered_json json_of(const std::vector<Finding>& findings);

// The value, or null.
nlohmann::ordered_json text_or_null(const std::optional<std::string>& text);
nlohmann::ordered_json number_or_null(std::optional<std::int64_t> number);
// null when it is empty.
nlohmann::ordered_json filled_or_null(const std::string& text);

// Indented by two, members in the order they were given, ends in a newline.
std::string print_json(const nlohmann::ordered_json& value);

}  // namespace gtidops
