// Files and texts, as many tests need them.
//
// Thread-safety: pure functions, but for the file. Errors: a file that cannot be read is empty.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace gtidops::testing {

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace gtidops::testing
