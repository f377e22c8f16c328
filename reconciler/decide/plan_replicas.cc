// The part of the plan that gives every replica its source.
#include <algorithm>
#include <array>
#include <variant>

#include "base/nearest.h"
#include "decide/draft.h"
#include "model/grants.h"

namespace gtidops {
namespace {

SourceTarget declared_target(const Draft& draft, const ServerSpec& server, bool leaves_source) {
  const std::string source = draft.spec.source_of(server);
  const Address& dialled = draft.spec.server(source)->dialled();
  const ReplicationSpec& replication = draft.spec.replication;
  SourceTarget target{dialled.host, dialled.port, *replication.user->name, server.delay->count() / 1000, {}};
  for (const auto& [name, value] : replication.options)
    target.options.emplace_back(name, *value);
  if (!leaves_source) return target;
  // caching_sha2_password needs TLS or the source's public key, and nobody should have to know that.
  const ServerState* from = draft.seen.state(source);
  const bool tls = from != nullptr && from->details && from->details->tls_available;
  if (tls && replication.options.count("SOURCE_SSL") == 0) target.options.emplace_back("SOURCE_SSL", "1");
  const auto declared_ssl = replication.options.find("SOURCE_SSL");
  const bool ssl_off = declared_ssl != replication.options.end() && *declared_ssl->second == "0";
  if ((!tls || ssl_off) && replication.options.count("GET_SOURCE_PUBLIC_KEY") == 0 &&
      replication.options.count("SOURCE_PUBLIC_KEY_PATH") == 0)
    target.options.emplace_back("GET_SOURCE_PUBLIC_KEY", "1");
  return target;
}

// The channel as it is, in the words that would make it so again; of the options only those that would be changed.
SourceTarget observed_target(const Channel& channel, const SourceTarget& wanted) {
  SourceTarget target{channel.source_host, channel.source_port, channel.source_user, channel.delay_seconds, {}};
  for (const auto& [name, value] : wanted.options)
    if (const auto now = shown_option(channel, name)) target.options.emplace_back(name, *now);
  return target;
}

// Notes every difference between the channel and the specification; returns the reasons in words.
std::vector<std::string> compare_channel(Draft& draft, const ServerSpec& server, const Channel& channel,
                                         bool& leaves_source) {
  const std::string& name = *server.name;
  const std::string source = draft.spec.source_of(server);
  const Address& dialled = draft.spec.server(source)->dialled();
  std::vector<std::string> reasons;
  const auto differs = [&](const std::string& path, const std::string& desired, const std::string& observed,
                           const std::string& reason) {
    draft.differs(name, path, desired, observed);
    reasons.push_back(reason);
  };
  const Address observed{channel.source_host, channel.source_port};
  leaves_source = lower(observed.host) != lower(dialled.host) || observed.port != dialled.port;
  if (leaves_source) {
    const std::string& who = draft.assessment.of(name).observed_source;
    const std::string text = who == source ? observed.to_string() : who;
    differs("replication.source", who == source ? dialled.to_string() : source, text, "it replicates from " + text);
  }
  if (channel.source_user != *draft.spec.replication.user->name)
    differs("replication.user", *draft.spec.replication.user->name, channel.source_user,
            "it logs in as " + channel.source_user);
  if (!channel.auto_position) differs("replication.auto_position", "1", "0", "SOURCE_AUTO_POSITION is 0");
  const std::int64_t delay = server.delay->count() / 1000;
  if (channel.delay_seconds != delay)
    differs("replication.delay", std::to_string(delay) + "s", std::to_string(channel.delay_seconds) + "s",
            "it is delayed by " + std::to_string(channel.delay_seconds) + " s");
  for (const auto& [option_name, value] : draft.spec.replication.options) {
    const auto now = shown_option(channel, option_name);
    if (!now || same_option(option_name, *now, *value)) continue;
    differs("replication.options." + option_name, *value, *now, option_name + " is " + (now->empty() ? "not set" : *now));
  }
  return reasons;
}

// Relay logs are deleted when the source changes: what is in them and not applied must still be on the new one.
bool loses_relay_log(Draft& draft, const ServerSpec& server, const ServerState& state, const Channel& channel) {
  const std::string source = draft.spec.source_of(server);
  const ServerState* from = draft.seen.state(source);
  const GtidSet unapplied = channel.retrieved.subtracted(state.gtid_executed);
  if (from == nullptr) return false;
  // What the primary holds and the source does not yet will come to the source as well.
  const ServerState* primary = draft.seen.state(*draft.spec.primary);
  const GtidSet safe = primary == nullptr ? from->executed_latest()
                                          : from->executed_latest().united(primary->executed_latest());
  if (safe.contains(unapplied)) return false;
  draft.refuse_attach(*server.name, "unapplied-relay-log",
                      "its relay log holds " + std::to_string(unapplied.count()) +
                          " transactions that it has not applied and that " + source + " does not have",
                      "START REPLICA SQL_THREAD and wait until it has applied them; then look whether they are errant");
  return true;
}

// An account reaches a source that is a replica by replication: until it is there, its own replicas cannot log in.
void await_account(Draft& draft, const ServerSpec& server, const ServerState& from) {
  const ServerSpec& source = *draft.spec.server(draft.spec.source_of(server));
  if (draft.is_primary(source) || !draft.may_touch(*source.name)) return;
  const ReplicationUserSpec& user = *draft.spec.replication.user;
  const UserAccount* account =
      from.details && from.details->users ? find_account(*from.details->users, *user.name, *user.host) : nullptr;
  if (account != nullptr && has_replication_slave(*account)) return;
  for (const Step& step : draft.plan.steps)
    if (const auto* await = std::get_if<AwaitReplication>(&step.action); await != nullptr && await->server == *source.name)
      return;
  draft.step(AwaitReplication{*source.name, draft.spec.source_of(source), source.delay->count() > 0},
             *server.name + " logs in there with the replication user, which must have arrived");
}

void plan_point(Draft& draft, const ServerSpec& server, const ServerState& state, const Channel* channel,
                bool leaves_source, const std::string& why) {
  const std::string source = draft.spec.source_of(server);
  const ServerState* from = draft.seen.state(source);
  if (channel != nullptr && loses_relay_log(draft, server, state, *channel)) return;
  const bool lame = leaves_source && draft.unattachable.count(source) > 0;
  if (from == nullptr || draft.blocked.count(source) > 0 || lame) {
    draft.object(*server.name, "source-not-ready",
                 "its source " + source + (lame ? " is not fit to be one" : " is unreachable or may not be touched"),
                 "see what is said of " + source);
    return;
  }
  if (channel != nullptr && !state.gtid_executed.contains(from->gtid_purged)) {
    draft.refuse_attach(*server.name, "unrecoverable",
                        "its channel cannot be changed: the relay log would be fetched again, and " + source +
                            " has purged what it lacks",
                        "wait until it has caught up, then run this again");
    return;
  }
  const SourceTarget target = declared_target(draft, server, leaves_source);
  PointReplica point{*server.name, source, from->server_uuid, target, draft.spec.replication.user->password,
                     std::nullopt, channel != nullptr};
  if (channel != nullptr && channel_runs(state, *server.name)) point.previous = observed_target(*channel, target);
  if (channel == nullptr && from->details && from->details->schemas) {
    const auto told = [&](const Inventory& one) { return one.server == source; };
    bool already = false;
    for (const Inventory& one : draft.plan.inventories) already = already || told(one);
    if (!already) draft.plan.inventories.push_back({source, *from->details->schemas});
  }
  await_account(draft, server, *from);
  draft.step(std::move(point), why);
}

// The source refuses the login: the password, or how it is sent, is not what it shall be. To start again would not help.
bool login_refused(const Channel& channel) {
  constexpr std::array<int, 5> kErrors{
      1045,  // access denied
      1820,  // the password must be changed
      1862,  // the password has expired
      2061,  // caching_sha2_password, and neither TLS nor the source's public key
      3118,  // the account is locked
  };
  return channel.receiver != ThreadState::kOn &&
         std::find(kErrors.begin(), kErrors.end(), channel.receiver_error.number) != kErrors.end();
}

// To start a receiver that has nowhere to go, again and again, helps nobody; an applier still has its relay log.
bool start_is_in_vain(Draft& draft, const ServerSpec& server, const Channel& channel) {
  if (channel.receiver == ThreadState::kOn) return false;
  const std::string source = draft.spec.source_of(server);
  if (draft.assessment.of(*server.name).unrecoverable.value_or(false)) return true;  // rule_unrecoverable has said so
  if (draft.seen.state(source) != nullptr) return false;
  if (draft.maintained.count(source) == 0)
    draft.object(*server.name, "source-not-ready", "its source " + source + " is unreachable", "see what is said of " + source);
  return true;
}

void plan_start(Draft& draft, const ServerSpec& server, const ServerState& state, const Channel& channel) {
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
  const bool may_attach = draft.may_touch(*server.name) && draft.unattachable.count(*server.name) == 0;
  if (channel == nullptr) {
    draft.differs(*server.name, "replication.source", source, std::nullopt);
    if (may_attach) plan_point(draft, server, *state, nullptr, true, "it has no replication channel");
    return;
  }
  bool leaves_source = false;
  std::vector<std::string> reasons = compare_channel(draft, server, *channel, leaves_source);
  if (reasons.empty() && login_refused(*channel)) {
    draft.differs(*server.name, "replication.receiver", "ON", "CONNECTING");
    reasons.push_back(source + " refuses its login: error " + std::to_string(channel->receiver_error.number) + ", " +
                      channel->receiver_error.text);
    leaves_source = true;  // so that everything is told anew, and how the password is sent
  }
  if (reasons.empty()) {
    plan_start(draft, server, *state, *channel);
    return;
  }
  if (may_attach) plan_point(draft, server, *state, channel, leaves_source, join_names(reasons));
}

}  // namespace

void plan_replicas(Draft& draft) {
  for (const ServerSpec* server : replicas_in_order(draft.spec)) plan_replica(draft, *server);
}

}  // namespace gtidops
