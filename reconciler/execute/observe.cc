#include "execute/observe.h"

#include <algorithm>

#include "decide/assess.h"
#include "decide/goal.h"

namespace gtidops {
namespace {

// What the other servers hold, or have received and not applied, beyond what is known of `primary`.
GtidSet excess(const Observation& seen, const std::string& primary, const ServerState& state) {
  GtidSet beyond;
  for (const auto& [name, look] : seen.servers) {
    const auto* other = std::get_if<ServerState>(&look);
    if (other == nullptr || name == primary) continue;
    beyond = beyond.united(other->gtid_executed.subtracted(state.executed_latest()));
    if (const Channel* channel = other->default_channel())
      beyond = beyond.united(channel->retrieved.subtracted(state.executed_latest()));
  }
  return beyond;
}

// The primary's first heartbeat may be newer than the gtid_executed that was read from it. Then a
// replica that has yet to receive it would seem to hold everything and to lack the row for good.
// Only a second look at the primary tells (plan_heartbeat() waits for it).
bool first_beat_is_missed(const Observation& seen, const ServerState& state) {
  if (!state.details || !state.details->heartbeat || state.details->heartbeat->beat != 1)
    return false;
  return std::any_of(seen.servers.begin(), seen.servers.end(), [](const auto& one) {
    const auto* other = std::get_if<ServerState>(&one.second);
    return other != nullptr && other->details && other->details->heartbeat_table &&
           !other->details->heartbeat;
  });
}

// The servers whose transactions other servers may already hold: every open one, not only the
// declared primary, since in the middle of a change of roles another server may be open. Also the
// one that the others are compared with, even if it is closed now: it may have committed more
// before it was closed.
std::vector<std::string> who_commits(const Spec& spec, const Intent& intent,
                                     const Observation& seen) {
  const Assessment found = assess(spec, goal_of(spec, seen, intent), seen, intent);
  std::vector<std::string> names{found.reference};
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = seen.state(*server.name);
    if (state == nullptr || *server.name == found.reference || state->fenced()) continue;
    bool shared = !found.of(*server.name).followers.empty();
    for (const auto& [name, look] : seen.servers) {
      const auto* other = std::get_if<ServerState>(&look);
      shared = shared || (other != nullptr && name != *server.name &&
                          !other->gtid_executed.of_server(state->server_uuid).empty());
    }
    if (shared) names.push_back(*server.name);
  }
  return names;
}

void confirm_excess(const std::string& primary, const Memory& memory, Fleet& fleet, Clock& clock,
                    Millis deadline, Observation& seen) {
  constexpr int kLooks = 5;
  constexpr Millis kPause{100};
  const auto found = seen.servers.find(primary);
  auto* state = found == seen.servers.end() ? nullptr : std::get_if<ServerState>(&found->second);
  if (state == nullptr) return;
  // The server lacks what it once held: it was reset, or another server answers. By the next look
  // its counter may have passed the old numbers, and the lost transactions would seem to have been
  // in flight.
  const KnownServer* known = memory.of(state->server_uuid);
  if (known != nullptr && !state->executed_or_in_flight().contains(known->executed)) return;
  for (int look = 0; look < kLooks; ++look) {
    const GtidSet beyond = excess(seen, primary, *state);
    if (beyond.empty() && (look > 0 || !first_beat_is_missed(seen, *state))) return;
    // After the second look at this server, the excess that it is not committing is errant. Further
    // looks can only clear what it is committing.
    if (look > 0 && !beyond.intersects(state->owned_latest())) return;
    if (look > 0) clock.sleep(kPause);
    const Observation again = fleet.look({primary}, Depth::kState, deadline);
    const ServerState* later = again.state(primary);
    if (later == nullptr) return;
    const bool shrank = !later->gtid_executed.contains(state->executed_latest());
    state->seen_later(*later);
    if (shrank) return;
  }
}

}  // namespace

Observation observe_some(const std::vector<std::string>& servers, Fleet& fleet, Clock& clock,
                         Depth depth, Millis deadline) {
  Observation seen = fleet.look(servers, depth, deadline);
  seen.taken_at = clock.now();
  return seen;
}

Observation observe(const Spec& spec, const Intent& intent, Fleet& fleet, Clock& clock, Depth depth,
                    Millis deadline) {
  std::vector<std::string> names;
  names.reserve(spec.servers.size());
  for (const ServerSpec& server : spec.servers) names.push_back(*server.name);
  Observation seen = observe_some(names, fleet, clock, depth, deadline);
  for (const std::string& name : who_commits(spec, intent, seen))
    confirm_excess(name, intent.memory, fleet, clock, deadline, seen);
  if (depth == Depth::kDetails && spec.replication.user)
    seen.replication_secret = fleet.try_secret(spec.replication.user->password.for_replication());
  return seen;
}

}  // namespace gtidops
