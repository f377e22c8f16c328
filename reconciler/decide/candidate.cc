#include "decide/candidate.h"

#include <fmt/format.h>

#include <utility>

#include "decide/assess.h"
#include "decide/hints.h"
#include "model/actions/replication_user.h"
#include "model/actions/role_change.h"
#include "model/grants.h"
#include "model/rules.h"
#include "model/serving.h"

namespace gtidops {
namespace {

std::pair<int, int> series(const ServerState& state) {
  return {state.version.major, state.version.minor};
}

class Judging {
 public:
  Judging(const Spec& spec, const Goal& goal, const Observation& seen, const std::string& name,
          const ServerState& state, const std::string& from)
      : spec_(spec), goal_(goal), seen_(seen), name_(name), state_(state), from_(from) {}

  std::vector<Flaw> run() {
    rule_binary_log();
    rule_channels();
    rule_versions();
    rule_replication_user();
    rule_serving();
    rule_gap();
    return std::move(flaws_);
  }

 private:
  void refuse(const std::string& rule, const std::string& why, const std::string& hint) {
    flaws_.push_back({rule, why, hint, false});
  }
  // A flaw that a rule of its own reports for any server.
  void note(const std::string& rule, const std::string& why, const std::string& hint) {
    flaws_.push_back({rule, why, hint, true});
  }

  void rule_binary_log() {
    if (!state_.log_bin)
      note(rule::kLogBin, "log_bin is OFF", "take skip-log-bin out of my.cnf and restart mysqld");
    if (!state_.log_replica_updates)
      refuse(rule::kLogReplicaUpdates,
             "log_replica_updates is OFF, so its binary log lacks what it replicated",
             "set log_replica_updates = ON in my.cnf and restart mysqld");
  }

  void rule_gap() {
    const ServerState* old = seen_.state(from_);
    if (old == nullptr || state_.channels.empty()) return;
    const GtidSet gap = never_arrives(state_, *old);
    if (!gap.empty())
      refuse(
          rule::kGapInHistory,
          fmt::format("it lacks {} transactions of {} that its channel will not bring any more: {}",
                      gap.count(), from_, shortened(gap)),
          "see what is said of it while " + from_ + " is declared the primary");
  }

  void rule_channels() {
    for (const Channel& channel : state_.channels) {
      if (!channel.name.empty())
        refuse(rule::kStrayChannel, "it has a channel '" + channel.name + "' that nobody declared",
               reset_hint(state_, channel) + ", once you know who made it");
      if (!channel.filters.empty())
        note(rule::kReplicationFilter, "its applier leaves something out",
             "take the filters away, and provision it anew");
    }
    const Channel* channel = state_.default_channel();
    if (channel == nullptr || channel->delay_seconds == 0) return;
    // The old primary is closed and the candidate holds all its transactions: a delay has nothing
    // left to hold back.
    const ServerState* old = seen_.state(from_);
    if (old != nullptr && old->fenced() && state_.gtid_executed.contains(old->executed_latest()))
      return;
    refuse(rule::kCandidateDelayed,
           "its channel is delayed by " + std::to_string(channel->delay_seconds) + " s",
           "STOP REPLICA SQL_THREAD; CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 0; START REPLICA "
           "SQL_THREAD, and let it catch up");
  }

  // Every replica of the candidate must be able to replicate from its version. The old primary is
  // excepted when it is older: it may stay frozen until it is upgraded.
  void rule_versions() {
    for (const ServerSpec& server : spec_.servers) {
      const ServerState* state = seen_.state(*server.name);
      const std::string source = goal_.source_of(server);
      const bool follows = source == name_ || source == goal_.primary;
      if (state == nullptr || *server.name == name_ || !follows) continue;
      const bool older = series(*state) < series(state_);
      if (series(*state) == series(state_) || (older && *server.name == from_)) continue;
      refuse(rule::kVersionOrder,
             "it runs MySQL " + state_.version_text + ", and its replica to be " + *server.name +
                 " " + state->version_text,
             older ? "upgrade replicas before their sources"
                   : "upgrade it first, or make " + *server.name + " the primary");
    }
  }

  void rule_replication_user() {
    const auto& user = spec_.replication.user;
    if (!user || !state_.details || !state_.details->users) return;
    const UserAccount* account = find_account(*state_.details->users, *user->name, *user->host);
    const std::string text = quote_account(*user->name, *user->host);
    const std::string hint =
        "declare primary: " + from_ + ", and gtidops creates it there; then change the roles";
    if (account == nullptr)
      refuse(rule::kReplicationUser, "the replication user " + text + " does not exist there",
             hint);
    else if (!has_replication_slave(*account) || account->locked || account->password_expired)
      refuse(rule::kReplicationUser,
             "the replication user " + text + " there " +
                 (account->locked             ? "is locked"
                  : account->password_expired ? "has an expired password"
                                              : "lacks REPLICATION SLAVE"),
             hint);
  }

  // Its data are complete. But can clients connect to it, and can the switch be finished there?
  void rule_serving() {
    const ServerState* old = seen_.state(from_);
    if (old == nullptr) return;
    for (const Hindrance& found : hindrances(state_, *old, from_))
      if (forbids(found, *old)) refuse(found.rule, found.why, found.hint);
  }

  const Spec& spec_;
  const Goal& goal_;
  const Observation& seen_;
  const std::string& name_;
  const ServerState& state_;
  const std::string& from_;
  std::vector<Flaw> flaws_;
};

}  // namespace

std::vector<Flaw> flaws_of_candidate(const Spec& spec, const Goal& goal, const Observation& seen,
                                     const std::string& name, const ServerState& state,
                                     const std::string& from) {
  return Judging(spec, goal, seen, name, state, from).run();
}

}  // namespace gtidops
