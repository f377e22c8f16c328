// CheckedLine: a JSON value on a line of its own, with a checksum that tells when it was damaged.
//
// Thread-safety: pure functions. Errors: nullopt for a line that is damaged or not of this form.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace gtidops {

// {"crc32":"0a1b2c3d","value":...} and a newline.
std::string write_checked_line(const nlohmann::json& value);
// `line` with or without its newline.
std::optional<nlohmann::json> read_checked_line(std::string_view line);

}  // namespace gtidops
