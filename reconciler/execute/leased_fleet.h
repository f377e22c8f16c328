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
#include "ports/journal.h"
#include "ports/passing_fleet.h"

namespace gtidops {

class LeasedFleet : public PassingFleet {
 public:
  LeasedFleet(Fleet& fleet, const Journal& journal, RightToAct& right)
      : PassingFleet(fleet), journal_(journal), right_(right) {}

  Result<Rows> run(const Statement& statement, Millis deadline) override {
    if (statement.only_reads()) return PassingFleet::run(statement, deadline);
    return right_.run(statement, journal_, deadline);
  }
  // The connection is not the one that holds the right: so the right is made sure of right before.
  // A copy that is begun late all the same meets end_copies() (execute/sessions.h).
  Status begin(const Statement& statement, Millis patience) override {
    if (const Status ours = hold(statement.server, patience); !ours) return ours;
    if (!journal_.lease_held()) return failed("the lease is not held any more");
    return PassingFleet::begin(statement, patience);
  }
  Status hold(const std::string& server, Millis deadline) override {
    if (!journal_.lease_held()) return failed("the lease is not held any more");
    return right_.hold(server, journal_, deadline);
  }

 private:
  const Journal& journal_;
  RightToAct& right_;
};

}  // namespace gtidops
