// The part of the plan that gives every replica its source.
#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/nearest.h"
#include "decide/channel_change.h"
#include "decide/draft.h"
#include "model/grants.h"
#include "model/replication_error.h"
#include "model/serving.h"

namespace gtidops {
namespace {

void not_ready(Draft& draft, const ServerSpec& server, const std::string& why,
               const std::string& hint) {
  draft.object(*server.name, rule::kSourceNotReady,
               "its source " + draft.goal.source_of(server) + " " + why, hint);
}

// Waits, server by server from the primary down to this one, until each holds what the primary
// held.
void await_from_the_primary(Draft& draft, const ServerSpec& server, const std::string& why) {
  const std::string source = source_afterwards(draft, server);
  if (source != draft.goal.primary) await_from_the_primary(draft, *draft.spec.server(source), why);
  const bool awaited =
      std::any_of(draft.plan.steps.begin(), draft.plan.steps.end(), [&](const Step& step) {
        const auto* await = std::get_if<AwaitReplication>(&step.action);
        return await != nullptr && await->server == *server.name;
      });
  if (!awaited && draft.may_touch(*server.name))
    draft.step(AwaitReplication{*server.name, source, false}, why);
}

// A source that is itself a replica gets the account by replication, and its own replicas cannot
// log in before. Plans to wait for it; false when the account will not come, or would come too
// late.
bool account_will_be_there(Draft& draft, const ServerSpec& server, const ServerState& from) {
  const ServerSpec& source = *draft.spec.server(draft.goal.source_of(server));
  if (draft.is_primary(source) || !from.details || !from.details->users) return true;
  const ReplicationUserSpec& user = *draft.spec.replication.user;
  const UserAccount* account = find_account(*from.details->users, *user.name, *user.host);
  if (account != nullptr && has_replication_slave(*account)) return true;
  if (will_receive_late(draft, source)) {
    not_ready(draft, server, "does not have the replication user yet: it is delayed",
              "wait until the delay has passed, then run this again");
    return false;
  }
  const ServerState& primary = *draft.seen.state(draft.goal.primary);
  const bool comes =
      std::any_of(draft.plan.steps.begin(), draft.plan.steps.end(), [](const Step& step) {
        return std::holds_alternative<CreateReplicationUser>(step.action) ||
               std::holds_alternative<GrantReplication>(step.action);
      });
  if (!draft.may_touch(*source.name) || !will_receive(draft, source)) {
    not_ready(draft, server, "lacks the replication user, and cannot be made to get it",
              "see what is said of " + *source.name);
    return false;
  }
  if (!comes && from.gtid_executed.contains(primary.executed_latest())) {
    not_ready(draft, server,
              "lacks the replication user, although it holds all transactions of the primary",
              "create " + quote_account(*user.name, *user.host) + " there, with sql_log_bin = 0");
    return false;
  }
  await_from_the_primary(draft, source,
                         *server.name + " logs in at " + *source.name +
                             " with the replication user, which must have arrived there");
  return true;
}

// May the receiver connect to the declared source? `leaves_source`: it connects there anew.
bool source_is_ready(Draft& draft, const ServerSpec& server, bool leaves_source) {
  const std::string source = draft.goal.source_of(server);
  const ServerState* from = draft.seen.state(source);
  const std::string hint = "see what is said of " + source;
  if (from == nullptr || draft.blocked.count(source) > 0) {
    not_ready(draft, server, "is unreachable or may not be touched", hint);
    return false;
  }
  if (leaves_source && draft.unattachable.count(source) > 0) {
    not_ready(draft, server, "is not fit to be one", hint);
    return false;
  }
  if (leaves_source && !will_receive(draft, *draft.spec.server(source))) {
    not_ready(draft, server, "does not replicate from the primary itself", hint);
    return false;
  }
  return account_will_be_there(draft, server, *from);
}

// Checks the source of a channel whose receiver will connect again.
bool may_connect(Draft& draft, const ServerSpec& server, const PointReplica& point,
                 bool leaves_source) {
  const ServerState* from = draft.seen.state(point.source);
  if (from == nullptr) {
    not_ready(draft, server, "is unreachable", "see what is said of " + point.source);
    return false;
  }
  return source_is_ready(draft, server, leaves_source);
}

// Leaves out the changes that an earlier step of this plan makes: see plan_options_first().
void leave_out_what_was_put_in_force(const Draft& draft, PointReplica& point) {
  for (const Step& step : draft.plan.steps) {
    const auto* first = std::get_if<PointReplica>(&step.action);
    if (first == nullptr || !first->before_switch || first->server != point.server) continue;
    // Setting SOURCE_HOST resets it to its default.
    const bool moves = point.changes_clause("SOURCE_HOST");
    std::erase_if(point.changes, [&](const std::string& name) {
      return first->changes_clause(name) && !(moves && name == "SOURCE_HEARTBEAT_PERIOD");
    });
    if (!point.previous) continue;
    for (auto& [name, value] : point.previous->options)
      for (const auto& [declared, now] : first->target.options)
        if (declared == name && first->changes_clause(name)) value = now;
  }
}

// Plans the changes of an existing channel. False: there is nothing to change, or a refusal says
// why not.
bool plan_change(Draft& draft, const ServerSpec& server, const ServerState& state,
                 const Channel& channel, const ChannelChange& change, bool password,
                 PointReplica& point) {
  keep_left_alone(draft, *server.name, channel, point.target);
  change_in_place(state, channel, password, point);
  leave_out_what_was_put_in_force(draft, point);
  if (point.changes.empty()) return false;
  // LOCK INSTANCE FOR BACKUP forbids to stop the applier, but not the receiver.
  using Stops = SourceOption::Stops;
  const bool stops_applier =
      point.fetches_again || point.stops(Stops::kApplier) || point.stops(Stops::kBoth);
  if (const std::string lock = backup_lock_of(state); stops_applier && !lock.empty()) {
    draft.refuse_attach(
        *server.name, rule::kBackupLock,
        lock + ", so its applier cannot be stopped, which this change of its channel needs",
        "wait until the backup is over");
    return false;
  }
  if (point.fetches_again) return true;  // checked by relay_log_is_lost()
  if (point.changes_clause("SOURCE_HOST") && would_be_errant(draft, server, state)) return false;
  const RelayLog relay_log = relay_log_of(draft, state, channel, point);
  if (relay_log == RelayLog::kOtherFirst)
    draft.step(StartReplica{point.server, false},
               "what it has received must be applied, or go on to be, before its channel is "
               "changed: " +
                   join_names(change.reasons));
  return relay_log == RelayLog::kStays;
}

bool was_primary(const Draft& draft, const ServerSpec& server) {
  return draft.change && draft.change->from == *server.name;
}

void plan_point(Draft& draft, const ServerSpec& server, const ServerState& state,
                const Channel* channel, const ChannelChange& change, bool password) {
  const std::string source = draft.goal.source_of(server);
  const ServerState* from = draft.seen.state(source);
  PointReplica point;
  point.server = *server.name;
  point.source = source;
  point.source_uuid = from == nullptr ? std::string() : from->server_uuid;
  point.target = declared_target(draft, server, source, change.leaves_source);
  point.password = draft.spec.replication.user->password;
  if (channel != nullptr && !plan_change(draft, server, state, *channel, change, password, point))
    return;
  if (point.touches().size() > 1 && !may_connect(draft, server, point, change.leaves_source))
    return;
  const bool tells_password = channel == nullptr || point.changes_clause("SOURCE_PASSWORD");
  if (tells_password && draft.secret_is_no_good()) return;
  if (tells_password && !was_primary(draft, server) && password_may_lock(draft))
    return draft.object(*server.name, rule::kReplicationPassword, untried_password(draft),
                        proof_of_password_hint(draft));
  // The old primary holds the data already: only for a new replica is its source's inventory shown.
  if (channel == nullptr && !was_primary(draft, server) && from->details &&
      from->details->schemas) {
    const auto told = [&](const Inventory& one) { return one.server == source; };
    bool already = false;
    for (const Inventory& one : draft.plan.inventories) already = already || told(one);
    if (!already) draft.plan.inventories.push_back({source, *from->details->schemas});
  }
  draft.step(std::move(point), join_names(change.reasons));
}

// Could the channel use TLS, although it does not now?
bool may_use_tls(const Draft& draft, const ServerSpec& server) {
  const ServerState* from = draft.seen.state(draft.goal.source_of(server));
  const bool tls = from != nullptr && from->details && from->details->tls_available;
  return tls && draft.spec.replication.options.count("SOURCE_SSL") == 0;
}

// Is the account created or repaired, by this plan or by somebody else already?
bool is_let_in_by_now(const Draft& draft) {
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  const ReplicationUserSpec& user = *draft.spec.replication.user;
  if (primary != nullptr && primary->details && primary->details->users &&
      primary->details->replication_login == true) {
    const UserAccount* account = find_account(*primary->details->users, *user.name, *user.host);
    if (account != nullptr && has_replication_slave(*account)) return true;
  }
  return std::any_of(draft.plan.steps.begin(), draft.plan.steps.end(), [](const Step& step) {
    return std::holds_alternative<CreateReplicationUser>(step.action) ||
           std::holds_alternative<GrantReplication>(step.action);
  });
}

// Plans how the channel shall log in when its source refuses its login. False: no change would
// help, and a refusal says so.
bool plan_login(Draft& draft, const ServerSpec& server, const Channel& channel,
                ChannelChange& change, bool& password) {
  const std::string source = draft.goal.source_of(server);
  const SourceTarget target = declared_target(draft, server, source, true);
  // A channel that has the declared password already need not be given it again.
  if (channel.secret_as_declared != true && !password_is_refused(draft)) password = true;
  if (!password && changed_clauses(channel, target, false).empty()) {
    if (is_let_in_by_now(draft)) return true;  // trying again is enough
    draft.differs(*server.name, "replication.receiver", "ON", "CONNECTING");
    draft.object(*server.name, rule::kReplicationPassword,
                 fmt::format("{} refuses its login with the declared password: error {}, {}",
                             source, channel.receiver_error.number, channel.receiver_error.text),
                 password_hint(draft));
    return false;
  }
  draft.differs(*server.name, "replication.receiver", "ON", "CONNECTING");
  change.reasons.push_back(fmt::format("{} refuses its login: error {}, {}", source,
                                       channel.receiver_error.number, channel.receiver_error.text));
  change.leaves_source = true;  // to set the options for sending the password, too
  return true;
}

// Would starting the channel be useless? A receiver that its source refuses fails again and again.
bool start_is_in_vain(Draft& draft, const ServerSpec& server, const Channel& channel) {
  if (channel.receiver == ThreadState::kOn || draft.fetching.count(*server.name) > 0) return false;
  const std::string source = draft.goal.source_of(server);
  if (channel.receiver_error.number == kSourceWantsTls) {
    draft.object(
        *server.name, rule::kSourceWantsTls,
        source + " takes no connection without TLS (error 3159), and the channel uses none",
        "declare SOURCE_SSL: 1 in replication.options; or, if " + source +
            " has no TLS at all, set require_secure_transport=OFF there");
    return true;
  }
  const ServerAssessment& one = draft.assessment.of(*server.name);
  if (one.unrecoverable.value_or(false)) return true;  // reported by rule_unrecoverable
  // The source sends nothing to a replica that holds more of the source's own transactions than the
  // source does (error 13114); rule_errant reports it. An applier that is off is started all the
  // same, to apply its relay log.
  if (const ServerState* from = draft.seen.state(source);
      from != nullptr && channel.applier == ThreadState::kOn && one.errant &&
      !one.errant->of_server(from->server_uuid).empty())
    return true;
  if (const ServerState* from = draft.seen.state(source))
    return !account_will_be_there(draft, server, *from);
  if (draft.maintained.count(source) == 0)
    not_ready(draft, server, "is unreachable", "see what is said of " + source);
  return true;
}

bool fenced_by_then(const Draft& draft, const ServerSpec& server, const ServerState& state) {
  if (state.fenced()) return true;
  return std::any_of(draft.plan.steps.begin(), draft.plan.steps.end(), [&](const Step& step) {
    const auto* action = std::get_if<SetReadOnly>(&step.action);
    return action != nullptr && action->server == *server.name;
  });
}

// A replica that holds all of the primary's transactions, but not the table gtidops.heartbeat or
// the row in it, stops at the next heartbeat. Another one may have stopped there already.
void plan_heartbeat(Draft& draft, const ServerSpec& server, const ServerState& state) {
  // Until the switch, the old primary writes the heartbeat.
  const ServerState* primary =
      draft.seen.state(draft.switching() ? draft.change->from : draft.goal.primary);
  if (primary == nullptr || !primary->details || !state.details) return;
  if (!heartbeat_is_safe(draft.spec, draft.seen)) return;
  // The first heartbeat may have been seen on the primary by a query later than the one for
  // gtid_executed.
  const auto& beat = primary->details->heartbeat;
  const bool written = beat && (beat->beat > 1 || primary->executed_later);
  const bool known = state.details->heartbeat_table.has_value();
  const bool has_all = state.gtid_executed.contains(primary->executed_latest());
  const bool will_stop = written && known && !state.details->heartbeat && has_all;
  if (!will_stop && !stopped_at_heartbeat(state)) return;
  draft.differs(*server.name, "replication.heartbeat", "gtidops.heartbeat", std::nullopt);
  // CREATE TABLE would wait for the backup lock, each time, while super_read_only is lifted.
  if (const std::string lock = backup_lock_of(state); !lock.empty())
    return draft.object(*server.name, rule::kBackupLock,
                        lock + ", so gtidops.heartbeat cannot be made there",
                        "wait until the backup is over");
  if (draft.may_set_read_only(*server.name))
    draft.step(MendHeartbeat{*server.name, primary->server_uuid, *draft.spec.name,
                             fenced_by_then(draft, server, state)},
               stopped_at_heartbeat(state)
                   ? "its applier has stopped at a heartbeat of the primary, whose table or row it "
                     "lacks"
                   : "it lacks the table or the row of the primary's heartbeat, and its applier "
                     "would stop at the next one");
}

void plan_start(Draft& draft, const ServerSpec& server, const ServerState& state,
                const Channel& channel) {
  const Check runs = channel_runs(state, *server.name);
  if (runs) return;
  const auto word = [](ThreadState thread) {
    return thread == ThreadState::kOn ? "ON" : thread == ThreadState::kOff ? "OFF" : "CONNECTING";
  };
  if (channel.receiver != ThreadState::kOn)
    draft.differs(*server.name, "replication.receiver", "ON", word(channel.receiver));
  if (channel.applier != ThreadState::kOn)
    draft.differs(*server.name, "replication.applier", "ON", word(channel.applier));
  // Starting again cures a temporary error such as a lock wait. It does not cure data that differ.
  if (channel.applier_error.number != 0)
    draft.warn(
        *server.name, rule::kApplierError,
        fmt::format("its applier stopped with error {}: where it stops again, the data differ "
                    "from what the source's were",
                    channel.applier_error.number),
        "look into performance_schema.replication_applier_status_by_worker there; declare "
        "maintenance for it, so that it is not closed meanwhile, and put the rows right that "
        "differ "
        "(SET GLOBAL super_read_only = OFF; SET sql_log_bin = 0; ...; SET GLOBAL super_read_only = "
        "ON); take maintenance out, and gtidops starts it again");
  if (!draft.may_touch(*server.name) || draft.unstartable.count(*server.name) > 0 ||
      start_is_in_vain(draft, server, channel))
    return;
  draft.step(StartReplica{*server.name, channel.receiver == ThreadState::kConnecting}, runs.why);
}

void plan_applier(Draft& draft, const ServerSpec& server, const Channel& channel) {
  if (channel.applier == ThreadState::kOn) return;
  draft.differs(*server.name, "replication.applier", "ON", "OFF");
  if (draft.may_touch(*server.name) && draft.unstartable.count(*server.name) == 0)
    draft.step(StartReplica{*server.name, false, true},
               "it has received what its source has purged, and not applied it");
}

void plan_replica(Draft& draft, const ServerSpec& server) {
  const ServerState* state = draft.seen.state(*server.name);
  if (state == nullptr || !draft.spec.replication.user) return;
  const Channel* channel = state->default_channel();
  const std::string source = draft.goal.source_of(server);
  const bool may_attach = draft.may_touch(*server.name) &&
                          draft.unattachable.count(*server.name) == 0 &&
                          !leaves_alone(draft.spec, *server.name, "replication/source");
  // A step before this one may take the channel off, with all its options.
  if (channel == nullptr || draft.detaches(*server.name)) {
    const std::string& now = draft.assessment.of(*server.name).observed_source;
    if (now != source)
      draft.differs(*server.name, "replication.source", source,
                    now.empty() ? std::nullopt : std::optional(now));
    const std::string why = channel == nullptr ? "it has no replication channel"
                                               : "its channel was taken off, to be set up anew";
    if (may_attach) plan_point(draft, server, *state, nullptr, {{why}, true}, true);
    return;
  }
  if (relay_log_is_lost(draft, server, *state, *channel)) return;
  if (draft.may_touch(*server.name)) plan_heartbeat(draft, server, *state);
  ChannelChange change = compare_channel(draft, server, *channel);
  bool password =
      channel->secret_as_declared == false && may_tell_password(draft) &&
      !leaves_alone(draft.spec, *server.name, object_of_path(draft.spec, "replication.user"));
  if (login_refused(*channel, may_use_tls(draft, server)) && !change.leaves_source &&
      !plan_login(draft, server, *channel, change, password))
    return;
  if (change.reasons.empty() && relay_log_is_damaged(*channel)) {
    draft.differs(*server.name, "replication.applier", "ON", "OFF");
    change.reasons.push_back(
        fmt::format("its relay log is damaged (error {}): {} sends once more what is in it",
                    channel->applier_error.number, source));
    change.leaves_source = true;  // to set the options for sending the password, too
  }
  const bool fetches = draft.fetching.count(*server.name) > 0;
  // What it lacks it has received: its applier can go on although its source is away.
  if (fetches && draft.seen.state(draft.assessment.of(*server.name).observed_source) == nullptr)
    return plan_applier(draft, server, *channel);
  if (change.reasons.empty() || fetches) return plan_start(draft, server, *state, *channel);
  if (may_attach) plan_point(draft, server, *state, channel, change, password);
}

}  // namespace

bool never_started(const Channel& channel) {
  return channel.source_uuid.empty() && channel.receiver == ThreadState::kOff &&
         channel.applier == ThreadState::kOff && channel.receiver_error.number == 0 &&
         channel.applier_error.number == 0;
}

namespace {

// The candidate must replicate from the old primary directly before any replica is moved under it.
// Otherwise its source could be one of those replicas, and the two would form a ring.
void plan_candidate(Draft& draft) {
  if (!draft.switching() || draft.change->frozen_at || draft.all_blocked) return;
  const RoleChange& change = *draft.change;
  const ServerSpec& server = *draft.spec.server(change.to);
  const ServerState& state = *draft.seen.state(change.to);
  const ServerState& from = *draft.seen.state(change.from);
  const Channel* channel = state.default_channel();
  if (draft.assessment.of(change.to).observed_source == change.from) {
    if (never_started(*channel))
      draft.step(StartReplica{change.to, false}, "its channel was set up and never started");
    return;
  }
  if (from.fenced() && state.gtid_executed.contains(from.gtid_executed)) return;
  PointReplica point;
  point.server = change.to;
  point.source = change.from;
  point.source_uuid = from.server_uuid;
  point.target = declared_target(draft, server, change.from, true);
  point.password = draft.spec.replication.user->password;
  if (channel != nullptr) {
    const bool told = may_tell_password(draft);
    if (!told) point.target.user = channel->source_user;
    change_in_place(state, *channel, told && channel->secret_as_declared == false, point);
  }
  draft.step(std::move(point),
             "it takes over from " + change.from + ", so it follows that one itself until then");
}

// Does this server, by the goal, replicate through `name`?
bool is_below(const Draft& draft, const ServerSpec& server, const std::string& name) {
  const ServerSpec* at = &server;
  for (std::size_t hop = 0; at != nullptr && hop <= draft.spec.servers.size(); ++hop) {
    if (*at->name == name) return true;
    at = draft.spec.server(draft.goal.source_of(*at));
  }
  return false;
}

// Removes the last step from the plan, if that step gives this server a source.
std::optional<Step> remove_last_point(Draft& draft, const std::string& server) {
  if (draft.plan.steps.empty()) return std::nullopt;
  const auto* point = std::get_if<PointReplica>(&draft.plan.steps.back().action);
  if (point == nullptr || point->server != server || point->before_switch) return std::nullopt;
  Step step = std::move(draft.plan.steps.back());
  draft.plan.steps.pop_back();
  return step;
}

}  // namespace

// In a change of roles, replicas move under the new primary before the switch, while writes flow;
// all but those whose acknowledgements the old primary waits for. The old primary and the replicas
// below it move after the switch.
void plan_replicas(Draft& draft) {
  draft.stage = Stage::kReplicas;
  const auto replicas = replicas_in_order(draft.spec, draft.goal);
  const auto after = [&](const ServerSpec& server) {
    return draft.change && is_below(draft, server, draft.change->from);
  };
  plan_options_first(draft);
  plan_candidate(draft);
  std::size_t may_move = may_move_before(draft);
  std::vector<Step> held;
  for (const ServerSpec* server : replicas) {
    if (after(*server)) continue;
    plan_replica(draft, *server);
    const std::string& name = *server->name;
    if (!draft.switching() || draft.assessment.of(name).observed_source != draft.change->from)
      continue;
    if (may_move > 0)
      --may_move;
    else if (auto step = remove_last_point(draft, name))
      held.push_back(*std::move(step));
  }
  std::size_t lacking = 0;
  auto semi_sync = semi_sync_of_switch(draft, lacking);
  std::string moved_with_it;  // the old primary, if it must acknowledge before the new one opens
  if (semi_sync && draft.switching()) {
    // Only direct replicas of the new primary acknowledge to it. An old primary that follows
    // another replica would also look to the switch as if somebody else had moved it.
    const auto acknowledges = [&](const std::string& name) {
      return draft.goal.source_of(*draft.spec.server(name)) == draft.change->to;
    };
    for (auto step = held.begin(); lacking > 0 && step != held.end();) {
      const auto& late = std::get<PointReplica>(step->action);
      if (!acknowledges(late.server)) {
        ++step;
        continue;
      }
      semi_sync->moved_late.push_back(late);
      step = held.erase(step);
      --lacking;
    }
    if (lacking > 0 && draft.may_touch(draft.change->from) && acknowledges(draft.change->from)) {
      plan_replica(draft, *draft.spec.server(draft.change->from));
      moved_with_it = draft.change->from;
      if (auto step = remove_last_point(draft, moved_with_it))
        semi_sync->moved_late.push_back(std::get<PointReplica>(step->action));
    }
  }
  plan_switch(draft, std::move(semi_sync));
  for (Step& step : held) draft.step(std::move(step.action), step.why);
  for (const ServerSpec* server : replicas)
    if (after(*server) && *server->name != moved_with_it) plan_replica(draft, *server);
}

}  // namespace gtidops
