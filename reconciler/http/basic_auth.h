// BasicAuth: is the sender of an Authorization header let in? Passwords are checked against bcrypt
// hashes. The results are remembered under a keyed hash, so that a scrape does not cost a tenth of
// a second each time. Right and wrong attempts are remembered separately, so that guessing does not
// push out the right ones. An unknown name takes as long as a known one: it is checked against the
// hash of one of the users.
//
// Thread-safety: any thread. Errors: none; a header that cannot be read is refused.
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
  using Users = std::map<std::string, std::string>;  // name to bcrypt hash; empty: all are let in

  BasicAuth();
  // The answer without bcrypt, in microseconds; nullopt when only permits() can tell.
  // `authorization` is the header's value.
  [[nodiscard]] std::optional<bool> known(const Users& users, const std::string& authorization);
  // The answer, with bcrypt where it is needed. Calls run in parallel: the caller limits their
  // number.
  [[nodiscard]] bool permits(const Users& users, const std::string& authorization);

 private:
  using Digest = std::array<unsigned char, 32>;
  // One login attempt, without the password.
  struct Attempt {
    std::string user, hash;  // the name as given, and the hash to check against
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
  std::map<std::string, Digest> right_;  // by user: the last right attempt
  std::set<Digest> wrong_;
};

}  // namespace gtidops
