// what_moved: may a saved plan still be run? A reviewed plan is only run while the specification
// and the live state are those that it was made from.
//
// Compared are: the specification's digest; which values differ, and how; the steps, their order,
// their risk and their statements; which rules refuse what. Not compared are: the time of
// observation, gtid_executed (it moves with every write), and the explanations.
//
// Thread-safety: pure functions. Errors: as each function says; nothing is thrown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/plan.h"

namespace gtidops {

// One line for each change between the plan of the same topology in `saved` (what plans_json()
// wrote) and `fresh`; empty when the saved plan may be run. A text that cannot be read as a plan,
// or has no plan for this topology, counts as a change and says so.
std::vector<std::string> what_moved(std::string_view saved, const Plan& fresh);

// The topologies that a saved plan is for, in its order. kInvalid when it cannot be read.
Result<std::vector<std::string>> topologies_of(std::string_view saved);

}  // namespace gtidops
