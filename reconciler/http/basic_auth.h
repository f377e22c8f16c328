// BasicAuth: may the sender of this Authorization header in? Passwords are checked against bcrypt
// hashes, one at a time, so that guessing keeps one processor busy at most; the answers are
// remembered by a keyed hash, so that a scrape does not cost a tenth of a second each time.
//
// Thread-safety: any thread. Errors: none; what cannot be read is not let in.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>

namespace gtidops {

class BasicAuth {
 public:
  BasicAuth();
  // `users`: name to bcrypt hash; nobody: everybody may in. `authorization`: the header's value.
  [[nodiscard]] bool permits(const std::map<std::string, std::string>& users,
                             const std::string& authorization);

 private:
  using Digest = std::array<unsigned char, 32>;
  [[nodiscard]] Digest digest_of(const std::string& user, const std::string& hash,
                                 const std::string& password) const;

  std::array<unsigned char, 32> key_{};
  std::mutex bcrypt_, cache_mutex_;
  std::map<Digest, bool> cache_;
};

}  // namespace gtidops
