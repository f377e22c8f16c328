#include "decide/assess.h"

#include <algorithm>

#include "base/host.h"

namespace gtidops {
namespace {

void find_sources(const Spec& spec, const Observation& seen, Assessment& found) {
  for (const ServerSpec& server : spec.servers) {
    ServerAssessment& one = found.servers[*server.name];
    const ServerState* state = seen.state(*server.name);
    const Channel* channel = state == nullptr ? nullptr : state->default_channel();
    if (channel == nullptr) continue;
    const Address dialled{channel->source_host, channel->source_port};
    one.observed_source = server_at(spec, dialled);
    // The address may be spelt differently: the server_uuid of the last connection tells which
    // server it is.
    if (one.observed_source.empty() && !channel->source_uuid.empty()) {
      for (const ServerSpec& other : spec.servers) {
        const ServerState* candidate = seen.state(*other.name);
        if (candidate != nullptr && candidate->server_uuid == channel->source_uuid)
          one.observed_source = *other.name;
      }
    }
    if (one.observed_source.empty()) {
      one.observed_source = dialled.to_string();
      one.source_is_stranger = true;
    } else {
      found.servers[one.observed_source].followers.push_back(*server.name);
    }
  }
}

// The only writable server, when it has transactions that the goal's primary, which is closed,
// lacks: somebody opened it by hand and clients write there, though no replica follows it yet.
// Empty: there is none, or it cannot be told.
std::string opened_in_its_place(const Spec& spec, const Goal& goal, const Observation& seen) {
  const ServerState* closed = seen.state(goal.primary);
  if (closed == nullptr || closed->writable() || !closed->channels.empty()) return {};
  std::string found;
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = seen.state(*server.name);
    if (state == nullptr || !state->writable()) continue;
    if (!found.empty()) return {};
    found = *server.name;
  }
  if (found.empty()) return {};
  const ServerState& open = *seen.state(found);
  const bool went_on = open.gtid_executed.intersects(closed->gtid_executed) &&
                       !closed->executed_or_in_flight().contains(open.gtid_executed);
  return open.channels.empty() && went_on ? found : std::string();
}

void find_roles(const Spec& spec, const Goal& goal, const Observation& seen, Assessment& found) {
  const std::string acting = opened_in_its_place(spec, goal, seen);
  for (const ServerSpec& server : spec.servers) {
    ServerAssessment& one = found.servers[*server.name];
    const ServerState* state = seen.state(*server.name);
    if (state == nullptr) continue;
    const bool declared = *server.name == goal.primary;
    if (!state->channels.empty())
      one.role = Role::kReplica;
    else if (!acting.empty() && (declared || *server.name == acting))
      one.role = declared ? Role::kStandalone : Role::kPrimary;
    else if (!one.followers.empty() || (declared && state->writable()))
      one.role = Role::kPrimary;
    else
      one.role = Role::kStandalone;
  }
}

void find_primary(const Spec& spec, const Observation& seen, Assessment& found) {
  std::vector<std::string> writable;
  std::vector<std::string> leading;
  for (const ServerSpec& server : spec.servers) {
    const ServerAssessment& one = found.of(*server.name);
    const ServerState* state = seen.state(*server.name);
    if (state == nullptr || one.role != Role::kPrimary) continue;
    leading.push_back(*server.name);
    if (state->writable()) writable.push_back(*server.name);
  }
  if (writable.size() == 1)
    found.observed_primary = writable.front();
  else if (writable.empty() && leading.size() == 1)
    found.observed_primary = leading.front();
}

// An open server without followers is no rival when another open server has followers and holds all
// its transactions: it was opened by hand and has taken no writes. It is closed like any other
// replica.
void leave_out_surpassed(const Observation& seen, const Assessment& found,
                         std::vector<std::string>& open) {
  const auto surpasses = [&](const std::string& other, const std::string& name) {
    return other != name && !found.of(other).followers.empty() &&
           seen.state(other)->executed_latest().contains(seen.state(name)->executed_latest());
  };
  const std::vector<std::string> all = open;
  std::erase_if(open, [&](const std::string& name) {
    return found.of(name).followers.empty() &&
           std::any_of(all.begin(), all.end(),
                       [&](const std::string& other) { return surpasses(other, name); });
  });
}

// Servers that are open, share the declared primary's history, and are at the top: they have no
// channel, or a switch opened them and was interrupted before it took their channel off.
std::vector<std::string> open_servers(const Spec& spec, const Observation& seen,
                                      const Intent& intent, const Assessment& found,
                                      const ServerState& declared) {
  std::vector<std::string> open;
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = seen.state(*server.name);
    if (state == nullptr || !state->writable()) continue;
    const bool acts = !found.of(*server.name).followers.empty() ||
                      state->gtid_executed.intersects(declared.gtid_executed);
    const bool on_top = state->channels.empty() ||
                        (!intent.stable() && intent.to_uuid == state->server_uuid) ||
                        intent.established_primary_uuid == state->server_uuid;
    if (acts && on_top) open.push_back(*server.name);
  }
  leave_out_surpassed(seen, found, open);
  return open;
}

