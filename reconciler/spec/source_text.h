// check_text: is a file UTF-8 text of a sane size? This is checked before the YAML is parsed.
//
// Thread-safety: pure functions. Errors: check_text() returns the problem.
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

// The first reason to refuse `text`: too large, not UTF-8, a control character, a Git LFS pointer,
// too many keys and values. nullopt when there is none.
std::optional<YamlProblem> check_text(std::string_view text);

// The position of the byte at `offset`. A column counts characters, as an editor does.
Position position_at(std::string_view text, std::size_t offset);

// `text` for an error message: in double quotes, control characters as \xNN (a terminal must not
// obey a file), cut when long.
std::string show(std::string_view text);

}  // namespace gtidops
