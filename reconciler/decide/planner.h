// make_plan: computes the plan of one pass from the specification, what was observed, and the
// intent that earlier passes left. intent_after_look() says what is remembered after a look.
//
// Thread-safety: pure functions: the same inputs give the same plan. Errors: none; what cannot be
// done is a refusal in the plan.
#pragma once

#include "model/intent.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops {

// `seen` must be a look at every server of `spec` with Depth::kDetails, with executed_later of the
// primary filled in where a replica seemed to hold more (execute/observe.h does both).
Plan make_plan(const Spec& spec, const Observation& seen, const Intent& intent);

// The note that a switch was committed may be lost with the machine (Journal::save_soon). It is
// proven when the old primary is closed, and the new one holds all of it and is open or holds
// transactions of its own. The change is over when another controller has made a third server the
// primary. Without proof the result is `intent`. make_plan and intent_after_look go by the result,
// which must be saved before such a plan is run.
Intent intent_by_evidence(const Observation& seen, const Intent& intent);

// The intent to remember after this look. It holds the established primary where that can be told,
// the end of a change of roles where it is seen, and the updated memory.
Intent intent_after_look(const Spec& spec, const Observation& seen, const Intent& intent);

}  // namespace gtidops
