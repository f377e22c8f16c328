// Effects: what each action does to servers, in a model just good enough to tell whether plans come
// to an end: every fault heals when it is touched, and replication moves only when somebody waits
// for it.
//
// Thread-safety: none. Errors: none.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/intent.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops::testing {

// Does to `seen` what the action does to the servers.
void take_effect(const Spec& spec, const Action& action, Observation& seen);

struct Convergence {
  int passes = 0;    // with at least one step
  Plan left;         // the plan after the last pass
  Intent intent;     // as learned on the way
  Observation seen;  // after the last pass
  // Steps whose own precondition did not hold when their turn came, or whose postcondition did not
  // hold afterwards.
  std::vector<std::string> broken;
};

// Does the first `most` steps of the plan, each as the executor takes it.
void carry_out(const Spec& spec, const Plan& plan, std::size_t most, Convergence& run);

// Plans and does what the plan says, again and again, until it says nothing, at most `most` times.
Convergence converge(const Spec& spec, const Observation& seen, const Intent& intent, int most = 6);

}  // namespace gtidops::testing
