// plan_text: a plan as a DBA reads it in a terminal or in a pull request.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>

#include "model/plan.h"
#include "model/spec.h"
#include "report/style.h"

namespace gtidops {

struct PlanTextOptions {
  Style style;
  bool sql = false;  // beneath each step, the statements that it runs, and where
};

// The differences, the steps in their order, the warnings, the refusals, and a line that sums them
// up. REQUIRES: `plan` was made from `spec`.
std::string plan_text(const Spec& spec, const Plan& plan, const PlanTextOptions& options);

// "Plan: 9 steps (9 safe, 0 disruptive, 0 destructive), 0 refusals, 1 warning".
std::string summary_line(const Plan& plan);

}  // namespace gtidops
