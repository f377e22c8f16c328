#include "system/environment.h"

#include <algorithm>
#include <array>
#include <cstdlib>

extern char** environ;  // NOLINT(readability-redundant-declaration): glibc has it only for GNU

namespace gtidops {
namespace {

// The user and the paths; language and time; and where keys, agents, certificates and proxies are
// found, for fetches from git and for commands that print a secret.
constexpr std::array<std::string_view, 29> kPassed{"ALL_PROXY",
                                                   "CREDENTIALS_DIRECTORY",
                                                   "CURL_CA_BUNDLE",
                                                   "GNUPGHOME",
                                                   "HOME",
                                                   "HOSTNAME",
                                                   "HTTPS_PROXY",
                                                   "HTTP_PROXY",
                                                   "INVOCATION_ID",
                                                   "KRB5CCNAME",
                                                   "KRB5_CONFIG",
                                                   "LANG",
                                                   "LANGUAGE",
                                                   "LOGNAME",
                                                   "NO_PROXY",
                                                   "PATH",
                                                   "SHELL",
                                                   "SSH_AUTH_SOCK",
                                                   "SSL_CERT_DIR",
                                                   "SSL_CERT_FILE",
                                                   "TERM",
                                                   "TMPDIR",
                                                   "TZ",
                                                   "TZDIR",
                                                   "USER",
                                                   "XDG_CACHE_HOME",
                                                   "XDG_CONFIG_HOME",
                                                   "XDG_RUNTIME_DIR",
                                                   "XDG_STATE_HOME"};

constexpr const char* kMore = "GTIDOPS_CHILD_ENV";

// Does `name` stand in that list of words?
bool among_words(std::string_view words, std::string_view name) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == name) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

bool is_passed_on(std::string_view name) {
  if (name.substr(0, 3) == "LC_") return true;
  if (name == "http_proxy" || name == "https_proxy" || name == "no_proxy" || name == "all_proxy")
    return true;
  return std::find(kPassed.begin(), kPassed.end(), name) != kPassed.end();
}

std::vector<std::string> child_environment(
    const std::vector<std::pair<std::string, std::string>>& added) {
  const char* const more = std::getenv(kMore);
  const std::string_view words = more == nullptr ? "" : more;
  std::vector<std::string> result;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry = *at;
    const std::string_view name = entry.substr(0, entry.find('='));
    const bool replaced =
        std::any_of(added.begin(), added.end(), [&](const auto& one) { return one.first == name; });
    if (!replaced && (is_passed_on(name) || among_words(words, name))) result.emplace_back(entry);
  }
  for (const auto& [name, value] : added) result.emplace_back(name).append("=").append(value);
  return result;
}

}  // namespace gtidops
