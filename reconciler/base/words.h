// words: numbers with their nouns, and the beginning of a text.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gtidops {

// "1 step", "2 steps", "0 steps".
inline std::string counted(std::int64_t count, std::string_view noun) {
  std::string text = std::to_string(count);
  text.append(" ").append(noun);
  return count == 1 ? text : text.append("s");
}

// The beginning of a text, cut at a blank: never within a word, a number or a GTID set. The whole
// text when it has no more than `longest` bytes; else what fits of it, and " ...". A first word
// that is longer is shown as it is.
inline std::string first_words(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return std::string(text);
  std::size_t cut = text.rfind(' ', longest);
  if (cut == std::string_view::npos || cut == 0) cut = text.find(' ', longest);
  if (cut == std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, cut)) + " ...";
}

}  // namespace gtidops
