// rules_candidate: may this server become the primary, in place of the one that is it? All that can
// be known before is asked here, while writes flow and nothing was touched.
//
// Thread-safety: pure functions. Errors: none; what forbids it becomes a refusal.
#pragma once

#include "decide/draft.h"

namespace gtidops {

// Whoever was chosen by an intent that is not settled may have been opened, and so have
// transactions of its own.
bool chosen_before(const Intent& intent, const ServerState& state);

// `state`: of change.to. Fills in who is to be closed, who is excused, and what a committed switch
// was frozen at.
void judge_candidate(Draft& draft, const ServerState& state, RoleChange& change);

}  // namespace gtidops
