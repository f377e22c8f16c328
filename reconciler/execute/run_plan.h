// run_plan: runs a plan step by step: observe; skip if the postcondition holds; check the
// precondition; write to the journal; run; observe until the postcondition holds; write to the
// journal.
//
// Thread-safety: as the ports. Errors: in the Outcome, for each step. A time-out means unknown: the
// observation that follows decides. When a step was not done, the steps that need it are skipped or
// refused, and the others still run.
#pragma once

#include <functional>
#include <string>

#include "execute/right_to_act.h"
#include "model/outcome.h"
#include "model/plan.h"
#include "ports/clock.h"
#include "ports/fleet.h"
#include "ports/state.h"

namespace gtidops {

struct RunOptions {
  bool allow_destructive = false;
  Millis look_deadline{3'000};
  Millis statement_deadline{30'000};
  Millis connect_patience{10'000};  // how long a replica may take to reach its source
  Millis proof_patience{600'000};   // how long a replica may take to show what its source holds
  Millis timeout{600'000};          // for the whole plan
  // Asked before every step. If it returns true, the remaining steps are skipped.
  std::function<bool()> stop;
  // Called with the progress of a step, for display.
  std::function<void(const Step&, std::string_view what)> progress;
  // Called with the outcome of each step.
  std::function<void(const Step&, const StepOutcome&)> finished;
};

struct RunPorts {
  Fleet& fleet;
  Clock& clock;
  StatePorts state;
  RightToAct& right;
};

Outcome run_plan(const Plan& plan, const RunPorts& ports, const RunOptions& options);

}  // namespace gtidops
