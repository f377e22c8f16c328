#include "decide/remember.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "decide/copies.h"
#include "decide/draft.h"
#include "decide/planner.h"
#include "decide/writers.h"
#include "model/actions/read_only.h"

namespace gtidops {
namespace {

template <class Visit>
void each_seen(const Spec& spec, const Observation& seen, Visit visit) {
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = seen.state(*server.name);
    if (state != nullptr && !state->server_uuid.empty()) visit(*server.name, *state);
  }
}

std::optional<Moment> started_at(const ServerState& state) {
  return state.details ? state.details->started_at : std::nullopt;
}

bool closed_without_restart(const KnownServer& known, const ServerState& state) {
  const auto started = started_at(state);
  return !state.writable() && started && known.open_since_start != Moment{} &&
         *started == known.open_since_start;
}

bool sees(const Spec& spec, const Observation& seen, const std::string& uuid) {
  bool found = false;
  each_seen(spec, seen, [&](const std::string&, const ServerState& state) {
    found = found || state.server_uuid == uuid;
  });
  return found;
}

bool all_is_purged(const ServerState& now, const KnownServer& before) {
  return !now.gtid_executed.subtracted(now.gtid_purged).intersects(before.executed);
}

// Does `log` continue the numbers of `before`, as binlog.000007 does after binlog.000004?
bool continues(const std::string& log, const std::string& before) {
  const std::size_t dot = before.rfind('.');
  return dot != std::string::npos && log.rfind('.') == dot &&
         log.compare(0, dot, before, 0, dot) == 0 &&
         std::atoll(log.c_str() + dot + 1) >= std::atoll(before.c_str() + dot + 1);
}

// Beyond this, servers without a name that never were the primary are forgotten.
constexpr std::size_t kServersKept = 100;

class Remembering {
 public:
  Remembering(const Spec& spec, const Observation& seen, const Intent& intent)
      : spec_(spec),
        seen_(seen),
        intent_(intent),
        memory_(intent.memory),
        copies_(spec, seen, intent) {
    std::map<std::string, int> times;
    gtidops::each_seen(spec, seen, [&](const std::string&, const ServerState& state) {
      ++times[state.server_uuid];
    });
    gtidops::each_seen(spec, seen, [&](const std::string& name, const ServerState& state) {
      if (times[state.server_uuid] == 1) states_.emplace_back(name, &state);
    });
  }

  Memory run() {
    note_unseen_writers();
    each_seen([&](const std::string& name, const ServerState& state) {
      if (name == *spec_.primary && is_stranger(spec_, seen_, intent_, name)) return;
      if (memory_.of(state.server_uuid) != nullptr)
        update(memory_.servers.at(state.server_uuid), name, state);
      else if (belongs(name, state))
        meet(name, state);
      // Only a look in depth shows which server was copied from which. Until then the former server
      // of this name keeps it, since it may be the donor of another one.
      if (memory_.of(state.server_uuid) != nullptr && state.details)
        name_only(name, state.server_uuid);
    });
    keep_the_primarys_newest();
    note_lacking_schemas();
    note_passed_over();
    copies_.hand_on(memory_);
    note_primaries_left_open(seen_, intent_, memory_);
    forget_who_was_left_open(spec_, seen_, intent_, memory_);
    return std::move(memory_);
  }

 private:
  template <class Visit>
  void each_seen(Visit visit) const {
    for (const auto& [name, state] : states_) visit(name, *state);
  }

