// Is the declared primary to take over from another server, and may it? Everything that can be
// known before is asked here, while writes flow and nothing was touched.
#include <algorithm>

#include <fmt/format.h>

#include "decide/candidate.h"
#include "decide/draft.h"
#include "decide/hints.h"
#include "decide/remember.h"
#include "model/open_transaction.h"

namespace gtidops {
namespace {

// Whoever was chosen by an intent that is not settled may have been opened, and so have
// transactions of its own.
bool chosen_before(const Intent& intent, const ServerState& state) {
  return !intent.stable() && intent.to_uuid == state.server_uuid;
}

struct Candidate {
  Draft& draft;
  const std::string& name;
  const ServerState& state;
  const std::string& from;
  const ServerState& old;

  // Does it replicate from the old primary itself? If not, it is made to, first of all.
  [[nodiscard]] bool follows() const { return draft.assessment.of(name).observed_source == from; }

  void refuse(const std::string& rule, const std::string& why, const std::string& hint) const {
    draft.refuse(name, rule, "it is not made the primary: " + why, hint);
    draft.all_blocked = true;
  }
};

void rule_fit(const Candidate& one) {
  for (const std::string& server : {one.name, one.from}) {
    if (one.draft.maintained.count(server) > 0) {
      one.refuse("maintenance", server + " is in maintenance",
                 "take `maintenance` out of the file when the work is done");
    } else if (one.draft.blocked.count(server) > 0 ||
               (server == one.name && one.draft.unattachable.count(server) > 0)) {
      one.refuse("primary-change", server + " is not fit for it", "see what is said of " + server);
    }
  }
  // What its filter left out of its binary log, only it has.
  const KnownServer* old = one.draft.intent.memory.of(one.old.server_uuid);
  if (old != nullptr && !old->filters.empty())
    one.refuse(kFilteredOnce, one.from + " once left transactions out, so others may lack them",
               "compare the data of both; then " + acknowledge_hint(one.from, kFilteredOnce));
  for (const Flaw& flaw : flaws_of_candidate(one.draft.spec, one.draft.goal, one.draft.seen,
                                             one.name, one.state, one.from))
    if (!flaw.has_a_rule) one.refuse(flaw.rule, flaw.why, flaw.hint);
}

void refuse_not_replicating(const Candidate& one) {
  // Nobody repairs the replication from one that has lost what this one has from it: MySQL refuses
  // to send, and where that one is declared, it is refused itself.
  const auto& errant = one.draft.assessment.of(one.name).errant;
  const GtidSet lost = errant ? errant->of_server(one.old.server_uuid) : GtidSet{};
  if (!lost.empty())
    return one.refuse(
        "errant-transactions",
        fmt::format("it does not replicate any more ({}), and holds {} transaction{} that {} "
                    "committed itself and has lost: {}",
                    channel_runs(one.state, one.name).why, lost.count(),
                    lost.count() == 1 ? "" : "s", one.from, shortened(lost)),
        fmt::format("find out what became of them (RESET, an older copy, a crash), and which of "
                    "the two holds the truth; if it is {}: SET GLOBAL super_read_only = ON on {}; "
                    "then {}",
                    one.name, one.from, opening_by_hand(one.name)));
  one.refuse("candidate-not-replicating", channel_runs(one.state, one.name).why,
             "repair its replication first; declare primary: " + one.from +
                 " meanwhile, and gtidops starts it");
}

// It is to replicate from the old primary first, and CHANGE deletes what was received unless an
// applier runs all the while.
void rule_can_follow(const Candidate& one) {
  const Channel* channel = one.state.default_channel();
  const GtidSet known = one.state.gtid_executed.united(one.old.executed_or_in_flight());
  if (!one.state.gtid_executed.contains(one.old.gtid_purged))
    one.refuse("unrecoverable", one.from + " has purged transactions that it lacks",
               provision_hint(one.draft, one.name, " from a backup or by CLONE"));
  else if (channel != nullptr && !known.contains(channel->retrieved))
    one.refuse("unapplied-relay-log",
               "its relay log holds transactions that neither it nor " + one.from + " has",
               "START REPLICA SQL_THREAD, wait until they are applied, and look whether they are "
               "errant");
  else if (channel != nullptr && channel->applier_error.number != 0 &&
           !received_unapplied(one.state).empty())
    refuse_not_replicating(one);
}

// Once the old primary is frozen, the fastest way to a primary that takes writes is forward.
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
    one.refuse("candidate-lag",
               "it is " + std::to_string(lag_ms / 1000) + " s behind " + one.from +
                   ", and switchover.maxLag is " + std::to_string(most.count()) + " ms",
               "wait until it has caught up, or raise switchover.maxLag");
}

void rule_errant_on_candidate(const Candidate& one) {
  GtidSet errant = errant_on(one.state, one.old);
  if (one.old.fenced() && chosen_before(one.draft.intent, one.state))
    errant = errant.subtracted(errant.of_server(one.state.server_uuid));
  if (errant.empty()) return;
  one.refuse("errant-transactions",
             "it holds " + std::to_string(errant.count()) + " transactions that " + one.from +
                 " does not: " + shortened(errant),
             provision_hint(one.draft, one.name));
}

// Its data are all right; what forbids it is among the flaws.
void warn_of_hindrances(const Candidate& one) {
  for (const Hindrance& found : hindrances(one.state, one.old, one.from))
    if (!forbids(found, one.old))
      one.draft.warn(one.name, found.rule, "once it is the primary: " + found.why, found.hint);
}

// The old primary, at the latest, is given it when the new one is open.
void rule_replication_secret(const Candidate& one) {
  if (one.draft.seen.replication_secret && !one.old.fenced())
    one.refuse(
        "replication-secret",
        one.from + " could not be made its replica: " + one.draft.seen.replication_secret->why,
        "look at replication.user.passwordFrom");
}

// What the switch will meet when it begins, as far as it can be seen now; it looks again then.
void rule_long_transactions(const Candidate& one) {
  if (one.old.fenced() || !one.old.details || !one.old.details->long_transactions) return;
  std::vector<std::string> each;
  for (const OpenTransaction& transaction : *one.old.details->long_transactions)
    each.push_back(describe(transaction));
  if (each.empty()) return;
  const std::string who = "on " + one.from + " " + first_of(each);
  switch (*one.draft.spec.switchover.long_transactions) {
    case LongTransactions::kRefuse:
      one.refuse("long-transactions", who + ", and switchover.longTransactions is refuse",
                 "wait for their end, or end them");
      return;
    case LongTransactions::kKill:
      one.draft.warn(one.from, "long-transactions", "the switch will end these: " + who,
                     "wait for their end, or declare switchover.longTransactions: wait");
      return;
    case LongTransactions::kWait:
      one.draft.warn(one.from, "long-transactions",
                     "the switch will wait for these, and be given up after "
                     "switchover.drainTimeout: " +
                         who,
                     "wait for their end, or end them");
  }
}

// They are in their coordinator's hands: it may have promised that they will be committed, and can
// do so on a server that refuses writes.
void rule_prepared_xa(const Candidate& one) {
  if (!one.old.details) return;
  const auto& prepared = one.old.details->prepared_xa;
  if (prepared && prepared->empty()) return;
  const std::string why =
      prepared ? "XA transactions are prepared on " + one.from + ", which can be committed there " +
                     "even when it refuses writes: " + first_of(*prepared)
               : "whether XA transactions are prepared on " + one.from + " cannot be seen";
  const std::string hint = prepared ? "XA COMMIT or XA ROLLBACK them on " + one.from +
                                          ", as their coordinator has decided"
                                    : "GRANT XA_RECOVER_ADMIN, as deploy/grants.sql does";
  // Only forward: the new primary may have been open. Not while the old one is: somebody has opened
  // it again, and nobody waits for this.
  const bool forward = one.draft.intent.phase == Intent::Phase::kCommitted && one.old.fenced() &&
                       chosen_before(one.draft.intent, one.state);
  const bool wait =
      prepared && *one.draft.spec.switchover.long_transactions == LongTransactions::kWait;
  if (forward || (wait && !one.old.fenced()))
    one.draft.warn(one.from, "prepared-xa",
                   forward ? why
                           : "the switch will wait for these, and be given up after "
                             "switchover.drainTimeout: " +
                                 why,
                   hint);
  else
    one.refuse("prepared-xa", why, hint);
}

// Left on, the old primary's applier would wait for acknowledgements that nobody sends it; and the
// new one's commits would wait for nobody.
void rule_undeclared_semi_sync(const Candidate& one) {
  if (one.draft.spec.replication.semi_sync || !one.old.details) return;
  const std::string name = semi_sync_source_that_is_on(*one.old.details);
  if (name.empty()) return;
  one.refuse(
      "semi-sync-undeclared",
      fmt::format("{} is ON on {}, and the file does not declare replication.semiSync", name,
                  one.from),
      fmt::format("declare replication.semiSync, so that it changes its side with the roles; "
                  "or SET PERSIST {} = OFF on {}",
                  name, one.from));
}

// Third servers need not be reachable, when it is known that none of them was ever opened.
void rule_third_servers(const Candidate& one, RoleChange& change) {
  const Intent& intent = one.draft.intent;
  const bool established =
      intent.stable()
          ? intent.established_primary_uuid == one.old.server_uuid &&
                !closed_by_somebody(intent.memory, one.old) &&
                !(one.old.fenced() && successor_is_out_of_sight(one.draft.seen, one.old))
          : intent.from_uuid == one.old.server_uuid;
  std::vector<std::string> in_the_way;
  for (const ServerSpec& server : one.draft.spec.servers) {
    const std::string& name = *server.name;
    if (name == one.name || name == one.from) continue;
    change.others.push_back(name);
    const ServerState* state = one.draft.seen.state(name);
    if (state == nullptr && established && !intent.may_be_open(name))
      change.excused.push_back(name);
    else if (state == nullptr || (!state->fenced() && !one.draft.may_set_read_only(name)))
      in_the_way.push_back(name);
  }
  if (!in_the_way.empty())
    one.refuse("another-may-be-writable", join_names(in_the_way) + " may take writes",
               "bring them up, or make them read-only, or take them out of the file");
}

// Of those that are to follow it at least one must be fit to: the others, and the old primary, are
// judged against the candidate already. Else it would be a primary without a replica.
void rule_somebody_can_follow(const Candidate& one) {
  std::vector<std::string> unfit;
  for (const ServerSpec& server : one.draft.spec.servers) {
    const std::string& name = *server.name;
    if (one.draft.goal.source_of(server) != one.name || one.draft.seen.state(name) == nullptr)
      continue;
    if (one.draft.blocked.count(name) + one.draft.unattachable.count(name) == 0) return;
    unfit.push_back(name);
  }
  if (!unfit.empty())
    one.refuse("no-replica-can-follow",
               fmt::format("{} could not be made to replicate from it", join_names(unfit)),
               fmt::format("see what is said of {}", join_names(unfit)));
}

// What clients may have been told is committed must not be on a third server alone.
void rule_nothing_elsewhere(const Candidate& one) {
  const Intent& intent = one.draft.intent;
  const GtidSet held = one.state.gtid_executed.united(one.old.executed_latest());
  for (const ServerSpec& server : one.draft.spec.servers) {
    const ServerState* state = one.draft.seen.state(*server.name);
    if (state == nullptr || *server.name == one.name || *server.name == one.from) continue;
    // One that is open has merely gone on since it was looked at.
    GtidSet beyond = lost_by(one.old, *state);
    if (!one.old.fenced()) beyond = beyond.subtracted(beyond.of_server(one.old.server_uuid));
    const bool was_open = state->server_uuid == intent.established_primary_uuid ||
                          (!intent.stable() && (state->server_uuid == intent.to_uuid ||
                                                state->server_uuid == intent.from_uuid));
    if (was_open) beyond = beyond.united(state->gtid_executed.of_server(state->server_uuid));
    // Or it was perhaps the primary when nobody else took writes.
    if (const KnownServer* known = intent.memory.of(state->server_uuid); known != nullptr)
      beyond = beyond.united(known->perhaps_primarys.intersected(state->gtid_executed));
    beyond = beyond.subtracted(held);
    if (beyond.empty()) continue;
    one.refuse("primary-behind",
               *server.name + " holds " + std::to_string(beyond.count()) +
                   " committed transactions that neither it nor " + one.from +
                   " has: " + shortened(beyond),
               "make " + *server.name + " the primary first");
  }
}

void judge_candidate(Draft& draft, const ServerState& state, RoleChange& change) {
  const std::string& declared = change.to;
  const ServerState* old = draft.seen.state(change.from);
  const Intent& intent = draft.intent;
  if (old == nullptr) {
    const bool committed = intent.phase == Intent::Phase::kCommitted &&
                           intent.to_uuid == state.server_uuid && intent.from == change.from;
    if (!committed || !state.gtid_executed.contains(intent.frozen_at)) {
      draft.refuse(
          "", "primary-change",
          declared + " is to take over from " + change.from +
              ", which cannot be read: a planned switch needs both",
          fmt::format("bring {} up; only when it is lost for good, and is made sure to stay "
                      "off: {}",
                      change.from, opening_by_hand(declared)));
      return;
    }
    change.frozen_at = intent.frozen_at;
    for (const ServerSpec& server : draft.spec.servers) {
      const std::string& name = *server.name;
      if (name == declared || name == change.from) continue;
      change.others.push_back(name);
      if (draft.seen.state(name) != nullptr) continue;
      change.excused.push_back(name);
      if (intent.may_be_open(name))
        draft.refuse("", "another-may-be-writable", name + " may take writes", "bring it up");
    }
    return;
  }
  const Candidate one{draft, declared, state, change.from, *old};
  rule_fit(one);
  rule_progress(one);
  rule_errant_on_candidate(one);
  rule_replication_secret(one);
  warn_of_hindrances(one);
  rule_long_transactions(one);
  rule_prepared_xa(one);
  rule_undeclared_semi_sync(one);
  rule_somebody_can_follow(one);
  rule_third_servers(one, change);
  rule_nothing_elsewhere(one);
}

std::string channel_text(const Channel& channel) {
  return "'" + channel.name + "' from " +
         Address{channel.source_host, channel.source_port}.to_string();
}

// A switch away from it had moved it already, was undone, and could not take its channel off.
bool undone_but_moved(const Draft& draft, const ServerState& state) {
  const Intent& intent = draft.intent;
  return intent.surely_not_committed() && intent.from_uuid == state.server_uuid &&
         follows_only(draft, intent.from, intent.to);
}

// It was opened by us, and has not yet been taken off its source.
void judge_opened(Draft& draft, const ServerState& state, RoleChange& change) {
  const std::string& declared = change.to;
  change.opened = true;
  if (!chosen_before(draft.intent, state) && !undone_but_moved(draft, state) &&
      draft.intent.established_primary_uuid != state.server_uuid) {
    draft.refuse("", "primary-change",
                 declared + " is declared the primary and takes writes, but its channel names " +
                     change.from + " as its source",
                 "if the roles were changed by hand, on " + declared + ": " +
                     reset_hint(state, state.channels.front()) +
                     "; if not, declare primary: " + change.from);
    return;
  }
  const ServerState* old = draft.seen.state(change.from);
  const GtidSet lacking =
      old == nullptr ? GtidSet{} : old->executed_latest().subtracted(state.gtid_executed);
  if (draft.intent.phase == Intent::Phase::kSwitching && old != nullptr && old->fenced() &&
      !lacking.empty()) {
    // We open nobody who lacks something: it was opened by hand, and its channel may yet bring it.
    draft.all_blocked = true;
    draft.refuse(declared, "primary-behind",
                 "it takes writes, and lacks " + std::to_string(lacking.count()) +
                     " transactions of " + change.from + ": " + shortened(lacking),
                 "make it read-only, and START REPLICA there, so that it fetches them");
    return;
  }
  if (old != nullptr && !old->fenced() && !draft.may_touch(change.from))
    draft.object(change.from, "two-writable-servers", "it takes writes, as the primary does",
                 "make it read-only by hand");
}

// Whom a switch was committed to may be open, and hold what nobody else does.
bool rule_undecided(Draft& draft) {
  const Intent& intent = draft.intent;
  if (intent.phase != Intent::Phase::kCommitted || intent.to == draft.goal.primary ||
      intent.from == draft.goal.primary || draft.spec.server(intent.to) == nullptr ||
      draft.seen.state(intent.to) != nullptr)
    return false;
  draft.refuse("", "switch-undecided",
               "a switch to " + intent.to + " was committed, and it cannot be seen: it may be open",
               "bring " + intent.to + " up");
  return true;
}

// The old primary of an unfinished change of roles follows a third server, which is not the end of
// everybody's history (or that one would be planned from): the switch could not be run.
bool rule_overtaken(Draft& draft, const std::string& from) {
  const Intent& intent = draft.intent;
  const ServerState* state = draft.seen.state(from);
  const ServerAssessment& one = draft.assessment.of(from);
  const std::string& third = one.observed_source;
  if (intent.stable() || state == nullptr || !state->fenced() || third.empty() ||
      one.source_is_stranger || third == draft.goal.primary || third == intent.from ||
      third == intent.to || draft.seen.state(third) == nullptr)
    return false;
  draft.refuse(
      "", "switch-overtaken",
      fmt::format("the change of roles from {} to {} was not finished, somebody else has "
                  "made {} replicate from {} since, and {} is open, follows another "
                  "server, or does not hold all that the others hold, have received or once held",
                  intent.from, intent.to, from, third, third),
      "find out which server holds all, let the others apply what they have received, "
      "and change the roles by hand");
  return true;
}

// Both are closed, and nobody is known to have been the primary. A third one that is open may be
// committing what clients rely on: it is closed, and then everybody is looked at once more.
bool rule_close_first(Draft& draft, const RoleChange& change) {
  const ServerState* from = draft.seen.state(change.from);
  if (from == nullptr || !draft.intent.stable() ||
      draft.intent.established_primary_uuid == from->server_uuid)
    return false;
  for (const ServerSpec& server : draft.spec.servers) {
    const std::string& name = *server.name;
    const ServerState* state = draft.seen.state(name);
    if (name != change.from && name != change.to && state != nullptr && !state->fenced() &&
        draft.may_set_read_only(name))
      draft.close_first.insert(name);
  }
  draft.all_blocked = draft.all_blocked || !draft.close_first.empty();
  return !draft.close_first.empty();
}

}  // namespace

