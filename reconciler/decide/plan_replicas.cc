// The part of the plan that gives every replica its source.
#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/host.h"
#include "decide/draft.h"
#include "model/grants.h"
#include "model/replication_error.h"
#include "model/serving.h"

namespace gtidops {
namespace {

SourceTarget declared_target(const Draft& draft, const ServerSpec& server,
                             const std::string& source, bool leaves_source) {
  const Address& dialled = draft.spec.server(source)->dialled();
  const ReplicationSpec& replication = draft.spec.replication;
  SourceTarget target{
      dialled.host, dialled.port, *replication.user->name, server.delay->count() / 1000, {}};
  for (const auto& [name, value] : replication.options) target.options.emplace_back(name, *value);
  if (!leaves_source) return target;
  // caching_sha2_password needs TLS or the source's public key, and nobody should have to know
  // that.
  const ServerState* from = draft.seen.state(source);
  const bool tls = from != nullptr && from->details && from->details->tls_available;
  if (tls && replication.options.count("SOURCE_SSL") == 0)
    target.options.emplace_back("SOURCE_SSL", "1");
  const auto declared_ssl = replication.options.find("SOURCE_SSL");
  const bool ssl_off = declared_ssl != replication.options.end() && *declared_ssl->second == "0";
  if ((!tls || ssl_off) && replication.options.count("GET_SOURCE_PUBLIC_KEY") == 0 &&
      replication.options.count("SOURCE_PUBLIC_KEY_PATH") == 0)
    target.options.emplace_back("GET_SOURCE_PUBLIC_KEY", "1");
  return target;
}

// The channel as it is, in the words that would make it so again; of the options only those that
// would be changed.
SourceTarget observed_target(const Channel& channel, const SourceTarget& wanted) {
  SourceTarget target{
      channel.source_host, channel.source_port, channel.source_user, channel.delay_seconds, {}};
  for (const auto& [name, value] : wanted.options)
    if (const auto now = shown_option(channel, name)) target.options.emplace_back(name, *now);
  return target;
}

// Notes every difference between the channel and the specification; returns the reasons in words.
std::vector<std::string> compare_channel(Draft& draft, const ServerSpec& server,
                                         const Channel& channel, bool& leaves_source) {
  const std::string& name = *server.name;
  const std::string source = draft.spec.source_of(server);
  const Address& dialled = draft.spec.server(source)->dialled();
  std::vector<std::string> reasons;
  const auto differs = [&](const std::string& path, const std::string& desired,
                           const std::string& observed, const std::string& reason) {
    draft.differs(name, path, desired, observed);
    if (!leaves_alone(draft.spec, name, object_of_path(draft.spec, path)))
      reasons.push_back(reason);
  };
  const Address observed{channel.source_host, channel.source_port};
  leaves_source = !same_host(observed.host, dialled.host) || observed.port != dialled.port;
  if (leaves_source) {
    const std::string& who = draft.assessment.of(name).observed_source;
    const std::string text = who == source ? observed.to_string() : who;
    differs("replication.source", who == source ? dialled.to_string() : source, text,
            "it replicates from " + text);
  }
  if (channel.source_user != *draft.spec.replication.user->name)
    differs("replication.user", *draft.spec.replication.user->name, channel.source_user,
            "it logs in as " + channel.source_user);
  if (!channel.auto_position)
    differs("replication.auto_position", "1", "0", "SOURCE_AUTO_POSITION is 0");
  const std::int64_t delay = server.delay->count() / 1000;
  if (channel.delay_seconds != delay)
    differs("replication.delay", std::to_string(delay) + "s",
            std::to_string(channel.delay_seconds) + "s",
            channel.delay_seconds == 0
                ? "it is not delayed"
                : "it is delayed by " + std::to_string(channel.delay_seconds) + " s");
  for (const auto& [option_name, value] : draft.spec.replication.options) {
    const auto now = shown_option(channel, option_name);
    if (!now || same_option(option_name, *now, *value)) continue;
    differs("replication.options." + option_name, *value, *now,
            option_name + " is " + (now->empty() ? "not set" : *now));
  }
  return reasons;
}

// What a source holds, or will: what the primary holds and the source does not yet will come to the
// source as well.
GtidSet held_or_coming(const Draft& draft, const ServerState& source) {
  const ServerState* primary = draft.seen.state(draft.assessment.reference);
  return primary == nullptr ? source.executed_latest()
                            : source.executed_latest().united(primary->executed_latest());
}

// Relay logs are deleted when the source changes: what is in them and not applied must still be on
// the new one.
bool loses_relay_log(Draft& draft, const ServerSpec& server, const ServerState& state,
                     const Channel& channel) {
  const std::string source = draft.spec.source_of(server);
  const ServerState* from = draft.seen.state(source);
  const GtidSet unapplied = channel.retrieved.subtracted(state.gtid_executed);
  if (from == nullptr) return false;
  if (held_or_coming(draft, *from).contains(unapplied)) return false;
  draft.refuse_attach(*server.name, "unapplied-relay-log",
                      "its relay log holds " + std::to_string(unapplied.count()) +
                          " transactions that it has not applied and that " + source +
                          " does not have",
                      "START REPLICA SQL_THREAD and wait until it has applied them; then look "
                      "whether they are errant");
  return true;
}

void not_ready(Draft& draft, const ServerSpec& server, const std::string& why,
               const std::string& hint) {
  draft.object(*server.name, "source-not-ready",
               "its source " + draft.spec.source_of(server) + " " + why, hint);
}

// Waits for what the primary holds, on one server after the other, down to this one.
void await_from_the_primary(Draft& draft, const ServerSpec& server, const std::string& why) {
  const std::string source = source_afterwards(draft, server);
  if (source != *draft.spec.primary) await_from_the_primary(draft, *draft.spec.server(source), why);
  const bool awaited =
      std::any_of(draft.plan.steps.begin(), draft.plan.steps.end(), [&](const Step& step) {
        const auto* await = std::get_if<AwaitReplication>(&step.action);
        return await != nullptr && await->server == *server.name;
      });
  if (!awaited && draft.may_touch(*server.name))
    draft.step(AwaitReplication{*server.name, source, false}, why);
}

// An account reaches a source that is a replica by replication: until it is there, its own replicas
// cannot log in. Plans to wait for it; false when that would be in vain, or take too long.
bool account_will_be_there(Draft& draft, const ServerSpec& server, const ServerState& from) {
  const ServerSpec& source = *draft.spec.server(draft.spec.source_of(server));
  if (draft.is_primary(source) || !from.details || !from.details->users) return true;
  const ReplicationUserSpec& user = *draft.spec.replication.user;
  const UserAccount* account = find_account(*from.details->users, *user.name, *user.host);
  if (account != nullptr && has_replication_slave(*account)) return true;
  if (will_receive_late(draft, source)) {
    not_ready(draft, server, "does not have the replication user yet: it is delayed",
              "wait until the delay has passed, then run this again");
    return false;
  }
  const ServerState& primary = *draft.seen.state(*draft.spec.primary);
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

// May a replica be given to this source, or told anew where it is?
bool source_is_ready(Draft& draft, const ServerSpec& server, bool leaves_source) {
  const std::string source = draft.spec.source_of(server);
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

void plan_point(Draft& draft, const ServerSpec& server, const ServerState& state,
                const Channel* channel, bool leaves_source, const std::string& why) {
  const std::string source = draft.spec.source_of(server);
  const ServerState* from = draft.seen.state(source);
  if (channel != nullptr && loses_relay_log(draft, server, state, *channel)) return;
  if (const std::string lock = backup_lock_of(state); channel != nullptr && !lock.empty())
    return draft.refuse_attach(*server.name, "backup-lock",
                               lock + ", so STOP REPLICA is refused: its channel cannot be changed",
                               "wait until the backup is over");
  if (from == nullptr)
    return not_ready(draft, server, "is unreachable", "see what is said of " + source);
  if (channel != nullptr && !state.gtid_executed.contains(from->gtid_purged)) {
    draft.refuse_attach(
        *server.name, "unrecoverable",
        "its channel cannot be changed: the relay log would be fetched again, and " + source +
            " has purged what it lacks",
        "wait until it has caught up, then run this again");
    return;
  }
  if (!source_is_ready(draft, server, leaves_source) || draft.secret_is_no_good()) return;
  const SourceTarget target = declared_target(draft, server, source, leaves_source);
  PointReplica point{*server.name,
                     source,
                     from->server_uuid,
                     target,
                     draft.spec.replication.user->password,
                     std::nullopt,
                     channel != nullptr};
  if (channel != nullptr && channel_runs(state, *server.name))
    point.previous = observed_target(*channel, target);
  // The old primary lost its channel to nobody: there is nothing to be copied.
  const bool was_primary = draft.change && draft.change->from == *server.name;
  if (channel == nullptr && !was_primary && from->details && from->details->schemas) {
    const auto told = [&](const Inventory& one) { return one.server == source; };
    bool already = false;
    for (const Inventory& one : draft.plan.inventories) already = already || told(one);
    if (!already) draft.plan.inventories.push_back({source, *from->details->schemas});
  }
  draft.step(std::move(point), why);
}

// May it be told to use TLS, although it does not?
bool may_use_tls(const Draft& draft, const ServerSpec& server) {
  const ServerState* from = draft.seen.state(draft.spec.source_of(server));
  const bool tls = from != nullptr && from->details && from->details->tls_available;
  return tls && draft.spec.replication.options.count("SOURCE_SSL") == 0;
}

// What a thread says that starting it again does not cure, and telling the channel anew does: what
// is wrong, in words. What its relay log holds and its source does not, plan_point() looks after.
std::optional<std::string> needs_telling_anew(Draft& draft, const ServerSpec& server,
                                              const Channel& channel) {
  const std::string source = draft.spec.source_of(server);
  const ReplicationError& error = channel.receiver_error;
  const bool wants_tls = error.number == kSourceWantsTls && may_use_tls(draft, server);
  if (channel.receiver != ThreadState::kOn && (is_login_refusal(error.number) || wants_tls)) {
    draft.differs(*server.name, "replication.receiver", "ON", "CONNECTING");
    return fmt::format("{} refuses its login: error {}, {}", source, error.number, error.text);
  }
  if (channel.applier != ThreadState::kOn && is_damaged_relay_log(channel.applier_error.number)) {
    draft.differs(*server.name, "replication.applier", "ON", "OFF");
    return fmt::format("its relay log is damaged (error {}): {} sends once more what is in it",
                       channel.applier_error.number, source);
  }
  return std::nullopt;
}

// Its relay log cannot be read, and not fetched again as a whole: only a person can help.
bool relay_log_is_lost(Draft& draft, const ServerSpec& server, const ServerState& state,
                       const Channel& channel) {
  const std::string source = draft.spec.source_of(server);
  const ServerState* from = draft.seen.state(source);
  if (!is_damaged_relay_log(channel.applier_error.number) || from == nullptr) return false;
  const bool purged = !state.gtid_executed.contains(from->gtid_purged);
  const GtidSet unapplied = channel.retrieved.subtracted(state.gtid_executed);
  if (!purged && held_or_coming(draft, *from).contains(unapplied)) return false;
  draft.differs(*server.name, "replication.applier", "ON", "OFF");
  draft.refuse_attach(
      *server.name, "relay-log-damaged",
      fmt::format("its relay log is damaged (error {}), and {} {}", channel.applier_error.number,
                  source, purged ? "has purged what it lacks" : "does not hold all that was in it"),
      purged ? "make it anew by CLONE or from a backup"
             : "keep its relay log files, and read what can be read with mysqlbinlog: what " +
                   source + " lacks may be nowhere else; then make the server anew");
  return true;
}

// To start a receiver that has nowhere to go, again and again, helps nobody; an applier still has
// its relay log.
bool start_is_in_vain(Draft& draft, const ServerSpec& server, const Channel& channel) {
  if (channel.receiver == ThreadState::kOn) return false;
  const std::string source = draft.spec.source_of(server);
  if (channel.receiver_error.number == kSourceWantsTls) {
    draft.object(
        *server.name, "source-wants-tls",
        source + " takes no connection without TLS (error 3159), and the channel uses none",
        "declare SOURCE_SSL: 1 in replication.options; or, if " + source +
            " has no TLS at all, set require_secure_transport=OFF there");
    return true;
  }
  const ServerAssessment& one = draft.assessment.of(*server.name);
  if (one.unrecoverable.value_or(false)) return true;  // rule_unrecoverable has said so
  // The source sends nothing to who holds more of its own transactions than itself (13114):
  // rule_errant has said so. The applier has its relay log all the same.
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
  if (!draft.may_touch(*server.name) || start_is_in_vain(draft, server, channel)) return;
  draft.step(StartReplica{*server.name, channel.receiver == ThreadState::kConnecting}, runs.why);
}

void plan_replica(Draft& draft, const ServerSpec& server) {
  const ServerState* state = draft.seen.state(*server.name);
  if (state == nullptr || !draft.spec.replication.user) return;
  const Channel* channel = state->default_channel();
  const std::string source = draft.spec.source_of(server);
  const bool may_attach = draft.may_touch(*server.name) &&
                          draft.unattachable.count(*server.name) == 0 &&
                          !leaves_alone(draft.spec, *server.name, "replication/source");
  if (channel == nullptr) {
    draft.differs(*server.name, "replication.source", source, std::nullopt);
    if (may_attach)
      plan_point(draft, server, *state, nullptr, true, "it has no replication channel");
    return;
  }
  if (relay_log_is_lost(draft, server, *state, *channel)) return;
  bool leaves_source = false;
  std::vector<std::string> reasons = compare_channel(draft, server, *channel, leaves_source);
  if (reasons.empty()) {
    if (auto why = needs_telling_anew(draft, server, *channel)) {
      reasons.push_back(*std::move(why));
      leaves_source = true;  // so that everything is told anew, and how the password is sent
    }
  }
  if (reasons.empty()) {
    plan_start(draft, server, *state, *channel);
    return;
  }
  if (may_attach) plan_point(draft, server, *state, channel, leaves_source, join_names(reasons));
}

}  // namespace

bool never_started(const Channel& channel) {
  return channel.source_uuid.empty() && channel.receiver == ThreadState::kOff &&
         channel.applier == ThreadState::kOff && channel.receiver_error.number == 0 &&
         channel.applier_error.number == 0;
}

namespace {

// The candidate replicates from the old primary itself before anybody is moved under it: else its
// source might be among those, and the two would go in a circle.
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
  const SourceTarget target = declared_target(draft, server, change.from, true);
  PointReplica point{change.to,
                     change.from,
                     from.server_uuid,
                     target,
                     draft.spec.replication.user->password,
                     std::nullopt,
                     channel != nullptr};
  if (channel != nullptr && channel_runs(state, change.to))
    point.previous = observed_target(*channel, target);
  draft.step(std::move(point),
             "it takes over from " + change.from + ", so it follows that one itself until then");
}

// Will this server, in the end, get what it gets through `name`?
bool is_below(const Draft& draft, const ServerSpec& server, const std::string& name) {
  const ServerSpec* at = &server;
  for (std::size_t hop = 0; at != nullptr && hop <= draft.spec.servers.size(); ++hop) {
    if (*at->name == name) return true;
    at = draft.spec.server(draft.spec.source_of(*at));
  }
  return false;
}

}  // namespace

namespace {

// Takes a step that gives this server a source back out of the plan, if the last one is that.
std::optional<Step> take_back(Draft& draft, const std::string& server) {
  if (draft.plan.steps.empty()) return std::nullopt;
  const auto* point = std::get_if<PointReplica>(&draft.plan.steps.back().action);
  if (point == nullptr || point->server != server) return std::nullopt;
  Step step = std::move(draft.plan.steps.back());
  draft.plan.steps.pop_back();
  return step;
}

}  // namespace

// While roles change, whoever can move under the new primary does so before, while writes flow:
// all, but for those whose acknowledgements the old one waits for. The old one, and who is to
// follow it, only after.
void plan_replicas(Draft& draft) {
  const auto replicas = replicas_in_order(draft.spec);
  const auto after = [&](const ServerSpec& server) {
    return draft.change && is_below(draft, server, draft.change->from);
  };
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
    else if (auto step = take_back(draft, name))
      held.push_back(*std::move(step));
  }
  std::size_t lacking = 0;
  auto semi_sync = semi_sync_of_switch(draft, lacking);
  std::string moved_with_it;  // the old primary, when it must acknowledge before the new one opens
  if (semi_sync && draft.switching()) {
    for (; lacking > 0 && !held.empty(); --lacking) {
      semi_sync->moved_late.push_back(std::get<PointReplica>(held.front().action));
      held.erase(held.begin());
    }
    if (lacking > 0 && draft.may_touch(draft.change->from)) {
      plan_replica(draft, *draft.spec.server(draft.change->from));
      moved_with_it = draft.change->from;
      if (auto step = take_back(draft, moved_with_it))
        semi_sync->moved_late.push_back(std::get<PointReplica>(step->action));
    }
  }
  plan_switch(draft, std::move(semi_sync));
  for (Step& step : held) draft.step(std::move(step.action), step.why);
  for (const ServerSpec* server : replicas)
    if (after(*server) && *server->name != moved_with_it) plan_replica(draft, *server);
}

}  // namespace gtidops
