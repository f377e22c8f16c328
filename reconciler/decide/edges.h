// edges: which steps of a plan rest on which others. The runner skips what rests on a step that was
// not done, and nothing else: so one repair that fails holds back no other one.
//
// Thread-safety: a pure function. Errors: none.
#pragma once

#include "model/plan.h"

namespace gtidops {

// Fills in what each step needs (Step::needs). The steps stand in their order, and their ids are
// final.
void link_steps(Plan& plan);

}  // namespace gtidops
