// make_plan: the one decision. From what is declared, what was observed, and what was begun before,
// to what is to be done.
//
// Thread-safety: a pure function: the same inputs give the same plan. Errors: none; what cannot be
// is a refusal in the plan.
#pragma once

#include "model/intent.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops {

// `seen` must be a look at every server of `spec` with Depth::kDetails, with executed_later of the
// primary filled in where a replica seemed to hold more (execute/observe.h does both).
Plan make_plan(const Spec& spec, const Observation& seen, const Intent& intent);

// The intent as it should be remembered after what was seen: which primary is established, when
// that can be told.
Intent learn(const Spec& spec, const Observation& seen, const Intent& intent);

}  // namespace gtidops