  // A server that is not seen closed took writes unseen when new transactions of its own show up on
  // any server. What it committed itself while nobody else was open, it perhaps did as the primary.
  void note_unseen_writers() {
    for (auto& entry : memory_.servers) {
      const std::string& uuid = entry.first;
      KnownServer& known = entry.second;
      GtidSet shown, committed;
      bool closed = false;
      bool another_open = false;
      each_seen([&](const std::string&, const ServerState& state) {
        shown = shown.united(state.held_latest().of_server(uuid));
        const bool self = state.server_uuid == uuid;
        closed = closed || (self && state.fenced());
        another_open = another_open || (!self && !state.fenced());
        if (self) committed = state.gtid_executed.of_server(uuid);
      });
      GtidSet before = known.executed;
      for (const auto& [of, other] : intent_.memory.servers)
        before = before.united(other.executed.of_server(uuid));
      if (uuid == intent_.from_uuid) before = before.united(intent_.frozen_at);
      const bool ours = uuid == intent_.established_primary_uuid ||
                        (!intent_.stable() && uuid == intent_.to_uuid);
      if (!ours && !another_open)
        known.perhaps_primarys = known.perhaps_primarys.united(committed.subtracted(before));
      const bool news = !shown.subtracted(before).empty();
      known.wrote_unseen =
          uuid != intent_.established_primary_uuid && !closed && (known.wrote_unseen || news);
    }
  }

  // A server that stands alone may be another one than was meant, so it is remembered only when it
  // shares the history of this topology.
  [[nodiscard]] bool belongs(const std::string& name, const ServerState& state) const {
    const std::string& established = intent_.established_primary_uuid;
    if (state.server_uuid == established) return true;
    const Channel* channel = state.default_channel();
    bool shares_history =
        (state.details && state.details->clone && state.details->clone->runs()) ||
        (!established.empty() && ((channel != nullptr && channel->source_uuid == established) ||
                                  !state.gtid_executed.of_server(established).empty()));
    each_seen([&](const std::string& other, const ServerState& one) {
      if (other == name) return;
      const auto follows = [](const ServerState& replica, const ServerState& source) {
        const Channel* channel = replica.default_channel();
        return channel != nullptr && channel->source_uuid == source.server_uuid;
      };
      shares_history = shares_history || follows(state, one) || follows(one, state) ||
                       state.gtid_executed.intersects(one.executed_latest());
    });
    for (const auto& [uuid, known] : memory_.servers)
      shares_history =
          shares_history || known.name == name || state.gtid_executed.intersects(known.executed);
    return shares_history;
  }

  static void note_filters(KnownServer& known, const ServerState& state) {
    for (const std::string& one : passed_over_errors(state)) known.filters.insert(one);
    for (const Channel& channel : state.channels)
      known.filters.insert(channel.filters.begin(), channel.filters.end());
    if (state.details)
      known.filters.insert(state.details->binlog_filters.begin(),
                           state.details->binlog_filters.end());
  }

  void note(KnownServer& known, const std::string& name, const ServerState& state) const {
    known.name = name;
    known.addresses = addresses_of(*spec_.server(name));
    known.purged = state.gtid_purged;
    if (state.details && state.details->first_binary_log) {
      const std::string& first = *state.details->first_binary_log;
      known.purged_in_the_look = !known.first_log.empty() && first != known.first_log &&
                                 known.purged_at_first_log == state.gtid_purged;
      known.purged_at_first_log = state.gtid_purged;
      known.first_log = first;
    }
    known.last_open = !state.fenced();
    known.perhaps_open = !state.fenced() && state.server_uuid != intent_.established_primary_uuid;
    // What others have shown while it was unreachable may still be in flight here.
    known.executed =
        state.executed_latest().united(known.executed.intersected(state.owned_latest()));
    known.was_primary = known.was_primary || state.server_uuid == intent_.established_primary_uuid;
    note_filters(known, state);
    if (state.details && state.details->clone) {
      const CloneStatus& clone = *state.details->clone;
      known.last_clone = clone.completed() ? clone.ended : std::string();
      known.copied_from = clone.runs() ? clone.source : std::string();
    }
    if (state.details && state.details->persisted)
      known.boots_writable = !boots_read_only(*state.details);
    if (const auto started = started_at(state); started && state.writable())
      known.open_since_start = *started;
    const bool by_hand = intent_.stable() && known.was_primary &&
                         state.server_uuid == intent_.established_primary_uuid &&
                         closed_without_restart(known, state);
    known.closed_by_hand = (known.closed_by_hand || by_hand) && !state.writable();
    const GtidSet own = known.executed.of_server(state.server_uuid);
    known.written_since =
        !known.lost.empty() && (known.written_since || (!state.fenced() && !own.empty()));
    // Other servers' transactions can only have come back by replication. So can its own, when it
    // is closed, has a source and was not written to since.
    const bool fetched = !known.written_since && state.fenced() && !state.channels.empty();
    known.lost = known.lost.subtracted(fetched ? known.executed : known.executed.subtracted(own));
  }

