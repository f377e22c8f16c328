#include "unit/support/snapshots.h"

namespace gtidops::testing {

TopologySnapshot topology_snapshot(const FleetBuilder& fleet) {
  TopologySnapshot made;
  made.spec = std::make_shared<const Spec>(fleet.spec());
  made.revision = "3f786850e387550fdab836ed7e6dc881de23001b";
  made.looked = true;
  made.seen = fleet.observation();
  made.plan = fleet.plan();
  made.conditions =
      with_since(conditions(*made.spec, made.seen, made.plan), {}, made.seen.taken_at);
  for (const auto& [name, look] : made.seen.servers) {
    const ServerState* state = made.seen.state(name);
    if (state != nullptr && state->default_channel() != nullptr) made.lag[name] = 0.25;
  }
  made.leader = true;
  made.last_success = made.seen.taken_at;
  made.last_pass = made.seen.taken_at;
  made.interval = *made.spec->reconcile.interval;
  return made;
}

DaemonSnapshot daemon_snapshot(const std::vector<TopologySnapshot>& topologies) {
  DaemonSnapshot made;
  made.started = parse_moment("2026-11-22T14:00:00Z").value();
  made.source.where = "https://git.example.com/fleet.git";
  made.source.git = true;
  made.source.last_success = parse_moment("2026-11-22T15:00:00Z").value();
  made.source.spec_valid = true;
  made.source.revision = "3f786850e387550fdab836ed7e6dc881de23001b";
  made.source.seen_revision = made.source.revision;
  made.source.author = "Ana <ana@example.com>";
  for (const TopologySnapshot& one : topologies)
    made.topologies.push_back(std::make_shared<const TopologySnapshot>(one));
  return made;
}

}  // namespace gtidops::testing
