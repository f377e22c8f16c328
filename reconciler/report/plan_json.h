// plan_json: plans and their outcomes as JSON, as written by `plan -o json`, `plan --out FILE` and
// `apply -o json` (contract, "JSON out"; schemas/plan.schema.json).
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <vector>

#include "model/outcome.h"
#include "model/plan.h"

namespace gtidops {

// Refers to values that the caller owns, for the time of the call.
struct PlanReport {
  const Plan* plan = nullptr;        // never nullptr
  const Outcome* outcome = nullptr;  // nullptr: it was not carried out
  const Plan* left = nullptr;        // the plan made after it; nullptr: none was made
};

// {"format_version":"1.0","plans":[...]}, ends in a newline. Without outcomes this is a saved plan,
// which what_moved() reads.
std::string plans_json(const std::vector<PlanReport>& reports);

}  // namespace gtidops
