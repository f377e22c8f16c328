// Invariants: what must hold of every plan, whatever was seen.
//
// Thread-safety: a pure function.
#pragma once

#include <string>
#include <vector>

#include "model/intent.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops::testing {

// One sentence for each that the plan breaks.
std::vector<std::string> broken_invariants(const Spec& spec, const Observation& seen,
                                           const Intent& intent, const Plan& plan);

}  // namespace gtidops::testing
