// Intent: all that is durably remembered of a topology; everything else is observed. A change of
// roles is never "resumed" from it: each pass plans forward from what it sees. The intent only
// tells what no look can: who may have been opened meanwhile, what must be put back, and what the
// servers once were and held (model/memory.h).
//
// Thread-safety: a plain value. Errors: none.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "model/gtid_set.h"
#include "model/memory.h"

namespace gtidops {

struct Intent {
  enum class Phase {
    kStable,     // no change of roles is under way
    kSwitching,  // the old primary may be frozen; the new one has not been opened
    kCommitted,  // the old primary was frozen at `frozen_at`; only the new one may be opened
  };
  // binlog_group_commit_sync_delay of `server` was raised, and must become `microseconds` again.
  struct CommitThrottle {
    std::string server;
    std::int64_t microseconds = 0;
    friend bool operator==(const CommitThrottle&, const CommitThrottle&) = default;
  };

  // The server_uuid of the primary that gtidops last opened, or found open, with every other server
  // read-only. It may be opened again after a restart even while another server cannot be reached:
  // that server boots read-only, and gtidops never opened it. Empty: no such primary is known.
  std::string established_primary_uuid;

  Phase phase = Phase::kStable;
  std::string from, to;            // names in the specification
  std::string from_uuid, to_uuid;  // their server_uuid
  GtidSet frozen_at;               // gtid_executed of `from` when it was frozen
  // `to` may have been opened although the phase is kSwitching. Set when this machine has restarted
  // since: kCommitted is not forced to the disk (ports/journal.h), so it may be missing. Set also
  // when the right to act was lost since (reconcile.cc): another controller may have opened `to`.
  bool may_have_committed = false;
  // When this change last was about to freeze the old primary, or when it was committed; by our own
  // wall clock. Zero: it has frozen nobody yet.
  Moment frozen_since{};
  // When the first process that tried this change was about to freeze the old primary, which has
  // stayed closed since. The pass that ends the change reports by this how long clients waited.
  // Zero: nobody waits.
  Moment blocked_since{};
  std::optional<CommitThrottle> throttle;
  // Names of servers whose super_read_only gtidops lifted for a moment (LoadSemiSync,
  // MendHeartbeat) or found OFF, and which have not been seen closed since: while they cannot be
  // seen, they may take writes.
  std::set<std::string> super_read_only_off;
  Memory memory;

  [[nodiscard]] bool stable() const { return phase == Phase::kStable; }
  // A change of roles was begun, and `to` was never opened for it.
  [[nodiscard]] bool surely_not_committed() const {
    return phase == Phase::kSwitching && !may_have_committed;
  }
  // May this server, while it cannot be seen, take writes by what was written down?
  [[nodiscard]] bool may_be_open(const std::string& server) const {
    return super_read_only_off.count(server) > 0 ||
           (!stable() && server == to && !surely_not_committed()) ||
           memory.may_write_unseen(server);
  }
  // Back to kStable; what is known of the established primary and the servers stays.
  void settle() {
    phase = Phase::kStable;
    from = to = from_uuid = to_uuid = {};
    frozen_at = {};
    may_have_committed = false;
    frozen_since = blocked_since = {};
  }

  friend bool operator==(const Intent&, const Intent&) = default;
};

}  // namespace gtidops
