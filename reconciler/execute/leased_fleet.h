// LeasedFleet: a fleet on which nothing is done without the lease and the right to act. It asks for
// the lease right before every statement that changes something, and sends it only on a session
// that holds the right on its server (execute/right_to_act.h): an answer may have been waited for
// so long that somebody else acts by now.
//
// Thread-safety: as the fleet behind it. Errors: kFailed, and nothing was sent, when the lease or
// the right is lost.
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
  Status hold(const std::string& server, Millis deadline) override {
    if (!journal_.lease_held()) return failed("the lease is not held any more");
    return right_.hold(server, journal_, deadline);
  }

 private:
  const Journal& journal_;
  RightToAct& right_;
};

}  // namespace gtidops
