#include "decide/rules_candidate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"
#include "decide/candidate.h"
#include "decide/hints.h"
#include "decide/remember.h"
#include "decide/writers.h"
#include "model/actions/read_only.h"
#include "model/open_transaction.h"
#include "model/rules.h"

namespace gtidops {
namespace {

struct Candidate {
  Draft& draft;
  const std::string& name;
  const ServerState& state;
  const std::string& from;
  const ServerState& old;

  // Does it replicate from the old primary directly? Otherwise the plan points it there first.
  [[nodiscard]] bool follows() const { return draft.assessment.of(name).observed_source == from; }

  void refuse(const std::string& rule, const std::string& why, const std::string& hint) const {
    draft.refuse(name, rule, "it is not made the primary: " + why, hint);
    draft.all_blocked = true;
  }
};

void rule_fit(const Candidate& one) {
  for (const std::string& server : {one.name, one.from}) {
    if (one.draft.maintained.count(server) > 0) {
      one.refuse(rule::kMaintenance, server + " is in maintenance",
                 "take `maintenance` out of the file when the work is done");
    } else if (one.draft.blocked.count(server) > 0 ||
               (server == one.name && one.draft.unattachable.count(server) > 0)) {
      one.refuse(rule::kPrimaryChange, server + " is not fit for it",
                 "see what is said of " + server);
    }
  }
  // What a filter kept out of the old primary's binary log exists on that server alone.
  const KnownServer* old = one.draft.intent.memory.of(one.old.server_uuid);
  if (old != nullptr && !old->filters.empty())
    one.refuse(rule::kFilteredOnce,
               one.from + " once left transactions out, so others may lack them",
               "compare the data of both; then " + acknowledge_hint(one.from, rule::kFilteredOnce));
  for (const Flaw& flaw : flaws_of_candidate(one.draft.spec, one.draft.goal, one.draft.seen,
                                             one.name, one.state, one.from))
    if (!flaw.has_a_rule) one.refuse(flaw.rule, flaw.why, flaw.hint);
}

void refuse_not_replicating(const Candidate& one) {
  // Declaring the old primary does not repair the replication when it has lost what the candidate
  // has from it: MySQL refuses to send, and gtidops refuses the old primary itself.
  const auto& errant = one.draft.assessment.of(one.name).errant;
  const GtidSet lost = errant ? errant->of_server(one.old.server_uuid) : GtidSet{};
  if (!lost.empty())
    return one.refuse(
        rule::kErrantTransactions,
        fmt::format("it does not replicate any more ({}), and holds {} that {} "
                    "committed itself and has lost: {}",
                    channel_runs(one.state, one.name).why, counted(lost.count(), "transaction"),
                    one.from, shortened(lost)),
        fmt::format("find out what became of them (RESET, an older copy, a crash), and which of "
                    "the two holds the truth; if it is {}: SET GLOBAL super_read_only = ON on {}; "
                    "then {}",
                    one.name, one.from, taking_over_by_hand(one.draft, one.name, one.from)));
  one.refuse(rule::kCandidateNotReplicating, channel_runs(one.state, one.name).why,
             "repair its replication first; declare primary: " + one.from +
                 " meanwhile, and gtidops starts it");
}

// The candidate is pointed at the old primary first. CHANGE REPLICATION SOURCE TO deletes the relay
// log unless the applier runs all the while, so the applier must be able to run.
void rule_can_follow(const Candidate& one) {
  const Channel* channel = one.state.default_channel();
  const GtidSet known = one.state.gtid_executed.united(one.old.executed_or_in_flight());
  if (!one.state.gtid_executed.contains(one.old.gtid_purged))
    one.refuse(rule::kUnrecoverable, one.from + " has purged transactions that it lacks",
               provision_hint(one.draft, one.name, " from a backup or by CLONE"));
  else if (channel != nullptr && !known.contains(channel->retrieved))
    one.refuse(rule::kUnappliedRelayLog,
               "its relay log holds transactions that neither it nor " + one.from + " has",
               "START REPLICA SQL_THREAD, wait until they are applied, and look whether they are "
               "errant");
  else if (channel != nullptr && channel->applier_error.number != 0 &&
           !received_unapplied(one.state).empty())
    refuse_not_replicating(one);
}

// Once the old primary is closed, lag is no obstacle: going on is the fastest way to open writes.
void rule_progress(const Candidate& one) {
  const bool holds_all = one.state.gtid_executed.contains(one.old.executed_latest());
  if (one.old.fenced() && holds_all) return;
  if (!one.follows()) return rule_can_follow(one);
  const Channel& channel = *one.state.default_channel();
  if (never_started(channel)) return;  // plan_candidate starts it
  if (!channel_runs(one.state, one.name)) return refuse_not_replicating(one);
  const std::int64_t lag_ms = channel.seconds_behind.value_or(0) * 1000;
  const Millis most = *one.draft.spec.switchover.max_lag;
  if (!holds_all && !one.old.fenced() && lag_ms > most.count())
    one.refuse(rule::kCandidateLag,
               "it is " + std::to_string(lag_ms / 1000) + " s behind " + one.from +
                   ", and switchover.maxLag is " + std::to_string(most.count()) + " ms",
               "wait until it has caught up, or raise switchover.maxLag: then the other replicas "
               "are moved under it at once, and are as late as it is until it has caught up");
}

void rule_errant_on_candidate(const Candidate& one) {
  GtidSet errant = errant_on(one.state, one.old);
  if (one.old.fenced() && chosen_before(one.draft.intent, one.state))
    errant = errant.subtracted(errant.of_server(one.state.server_uuid));
  if (errant.empty()) return;
  one.refuse(rule::kErrantTransactions,
             "it holds " + counted(errant.count(), "transaction") + " that " + one.from +
                 " does not: " + shortened(errant),
             provision_hint(one.draft, one.name));
}

// Hindrances that only warn; those that forbid the switch are flaws_of_candidate()'s.
void warn_of_hindrances(const Candidate& one) {
  for (const Hindrance& found : hindrances(one.state, one.old, one.from))
    if (!forbids(found, one.old))
      one.draft.warn(one.name, found.rule, "once it is the primary: " + found.why, found.hint);
}

// Even if no replica needs the password, the old primary does once the new one is open.
void rule_replication_secret(const Candidate& one) {
  if (one.draft.seen.replication_secret && !one.old.fenced())
    one.refuse(
        rule::kReplicationSecret,
        one.from + " could not be made its replica: " + one.draft.seen.replication_secret->why,
        "look at replication.user.passwordFrom");
}

// The transactions that the switch would meet if it began now; it looks again when it begins.
void rule_long_transactions(const Candidate& one) {
  if (one.old.fenced() || !one.old.details || !one.old.details->long_transactions) return;
  std::vector<std::string> each;
  for (const OpenTransaction& transaction : *one.old.details->long_transactions)
    each.push_back(describe(transaction));
  if (each.empty()) return;
  const std::string who = "on " + one.from + " " + first_of(each);
  switch (*one.draft.spec.switchover.long_transactions) {
    case LongTransactions::kRefuse:
      one.refuse(rule::kLongTransactions, who + ", and switchover.longTransactions is refuse",
                 "wait for their end, or end them");
      return;
    case LongTransactions::kKill:
      one.draft.warn(one.from, rule::kLongTransactions, "the switch will end these: " + who,
                     "wait for their end, or declare switchover.longTransactions: wait");
      return;
    case LongTransactions::kWait:
      one.draft.warn(one.from, rule::kLongTransactions,
                     "the switch will wait for these, and be given up after "
                     "switchover.drainTimeout: " +
                         who,
                     "wait for their end, or end them");
  }
}

void rule_prepared_xa(const Candidate& one) {
  const auto found = prepared_xa_on(one.from, one.old);
  if (!found) return;
  const bool prepared = one.old.details->prepared_xa.has_value();
  // A committed switch goes only forward, since the new primary may have been open. If somebody has
  // opened the old primary again, clients are not blocked, so the switch can wait.
  const bool forward = one.draft.intent.phase == Intent::Phase::kCommitted && one.old.fenced() &&
                       chosen_before(one.draft.intent, one.state);
  const bool wait =
      prepared && *one.draft.spec.switchover.long_transactions == LongTransactions::kWait;
  const std::string hint = fmt::format("{}{}", found->hint,
                                       !prepared || wait || forward || one.old.fenced()
                                           ? ""
                                           : "; where clients prepare all the time, declare "
                                             "switchover.longTransactions: wait");
  if (forward || (wait && !one.old.fenced()))
    one.draft.warn(one.from, rule::kPreparedXa,
                   forward ? found->why
                           : "the switch will wait for these, and be given up after "
                             "switchover.drainTimeout: " +
                                 found->why,
                   hint);
  else
    one.refuse(rule::kPreparedXa, found->why, hint);
}

// If semi-sync stayed on, the old primary's applier would wait for acknowledgements that nobody
// sends, and commits on the new primary would wait for none.
void rule_undeclared_semi_sync(const Candidate& one) {
  if (one.draft.spec.replication.semi_sync || !one.old.details) return;
  const std::string name = semi_sync_source_that_is_on(*one.old.details);
  if (name.empty()) return;
  one.refuse(
      rule::kSemiSyncUndeclared,
      fmt::format("{} is ON on {}, and the file does not declare replication.semiSync", name,
                  one.from),
      fmt::format("declare replication.semiSync, so that it changes its side with the roles; "
                  "or SET PERSIST {} = OFF on {}",
                  name, one.from));
}

// Without its persisted variables the old primary would take writes again after its next restart.
void rule_old_one_boots_read_only(const Candidate& one) {
  if (!one.old.details || loads_persisted(*one.old.details)) return;
  one.refuse(
      rule::kPersistedGlobalsLoad,
      fmt::format("{} would take writes again after a restart: its persisted_globals_load is "
                  "OFF, so that it does not read what is persisted",
                  one.from),
      fmt::format("take persisted_globals_load out of {}'s my.cnf, and restart its mysqld",
                  one.from));
}

// A third server may be unreachable only when it is known that it was never opened.
void rule_third_servers(const Candidate& one, RoleChange& change) {
  const Intent& intent = one.draft.intent;
  const bool established =
      intent.established_primary_uuid == one.old.server_uuid &&
      !closed_by_somebody(intent.memory, one.old) &&
      !(one.old.fenced() && successor_is_out_of_sight(one.draft.seen, one.old));
  const auto stays_closed = [&](const std::string& name) {
    if (intent.stable()) return established && !intent.may_be_open(name);
    return intent.from_uuid == one.old.server_uuid &&
           stays_closed_unseen(one.draft, &one.old, name);
  };
  std::vector<std::string> in_the_way;
  for (const ServerSpec& server : one.draft.spec.servers) {
    const std::string& name = *server.name;
    if (name == one.name || name == one.from) continue;
    change.others.push_back(name);
    const ServerState* state = one.draft.seen.state(name);
    if (state == nullptr && stays_closed(name))
      change.may_stay_unseen.push_back(name);
    else if (state == nullptr || (!state->fenced() && !one.draft.may_set_read_only(name)))
      in_the_way.push_back(name);
  }
  if (one.old.fenced())
    for (const TakenOut& gone :
         taken_out_and_perhaps_open(one.draft, established || !intent.stable()))
      one.refuse(rule::kAnotherMayBeWritable, fmt::format("{}, may take writes", told(gone)),
                 gone.hint);
  if (!in_the_way.empty())
    one.refuse(rule::kAnotherMayBeWritable, join_names(in_the_way) + " may take writes",
               kMayBeOpenHint);
}

// At least one server that is to follow the candidate must be fit to, or the candidate becomes a
// primary without a replica. All of them, the old primary too, are judged against it already.
void rule_somebody_can_follow(const Candidate& one) {
  std::vector<std::string> unfit;
  for (const ServerSpec& server : one.draft.spec.servers) {
    const std::string& name = *server.name;
    const ServerState* state = one.draft.seen.state(name);
    if (one.draft.goal.source_of(server) != one.name || state == nullptr) continue;
    // It follows the candidate already, with what that one has committed since an earlier opening.
    if (one.draft.assessment.of(name).observed_source == one.name && channel_runs(*state, name))
      return;
    if (one.draft.blocked.count(name) + one.draft.unattachable.count(name) == 0) return;
    unfit.push_back(name);
  }
  if (!unfit.empty())
    one.refuse(rule::kNoReplicaCanFollow,
               fmt::format("{} could not be made to replicate from it", join_names(unfit)),
               fmt::format("see what is said of {}", join_names(unfit)));
}

// What clients may have been told is committed must not exist on a third server alone.
void rule_nothing_elsewhere(const Candidate& one) {
  const Intent& intent = one.draft.intent;
  const GtidSet held = one.state.gtid_executed.united(one.old.executed_latest());
  for (const ServerSpec& server : one.draft.spec.servers) {
    const ServerState* state = one.draft.seen.state(*server.name);
    if (state == nullptr || *server.name == one.name || *server.name == one.from) continue;
    // An open old primary has merely committed more since it was looked at.
    GtidSet beyond = lost_by(one.old, *state);
    if (!one.old.fenced()) beyond = beyond.subtracted(beyond.of_server(one.old.server_uuid));
    const bool was_open = state->server_uuid == intent.established_primary_uuid ||
                          (!intent.stable() && (state->server_uuid == intent.to_uuid ||
                                                state->server_uuid == intent.from_uuid));
    // While the old primary is closed, clients write to the server that is open.
    if (was_open || (one.old.fenced() && state->writable()))
      beyond = beyond.united(state->gtid_executed.of_server(state->server_uuid));
    // This server was perhaps the primary while nobody else took writes.
    if (const KnownServer* known = intent.memory.of(state->server_uuid); known != nullptr)
      beyond = beyond.united(known->perhaps_primarys.intersected(state->gtid_executed));
    beyond = beyond.subtracted(held);
    if (beyond.empty()) continue;
    one.refuse(
        rule::kPrimaryBehind,
        fmt::format("{} holds {} that neither it nor {} has: {}", *server.name,
                    counted(beyond.count(), "committed transaction"), one.from, shortened(beyond)),
        taking_over_by_hand(one.draft, *server.name, std::string()));
  }
}

// The old primary is unreachable. Only a committed switch may be ended without it, and only while
// nothing shows that the old primary was opened again since: it may then have committed more than
// what it was frozen at.
void judge_committed(Draft& draft, const ServerState& state, RoleChange& change) {
  const std::string& declared = change.to;
  const Intent& intent = draft.intent;
  const bool committed = intent.phase == Intent::Phase::kCommitted &&
                         intent.to_uuid == state.server_uuid && intent.from == change.from;
  const std::string hint =
      fmt::format("bring {} up; only when it is lost for good, and is made sure to stay off: {}",
                  change.from, taking_over_by_hand(draft, declared, change.from));
  if (!committed || !state.gtid_executed.contains(intent.frozen_at)) {
    draft.refuse("", rule::kPrimaryChange,
                 fmt::format("{} is to take over from {}, which cannot be read: a planned switch "
                             "needs both",
                             declared, change.from),
                 hint);
    return;
  }
  std::string again = opened_again(draft.seen, change.from, intent.from_uuid, intent.frozen_at);
  if (again.empty() && intent.memory.may_write_unseen(change.from))
    again =
        fmt::format("{} took writes unseen once, or nothing makes it boot read-only", change.from);
  // When nobody takes writes, the old primary is the server that a person opens again.
  if (again.empty() && !stays_closed_unseen(draft, nullptr, change.from))
    again = fmt::format(
        "somebody may have opened {} again since: only for a minute, and only where nobody listens "
        "at its address, it is taken for closed",
        change.from);
  if (!again.empty()) {
    draft.refuse(
        "", rule::kPrimaryChange,
        fmt::format("{} was to take over from {}, which was frozen for it, and cannot be seen "
                    "now: {}",
                    declared, change.from, again),
        hint);
    return;
  }
  change.frozen_at = intent.frozen_at;
  for (const TakenOut& gone : taken_out_and_perhaps_open(draft, true))
    draft.refuse("", rule::kAnotherMayBeWritable, fmt::format("{}, may take writes", told(gone)),
                 gone.hint);
  for (const ServerSpec& server : draft.spec.servers) {
    const std::string& name = *server.name;
    if (name == declared || name == change.from) continue;
    change.others.push_back(name);
    if (draft.seen.state(name) != nullptr) continue;
    change.may_stay_unseen.push_back(name);
    if (!stays_closed_unseen(draft, nullptr, name))
      draft.refuse("", rule::kAnotherMayBeWritable,
                   fmt::format("{} may take writes: it cannot be seen, and {} stands closed", name,
                               change.from),
                   "bring it up");
  }
}

}  // namespace

bool chosen_before(const Intent& intent, const ServerState& state) {
  return !intent.stable() && intent.to_uuid == state.server_uuid;
}

void judge_candidate(Draft& draft, const ServerState& state, RoleChange& change) {
  const ServerState* old = draft.seen.state(change.from);
  if (old == nullptr) return judge_committed(draft, state, change);
  const Candidate one{draft, change.to, state, change.from, *old};
  rule_fit(one);
  rule_progress(one);
  rule_errant_on_candidate(one);
  rule_replication_secret(one);
  warn_of_hindrances(one);
  rule_long_transactions(one);
  rule_prepared_xa(one);
  rule_undeclared_semi_sync(one);
  rule_old_one_boots_read_only(one);
  rule_somebody_can_follow(one);
  rule_third_servers(one, change);
  rule_nothing_elsewhere(one);
}
}  // namespace gtidops
