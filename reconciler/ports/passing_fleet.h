// PassingFleet: a Fleet that passes every call on to another one. Fleets that change only a part of
// the port derive from it, so that no call is lost when the port grows.
//
// Thread-safety: as the fleet behind it. Errors: as the fleet behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ports/fleet.h"

namespace gtidops {

class PassingFleet : public Fleet {
 public:
  explicit PassingFleet(Fleet& fleet) : fleet_(fleet) {}
  Observation look(const std::vector<std::string>& servers, Depth depth, Millis deadline) override {
    return fleet_.look(servers, depth, deadline);
  }
  Result<Rows> run(const Statement& statement, Millis deadline) override {
    return fleet_.run(statement, deadline);
  }
  Status begin(const Statement& statement, Millis patience) override {
    return fleet_.begin(statement, patience);
  }
  std::optional<SecretTrouble> try_secret(const SecretRef& secret) override {
    return fleet_.try_secret(secret);
  }
  int watch(const std::string& server) override { return fleet_.watch(server); }
  [[nodiscard]] std::uint64_t connection(const std::string& server) const override {
    return fleet_.connection(server);
  }
  Status hold(const std::string& server, Millis deadline) override {
    return fleet_.hold(server, deadline);
  }

 private:
  Fleet& fleet_;
};

}  // namespace gtidops
