// FrugalFleet: a Fleet that reads what rarely changes (Depth::kDetails) once a minute, and in
// between, where the details are asked for, only what changes: one round trip a server in place of
// three. The details of the last time are then in the observation, unless something about a server
// tells that they may have changed. For passes that only look: a pass that acts looks for itself.
//
// Thread-safety: as the Fleet behind it. Errors: as the Fleet's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/clock.h"
#include "ports/fleet.h"

namespace gtidops {

class FrugalFleet : public Fleet {
 public:
  FrugalFleet(Fleet& inner, Clock& clock, Millis oldest = Millis{60'000})
      : inner_(inner), clock_(clock), oldest_(oldest) {}

  Observation look(const std::vector<std::string>& servers, Depth depth, Millis deadline) override;
  Result<Rows> run(const Statement& statement, Millis deadline) override;
  std::optional<SecretTrouble> try_secret(const SecretRef& secret) override;
  // What a look showed that was not enough, so that a deeper one followed, if there was one since
  // this was asked last. A trace that it shows may be gone in the other.
  std::optional<Observation> first_look() { return std::exchange(first_look_, {}); }
  // Something was changed: the next look is a deep one.
  void forget() {
    known_.clear();
    secret_.reset();
  }

 private:
  struct Known {
    ServerState state;  // with details
    Millis since{0};
  };
  [[nodiscard]] bool knows(const std::string& server) const;
  bool complete(Observation& seen) const;

  Fleet& inner_;
  Clock& clock_;
  const Millis oldest_;
  std::map<std::string, Known> known_;
  std::optional<Observation> first_look_;
  struct Tried {
    SecretRef ref;
    std::optional<SecretTrouble> trouble;
    Millis since{0};
  };
  std::optional<Tried> secret_;
};

}  // namespace gtidops