// Does `top` hold all that `other` has applied, and all that its channels have received?
bool holds_all_of(const ServerState& top, const ServerState& other) {
  const GtidSet& all = top.executed_latest();
  return all.contains(other.gtid_executed) &&
         std::all_of(other.channels.begin(), other.channels.end(),
                     [&](const Channel& channel) { return all.contains(channel.retrieved); });
}

// Is every server seen, and does `top` hold all that each of them holds, has received, or once
// held? What a server lost in a crash or a RESET may have been confirmed to a client; only a person
// can judge that.
bool holds_all(const Spec& spec, const Observation& seen, const Memory& memory,
               const ServerState& top) {
  return std::all_of(spec.servers.begin(), spec.servers.end(), [&](const ServerSpec& server) {
    const ServerState* state = seen.state(*server.name);
    if (state == nullptr || !holds_all_of(top, *state)) return false;
    const KnownServer* known = memory.of(state->server_uuid);
    return known == nullptr || top.executed_latest().contains(known->executed.united(known->lost));
  });
}

// Does `top` hold all, with every other server closed? Then no history goes beyond it. For `top`
// itself read_only is enough: an administrator's commit there only adds to its history, and a
// switch freezes it before another server takes over.
bool ends_history(const Spec& spec, const Observation& seen, const Memory& memory,
                  const ServerState& top) {
  return !top.writable() && holds_all(spec, seen, memory, top) &&
         std::all_of(spec.servers.begin(), spec.servers.end(), [&](const ServerSpec& server) {
           const ServerState* state = seen.state(*server.name);
           return state == &top || state->fenced();
         });
}

// The declared primary is in a replication ring, as a failed switch may leave between the closed
// primary and its cascade. Then the top is the one server without a channel. A replica may have
// been opened by hand meanwhile. While it holds nothing of its own it is still a replica, and
// rule_close_first closes it before anything else is done.
std::string top_beside_ring(const Spec& spec, const Goal& goal, const Observation& seen,
                            const Memory& memory) {
  std::string alone;
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = seen.state(*server.name);
    if (state == nullptr || !state->channels.empty()) continue;
    if (!alone.empty()) return goal.primary;
    alone = *server.name;
  }
  if (alone.empty()) return goal.primary;
  const ServerState& top = *seen.state(alone);
  return top.fenced() && holds_all(spec, seen, memory, top) ? alone : goal.primary;
}

std::string top_of_chain(const Spec& spec, const Goal& goal, const Observation& seen,
                         const Memory& memory, const Assessment& found) {
  std::string at = goal.primary;
  for (std::size_t hop = 0; hop < spec.servers.size(); ++hop) {
    const ServerAssessment& one = found.of(at);
    if (one.observed_source.empty()) return at;
    if (one.source_is_stranger) return goal.primary;
    at = one.observed_source;
  }
  return top_beside_ring(spec, goal, seen, memory);
}

// The third server that the old primary of an unfinished change of roles follows by now, if that
// server has no channel itself: another controller or a person, who did not know of this change,
// ended it and changed the roles again. Empty: there is none.
std::string overtaken_by(const Spec& spec, const Goal& goal, const Observation& seen,
                         const Memory& memory, const Assessment& found, const std::string& from) {
  const std::string& third = found.of(from).observed_source;
  if (third.empty() || found.of(from).source_is_stranger || third == goal.primary) return {};
  const ServerState* top = seen.state(third);
  if (top == nullptr || !top->channels.empty() || !ends_history(spec, seen, memory, *top))
    return {};
  return third;
}

// Did `top`, which has no channel, act as the primary after `established`, which we opened last?
// Then another controller or a person made it so, perhaps while our change of roles was unfinished.
bool acted_since(const Spec& spec, const Observation& seen, const Memory& memory,
                 const ServerState& top, const ServerState& established) {
  return top.channels.empty() && !established.gtid_executed.contains(top.gtid_executed) &&
         ends_history(spec, seen, memory, top);
}

