#include "model/actions/role_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/words.h"
#include "model/actions/proof.h"
#include "model/actions/replica.h"

namespace gtidops {
namespace {

Check others_fenced(const Observation& seen, const std::vector<std::string>& others,
                    const std::vector<std::string>& may_stay_unseen) {
  for (const std::string& other : others) {
    const ServerState* state = seen.state(other);
    if (state == nullptr) {
      if (std::find(may_stay_unseen.begin(), may_stay_unseen.end(), other) != may_stay_unseen.end())
        continue;
      return Check::unknown(other + " cannot be read and may still take writes");
    }
    if (!state->fenced()) return Check::does_not(other + " takes writes");
  }
  return Check::holds();
}

std::string seconds_text(Millis value) {
  return value.count() % 1000 == 0 ? std::to_string(value.count() / 1000) + " s"
                                   : std::to_string(value.count()) + " ms";
}

std::string rule_text(LongTransactions rule) {
  switch (rule) {
    case LongTransactions::kKill:
      return "long transactions are killed";
    case LongTransactions::kWait:
      return "long transactions are waited for";
    case LongTransactions::kRefuse:
      return "a long transaction makes it give up";
  }
  return {};
}

}  // namespace

Statement freeze_writes(const std::string& server) {
  return sql(server, "SET GLOBAL super_read_only = ON");
}

Statement open_writes(const std::string& server) {
  return sql(server, "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
}

Statement read_executed(const std::string& server) {
  return sql(server, "SELECT @@GLOBAL.gtid_executed");
}

Statement await_executed(const std::string& server, const std::string& gtids, double seconds) {
  char limit[32];
  std::snprintf(limit, sizeof limit, "%.3f", seconds);
  return sql(server,
             "SELECT WAIT_FOR_EXECUTED_GTID_SET(" + quote_string(gtids) + ", " + limit + ")");
}

Statement read_commit_delay(const std::string& server) {
  return sql(server, "SELECT @@GLOBAL.binlog_group_commit_sync_delay");
}

Statement set_commit_delay(const std::string& server, std::int64_t microseconds) {
  return sql(server, "SET GLOBAL binlog_group_commit_sync_delay = " + std::to_string(microseconds));
}

Statement set_flag(const std::string& server, const std::string& scope, const std::string& name,
                   bool on) {
  return sql(server, "SET " + scope + " " + name + " = " + (on ? "ON" : "OFF"));
}

Statement read_acknowledgers(const std::string& server) {
  return sql(server, "SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync%clients'");
}

bool forbids(const Hindrance& one, const ServerState& from) {
  return one.weight == Hindrance::Weight::kUseless ||
         (one.weight == Hindrance::Weight::kForbids && !from.fenced());
}

GtidSet errant_on(const ServerState& to, const ServerState& from) {
  const GtidSet beyond = to.gtid_executed.subtracted(from.executed_latest());
  return beyond.subtracted(beyond.of_server(from.server_uuid));
}

std::string SwitchPrimary::describe() const {
  if (frozen_at)
    return "open it in place of " + from + ", which was frozen for it: the switch was committed";
  std::string text = "take over from " + from +
                     ": wait until it is less than 5 ms behind (at most " +
                     seconds_text(limits.catch_up) + "), freeze " + from + " (" +
                     rule_text(limits.long_transactions) + ", at most " +
                     seconds_text(limits.drain) + "), wait for its last transaction here, open";
  if (semi_sync && !semi_sync->moved_late.empty()) {
    text += "; in between";
    for (const PointReplica& late : semi_sync->moved_late) text += " " + late.server;
    text += " moved here, for its acknowledgement";
  }
  return text + "; expected: writes blocked for some milliseconds";
}

std::vector<std::string> SwitchPrimary::touches() const {
  std::vector<std::string> all = others;
  all.push_back(from);
  all.push_back(server);
  return all;
}

Check SwitchPrimary::precondition(const Observation& seen) const {
  const ServerState* to = seen.state(server);
  const ServerState* old = seen.state(from);
  if (to == nullptr) return Check::unknown(server + " cannot be read");
  if (to->server_uuid != server_uuid)
    return Check::does_not(server + " is not the server that was planned with");
  if (old == nullptr && !frozen_at) return Check::unknown(from + " cannot be read");
  if (const Check fenced = others_fenced(seen, others, may_stay_unseen); !fenced) return fenced;
  if (const Check nothing = others_committed_nothing(seen); !nothing) return nothing;
  if (old == nullptr) return ends_without_the_old(seen, *to);
  if (old->server_uuid != from_uuid)
    return Check::does_not(from + " is not the server that was planned with");
  if (from_was_open && !old->writable())
    return Check::does_not(from + " was made " + (old->fenced() ? "super_read_only" : "read_only") +
                           " by somebody else meanwhile");
  // The old primary may already replicate from the new one, to acknowledge its commits. Or a run
  // that died told it to, before it connected: then source_uuid is empty.
  const Channel* channel = old->default_channel();
  const bool moved = old->fenced() && old->channels.size() == 1 && channel != nullptr &&
                     (channel->source_uuid == server_uuid || channel->source_uuid.empty());
  if (!old->channels.empty() && !moved)
    return Check::does_not(from + " replicates from another server");
  if (!to->fenced()) return Check::does_not(server + " takes writes");
  // A new channel inherits global filters (CHANGE REPLICATION FILTER without FOR CHANNEL), which no
  // look shows before the channel exists.
  for (const Channel& one : to->channels)
    if (!one.filters.empty())
      return Check::does_not(server + " leaves transactions out: " + one.filters.front());
  for (const Hindrance& one : hindrances(*to, *old, from))
    if (forbids(one, *old)) return Check::does_not(server + ": " + one.why);
  const GtidSet errant = errant_on(*to, *old);
  // Transactions that the new primary committed itself, once it was open, are no reason to leave it
  // closed.
  const GtidSet foreign = old->fenced() ? errant.subtracted(errant.of_server(server_uuid)) : errant;
  if (!foreign.empty())
    return Check::does_not(fmt::format("{} holds {} that {} does not", server,
                                       counted(foreign.count(), "transaction"), from));
  for (const std::string& other : others) {
    const ServerState* third = seen.state(other);
    // An old primary that is open has merely gone on since it was looked at.
    if (third != nullptr && old->fenced() &&
        !lost_by(*old, *third).subtracted(to->gtid_executed).empty())
      return Check::does_not(other + " holds transactions that neither " + from + " nor " + server +
                             " does");
  }
  if (old->fenced() && to->gtid_executed.contains(old->gtid_executed)) return Check::holds();
  if (const Check runs = channel_runs(*to, server); !runs) return runs;
  return to->default_channel()->source_uuid == from_uuid
             ? Check::holds()
             : Check::does_not(server + " does not replicate from " + from + " itself");
}

std::string opened_again(const Observation& seen, const std::string& from,
                         const std::string& from_uuid, const GtidSet& frozen_at) {
  for (const auto& [name, look] : seen.servers) {
    const ServerState* state = seen.state(name);
    if (state == nullptr) continue;
    const GtidSet since = state->held_latest().of_server(from_uuid).subtracted(frozen_at);
    if (!since.empty())
      return fmt::format(
          "{} holds {} that {} has committed since it was frozen, so that it was opened again",
          name, counted(since.count(), "transaction"), from);
  }
  return {};
}

Check SwitchPrimary::ends_without_the_old(const Observation& seen, const ServerState& to) const {
  if (!to.gtid_executed.contains(*frozen_at))
    return Check::does_not(server + " lacks transactions of " + from + ", which cannot be read");
  std::string why = opened_again(seen, from, from_uuid, *frozen_at);
  return why.empty() ? Check::holds() : Check::does_not(std::move(why));
}

Check SwitchPrimary::others_committed_nothing(const Observation& seen) const {
  const ServerState* to = seen.state(server);
  const ServerState* old = seen.state(from);
  if (to == nullptr) return Check::unknown(server + " cannot be read");
  for (const std::string& other : others) {
    const ServerState* third = seen.state(other);
    if (third == nullptr) continue;
    GtidSet since = committed_since(own, other, *third, *to);
    if (old != nullptr) since = since.subtracted(old->executed_latest());
    if (!since.empty())
      return Check::does_not(
          fmt::format("{} has committed {} since this was planned, which {} does not hold", other,
                      counted(since.count(), "transaction"), server));
  }
  return Check::holds();
}

Check SwitchPrimary::postcondition(const Observation& seen) const {
  const ServerState* to = seen.state(server);
  const ServerState* old = seen.state(from);
  if (to == nullptr) return Check::unknown(server + " cannot be read");
  if (!to->writable()) return Check::does_not(server + " is read-only");
  // An old primary that cannot be seen was frozen, and boots read-only if it crashed since.
  if (old != nullptr && !old->fenced()) return Check::does_not(from + " still takes writes");
  return Check::holds();
}

std::vector<Statement> SwitchPrimary::statements(const Version& version) const {
  const std::string all = "<gtid_executed of " + from + ">";
  std::vector<Statement> list;
  if (!frozen_at) {
    list = {read_executed(from), await_executed(server, all, 1)};
    if (!announced_in.empty()) list.push_back(write_heartbeat(from, announced_in, server_uuid));
    list.push_back(freeze_writes(from));
    list.push_back(read_executed(from));
    list.push_back(await_executed(server, all, 1));
  }
  if (semi_sync) {
    for (const PointReplica& late : semi_sync->moved_late) {
      if (late.server == from)
        list.push_back(set_flag(from, "PERSIST", semi_sync->replica_from, true));
      for (Statement& one : late.statements(version)) list.push_back(std::move(one));
    }
    list.push_back(read_acknowledgers(server));
    list.push_back(set_flag(server, "GLOBAL", semi_sync->source_to, true));
  }
  list.push_back(open_writes(server));
  return list;
}

std::string DetachSource::describe() const {
  return fmt::format("replicate from {} no more{}: it is the primary", source,
                     of_channel(channel_name));
}

Check DetachSource::precondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    if (!state.writable() && !before_opening)
      return Check::does_not(server + " is not open, so not the primary yet");
    const GtidSet unapplied = received_unapplied(state, channel_name);
    if (unapplied.empty()) return Check::holds();
    return Check::does_not(fmt::format(
        "the relay log of {} holds {} transactions that it has not applied, and RESET REPLICA ALL "
        "would delete them",
        server, unapplied.count()));
  });
}

