// SecretRef: where a secret is to be read from. It names the secret and never holds it.
//
// Thread-safety: a plain value. Errors: none.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/position.h"
#include "base/quantity.h"

namespace gtidops {

struct SecretRef {
  // kOneTime is never declared: gtidops makes the secret up, and only this process knows it. Two
  // statements with the same name get the same one.
  enum class Kind { kNone, kEnv, kFile, kCredential, kExec, kOneTime };
  Kind kind = Kind::kNone;  // kNone: no password was declared, which means an empty one
  // The variable, the path, the credential's name, the command; for kOneTime, what it is for.
  std::string name;
  std::optional<Millis> keep_old_for;
  std::size_t most_bytes = 0;  // what MySQL takes at most where the secret is used; 0: no limit
  Position at;

  // The same secret, for an account that replicas log in with. CHANGE REPLICATION SOURCE TO refuses
  // a SOURCE_PASSWORD of more than 32 bytes (error 3056), so no such account may get a longer
  // password.
  [[nodiscard]] SecretRef for_replication() const {
    SecretRef same = *this;
    same.most_bytes = kMostReplicationBytes;
    return same;
  }
  static constexpr std::size_t kMostReplicationBytes = 32;

  // "env:ORDERS_ADMIN_PW", "file:/run/secrets/repl"; "none". Safe to print.
  [[nodiscard]] std::string describe() const;

  friend bool operator==(const SecretRef& a, const SecretRef& b) {
    return a.kind == b.kind && a.name == b.name;
  }
};

}  // namespace gtidops
