// DropUser: drops an account that the file does not name. It is planned only where the file asks
// for it (reconcile.prune.users), so it needs no other permission.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include "model/actions/common.h"

namespace gtidops {

struct DropUser {
  static constexpr std::string_view kName = "drop_user";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::string user, host;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kDestructive; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  // The primary is open. Nothing else is checked, because MySQL itself refuses to drop the definer
  // of a view, a routine, a trigger or an event (manual, "DROP USER Statement": error 4006).
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

}  // namespace gtidops
