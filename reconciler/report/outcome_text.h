// outcome_text: what `apply` did, as a person reads it.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>

#include "model/outcome.h"
#include "model/plan.h"
#include "model/spec.h"
#include "report/style.h"

namespace gtidops {

// Each step of `plan` with its result and time, notes and errors beneath it; what gtid_executed
// gained on each server; what still differs and is still refused; and a last line that says whether
// the topology is synced. `left` is the plan that was made after the steps.
std::string outcome_text(const Spec& spec, const Plan& plan, const Outcome& outcome,
                         const Plan& left, const Style& style);

}  // namespace gtidops
