// observe: one look at a whole topology, made safe to judge.
//
// Thread-safety: as the Fleet's. Errors: none; what could not be read says so in the Observation.
#pragma once

#include "model/observation.h"
#include "model/spec.h"
#include "ports/clock.h"
#include "ports/fleet.h"

namespace gtidops {

// Looks at every server at once. A replica may hold transactions that the primary committed after
// the primary was looked at, or is committing now (a replica gets them before gtid_executed shows
// them): when one seems to hold more than the primary, the primary is looked at again, a few times
// within half a second, into executed_later. What is errant after that is errant.
Observation observe(const Spec& spec, Fleet& fleet, Clock& clock, Depth depth, Millis deadline);

// Looks at some servers at once, without that.
Observation observe_some(const std::vector<std::string>& servers, Fleet& fleet, Clock& clock,
                         Depth depth, Millis deadline);

}  // namespace gtidops