void find_reference(const Spec& spec, const Goal& goal, const Observation& seen,
                    const Intent& intent, Assessment& found) {
  found.reference = goal.primary;
  const ServerState* declared = seen.state(goal.primary);
  if (declared == nullptr || declared->writable()) return;
  if (declared->channels.empty()) {
    // It has no channel. Only a server that we opened ourselves is known to be the primary or the
    // last one.
    const bool committed = intent.phase == Intent::Phase::kCommitted;
    const std::string& opened_by_us = intent.established_primary_uuid.empty() && committed
                                          ? intent.to_uuid
                                          : intent.established_primary_uuid;
    for (const ServerSpec& server : spec.servers) {
      const ServerState* state = seen.state(*server.name);
      if (state != nullptr && state->channels.empty() && !state->server_uuid.empty() &&
          state->server_uuid == opened_by_us &&
          !acted_since(spec, seen, intent.memory, *declared, *state))
        found.reference = *server.name;
    }
    return;
  }
  const auto open = open_servers(spec, seen, intent, found, *declared);
  if (open.size() > 1) {
    found.rivals = open;
    return;
  }
  if (open.size() == 1) {
    found.reference = open.front();
    return;
  }
  if (!intent.stable()) {
    const bool committed = intent.phase == Intent::Phase::kCommitted;
    const std::string& name = committed && intent.to != goal.primary ? intent.to : intent.from;
    if (spec.server(name) != nullptr && name != goal.primary) {
      const std::string third = overtaken_by(spec, goal, seen, intent.memory, found, name);
      found.reference = third.empty() ? name : third;
      return;
    }
  }
  const std::string top = top_of_chain(spec, goal, seen, intent.memory, found);
  const ServerState* end = seen.state(top);
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = seen.state(*server.name);
    if (state != nullptr && state->channels.empty() && !intent.established_primary_uuid.empty() &&
        state->server_uuid == intent.established_primary_uuid &&
        !(end != nullptr && acted_since(spec, seen, intent.memory, *end, *state))) {
      found.reference = *server.name;
      return;
    }
  }
  found.reference = top;
}

void compare_sets(const Spec& spec, const Goal& goal, const Observation& seen, Assessment& found) {
  const ServerState* primary = seen.state(found.reference);
  for (const ServerSpec& server : spec.servers) {
    ServerAssessment& one = found.servers[*server.name];
    const ServerState* state = seen.state(*server.name);
    if (state == nullptr) continue;
    one.shares_history = one.role == Role::kReplica;
    if (primary != nullptr) {
      one.shares_history =
          one.shares_history || state->gtid_executed.intersects(primary->executed_latest());
      const GtidSet beyond = *server.name == found.reference
                                 ? GtidSet{}
                                 : state->gtid_executed.subtracted(primary->executed_latest());
      one.in_flight = beyond.intersected(primary->owned_latest());
      one.errant = beyond.subtracted(primary->owned_latest());
      one.missing = primary->gtid_executed.subtracted(state->executed_latest()).count();
    }
    const std::string source = goal.source_of(server);
    const ServerState* from = source.empty() ? nullptr : seen.state(source);
    if (from == nullptr) continue;
    // What its channel has received counts as held: it will be applied as long as the channel is
    // not changed.
    const Channel* channel = state->default_channel();
    const bool follows = channel != nullptr && one.observed_source == source;
    const GtidSet held =
        follows ? state->gtid_executed.united(channel->retrieved) : state->gtid_executed;
    one.unrecoverable = !held.contains(from->gtid_purged);
  }
}

}  // namespace

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kPrimary:
      return "primary";
    case Role::kReplica:
      return "replica";
    case Role::kStandalone:
      return "standalone";
    case Role::kUnknown:
      return "unknown";
  }
  return "unknown";
}

namespace {

bool commits_in_any_order(const ServerState& replica) {
  if (!replica.details) return false;
  const auto value = [&](const char* name) {
    const auto found = replica.details->variables.find(name);
    return found == replica.details->variables.end() ? std::string() : found->second;
  };
  const std::string workers = value("replica_parallel_workers");
  const std::string order = value("replica_preserve_commit_order");
  return workers != "0" && workers != "1" && order != "ON" && order != "1";
}

}  // namespace

GtidSet never_arrives(const ServerState& replica, const ServerState& source) {
  GtidSet received;
  for (const Channel& channel : replica.channels) received = received.united(channel.retrieved);
  const GtidSet missing = source.gtid_executed.subtracted(replica.executed_or_in_flight());
  const GtidSet own = missing.of_server(replica.server_uuid).subtracted(received);
  GtidSet below = missing.intersected(replica.gtid_executed.gaps());
  if (commits_in_any_order(replica)) below = below.subtracted(received);
  return own.united(below);
}

std::string server_at(const Spec& spec, const Address& address) {
  const std::string host = canonical_host(address.host);
  for (const ServerSpec& server : spec.servers) {
    for (const Address& known : {server.dialled(), *server.address})
      if (canonical_host(known.host) == host && known.port == address.port) return *server.name;
  }
  return {};
}

Assessment assess(const Spec& spec, const Goal& goal, const Observation& seen,
                  const Intent& intent) {
  Assessment found;
  for (const ServerSpec& server : spec.servers) found.servers[*server.name];
  find_sources(spec, seen, found);
  find_roles(spec, goal, seen, found);
  find_primary(spec, seen, found);
  find_reference(spec, goal, seen, intent, found);
  compare_sets(spec, goal, seen, found);
  return found;
}

bool heartbeat_is_safe(const Spec& spec, const Observation& seen) {
  return std::none_of(spec.servers.begin(), spec.servers.end(), [&](const ServerSpec& server) {
    const ServerState* state = seen.state(*server.name);
    return state != nullptr && state->details && state->details->heartbeat_trouble;
  });
}

}  // namespace gtidops
