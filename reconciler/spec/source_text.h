// What a file must be before YAML is looked at: text, UTF-8, of a sane size.
//
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/position.h"
#include "spec/yaml_tree.h"

namespace gtidops {

// The text without its byte order mark.
std::string_view without_bom(std::string_view text);

// The first thing that makes `text` no text: too large, not UTF-8, a control character.
std::optional<YamlProblem> check_text(std::string_view text);

// Where the byte at `offset` stands; a column counts characters, as an editor does.
Position position_at(std::string_view text, std::size_t offset);

// `text` for an error message: in double quotes, control characters as \xNN (a terminal must not
// obey a file), cut when long.
std::string show(std::string_view text);

}  // namespace gtidops
