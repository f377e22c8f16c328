// run_plan: carries a plan out, step by step: observe, already so? guard, journal, run, observe
// until it is so, journal.
//
// Thread-safety: as the ports'. Errors: in the Outcome, step by step. A time-out means unknown:
// what is then observed decides. After a step that was not done, the steps that need it are skipped
// and the others go on.
#pragma once

#include <functional>
#include <string>

#include "execute/right_to_act.h"
#include "model/outcome.h"
#include "model/plan.h"
#include "ports/clock.h"
#include "ports/fleet.h"
#include "ports/journal.h"

namespace gtidops {

struct RunOptions {
  bool allow_destructive = false;
  Millis look_deadline{3'000};
  Millis statement_deadline{30'000};
  Millis connect_patience{10'000};  // how long a replica may take to reach its source
  Millis proof_patience{600'000};   // how long a replica may take to show what its source holds
  Millis timeout{600'000};          // of the whole plan
  // Asked before every step; true ends the run there, between two steps.
  std::function<bool()> stop;
  // Told of progress, for a person who waits.
  std::function<void(const Step&, std::string_view what)> progress;
  // And of what came of each step.
  std::function<void(const Step&, const StepOutcome&)> finished;
};

struct RunPorts {
  Fleet& fleet;
  Clock& clock;
  Journal& journal;
  RightToAct& right;
};

Outcome run_plan(const Plan& plan, const RunPorts& ports, const RunOptions& options);

}  // namespace gtidops