  // Remembers a server whose server_uuid is new. The one that had this name before is not
  // forgotten: perhaps only the address was wrong.
  void meet(const std::string& name, const ServerState& state) {
    KnownServer known;
    for (auto& [uuid, before] : memory_.servers) {
      if (before.name != name || sees(spec_, seen_, uuid)) continue;
      if (!provisioned_anew(state, before)) {
        // Only a look in depth tells whether its binary logs have begun anew.
        if (!state.details && all_is_purged(state, before)) return;
        known.filters.insert(before.filters.begin(), before.filters.end());
        known.lacks_schemas.insert(before.lacks_schemas.begin(), before.lacks_schemas.end());
        known.renumbered = known.renumbered.united(before.renumbered);
        known.perhaps_renumbered = known.perhaps_renumbered.united(before.perhaps_renumbered);
        known.passed_over = known.passed_over.united(before.passed_over);
        known.shrunk = known.shrunk.united(before.shrunk);
        known.lost = known.lost.united(before.lost)
                         .united(before.executed)
                         .subtracted(state.executed_latest());
      }
    }
    copies_.meet(known, state);
    judge_renumbered(known, state);
    note(known, name, state);
    memory_.servers[state.server_uuid] = std::move(known);
    if (memory_.servers.size() > kServersKept)
      std::erase_if(memory_.servers, [](const auto& one) {
        return one.second.name.empty() && !one.second.was_primary;
      });
  }

  // A name belongs to one server, so any other server that had it loses it.
  void name_only(const std::string& name, const std::string& server_uuid) {
    for (auto& [uuid, known] : memory_.servers)
      if (uuid != server_uuid && known.name == name) known.name.clear();
  }

  void update(KnownServer& known, const std::string& name, const ServerState& state) {
    copies_.judge(known, state);
    judge_renumbered(known, state);
    // observe() takes no second look at a server that lacks what is known of it, so
    // executed_latest() does not hide the loss. Learning from one observation twice adds nothing.
    const GtidSet gone = known.executed.subtracted(state.executed_or_in_flight())
                             .united(state.gtid_executed.subtracted(state.executed_latest()));
    if (!gone.empty() && !is_fresh_start(known, name, state, gone)) {
      known.lost = known.lost.united(gone);
      if (state.server_uuid != intent_.established_primary_uuid)
        known.shrunk = known.shrunk.united(gone);
    }
    note(known, name, state);
  }

  // The server was unreachable when the primary's loss was acknowledged. What it holds under the
  // lost numbers may be what was lost or what bears them since: no look can tell.
  static void judge_renumbered(KnownServer& known, const ServerState& state) {
    const GtidSet held = known.perhaps_renumbered.intersected(state.held_latest());
    known.renumbered = known.renumbered.united(held);
    known.perhaps_renumbered = {};
  }

  // Was RESET BINARY LOGS AND GTIDS run on a server without user data, whose lost transactions were
  // all its own and were never seen elsewhere? Then there was nothing to lose. The hint of
  // errant-transactions tells people to do so.
  [[nodiscard]] bool is_fresh_start(const KnownServer& known, const std::string& name,
                                    const ServerState& state, const GtidSet& gone) const {
    const bool empty = state.details && state.details->schemas && state.details->schemas->empty();
    if (!empty || known.was_primary || gone != gone.of_server(state.server_uuid)) return false;
    bool elsewhere = false;
    each_seen([&](const std::string& other, const ServerState& one) {
      elsewhere = elsewhere || (other != name && one.held_latest().intersects(gone));
    });
    for (const auto& [uuid, other] : memory_.servers)
      elsewhere = elsewhere || (uuid != state.server_uuid && other.executed.intersects(gone));
    return !elsewhere;
  }

