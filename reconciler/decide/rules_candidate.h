// rules_candidate: may this server become the primary in place of the present one? All that can be
// known before is asked here, while writes flow and nothing was touched.
//
// Thread-safety: pure functions but for the Draft. Errors: none; what forbids it becomes a refusal.
#pragma once

#include "decide/draft.h"

namespace gtidops {

// Was this server the candidate of a change of roles that is not settled? Then it may have been
// open, and may hold transactions of its own.
bool chosen_before(const Intent& intent, const ServerState& state);

// `state` is that of change.to. Fills in the third servers, which of them may stay unseen, and what
// a committed switch was frozen at.
void judge_candidate(Draft& draft, const ServerState& state, RoleChange& change);

}  // namespace gtidops
