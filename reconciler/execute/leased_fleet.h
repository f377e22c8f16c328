// LeasedFleet: a fleet on which nothing is done without the lease. It asks for the lease right
// before every statement that changes something: an answer may have been waited for so long that
// somebody else acts by now.
//
// Thread-safety: as the fleet behind it. Errors: kFailed, and nothing was sent, when the lease is
// lost.
#pragma once

#include <string>
#include <vector>

#include "ports/fleet.h"
#include "ports/journal.h"

namespace gtidops {

class LeasedFleet : public Fleet {
 public:
  LeasedFleet(Fleet& fleet, const Journal& journal) : fleet_(fleet), journal_(journal) {}

  Observation look(const std::vector<std::string>& servers, Depth depth, Millis deadline) override {
    return fleet_.look(servers, depth, deadline);
  }
  Result<Rows> run(const Statement& statement, Millis deadline) override {
    if (!statement.only_reads() && !journal_.lease_held())
      return failed("the lease is not held any more");
    return fleet_.run(statement, deadline);
  }
  std::optional<SecretTrouble> try_secret(const SecretRef& secret) override {
    return fleet_.try_secret(secret);
  }
  int watch(const std::string& server) override { return fleet_.watch(server); }

 private:
  Fleet& fleet_;
  const Journal& journal_;
};

}  // namespace gtidops
