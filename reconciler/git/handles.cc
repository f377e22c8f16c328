#include "git/handles.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

namespace gtidops::git {
namespace {

// The length of the well-formed UTF-8 character at `at`; 0 when there is none, or a control
// character.
std::size_t utf8_length(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
  std::uint32_t value = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return 0;
    value = value << 6U | (byte(at + i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (value < least.at(length) || value > 0x10FFFF) return 0;
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  const bool control = value < 0xA0;  // the caller looks at those of one byte
  return surrogate || control ? 0 : length;
}

struct Library {
  explicit Library(const std::string& home) {
    if (!home.empty()) ::setenv("HOME", home.c_str(), 1);
    if (git_libgit2_init() < 0) throw std::runtime_error("libgit2 cannot be started");
    for (const int level :
         {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG})
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL, home.c_str());
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    // The owner of the repository does not matter, because nothing in it is ever executed.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  }
};

}  // namespace

void start_libgit2(const std::string& home) { static const Library library(home); }

std::string last_message() {
  const git_error* const error = git_error_last();
  return error == nullptr || error->message == nullptr ? "no reason was given"
                                                       : printable(error->message);
}

int last_class() {
  const git_error* const error = git_error_last();
  return error == nullptr ? static_cast<int>(GIT_ERROR_NONE) : error->klass;
}

std::string hex(const git_oid& id) {
  std::array<char, GIT_OID_HEXSZ + 1> text{};
  git_oid_tostr(text.data(), text.size(), &id);
  return text.data();
}

std::string printable(const std::string& text, std::size_t limit) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    if (out.size() + std::max<std::size_t>(length, 1) > limit) return out + "...";
    if (length == 0 || byte == 0x7F || (byte < 0x20 && byte != '\t' && byte != '\n')) {
      out += '?';
    } else if (byte == '\n' || byte == '\t') {
      out += ' ';
    } else {
      out += text.substr(at, length);
    }
    at += std::max<std::size_t>(length, 1);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace gtidops::git
