// FrugalFleet: a Fleet that reads what rarely changes (Depth::kDetails) once a minute. In between,
// a look at the details reads only what changes: one round trip for each server in place of three.
// It takes the details from the last deep look, unless something about a server hints that they
// have changed. It is for passes that only look: a pass that acts uses the fleet behind it.
//
// Thread-safety: as the Fleet behind it. Errors: as the Fleet behind it.
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
  // The last look that was not enough, so that a deep one followed; returned once. It may show
  // evidence that is gone in the deep one.
  std::optional<Observation> first_look() { return std::exchange(first_look_, {}); }
  // To be called when something was changed: the next look is a deep one.
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
