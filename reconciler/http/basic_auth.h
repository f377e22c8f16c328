// BasicAuth: may the sender of this Authorization header in? Passwords are checked against bcrypt
// hashes; the answers are remembered by a keyed hash, so that a scrape does not cost a tenth of a
// second each time. Those that were right are remembered apart from those that were wrong, so that
// guessing does not make them forgotten. A name that nobody has takes as long as one that somebody
// has: it is checked against the hash of one of the users.
//
// Thread-safety: any thread. Errors: none; what cannot be read is not let in.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace gtidops {

class BasicAuth {
 public:
  using Users = std::map<std::string, std::string>;  // name to bcrypt hash; nobody: all may in

  BasicAuth();
  // Without bcrypt, in microseconds. nullopt: only permits() can tell. `authorization`: the
  // header's value.
  [[nodiscard]] std::optional<bool> known(const Users& users, const std::string& authorization);
  // With bcrypt where it is needed; as many at once as there are callers.
  [[nodiscard]] bool permits(const Users& users, const std::string& authorization);

 private:
  using Digest = std::array<unsigned char, 32>;
  // Somebody's attempt, without the password.
  struct Attempt {
    std::string user, hash;  // whose hash it is checked against
    bool exists = false;
    Digest digest{};
  };
  [[nodiscard]] Digest digest_of(const std::string& text) const;
  [[nodiscard]] std::string hash_for(const Users& users, const std::string& user) const;
  [[nodiscard]] Attempt attempt(const Users& users, const std::string& user,
                                const std::string& password) const;
  std::optional<bool> remembered(const Attempt& attempt);
  void remember(const Attempt& attempt, bool right);

  std::array<unsigned char, 32> key_{};
  std::mutex mutex_;
  std::map<std::string, Digest> right_;  // of each user, the last one
  std::set<Digest> wrong_;
};

}  // namespace gtidops
