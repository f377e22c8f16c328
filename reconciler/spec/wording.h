// did_you_mean, cut, join, split: how error messages show names and texts.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spec/source_text.h"

namespace gtidops {

// `; did you mean "source"?` when one of the names is close to `word`; else empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names);

// A number or a word as it stands in the file, cut when long.
std::string cut(std::string_view text);

std::string join(const std::vector<std::string>& words, std::string_view separator);
// At least one part; "a//b" has an empty one.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace gtidops
