// nearest: which of the valid names somebody most likely meant.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gtidops {

// The candidate with the least edit distance (a transposition counts one, case is ignored), if that
// distance is at most a third of the word's length, rounded up; nullopt when nothing comes near.
std::optional<std::string> nearest(std::string_view word,
                                   const std::vector<std::string>& candidates);

// `text` in lower case, ASCII only (MySQL's option and variable names are).
std::string lower(std::string_view text);
// The same in upper case.
std::string upper(std::string_view text);

}  // namespace gtidops
