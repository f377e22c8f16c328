#include "loop/frugal_fleet.h"

#include <algorithm>
#include <utility>

namespace gtidops {
namespace {

bool same_channel(const Channel& a, const Channel& b) {
  return a.name == b.name && a.source_host == b.source_host && a.source_port == b.source_port &&
         a.source_user == b.source_user && a.auto_position == b.auto_position &&
         a.delay_seconds == b.delay_seconds && a.receiver == b.receiver && a.applier == b.applier;
}

// Do both looks show the same in everything that hints at a change of the details?
bool same_as_then(const ServerState& then, const ServerState& now) {
  return then.server_uuid == now.server_uuid && then.instance == now.instance &&
         then.server_id == now.server_id && then.version_text == now.version_text &&
         then.read_only == now.read_only && then.super_read_only == now.super_read_only &&
         then.gtid_mode == now.gtid_mode && then.gtid_purged == now.gtid_purged &&
         then.enforce_gtid_consistency == now.enforce_gtid_consistency &&
         std::equal(then.channels.begin(), then.channels.end(), now.channels.begin(),
                    now.channels.end(), same_channel);
}

}  // namespace

// How far a copy is changes all the time.
bool FrugalFleet::knows(const std::string& server) const {
  const auto found = known_.find(server);
  const auto is_copied = [](const ServerState& state) {
    return state.details->clone && state.details->clone->runs();
  };
  return found != known_.end() && !is_copied(found->second.state) &&
         clock_.monotonic() - found->second.since < oldest_;
}

// Adds the known details to a look that has none. False: they may be outdated.
bool FrugalFleet::complete(Observation& seen) const {
  for (auto& [name, look] : seen.servers) {
    auto* state = std::get_if<ServerState>(&look);
    if (state == nullptr) continue;
    const auto found = known_.find(name);
    if (found == known_.end() || !same_as_then(found->second.state, *state)) return false;
    state->details = found->second.state.details;
    // A channel's filters, and whether its password is the declared one, are details, too.
    for (std::size_t i = 0; i < state->channels.size(); ++i) {
      const Channel& then = found->second.state.channels[i];
      state->channels[i].filters = then.filters;
      state->channels[i].secret_as_declared = then.secret_as_declared;
    }
    // The heartbeat is part of the pulse, so it is as new as the look.
    if (state->pulse) state->details->heartbeat = state->pulse;
  }
  return true;
}

Observation FrugalFleet::look(const std::vector<std::string>& servers, Depth depth,
                              Millis deadline) {
  if (depth != Depth::kDetails) return inner_.look(servers, depth, deadline);
  // A server that could not be read the last time has no known details. It is tried at either
  // depth.
  const bool any = std::any_of(servers.begin(), servers.end(),
                               [&](const std::string& one) { return known_.count(one) > 0; });
  const bool all_fresh = std::all_of(servers.begin(), servers.end(), [&](const std::string& one) {
    return known_.count(one) == 0 || knows(one);
  });
  if (any && all_fresh) {
    Observation seen = inner_.look(servers, Depth::kPulse, deadline);
    if (complete(seen)) return seen;
    first_look_ = std::move(seen);
  }
  Observation seen = inner_.look(servers, Depth::kDetails, deadline);
  for (auto& [name, look] : seen.servers) {
    known_.erase(name);
    auto* state = std::get_if<ServerState>(&look);
    if (state == nullptr || !state->details) continue;
    state->pulse = state->details->heartbeat;
    known_[name] = {*state, clock_.monotonic()};
  }
  return seen;
}

// A secret that could be read is not read at every look: it may come from a command that takes
// long.
std::optional<SecretTrouble> FrugalFleet::try_secret(const SecretRef& secret) {
  const bool known = secret_ && secret_->ref == secret && !secret_->trouble &&
                     clock_.monotonic() - secret_->since < oldest_;
  if (!known) secret_ = Tried{secret, inner_.try_secret(secret), clock_.monotonic()};
  return secret_->trouble;
}

Result<Rows> FrugalFleet::run(const Statement& statement, Millis deadline) {
  return inner_.run(statement, deadline);
}

}  // namespace gtidops
