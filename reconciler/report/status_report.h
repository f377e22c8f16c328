// StatusReport: what the status of one topology is printed from.
//
// Thread-safety: refers to values of the caller's, for the time of the call.
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
  const Plan& plan;  // made from `seen`; of a pass that did something, what is left
  const std::vector<Condition>& conditions;
  // What the daemon knows besides; nullptr: no daemon is asked, and its members are not printed.
  const TopologySnapshot* daemon = nullptr;
  // What was kept on the disk; nullptr: nobody has asked. The daemon's own goes before it.
  const History* history = nullptr;
};

}  // namespace gtidops
