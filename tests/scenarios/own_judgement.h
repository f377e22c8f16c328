// OwnJudgement: what the checkers of plans know by themselves. Nothing here asks the code that is
// checked: a checker that does agrees with whatever that says.
//
// Thread-safety: none (the C library's time zones are global). Errors: none.
#pragma once

#include <optional>
#include <string>

#include "base/quantity.h"
#include "model/intent.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/risk.h"
#include "model/spec.h"

namespace gtidops::testing {

// What a step may do to the people who use the servers, by the contract's words; nullopt: nobody
// has said it of this action (a line in own_judgement.cc).
std::optional<Risk> own_risk(const Step& step, const Plan& plan, const Observation& seen);

// Does a window forbid a step of this risk at this moment?
bool own_forbidden(const std::vector<WindowSpec>& windows, Moment at, Risk risk);

// Whom the declared sources are to be read by: the declared primary; or, as long as an earlier
// switch to another server may have opened that one and is not done, that one.
std::string own_primary(const Spec& spec, const Observation& seen, const Intent& intent);

// Transactions that `primary` has committed, `other` shows, and `primary` does not have any more.
GtidSet own_lost(const ServerState& primary, const ServerState& other);

// Are as many replicas there as its commits would wait for?
bool own_acknowledgers(const Observation& seen, const std::string& server, int count);

}  // namespace gtidops::testing
