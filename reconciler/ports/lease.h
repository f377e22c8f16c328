// Lease: the right of one process to use a topology's state directory. Of those that share the
// directory only its holder may write there and act on the servers. Controllers with directories of
// their own are kept apart on the servers (execute/right_to_act.h).
//
// Thread-safety: one thread at a time. Errors: none; a lease that cannot be checked is not held.
#pragma once

#include "base/result.h"

namespace gtidops {

class Lease {
 public:
  Lease() = default;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  virtual ~Lease() = default;

  // Is it still ours? Asked right before everything that is written or sent: while an answer was
  // waited for, another process may have taken it.
  [[nodiscard]] virtual bool held() const = 0;
};

// The error of what was not done because held() is false; success while it is held.
inline Status still_held(const Lease& lease) {
  if (lease.held()) return {};
  return fail(ErrorCode::kFailed, "the lease is not held any more");
}

}  // namespace gtidops