  // While the primary is unreachable, its transactions on other servers are the newest that is
  // known of it. When it is closed, it has lost those of them that it lacks. While it is open,
  // those that it lacks are in flight. Without an established primary, each server may have been
  // the primary.
  void keep_the_primarys_newest() {
    const std::string& established = intent_.established_primary_uuid;
    for (auto& entry : memory_.servers)
      if (established.empty() || entry.first == established)
        keep_newest(entry.first, entry.second, !established.empty());
  }

  void keep_newest(const std::string& uuid, KnownServer& known, bool established) {
    const ServerState* self = nullptr;
    GtidSet newest;
    each_seen([&](const std::string&, const ServerState& state) {
      if (state.server_uuid == uuid)
        self = &state;
      else
        newest = newest.united(state.held_latest().of_server(uuid));
    });
    // In a look that did not ask this server, what others show may be in flight on it.
    if (self == nullptr && seen_.servers.count(known.name) == 0) return;
    if (self == nullptr && established) known.executed = known.executed.united(newest);
    if (self != nullptr && self->fenced())
      known.lost = known.lost.united(newest.subtracted(self->executed_or_in_flight()));
  }

  // The schemas of `other` that `state` lacks, although it holds all transactions of `other`.
  [[nodiscard]] static std::set<std::string> lacking(const ServerState& state,
                                                     const ServerState& other) {
    std::set<std::string> names;
    if (!other.details || !other.details->schemas || other.gtid_mode != "ON" ||
        !state.gtid_executed.contains(other.executed_latest()))
      return names;
    for (const SchemaSize& schema : *other.details->schemas) names.insert(schema.name);
    for (const SchemaSize& schema : *state.details->schemas) names.erase(schema.name);
    return names;
  }

  void note_lacking_schemas() {
    each_seen([&](const std::string& name, const ServerState& state) {
      const auto found = memory_.servers.find(state.server_uuid);
      if (found == memory_.servers.end() || !state.details || !state.details->schemas) return;
      std::set<std::string> elsewhere;  // schemas that another server has
      bool all_tell = states_.size() == spec_.servers.size();
      each_seen([&](const std::string& of, const ServerState& other) {
        if (of == name) return;
        if (other.gtid_executed.intersects(state.gtid_executed))
          found->second.lacks_schemas.merge(lacking(state, other));
        all_tell = all_tell && other.details && other.details->schemas;
        if (!other.details || !other.details->schemas) return;
        for (const SchemaSize& schema : *other.details->schemas) elsewhere.insert(schema.name);
      });
      std::set<std::string>& lacks = found->second.lacks_schemas;
      for (const SchemaSize& schema : *state.details->schemas) lacks.erase(schema.name);
      // The only server that has the schema may be the one that cannot be seen now.
      if (all_tell)
        std::erase_if(lacks, [&](const std::string& one) { return elsewhere.count(one) == 0; });
    });
  }

  // A source sends in the order of its binary log. If the replica has got what the source committed
  // since the look before, but not what the source held at that look, that was left out: it bears
  // the replica's server_id, so MySQL's receiver takes it for the replica's own (a host that was
  // set up anew has the server_id of the old one).
  [[nodiscard]] GtidSet left_behind(const ServerState& replica, const ServerState& source) const {
    const KnownServer* before = intent_.memory.of(source.server_uuid);
    if (before == nullptr) return {};
    const GtidSet since = source.gtid_executed.subtracted(before->executed);
    if (!replica.gtid_executed.intersects(since)) return {};
    return before->executed.intersected(source.gtid_executed).subtracted(replica.held_latest());
  }

  void note_passed_over() {
    each_seen([&](const std::string&, const ServerState& state) {
      const auto found = memory_.servers.find(state.server_uuid);
      if (found == memory_.servers.end()) return;
      GtidSet& passed = found->second.passed_over;
      passed = passed.subtracted(state.held_latest());
      const Channel* channel = state.default_channel();
      if (channel == nullptr || channel->receiver != ThreadState::kOn) return;
      each_seen([&](const std::string&, const ServerState& source) {
        if (source.server_uuid == channel->source_uuid)
          passed = passed.united(left_behind(state, source));
      });
    });
  }