Check DetachSource::postcondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    return state.channel(channel_name) == nullptr
               ? Check::holds()
               : Check::does_not(server + " still has a replication channel");
  });
}

std::vector<Statement> DetachSource::statements(const Version& /*version*/) const {
  return {sql(server, "STOP REPLICA" + for_channel(channel_name)),
          sql(server, "RESET REPLICA ALL" + for_channel(channel_name))};
}

std::string ReleaseCommitThrottle::describe() const {
  return "put binlog_group_commit_sync_delay back to " + std::to_string(microseconds);
}

Check ReleaseCommitThrottle::precondition(const Observation& seen) const {
  return check_state(seen, server, [](const ServerState&) { return Check::holds(); });
}

Check ReleaseCommitThrottle::postcondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState&, const Details& details) {
    const auto found = details.variables.find("binlog_group_commit_sync_delay");
    if (found == details.variables.end())
      return Check::unknown("binlog_group_commit_sync_delay of " + server + " cannot be read");
    return found->second == std::to_string(microseconds)
               ? Check::holds()
               : Check::does_not("binlog_group_commit_sync_delay of " + server + " is " +
                                 found->second);
  });
}

std::vector<Statement> ReleaseCommitThrottle::statements(const Version& /*version*/) const {
  return {set_commit_delay(server, microseconds)};
}

}  // namespace gtidops
