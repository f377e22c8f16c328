// snapshots: what the daemon would have published of a fleet, for the tests of metrics/ and http/.
//
// Thread-safety: pure functions.
#pragma once

#include <memory>

#include "report/snapshot.h"
#include "unit/support/fleet_builder.h"

namespace gtidops::testing {

// A topology after a pass that went well: planned, judged, the lease ours, no lag anywhere.
TopologySnapshot topology_snapshot(const FleetBuilder& fleet);
// Read from git, one revision enforced and valid, with these topologies.
DaemonSnapshot daemon_snapshot(const std::vector<TopologySnapshot>& topologies);

}  // namespace gtidops::testing
