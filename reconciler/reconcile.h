// reconcile: one pass: observe, plan, run the plan, observe again. `gtidops apply` makes one pass,
// the daemon repeats it.
//
// Thread-safety: as the ports. Two passes of one topology must never run at once; the lease ensures
// that. Errors: see reconcile(); what a step or a look could not do is in the Pass.
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
  // Asked after planning, when the plan has steps. If it returns false, the steps are not run. If
  // it is absent, they are.
  std::function<bool(const Plan&)> approve;
};

struct Pass {
  Observation before;
  Plan plan;
  bool approved = true;
  Outcome outcome;
  // The look after the steps, and the plan made from it: what is still to be done. Both equal the
  // first look and `plan` when no step was run.
  Observation after;
  Plan left;
};

// Observes and plans; changes nothing.
Pass preview(const Spec& spec, Fleet& fleet, Clock& clock, const Intent& intent,
             Millis look_deadline);

// Saves what intent_after_look() (decide/planner.h) concludes from a look, if it is new and the
// lease is held. The next pass then knows which primary was established and what each server held.
Status remember(const Spec& spec, const Observation& seen, const Intent& known,
                const StatePorts& state);

// Saves what must be on disk before a plan made from this look is run: what the look has proven
// (intent_by_evidence() in decide/planner.h) and what the servers hold. `intent` is updated to what
// was saved.
Status write_down_proof(const Spec& spec, const Observation& seen, Intent& intent,
                        const StatePorts& state);

// The whole pass. It fails if the intent cannot be read or saved, and with kRefused if somebody
// else holds the right to act. Everything else is in the Pass.
Result<Pass> reconcile(const Spec& spec, const RunPorts& ports, const PassOptions& options);

}  // namespace gtidops
