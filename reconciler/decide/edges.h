// edges: which steps of a plan need which others. The runner skips only the steps that need one
// that was not done, so a repair that fails holds back no other repair.
//
// Thread-safety: a pure function. Errors: none.
#pragma once

#include "model/plan.h"

namespace gtidops {

// Fills in Step::needs. REQUIRES: the steps are in their final order and have their final ids.
void link_steps(Plan& plan);

}  // namespace gtidops
