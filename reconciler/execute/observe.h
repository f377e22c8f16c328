// observe: one look at a whole topology, corrected for transactions that move while it is taken.
//
// Thread-safety: as the Fleet. Errors: none; the Observation says of each server what could not be
// read.
#pragma once

#include "model/intent.h"
#include "model/observation.h"
#include "model/spec.h"
#include "ports/clock.h"
#include "ports/fleet.h"

namespace gtidops {

// Looks at every server at once. A replica may hold transactions that its source committed after
// the source was looked at, or is committing now (a replica can receive them before the source
// shows them in gtid_executed). So when a server seems to hold more than an open server, the open
// server is looked at again, and the result goes into its executed_later and owned_later.
// Transactions in neither of them are errant. While the open server is still committing some of
// them, it is looked at a few more times within half a second, because most commits end in that
// time. Every open server is treated so, whatever the file and `intent` call the primary.
Observation observe(const Spec& spec, const Intent& intent, Fleet& fleet, Clock& clock, Depth depth,
                    Millis deadline);

// Looks at some servers at once, without this correction.
Observation observe_some(const std::vector<std::string>& servers, Fleet& fleet, Clock& clock,
                         Depth depth, Millis deadline);

}  // namespace gtidops
