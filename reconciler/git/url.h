// Url: the URL of a repository, taken apart so that its password is kept separately, as a Secret.
//
// Thread-safety: pure functions. Errors: kInvalid; the message holds no secret.
#pragma once

#include <string>

#include "base/result.h"
#include "git/git_options.h"
#include "system/secret.h"

namespace gtidops::git {

struct Url {
  enum class Kind { kHttps, kHttp, kSsh, kGit, kLocal };
  Kind kind = Kind::kLocal;
  std::string clean;  // for libgit2: without a password, and for http(s) without a user
  std::string user;
  Secret password;
  std::string host;  // without brackets
  std::string port;  // empty: the scheme's default

  [[nodiscard]] bool loopback() const;
};

Result<Url> parse_url(const std::string& text);

}  // namespace gtidops::git
