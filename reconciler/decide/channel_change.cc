#include "decide/channel_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/host.h"
#include "model/replication_error.h"
#include "model/rules.h"

namespace gtidops {
namespace {

// The present settings of the channel, as the target that would restore them. Of the options, only
// those that would be changed.
SourceTarget observed_target(const Channel& channel, const SourceTarget& wanted) {
  SourceTarget target{
      channel.source_host, channel.source_port, channel.source_user, channel.delay_seconds, {}};
  for (const auto& [name, value] : wanted.options)
    if (const auto now = shown_option(channel, name)) target.options.emplace_back(name, *now);
  return target;
}

bool left_alone(const Draft& draft, const std::string& server, const std::string& path) {
  return leaves_alone(draft.spec, server, object_of_path(draft.spec, path));
}

bool is_at(const Channel& channel, const Address& address) {
  return same_host(channel.source_host, address.host) && channel.source_port == address.port;
}

// Setting SOURCE_HOST resets the heartbeat period to its default; when it is not declared, its
// present value is kept.
void keep_heartbeat_period(const Channel& channel, SourceTarget& target) {
  constexpr const char* kPeriod = "SOURCE_HEARTBEAT_PERIOD";
  const bool declared = std::any_of(target.options.begin(), target.options.end(),
                                    [](const auto& option) { return option.first == kPeriod; });
  const auto now = shown_option(channel, kPeriod);
  if (now && !declared && !is_at(channel, {target.host, target.port}))
    target.options.emplace_back(kPeriod, *now);
}

// Changes that need both threads stopped wait until the delay is removed and everything received is
// applied.
void leave_for_later(PointReplica& point) {
  const auto later = [](const std::string& name) {
    const SourceOption* option = find_source_option(name);
    return option != nullptr && option->stops == SourceOption::Stops::kBoth;
  };
  // The other changes are only worth making together with auto-position.
  if (point.changes_clause("SOURCE_AUTO_POSITION") && point.target.delay_seconds > 0)
    point.changes.clear();
  std::erase_if(point.changes, later);
  std::erase_if(point.target.options, [&](const auto& option) { return later(option.first); });
}

// What a source holds or will receive: it still gets what the primary holds.
GtidSet held_or_coming(const Draft& draft, const ServerState& source) {
  const ServerState* primary = draft.seen.state(draft.assessment.reference);
  return primary == nullptr ? source.executed_latest()
                            : source.executed_latest().united(primary->executed_latest());
}

// Transactions that the source and the primary are committing now. A crash can still undo them, so
// nothing is deleted because of them.
GtidSet in_flight(const Draft& draft, const ServerState& source) {
  const ServerState* primary = draft.seen.state(draft.assessment.reference);
  return primary == nullptr ? source.owned_latest()
                            : source.owned_latest().united(primary->owned_latest());
}

}  // namespace

SourceTarget declared_target(const Draft& draft, const ServerSpec& server,
                             const std::string& source, bool leaves_source) {
  const Address& dialled = draft.spec.server(source)->dialled();
  const ReplicationSpec& replication = draft.spec.replication;
  SourceTarget target{dialled.host,
                      dialled.port,
                      *replication.user->name,
                      draft.goal.delay_of(*server.name).count() / 1000,
                      {}};
  for (const auto& [name, value] : replication.options) target.options.emplace_back(name, *value);
  if (!leaves_source) return target;
  // caching_sha2_password needs TLS or the source's public key. This is set here so that nobody has
  // to declare it.
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

ChannelChange compare_channel(Draft& draft, const ServerSpec& server, const Channel& channel) {
  const std::string& name = *server.name;
  const std::string source = draft.goal.source_of(server);
  const Address& dialled = draft.spec.server(source)->dialled();
  ChannelChange change;
  const auto differs = [&](const std::string& path, const std::string& desired,
                           const std::string& observed, const std::string& reason) {
    draft.differs(name, path, desired, observed);
    if (!left_alone(draft, name, path)) change.reasons.push_back(reason);
  };
  change.leaves_source = !is_at(channel, dialled);
  if (change.leaves_source) {
    const std::string& who = draft.assessment.of(name).observed_source;
    const std::string text =
        who == source ? Address{channel.source_host, channel.source_port}.to_string() : who;
    differs("replication.source", who == source ? dialled.to_string() : source, text,
            "it replicates from " + text);
  }
  const ReplicationUserSpec& user = *draft.spec.replication.user;
  const bool told = may_tell_password(draft);  // if not, rules_on_password reports it
  const auto login_differs = [&](const std::string& path, const std::string& desired,
                                 const std::string& observed, const std::string& reason) {
    draft.differs(name, path, desired, observed);
    if (told && !left_alone(draft, name, path)) change.reasons.push_back(reason);
  };
  if (channel.source_user != *user.name)
    login_differs("replication.user", *user.name, channel.source_user,
                  "it logs in as " + channel.source_user);
  else if (channel.secret_as_declared == false)
    login_differs("replication.user.passwordFrom", "the password of " + user.password.describe(),
                  "another one", "it logs in with another password than the declared one");
  if (!channel.auto_position)
    differs("replication.auto_position", "1", "0", "SOURCE_AUTO_POSITION is 0");
  const std::int64_t delay = draft.goal.delay_of(*server.name).count() / 1000;
  if (channel.delay_seconds != delay)
    differs(
        "replication.delay", fmt::format("{}s", delay), fmt::format("{}s", channel.delay_seconds),
        channel.delay_seconds == 0 ? "it is not delayed"
                                   : fmt::format("it is delayed by {} s", channel.delay_seconds));
  for (const auto& [option_name, value] : draft.spec.replication.options) {
    const auto now = shown_option(channel, option_name);
    if (!now)
      draft.warn(name, rule::kOptionNotShown,
                 option_name + " is declared, and the server does not show what it is",
                 "switch performance_schema on; GTID_ONLY needs MySQL 8.0.27");
    if (!now || same_option(option_name, *now, *value)) continue;
    differs("replication.options." + option_name, *value, *now,
            option_name + " is " + (now->empty() ? "not set" : *now));
  }
  return change;
}

std::vector<std::string> changed_clauses(const Channel& channel, const SourceTarget& target,
                                         bool password) {
  std::vector<std::string> names;
  const bool moves = !is_at(channel, {target.host, target.port});
  if (moves) names.insert(names.end(), {"SOURCE_HOST", "SOURCE_PORT"});
  const bool other_user = channel.source_user != target.user;
  if (other_user) names.emplace_back("SOURCE_USER");
  if (!channel.auto_position) names.emplace_back("SOURCE_AUTO_POSITION");
  if (channel.delay_seconds != target.delay_seconds) names.emplace_back("SOURCE_DELAY");
  for (const auto& [name, value] : target.options) {
    const auto now = shown_option(channel, name);
    // Setting SOURCE_HOST resets it to its default.
    const bool reset = moves && name == "SOURCE_HEARTBEAT_PERIOD";
    if (reset || (now && !same_option(name, *now, value))) names.push_back(name);
  }
  if (password || other_user) names.emplace_back("SOURCE_PASSWORD");
  return names;
}

void keep_left_alone(const Draft& draft, const std::string& server, const Channel& channel,
                     SourceTarget& target) {
  if (!may_tell_password(draft) && !login_refused(channel, false))
    target.user = channel.source_user;
  if (left_alone(draft, server, "replication.delay")) target.delay_seconds = channel.delay_seconds;
  if (left_alone(draft, server, "replication.user")) target.user = channel.source_user;
  std::erase_if(target.options, [&](const auto& option) {
    return left_alone(draft, server, "replication.options." + option.first);
  });
}

void change_in_place(const ServerState& state, const Channel& channel, bool password,
                     PointReplica& point) {
  point.channel_exists = true;
  keep_heartbeat_period(channel, point.target);
  point.changes = changed_clauses(channel, point.target, password);
  point.receiver_stopped = channel.receiver == ThreadState::kOff;
  point.applier_stopped = channel.applier == ThreadState::kOff;
  point.interrupts = static_cast<bool>(channel_runs(state, point.server));
  // A change of the password can be undone only when the stored one can be read;
  // secret_as_declared is set only then.
  const bool way_back = !point.changes_clause("SOURCE_PASSWORD") || channel.secret_as_declared;
  if (point.interrupts && way_back) point.previous = observed_target(channel, point.target);
  if (relay_log_is_damaged(channel)) point.fetch_again();
}

bool would_be_errant(Draft& draft, const ServerSpec& server, const ServerState& state) {
  const std::string source = draft.goal.source_of(server);
  const ServerState* from = draft.seen.state(source);
  const GtidSet unapplied = received_unapplied(state);
  if (from == nullptr) return false;
  // A transaction that the source is committing will soon be in its gtid_executed.
  const GtidSet held = held_or_coming(draft, *from).united(in_flight(draft, *from));
  if (held.contains(unapplied)) return false;
  draft.refuse_attach(
      *server.name, rule::kUnappliedRelayLog,
      fmt::format("its relay log holds {} transactions that it has not applied and that {} does "
                  "not have",
                  unapplied.count(), source),
      "START REPLICA SQL_THREAD and wait until it has applied them; then look "
      "whether they are errant");
  return true;
}

RelayLog relay_log_of(Draft& draft, const ServerState& state, const Channel& channel,
                      PointReplica& point) {
  using Stops = SourceOption::Stops;
  const GtidSet unapplied = received_unapplied(state);
  if (unapplied.empty()) return RelayLog::kStays;
  const bool both = point.stops(Stops::kBoth) && channel.delay_seconds > 0;
  if (both && point.target.delay_seconds > 0)
    draft.object(point.server, rule::kUnappliedRelayLog,
                 fmt::format("its relay log holds {} transactions that it has not applied ({}); "
                             "the change needs both threads stopped, which deletes them, and it "
                             "is delayed by {} s",
                             unapplied.count(), shortened(unapplied), channel.delay_seconds),
                 "let it apply them first: declare delay: 0s for as long as that takes");
  if (both) leave_for_later(point);
  if (point.changes.empty()) return RelayLog::kRefused;
  const bool stops_receiver = point.stops(Stops::kReceiver) || point.stops(Stops::kBoth);
  if (stops_receiver && channel.applier_error.number != 0) return RelayLog::kOtherFirst;
  const bool receiver_fails =
      channel.receiver == ThreadState::kOff && channel.receiver_error.number != 0;
  if (!stops_receiver && point.stops(Stops::kApplier) && receiver_fails)
    return RelayLog::kOtherFirst;
  return RelayLog::kStays;
}

bool relay_log_is_lost(Draft& draft, const ServerSpec& server, const ServerState& state,
                       const Channel& channel) {
  const std::string source = draft.goal.source_of(server);
  const ServerState* from = draft.seen.state(source);
  if (!relay_log_is_damaged(channel) || from == nullptr) return false;
  const bool purged = !state.gtid_executed.contains(from->gtid_purged);
  const bool unknown = sender_may_be_gone(channel, from->server_uuid);
  const GtidSet lost = received_unapplied(state).subtracted(held_or_coming(draft, *from));
  if (!purged && !unknown && lost.empty()) return false;
  draft.differs(*server.name, "replication.applier", "ON", "OFF");
  const std::string what =
      purged    ? source + " has purged what it lacks"
      : unknown ? "the server does not show what was in it, which another server than " + source +
                      " had sent"
                : source + " does not hold all that was in it: it lacks " + shortened(lost);
  draft.refuse_attach(
      *server.name, rule::kRelayLogDamaged,
      fmt::format("its relay log is damaged (error {}), and {}", channel.applier_error.number,
                  what),
      purged ? "make it anew by CLONE or from a backup"
             : "keep its relay log files, and read what can be read with mysqlbinlog: what " +
                   source + " lacks may be nowhere else; then make the server anew");
  return true;
}

bool login_refused(const Channel& channel, bool may_use_tls) {
  const int number = channel.receiver_error.number;
  return channel.receiver != ThreadState::kOn &&
         (is_login_refusal(number) || (number == kSourceWantsTls && may_use_tls));
}

}  // namespace gtidops
