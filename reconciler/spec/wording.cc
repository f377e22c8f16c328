#include "spec/wording.h"

#include "base/nearest.h"

namespace gtidops {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  const auto meant = nearest(word, names);
  return meant ? "; did you mean " + show(*meant) + "?" : std::string();
}

std::string cut(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return text.size() <= kLongest ? std::string(text)
                                 : std::string(text.substr(0, kLongest)) + "...";
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  std::string out;
  for (const std::string& word : words) {
    if (!out.empty()) out += separator;
    out += word;
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace gtidops
