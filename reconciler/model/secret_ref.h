// SecretRef: where a secret is to be read from. It names the secret and never holds it.
//
// Thread-safety: a plain value.
#pragma once

#include <optional>
#include <string>

#include "base/position.h"
#include "base/quantity.h"

namespace gtidops {

struct SecretRef {
  enum class Kind { kNone, kEnv, kFile, kCredential, kExec };
  Kind kind = Kind::kNone;  // kNone: no password was declared, which means an empty one
  std::string name;         // the variable, the path, the credential's name, the command
  std::optional<Millis> keep_old_for;
  Position at;

  // "env:ORDERS_ADMIN_PW", "file:/run/secrets/repl"; "none". Safe to print.
  [[nodiscard]] std::string describe() const;

  friend bool operator==(const SecretRef& a, const SecretRef& b) {
    return a.kind == b.kind && a.name == b.name;
  }
};

}  // namespace gtidops
