// topology_gauges: one topology's snapshot as gauges. A server that could not be read has server_up
// 0 and no other gauge.
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
// is not in maintenance, is declared without a delay and replicates from a server of the topology.
// A planned switch to it would not be refused for any flaw (decide/candidate.h). Both of its
// threads run without an error. It has no errant transaction, and holds everything that the primary
// has purged.
// nullopt: the primary cannot be read, so the histories cannot be compared.
std::optional<bool> failover_ready(const Spec& spec, const Goal& goal, const Observation& seen,
                                   const Assessment& assessment);

}  // namespace gtidops