  const Spec& spec_;
  const Observation& seen_;
  const Intent& intent_;
  // The servers seen. Two that share a server_uuid (a data directory was copied with its auto.cnf)
  // are left out: what the copy lacks the other one has not lost.
  std::vector<std::pair<std::string, const ServerState*>> states_;
  Memory memory_;
  Copies copies_;
};

Memory without_growth(Memory memory) {
  for (auto& [uuid, known] : memory.servers) known.executed = {};
  memory.noted_at = {};
  return memory;
}

}  // namespace

Memory remembered(const Spec& spec, const Observation& seen, const Intent& intent) {
  return Remembering(spec, seen, intent).run();
}

bool worth_saving(const Memory& before, const Memory& after, Moment now) {
  if (without_growth(before) != without_growth(after)) return true;
  // A set that became smaller by an acknowledgement does not wait either.
  for (const auto& [uuid, known] : after.servers)
    if (!known.executed.contains(before.servers.at(uuid).executed)) return true;
  const bool due = now < before.noted_at || now - before.noted_at >= kMemoryInterval;
  return due && before.servers != after.servers;
}

bool merely_grew(const Intent& before, const Intent& after, Moment now) {
  Intent compared = after;
  compared.memory = before.memory;
  return compared == before && before.memory != after.memory &&
         !worth_saving(before.memory, after.memory, now);
}

bool established_is_gone(const Spec& spec, const Observation& seen, const Intent& intent) {
  if (intent.established_primary_uuid.empty()) return false;
  for (const ServerSpec& server : spec.servers)
    if (seen.state(*server.name) == nullptr) return false;  // it may be the established one
  return !sees(spec, seen, intent.established_primary_uuid);
}

bool is_stranger(const Spec& spec, const Observation& seen, const Intent& intent,
                 const std::string& primary) {
  const ServerState* state = seen.state(primary);
  const KnownServer* known = state == nullptr ? nullptr : intent.memory.of(state->server_uuid);
  return state != nullptr && established_is_gone(spec, seen, intent) &&
         (known == nullptr || known->name != primary);
}

bool closed_by_somebody(const Memory& memory, const ServerState& state) {
  const KnownServer* known = memory.of(state.server_uuid);
  return known != nullptr && !state.writable() &&
         (known->closed_by_hand || closed_without_restart(*known, state));
}

bool restarted_since_open(const Memory& memory, const ServerState& state) {
  const KnownServer* known = memory.of(state.server_uuid);
  const auto started = started_at(state);
  return known != nullptr && !state.writable() && started && known->open_since_start != Moment{} &&
         *started != known->open_since_start && !known->closed_by_hand;
}

std::vector<std::string> passed_over_errors(const ServerState& state) {
  std::vector<std::string> found;
  if (!state.details || state.channels.empty()) return found;
  for (const auto& [name, harmless] :
       {std::pair("replica_skip_errors", "OFF"), std::pair("replica_exec_mode", "STRICT")}) {
    const auto variable = state.details->variables.find(name);
    if (variable != state.details->variables.end() && !variable->second.empty() &&
        variable->second != harmless)
      found.push_back(fmt::format("{}={}", name, variable->second));
  }
  return found;
}

GtidSet would_skip(const KnownServer& known, const ServerState& state, const ServerState* source) {
  const GtidSet held = known.renumbered.intersected(state.gtid_executed);
  return source == nullptr ? held : held.subtracted(source->executed_latest());
}

bool is_first_binary_log(const std::string& log) {
  const std::size_t dot = log.rfind('.');
  if (dot == std::string::npos) return false;
  const std::string number = log.substr(dot + 1);
  return !number.empty() && number.find_first_not_of('0') == number.size() - 1 &&
         number.back() == '1';
}

bool provisioned_anew(const ServerState& now, const KnownServer& before) {
  if (!all_is_purged(now, before)) return false;
  if (before.first_log.empty()) return true;
  if (!now.details || !now.details->first_binary_log) return false;
  const std::string& first = *now.details->first_binary_log;
  return is_first_binary_log(first) || !continues(first, before.first_log);
}

}  // namespace gtidops
