// goal_of: what the topology is to become now (model/goal.h), from the file, what is seen, and what
// was begun before. Rules and parts of the plan read the goal and never spec.primary: while a
// change of roles is unfinished, the two may differ.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include "model/goal.h"
#include "model/intent.h"
#include "model/observation.h"
#include "model/spec.h"

namespace gtidops {

// `primary` is the primary, whatever the file says; all else is as declared.
Goal goal_with_primary(const Spec& spec, const std::string& primary, PrimaryBecause because);
// What the file says.
Goal declared_goal(const Spec& spec);

// The goal of this plan. A change of roles that was committed to a server which the file no longer
// names is finished first, since that server may have been open.
Goal goal_of(const Spec& spec, const Observation& seen, const Intent& intent);

// All replicas of the goal; sources come before the replicas that follow them.
std::vector<const ServerSpec*> replicas_in_order(const Spec& spec, const Goal& goal);

}  // namespace gtidops
