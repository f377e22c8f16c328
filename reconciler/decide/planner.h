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

// The note that a switch was committed is not forced to the disk, and may be lost with the machine
// (ports/journal.h). What proves that it was: the old primary is closed, and the new one holds all
// of it and is open, or holds transactions of its own beside. Or that it is over, since another
// controller has made a third server the primary. Nothing proven: `intent` as it is.
// make_plan and learn go by it; before anything is done by such a plan it must be saved.
Intent as_proven(const Observation& seen, const Intent& intent);

// Into Intent::lifted: whom somebody has opened, or whose super_read_only they have lifted. When it
// cannot be seen any more, it is not known to be closed.
void note_open_servers(const Spec& spec, const Observation& seen, Intent& intent);

// The intent as it should be remembered after what was seen: which primary is established, when
// that can be told.
Intent learn(const Spec& spec, const Observation& seen, const Intent& intent);

}  // namespace gtidops