void rules_on_role_change(Draft& draft) {
  if (rule_undecided(draft)) return;
  const std::string& declared = draft.goal.primary;
  const ServerState* primary = draft.seen.state(declared);
  if (primary == nullptr) return;
  if (primary->channels.empty() && draft.assessment.reference == declared) return;
  // A switch away from it was given up after it had been moved: see plan_detach_the_old.
  if (draft.intent.from == declared && given_up_after_moving(draft)) return;
  const ServerAssessment& one = draft.assessment.of(declared);
  const auto& rivals = draft.assessment.rivals;
  if (!rivals.empty()) {
    draft.differs(declared, "primary", declared, join_names(rivals));
    draft.refuse("", "primary-diverged", join_names(rivals) + " take writes, each for itself",
                 "find out which one holds the truth, and make the other read-only");
    return;
  }
  const bool leads_nowhere = primary->writable()
                                 ? one.source_is_stranger || one.observed_source.empty()
                                 : draft.assessment.reference == declared;
  if (leads_nowhere) {
    draft.refuse("", "foreign-source",
                 declared + " is declared the primary, but has a replication channel " +
                     channel_text(primary->channels.front()) + ", which is not declared",
                 // With the channel goes the only trace of a source that may be the primary.
                 (source_out_of_sight(draft, declared) == nullptr
                      ? "if it is meant to stand alone, on "
                      : "its source is alive and none of the servers seen: if that is a server of "
                        "the file, correct the address; only when it takes no writes, on ") +
                     declared + ": " + reset_hint(*primary, primary->channels.front()));
    return;
  }
  RoleChange change;
  change.from = primary->writable() ? one.observed_source : draft.assessment.reference;
  change.to = declared;
  draft.differs(declared, "primary", declared, change.from);
  const ServerState* from = draft.seen.state(change.from);
  const bool both_closed = !primary->writable() && from != nullptr && !from->writable();
  if (const auto found = beside_a_live_source(
          draft,
          fmt::format("{} does not take over from {}, which is closed", declared, change.from));
      both_closed && found) {
    draft.refuse("", kSourceOutOfSight, found->why, found->hint);
    return;
  }
  if (both_closed && rule_close_first(draft, change)) return;
  if (!primary->writable() && rule_overtaken(draft, change.from)) return;
  const std::string& leftover = draft.assessment.of(change.from).observed_source;
  if (!primary->writable() && from != nullptr && from->writable() && !leftover.empty() &&
      follows_only(draft, change.from, leftover) &&
      !draft.assessment.of(change.from).source_is_stranger) {
    draft.detach_first = change.from;
    draft.all_blocked = true;
    return;
  }
  if (primary->writable())
    judge_opened(draft, *primary, change);
  else
    judge_candidate(draft, *primary, change);
  draft.change = std::move(change);
}

}  // namespace gtidops
