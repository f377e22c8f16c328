// LeasedFleet: a fleet that changes nothing without the lease and the right to act. It checks the
// lease right before every statement that changes something, and sends the statement only on the
// session that holds the right on that server (execute/right_to_act.h). An earlier check is not
// enough: while an answer was waited for, another controller may have taken over.
//
// Thread-safety: as the fleet behind it. Errors: kFailed or kUnreachable when the lease or the
// right is lost; then nothing was sent.
#pragma once

#include <string>

#include "execute/right_to_act.h"
#include "ports/lease.h"
#include "ports/passing_fleet.h"

namespace gtidops {

class LeasedFleet : public PassingFleet {
 public:
  LeasedFleet(Fleet& fleet, const Lease& lease, RightToAct& right)
      : PassingFleet(fleet), lease_(lease), right_(right) {}

  Result<Rows> run(const Statement& statement, Millis deadline) override {
    if (statement.only_reads()) return PassingFleet::run(statement, deadline);
    return right_.run(statement, lease_, deadline);
  }
  // The connection is not the one that holds the right: so the right is made sure of right before.
  // A copy that is begun late all the same meets end_copies() (execute/sessions.h).
  Status begin(const Statement& statement, Millis patience) override {
    if (const Status ours = hold(statement.server, patience); !ours) return ours;
    if (const Status leads = still_held(lease_); !leads) return leads;
    return PassingFleet::begin(statement, patience);
  }
  Status hold(const std::string& server, Millis deadline) override {
    if (const Status leads = still_held(lease_); !leads) return leads;
    return right_.hold(server, lease_, deadline);
  }

 private:
  const Lease& lease_;
  RightToAct& right_;
};

}  // namespace gtidops
