// StatusReport: what the status of one topology is printed from.
//
// Thread-safety: refers to values that the caller owns, for the time of the call. Errors: none.
#pragma once

#include <vector>

#include "decide/conditions.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops {

struct History;
struct TopologySnapshot;

struct StatusReport {
  const Spec& spec;
  const Observation& seen;
  const Plan& plan;  // made from `seen`; after a pass that did something, what is left
  const std::vector<Condition>& conditions;
  // What only the daemon knows; nullptr when no daemon is asked. Its members are then not printed.
  const TopologySnapshot* daemon = nullptr;
  // The history from the disk; nullptr when it was not read. The daemon's own history is preferred.
  const History* history = nullptr;
};

}  // namespace gtidops
