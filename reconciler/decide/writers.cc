#include "decide/writers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "decide/copies.h"
#include "decide/remember.h"

namespace gtidops {

namespace {

// Does the established primary take writes? Two names with one server_uuid tell nothing.
bool established_is_open(const Observation& seen, const Intent& intent) {
  int open = 0;
  int all = 0;
  for (const auto& [name, look] : seen.servers) {
    const auto* state = std::get_if<ServerState>(&look);
    if (state == nullptr || state->server_uuid != intent.established_primary_uuid) continue;
    ++all;
    if (state->writable()) ++open;
  }
  return all == 1 && open == 1;
}

// The declared server that has one of these addresses; "" when none has.
std::string declared_at(const Spec& spec, const std::set<std::string>& addresses) {
  for (const ServerSpec& server : spec.servers)
    for (const std::string& address : addresses_of(server))
      if (addresses.count(address) > 0) return *server.name;
  return {};
}

// The receiver retries a source that is not seen, and no primary is established.
bool lost_its_source(const Draft& draft, const Channel& channel) {
  return channel.receiver == ThreadState::kConnecting && !channel.source_uuid.empty() &&
         !draft.seen.sees(channel.source_uuid) && draft.intent.established_primary_uuid.empty();
}

}  // namespace

// A declared server that is merely unreachable is left to other rules.
const Channel* source_out_of_sight(const Draft& draft, const std::string& server,
                                   bool to_be_opened) {
  const ServerState* state = draft.seen.state(server);
  if (state == nullptr) return nullptr;
  for (const Channel& channel : state->channels) {
    const std::string at = server_at(draft.spec, {channel.source_host, channel.source_port});
    if (!at.empty() && draft.seen.state(at) == nullptr) continue;
    if (draft.seen.source_is_out_of_sight(channel) ||
        (to_be_opened && lost_its_source(draft, channel)))
      return &channel;
  }
  return nullptr;
}

std::optional<Objection> prepared_xa_on(const std::string& server, const ServerState& state) {
  if (!state.details) return std::nullopt;
  const auto& prepared = state.details->prepared_xa;
  if (!prepared)
    return Objection{
        fmt::format("whether XA transactions are prepared on {} cannot be seen", server),
        "GRANT XA_RECOVER_ADMIN, as deploy/grants.sql does"};
  if (prepared->empty()) return std::nullopt;
  return Objection{fmt::format("XA transactions are prepared on {}, which can be committed there "
                               "even when it refuses writes: {}",
                               server, first_of(*prepared)),
                   fmt::format("XA COMMIT or XA ROLLBACK them on {}, as their coordinator has "
                               "decided",
                               server)};
}

std::optional<Objection> prepared_beside(const Draft& draft, const std::string& opened) {
  const Intent& intent = draft.intent;
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*server.name);
    if (*server.name == opened || state == nullptr) continue;
    const bool wrote_last = state->server_uuid == intent.established_primary_uuid ||
                            (!intent.stable() && !intent.surely_not_committed() &&
                             state->server_uuid == intent.to_uuid);
    if (!wrote_last) continue;
    if (auto found = prepared_xa_on(*server.name, *state)) return found;
  }
  return std::nullopt;
}

std::optional<Objection> beside_a_live_source(const Draft& draft, const std::string& what,
                                              bool to_be_opened) {
  std::vector<std::string> followers;
  const Channel* source = nullptr;
  for (const ServerSpec& other : draft.spec.servers) {
    const Channel* channel = source_out_of_sight(draft, *other.name, to_be_opened);
    if (channel == nullptr) continue;
    if (source != nullptr && source->source_uuid != channel->source_uuid) continue;
    source = channel;
    followers.push_back(*other.name);
  }
  if (source == nullptr) return std::nullopt;
  const std::string who = join_names(followers);
  const bool runs = source->receiver == ThreadState::kOn;
  return Objection{
      fmt::format(
          "{}: {} {} connected to the server {} at {}, which {}is none of the servers seen, "
          "and may take writes",
          what, who,
          runs                    ? followers.size() == 1 ? "is" : "are"
          : followers.size() == 1 ? "was"
                                  : "were",
          source->source_uuid, Address{source->source_host, source->source_port}.to_string(),
          runs ? "is alive, " : ""),
      fmt::format("correct the address of the server that is {}, or declare it; only when it is "
                  "known that it takes none of this topology's writes: STOP REPLICA on {}",
                  source->source_uuid, who)};
}

