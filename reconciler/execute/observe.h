// observe: one look at a whole topology, made safe to judge.
//
// Thread-safety: as the Fleet's. Errors: none; what could not be read says so in the Observation.
#pragma once

#include "model/intent.h"
#include "model/observation.h"
#include "model/spec.h"
#include "ports/clock.h"
#include "ports/fleet.h"

namespace gtidops {

// Looks at every server at once. A replica may hold transactions that its source committed after
// the source was looked at, or is committing now (a replica gets them before gtid_executed shows
// them): when one seems to hold more than a server that takes writes, whatever the file and
// `intent` name the primary, that one is looked at again, into executed_later and owned_later. What
// is in neither of them then is errant. As long as that server is still committing some of it, it
// is looked at a few times more, within half a second, for most commits end meanwhile.
Observation observe(const Spec& spec, const Intent& intent, Fleet& fleet, Clock& clock, Depth depth,
                    Millis deadline);

// Looks at some servers at once, without that.
Observation observe_some(const std::vector<std::string>& servers, Fleet& fleet, Clock& clock,
                         Depth depth, Millis deadline);

}  // namespace gtidops
