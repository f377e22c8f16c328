#include "decide/goal.h"

#include <algorithm>

#include "model/actions/role_change.h"

namespace gtidops {
namespace {

// Is there an unfinished change of roles to a server that the file does not name, and was it
// committed?
bool earlier_change_comes_first(const Spec& spec, const Observation& seen, const Intent& intent) {
  if (intent.stable() || intent.to == *spec.primary || spec.server(intent.to) == nullptr ||
      spec.server(intent.from) == nullptr)
    return false;
  const ServerState* to = seen.state(intent.to);
  if (to == nullptr || to->server_uuid != intent.to_uuid || to->channels.empty()) return false;
  const ServerState* old = seen.state(intent.from);
  // Either proves that it was committed, although the note of it may be lost with the machine.
  const bool was_open =
      to->writable() ||
      (old != nullptr && !errant_on(*to, *old).of_server(to->server_uuid).empty());
  if (was_open) return true;
  if (intent.phase != Intent::Phase::kCommitted) return false;
  // When the file names the old primary again, and it is in sight, the change is given up.
  return intent.from != *spec.primary || old == nullptr;
}

}  // namespace

Goal goal_with_primary(const Spec& spec, const std::string& primary, PrimaryBecause because) {
  Goal goal;
  goal.primary = primary;
  goal.because = because;
  const bool semi_sync = spec.replication.semi_sync && *spec.replication.semi_sync->enabled;
  for (const ServerSpec& server : spec.servers) {
    ServerGoal& one = goal.servers[*server.name];
    one.writable = *server.name == primary;
    one.semi_sync_source = semi_sync && one.writable;
    one.semi_sync_replica = semi_sync && !one.writable;
    if (!one.writable)
      one.channels.push_back(
          {"", server.source.declared ? *server.source : primary, *server.delay});
  }
  return goal;
}

Goal declared_goal(const Spec& spec) {
  return goal_with_primary(spec, *spec.primary, PrimaryBecause::kDeclared);
}

Goal goal_of(const Spec& spec, const Observation& seen, const Intent& intent) {
  if (earlier_change_comes_first(spec, seen, intent))
    return goal_with_primary(spec, intent.to, PrimaryBecause::kUnfinishedChange);
  return declared_goal(spec);
}

std::vector<const ServerSpec*> replicas_in_order(const Spec& spec, const Goal& goal) {
  std::vector<const ServerSpec*> order;
  std::vector<std::string> placed{goal.primary};
  // A goal has no cycle, so each round places at least one server.
  for (std::size_t round = 0; round < spec.servers.size(); ++round) {
    for (const ServerSpec& server : spec.servers) {
      const auto is_placed = [&](const std::string& name) {
        return std::find(placed.begin(), placed.end(), name) != placed.end();
      };
      if (is_placed(*server.name) || !is_placed(goal.source_of(server))) continue;
      order.push_back(&server);
      placed.push_back(*server.name);
    }
  }
  return order;
}

}  // namespace gtidops