bool stays_closed_unseen(const Draft& draft, const ServerState* old, const std::string& unseen) {
  constexpr Millis kMinute{60'000};
  const Intent& intent = draft.intent;
  if (intent.may_be_open(unseen)) return false;
  const auto look = draft.seen.servers.find(unseen);
  const auto* lost =
      look == draft.seen.servers.end() ? nullptr : std::get_if<Unreachable>(&look->second);
  const bool nobody_listens =
      lost != nullptr && lost->reason == Unreachable::Reason::kConnectionRefused;
  const Millis since = draft.seen.taken_at - intent.frozen_since;
  const bool frozen = intent.frozen_since != Moment{};
  const bool just_now = frozen && since >= Millis{0} && since <= kMinute;
  if (nobody_listens && just_now) return true;
  // A restart of the old primary says nothing of what people did while it stood frozen.
  return old != nullptr && intent.phase != Intent::Phase::kCommitted &&
         intent.established_primary_uuid == old->server_uuid &&
         (old->writable() ||
          ((!frozen || just_now) && restarted_since_open(intent.memory, *old))) &&
         !(old->fenced() && successor_is_out_of_sight(draft.seen, *old));
}

std::vector<TakenOut> taken_out_and_perhaps_open(const Draft& draft, bool established) {
  std::map<std::string, TakenOut> gone;  // by name: one server may be remembered twice
  const auto take = [&](const std::string& name, const std::string& why, const std::string& hint) {
    gone.emplace(name, TakenOut{name, why, hint});
  };
  for (const auto& [uuid, known] : draft.intent.memory.servers) {
    if (draft.seen.sees(uuid)) continue;
    if (!known.name.empty() && draft.spec.server(known.name) == nullptr &&
        (!established || draft.intent.may_be_open(known.name)))
      take(known.name, "which the file declares no more",
           fmt::format("declare {} again, so that it is looked at", known.name));
    if (!known.name.empty() || !known.perhaps_open) continue;
    const std::string name = fmt::format("the server {}", uuid);
    const std::string at = join_names({known.addresses.begin(), known.addresses.end()});
    const std::string successor = declared_at(draft.spec, known.addresses);
    if (successor.empty())
      take(name, fmt::format("which was at {} and which the file declares no more", at),
           fmt::format("declare the server at {} again, so that it is looked at", at));
    else
      take(name, fmt::format("in whose place another one answers as {}", successor),
           fmt::format("if it still runs somewhere, declare its address, so that it is looked at; "
                       "if {} was made anew in its place, it is gone",
                       successor));
  }
  std::vector<TakenOut> list;
  list.reserve(gone.size());
  for (auto& [name, one] : gone) list.push_back(std::move(one));
  return list;
}

std::string told(const TakenOut& gone) { return fmt::format("{}, {}", gone.name, gone.why); }

// Before this server was frozen, its heartbeat row announced another server as the successor, and
// that one is not seen. It may be open, whatever the memory here says.
bool successor_is_out_of_sight(const Observation& seen, const ServerState& state) {
  if (!state.details || !state.details->heartbeat) return false;
  const std::string& announced = state.details->heartbeat->server_uuid;
  return !announced.empty() && announced != state.server_uuid && !seen.sees(announced);
}

// Is nobody connected to the server with this uuid, but some receiver to a source out of sight?
bool another_is_followed(const Observation& seen, const std::string& uuid) {
  bool elsewhere = false;
  for (const auto& [name, look] : seen.servers) {
    const auto* state = std::get_if<ServerState>(&look);
    if (state == nullptr) continue;
    for (const Channel& channel : state->channels) {
      if (channel.receiver == ThreadState::kOn && channel.source_uuid == uuid) return false;
      elsewhere = elsewhere || seen.source_is_out_of_sight(channel);
    }
  }
  return elsewhere;
}

// The declared primary is open, no primary is established, and replicas are connected not to it but
// to another server. Its address may then lead to a wrong server, and moving the replicas there
// would leave the real primary alone with its writes.
void rule_nobody_follows_the_open_one(Draft& draft) {
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  if (primary == nullptr || primary->fenced() || !primary->channels.empty() ||
      draft.assessment.reference != draft.goal.primary ||
      !draft.intent.established_primary_uuid.empty())
    return;
  const bool followed =
      std::any_of(draft.seen.servers.begin(), draft.seen.servers.end(), [&](const auto& one) {
        const auto* state = std::get_if<ServerState>(&one.second);
        if (state == nullptr) return false;
        return std::any_of(
            state->channels.begin(), state->channels.end(), [&](const Channel& channel) {
              return channel.receiver == ThreadState::kOn &&
                     (channel.source_uuid == primary->server_uuid ||
                      // rule_source_identity() judges a channel to its address
                      server_at(draft.spec, {channel.source_host, channel.source_port}) ==
                          draft.goal.primary);
            });
      });
  if (followed) return;
  const auto found = beside_a_live_source(
      draft, fmt::format("nobody is connected to {}, which takes writes", draft.goal.primary));
  if (found) draft.refuse("", rule::kSourceOutOfSight, found->why, found->hint);
}

void note_open_servers(const Spec& spec, const Observation& seen, Intent& intent) {
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = seen.state(*server.name);
    if (state != nullptr && !state->fenced() &&
        state->server_uuid != intent.established_primary_uuid)
      intent.super_read_only_off.insert(*server.name);
  }
  const bool primary_is_open = established_is_open(seen, intent);
  std::erase_if(intent.super_read_only_off, [&](const std::string& name) {
    const ServerState* state = seen.state(name);
    if (spec.server(name) == nullptr) return primary_is_open;  // as forget_who_was_left_open()
    return state != nullptr && state->fenced();
  });
}

void note_primaries_left_open(const Observation& seen, const Intent& intent, Memory& memory) {
  for (auto& [uuid, known] : memory.servers)
    if (known.last_open && uuid != intent.established_primary_uuid && !seen.sees(uuid))
      known.perhaps_open = true;
}

void forget_who_was_left_open(const Spec& spec, const Observation& seen, const Intent& intent,
                              Memory& memory) {
  if (!established_is_open(seen, intent)) return;
  for (auto& [uuid, known] : memory.servers)
    if (spec.server(known.name) == nullptr && !seen.sees(uuid))
      known.perhaps_open = known.last_open = false;
}

}  // namespace gtidops
