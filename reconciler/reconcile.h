// reconcile: one pass. Observe, plan, execute, observe again. Everything that gtidops does is this,
// repeated.
//
// Thread-safety: as the ports'; never two passes of one topology at once (the lease sees to that).
#pragma once

#include <functional>

#include "execute/run_plan.h"
#include "model/intent.h"
#include "model/observation.h"
#include "model/outcome.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops {

struct PassOptions {
  RunOptions run;
  Millis look_deadline{3'000};
  // Asked between planning and doing, when there is something to do; false ends the pass. Absent:
  // yes.
  std::function<bool(const Plan&)> approve;
};

struct Pass {
  Observation before;
  Plan plan;
  bool approved = true;
  Outcome outcome;
  // After the steps: what is left. Equal to `plan` when nothing was done.
  Observation after;
  Plan left;
};

// Looks and plans, and changes nothing.
Pass preview(const Spec& spec, Fleet& fleet, Clock& clock, const Intent& intent,
             Millis look_deadline);

// Writes down what was learned from a look (learn() in decide/planner.h), when that is news and the
// lease is held: the next pass knows which primary was established, and what the servers held.
Status remember(const Spec& spec, const Observation& seen, const Intent& known, Journal& journal);

// What must be written down before a plan that was made from this look is run: what the look has
// proven (as_proven() in decide/planner.h), and what the servers hold. `intent` becomes that.
Status write_down_proof(const Spec& spec, const Observation& seen, Intent& intent,
                        Journal& journal);

// The whole pass. Fails when the intent cannot be read or saved, and is kRefused when somebody else
// holds the right to act; all else is in the Pass.
Result<Pass> reconcile(const Spec& spec, const RunPorts& ports, const PassOptions& options);

}  // namespace gtidops
