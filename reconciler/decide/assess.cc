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
    // An address may be spelt otherwise: the server that it last connected to tells who it is.
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

// The server that alone takes writes, and has gone on where the goal's primary, which is closed,
// stopped: somebody has opened it by hand, and clients write there, though nobody follows it yet
// and others still look to the old one. Empty: none, or it cannot be told.
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

// One that nobody follows, and that holds nothing but what another open one holds, which is
// followed, was opened by hand and has taken no writes: it is no rival, and is closed like any
// other.
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

// Servers that are open, belong to the declared primary's history, and stand at the top: they
// follow nobody, or were opened by a switch that had no time to take their channel off.
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

// All that a server has applied, and what its channels have received and not applied yet.
bool holds_all_of(const ServerState& top, const ServerState& other) {
  const GtidSet& all = top.executed_latest();
  return all.contains(other.gtid_executed) &&
         std::all_of(other.channels.begin(), other.channels.end(),
                     [&](const Channel& channel) { return all.contains(channel.retrieved); });
}

// Everybody is seen, and `top` holds whatever they hold, have received, or are known to have held
// once: what a crash or a RESET took from one of them may have been acknowledged, and only a person
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

// And everybody is closed: then `top` is the end of everybody's history. It is so, too, where a
// person made it read_only and no more: what an administrator commits there only makes it longer,
// and whoever takes over from it freezes it first.
bool ends_history(const Spec& spec, const Observation& seen, const Memory& memory,
                  const ServerState& top) {
  return !top.writable() && holds_all(spec, seen, memory, top) &&
         std::all_of(spec.servers.begin(), spec.servers.end(), [&](const ServerSpec& server) {
           const ServerState* state = seen.state(*server.name);
           return state == &top || state->fenced();
         });
}

// The declared primary is in a ring, as a switch leaves it that failed between a primary that was
// closed and its cascade: then it is the one that follows nobody. A replica may have been opened by
// hand meanwhile: as long as it holds nothing of its own it is a replica, and is closed before
// anything else is done (rule_close_first).
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

// Whoever the old primary of an unfinished change of roles follows by now, when that is a third
// server, which follows nobody: somebody who knew nothing of this change has ended it, and changed
// the roles once more.
std::string overtaken_by(const Spec& spec, const Goal& goal, const Observation& seen,
                         const Memory& memory, const Assessment& found, const std::string& from) {
  const std::string& third = found.of(from).observed_source;
  if (third.empty() || found.of(from).source_is_stranger || third == goal.primary) return {};
  const ServerState* top = seen.state(third);
  if (top == nullptr || !top->channels.empty() || !ends_history(spec, seen, memory, *top))
    return {};
  return third;
}

// Has a server that stands alone acted as the primary since the one that we opened last did?
// Somebody with another memory made it so, perhaps while a change of roles of ours was unfinished.
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
    // It stands alone. Only of a server that we opened ourselves is it known that it is the
    // primary, or was the last one.
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
    one.kin = one.role == Role::kReplica;
    if (primary != nullptr) {
      one.kin = one.kin || state->gtid_executed.intersects(primary->executed_latest());
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
    // What it has fetched and not applied yet counts as long as its channel is left alone.
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
