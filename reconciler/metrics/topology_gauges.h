// topology_gauges: what one topology's snapshot says, as gauges. Of a server that could not be read
// there is server_up 0 and nothing else.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <optional>

#include "decide/assess.h"
#include "metrics/gauges.h"
#include "report/snapshot.h"

namespace gtidops {

void set_topology_gauges(const TopologySnapshot& topology, Gauges& gauges);

// Is there a replica that could take over now, without a person? It can be read, may be promoted,
// is not in maintenance, has none of the flaws for which a planned switch to it would be refused
// (decide/candidate.h), both of its threads run without an error, it holds no transaction of its
// own, and everything that the primary has purged.
// nullopt: the primary cannot be read, so that the histories cannot be compared.
std::optional<bool> failover_ready(const Spec& spec, const Goal& goal, const Observation& seen,
                                   const Assessment& assessment);

}  // namespace gtidops
