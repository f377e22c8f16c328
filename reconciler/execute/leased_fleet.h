// LeasedFleet: a fleet on which nothing is done without the lease and the right to act. It asks for
// the lease right before every statement that changes something, and sends it only on a session
// that holds the right on its server (execute/right_to_act.h): an answer may have been waited for
// so long that somebody else acts by now.
//
// Thread-safety: as the fleet behind it. Errors: kFailed, and nothing was sent, when the lease or
// the right is lost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "execute/right_to_act.h"
#include "ports/fleet.h"
#include "ports/journal.h"

namespace gtidops {

class LeasedFleet : public Fleet {
 public:
  LeasedFleet(Fleet& fleet, const Journal& journal, RightToAct& right)
      : fleet_(fleet), journal_(journal), right_(right) {}

  Observation look(const std::vector<std::string>& servers, Depth depth, Millis deadline) override {
    return fleet_.look(servers, depth, deadline);
  }
  Result<Rows> run(const Statement& statement, Millis deadline) override {
    if (statement.only_reads()) return fleet_.run(statement, deadline);
    return right_.run(statement, journal_, deadline);
  }
  std::optional<SecretTrouble> try_secret(const SecretRef& secret) override {
    return fleet_.try_secret(secret);
  }
  int watch(const std::string& server) override { return fleet_.watch(server); }
  [[nodiscard]] std::uint64_t connection(const std::string& server) const override {
    return fleet_.connection(server);
  }
  Status hold(const std::string& server, Millis deadline) override {
    if (!journal_.lease_held()) return failed("the lease is not held any more");
    return right_.hold(server, journal_, deadline);
  }

 private:
  Fleet& fleet_;
  const Journal& journal_;
  RightToAct& right_;
};

}  // namespace gtidops
