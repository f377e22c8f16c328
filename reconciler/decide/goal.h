// goal_of: from the file, what is seen and what was begun before, to what the topology is to become
// now (model/goal.h). Rules and parts of the plan read the goal, and never the file's primary:
// while a change of roles is unfinished, the two may differ.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include "model/goal.h"
#include "model/intent.h"
#include "model/observation.h"
#include "model/spec.h"

namespace gtidops {

// What the file says.
// This server is the primary, whatever the file says; else all is as declared.
Goal goal_with_primary(const Spec& spec, const std::string& primary, PrimaryBecause because);
Goal declared_goal(const Spec& spec);

// What is to be done first: an earlier change of roles, committed to a server that the file does
// not name any more, is finished before anything else, since that server may have been open.
Goal goal_of(const Spec& spec, const Observation& seen, const Intent& intent);

// All replicas of the goal, sources before those that replicate from them.
std::vector<const ServerSpec*> replicas_in_order(const Spec& spec, const Goal& goal);

}  // namespace gtidops
