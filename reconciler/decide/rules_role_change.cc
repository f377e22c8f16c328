// The rules on a change of roles: is the declared primary to take over, or was it opened already?
#include <fmt/format.h>

#include "base/words.h"
#include "decide/hints.h"
#include "decide/remember.h"
#include "decide/rules_candidate.h"
#include "decide/writers.h"

namespace gtidops {
namespace {

std::string channel_text(const Channel& channel) {
  return "'" + channel.name + "' from " +
         Address{channel.source_host, channel.source_port}.to_string();
}

// A switch away from this server was undone after the server had been pointed at the candidate, and
// its channel could not be taken off.
bool undone_but_moved(const Draft& draft, const ServerState& state) {
  const Intent& intent = draft.intent;
  return intent.surely_not_committed() && intent.from_uuid == state.server_uuid &&
         follows_only(draft, intent.from, intent.to);
}

// The server gets these transactions only by its channel, so they come before the channel is reset.
std::string fetch_first(const ServerState& state, const ServerState* old, const std::string& name) {
  if (old == nullptr)
    return fmt::format("bring {} up before, which may hold more than it; then ", name);
  const GtidSet lacking = old->executed_latest().subtracted(state.executed_or_in_flight());
  if (lacking.empty()) return {};
  return fmt::format("START REPLICA, until it holds the {} of {} that it lacks ({}); then ",
                     counted(lacking.count(), "transaction"), name, shortened(lacking));
}

// The declared primary is open and still has a channel. Was it gtidops that opened it?
void judge_opened(Draft& draft, const ServerState& state, RoleChange& change) {
  const std::string& declared = change.to;
  const ServerState* old = draft.seen.state(change.from);
  change.opened = true;
  if (!chosen_before(draft.intent, state) && !undone_but_moved(draft, state) &&
      draft.intent.established_primary_uuid != state.server_uuid) {
    draft.refuse("", rule::kPrimaryChange,
                 declared + " is declared the primary and takes writes, but its channel names " +
                     change.from + " as its source",
                 fmt::format("if the roles were changed by hand, on {}: {}{}; if not, declare "
                             "primary: {}",
                             declared, fetch_first(state, old, change.from),
                             reset_hint(state, state.channels.front()), change.from));
    return;
  }
  const GtidSet lacking =
      old == nullptr ? GtidSet{} : old->executed_latest().subtracted(state.gtid_executed);
  if (draft.intent.phase == Intent::Phase::kSwitching && old != nullptr && old->fenced() &&
      !lacking.empty()) {
    // gtidops opens no server that lacks something, so a person did; its channel may yet bring it.
    draft.all_blocked = true;
    draft.refuse(declared, rule::kPrimaryBehind,
                 "it takes writes, and lacks " + counted(lacking.count(), "transaction") + " of " +
                     change.from + ": " + shortened(lacking),
                 "make it read-only, and START REPLICA there, so that it fetches them");
    return;
  }
  if (old != nullptr && !old->fenced() && !draft.may_touch(change.from))
    draft.object(change.from, rule::kTwoWritableServers, "it takes writes, as the primary does",
                 two_writable_hint(change.from, declared));
}

// The server that a switch was committed to may be open, and hold what no other server holds.
bool rule_undecided(Draft& draft) {
  const Intent& intent = draft.intent;
  if (intent.phase != Intent::Phase::kCommitted || intent.to == draft.goal.primary ||
      intent.from == draft.goal.primary || draft.spec.server(intent.to) == nullptr ||
      draft.seen.state(intent.to) != nullptr)
    return false;
  draft.refuse("", rule::kSwitchUndecided,
               "a switch to " + intent.to + " was committed, and it cannot be seen: it may be open",
               "bring " + intent.to + " up");
  return true;
}

// The old primary of an unfinished change of roles follows a third server that does not end
// everybody's history (else it would be the reference, see assess.cc): the switch could not be run.
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
      "", rule::kSwitchOvertaken,
      fmt::format("the change of roles from {} to {} was not finished, somebody else has "
                  "made {} replicate from {} since, and {} is open, follows another "
                  "server, or does not hold all that the others hold, have received or once held",
                  intent.from, intent.to, from, third, third),
      "find out which server holds all, let the others apply what they have received, "
      "and change the roles by hand");
  return true;
}

// Both servers are closed, and the old one is not established as the primary. An open third server
// may be committing what clients rely on, so it is closed first, and then all are looked at again.
// It stays open when it has committed what the old one does not hold: it acts as the primary,
// nobody else takes writes, and whoever replicates from it holds these transactions, too.
bool rule_close_first(Draft& draft, const RoleChange& change) {
  const ServerState* from = draft.seen.state(change.from);
  if (from == nullptr || !draft.intent.stable() ||
      draft.intent.established_primary_uuid == from->server_uuid)
    return false;
  for (const ServerSpec& server : draft.spec.servers) {
    const std::string& name = *server.name;
    const ServerState* state = draft.seen.state(name);
    if (name == change.from || name == change.to || state == nullptr || state->fenced()) continue;
    const GtidSet own =
        state->executed_latest().of_server(state->server_uuid).subtracted(from->held_latest());
    if (state->writable() && !own.empty()) {
      draft.refuse("", rule::kPrimaryDiverged,
                   fmt::format("{} takes writes, and has committed {} that {} does not hold", name,
                               counted(own.count(), "transaction"), change.from),
                   fmt::format("find out which server holds the truth; if it is {}: {}", name,
                               taking_over_by_hand(draft, name, std::string())));
      tell_errant_anew(draft);
      return true;
    }
    if (draft.may_set_read_only(name)) draft.close_first.insert(name);
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
  // A switch away from the declared primary was given up: plan_detach_the_old() mends what is left.
  if (draft.intent.from == declared && given_up_after_moving(draft)) return;
  const ServerAssessment& one = draft.assessment.of(declared);
  const auto& rivals = draft.assessment.rivals;
  if (!rivals.empty()) {
    draft.differs(declared, "primary", declared, join_names(rivals));
    draft.refuse("", rule::kPrimaryDiverged, join_names(rivals) + " take writes, each for itself",
                 "find out which one holds the truth, and make the other read-only");
    return;
  }
  const bool leads_nowhere = primary->writable()
                                 ? one.source_is_stranger || one.observed_source.empty()
                                 : draft.assessment.reference == declared;
  if (leads_nowhere) {
    draft.refuse("", rule::kForeignSource,
                 declared + " is declared the primary, but has a replication channel " +
                     channel_text(primary->channels.front()) + ", which is not declared",
                 // The channel is the only trace of a source that may be the primary.
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
    draft.refuse("", rule::kSourceOutOfSight, found->why, found->hint);
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
