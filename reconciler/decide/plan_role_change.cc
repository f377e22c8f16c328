// The steps of a change of roles, and the way back from one that was begun and cannot be finished.
#include <fmt/format.h>

#include <algorithm>

#include "decide/writers.h"

namespace gtidops {
namespace {

// RESET REPLICA ALL deletes received transactions that are not applied yet: then the channel stays.
bool detach(Draft& draft, const std::string& server, const std::string& source, bool before_opening,
            const std::string& why) {
  const GtidSet unapplied = received_unapplied(*draft.seen.state(server));
  if (unapplied.empty()) {
    draft.step(DetachSource{server, source, before_opening}, why);
    return true;
  }
  draft.object(server, rule::kUnappliedRelayLog,
               fmt::format("it replicates from nobody, and its channel is not taken off: its relay "
                           "log holds {} transactions that it has not applied ({})",
                           unapplied.count(), shortened(unapplied)),
               "START REPLICA SQL_THREAD there and wait until it has applied them");
  return false;
}

// The announcement is an ordinary commit on the old primary. When it waits for acknowledgements, it
// is only written if enough replicas are connected to give them: otherwise the freeze would wait
// for it.
void announce(const Draft& draft, const ServerState& old, SwitchPrimary& action) {
  if (!old.writable() || !old.details || !old.details->heartbeat ||
      !heartbeat_is_safe(draft.spec, draft.seen))
    return;
  if (!semi_sync_source_that_is_on(*old.details).empty()) {
    const auto& semi_sync = old.details->semi_sync;
    if (!action.semi_sync || !semi_sync || !semi_sync->source ||
        semi_sync->source->clients.value_or(0) < semi_sync->source->wait_count)
      return;
    action.announcement_waits_for = semi_sync->source->wait_count;
  }
  action.announced_in = draft.plan.topology;
}

// The new primary is open and still has its channel. If the old primary was opened again after the
// freeze, its new commits can come by this channel only. When the channel cannot bring them, they
// are reported as errant and left to a person.
void fetch_the_rest(Draft& draft, const ServerState& state, const RoleChange& change) {
  const ServerState* old = draft.seen.state(change.from);
  const Channel* channel = state.default_channel();
  if (old == nullptr || channel == nullptr || channel->source_uuid != old->server_uuid) return;
  const GtidSet lacking = old->executed_latest().subtracted(state.executed_or_in_flight());
  const bool brings = channel->applier_error.number == 0 && never_arrives(state, *old).empty();
  if (!brings || (old->fenced() && lacking.empty())) return;
  const std::string why = fmt::format(
      "{} was opened again since the switch: what it has committed comes by this channel alone",
      change.from);
  if (channel->receiver != ThreadState::kOn || channel->applier != ThreadState::kOn)
    draft.step(StartReplica{change.to, channel->receiver == ThreadState::kConnecting}, why);
  draft.step(AwaitReplication{change.to, change.from, false}, why);
}

}  // namespace

void plan_switch(Draft& draft, std::optional<SemiSyncSwitch> semi_sync) {
  if (!draft.change || draft.all_blocked) return;
  const RoleChange& change = *draft.change;
  const std::string& declared = change.to;
  const ServerState& state = *draft.seen.state(declared);
  if (!draft.may_touch(declared)) return;
  if (!change.opened) {
    const ServerState* old = draft.seen.state(change.from);
    SwitchPrimary action;
    action.server = declared;
    action.from = change.from;
    action.server_uuid = state.server_uuid;
    action.from_uuid = old == nullptr ? draft.intent.from_uuid : old->server_uuid;
    action.from_was_open = old != nullptr && old->writable();
    action.others = change.others;
    action.may_stay_unseen = change.may_stay_unseen;
    for (const std::string& other : change.others)
      if (!draft.spec.server(other)->source.declared) action.followers.push_back(other);
    action.own = own_commits(draft.seen, change.others);
    action.limits = {*draft.spec.switchover.catch_up_timeout, *draft.spec.switchover.drain_timeout,
                     *draft.spec.switchover.long_transactions};
    action.frozen_at = change.frozen_at;
    action.semi_sync = std::move(semi_sync);
    if (old != nullptr) announce(draft, *old, action);
    draft.step(std::move(action),
               declared + " is declared the primary, and " + change.from + " acts as it");
  }
  const ServerState* old = draft.seen.state(change.from);
  if (change.opened && old != nullptr && !old->fenced() && draft.may_touch(change.from))
    draft.step(SetReadOnly{change.from, true}, "only the primary may take writes");
  const std::string no_source = "the primary replicates from nobody";
  if (!change.opened)  // the switch waits until everything is applied
    draft.step(DetachSource{declared, change.from}, no_source);
  else if (state.default_channel() != nullptr) {
    fetch_the_rest(draft, state, change);
    detach(draft, declared, change.from, false, no_source);
  }
  plan_semi_sync_of_the_old(draft);
}

bool follows_only(const Draft& draft, const std::string& server, const std::string& source) {
  const ServerState* state = draft.seen.state(server);
  return state != nullptr && state->channels.size() == 1 && state->default_channel() != nullptr &&
         draft.assessment.of(server).observed_source == source;
}

// The old primary follows the candidate, which was never opened: the intent says so, or the
// candidate still follows the old primary.
bool given_up_after_moving(const Draft& draft) {
  const Intent& intent = draft.intent;
  if (intent.stable() || intent.to == draft.goal.primary ||
      !follows_only(draft, intent.from, intent.to))
    return false;
  const ServerState& old = *draft.seen.state(intent.from);
  if (!old.fenced() || old.server_uuid != intent.from_uuid) return false;
  const ServerState* to = draft.seen.state(intent.to);
  if (to == nullptr) return intent.surely_not_committed();
  // What commits there later has to come by this channel.
  if (!intent.surely_not_committed() && prepared_xa_on(intent.to, *to)) return false;
  return to->fenced() && to->server_uuid == intent.to_uuid &&
         errant_on(*to, old).of_server(to->server_uuid).empty() &&
         (intent.surely_not_committed() || follows_only(draft, intent.to, intent.from));
}

void plan_detach_the_old(Draft& draft) {
  draft.stage = Stage::kChannelsLeft;
  if (!draft.detach_first.empty() && !draft.changes_nothing &&
      draft.blocked.count(draft.detach_first) == 0)
    detach(draft, draft.detach_first, draft.assessment.of(draft.detach_first).observed_source,
           false,
           "it is open, so it replicates from nobody: a step that was cut off left the channel");
  // The file names the old primary again, or a third server.
  if (!given_up_after_moving(draft) || !draft.may_touch(draft.intent.from)) return;
  if (draft.intent.from == draft.goal.primary)
    draft.differs(draft.intent.from, "replication.source", std::nullopt, draft.intent.to);
  detach(draft, draft.intent.from, draft.intent.to, true,
         "a switch that was given up had moved it already");
}

void plan_commit_throttle(Draft& draft) {
  draft.stage = Stage::kCommitDelay;
  const auto& throttle = draft.intent.throttle;
  if (!throttle || draft.changes_nothing) return;
  const ServerState* state = draft.seen.state(throttle->server);
  if (state == nullptr || !state->details) return;
  const auto found = state->details->variables.find("binlog_group_commit_sync_delay");
  const std::string wanted = std::to_string(throttle->microseconds);
  if (found == state->details->variables.end()) return;
  if (found->second != wanted)
    draft.differs(throttle->server, "variables.binlog_group_commit_sync_delay", wanted,
                  found->second);
  draft.step(ReleaseCommitThrottle{throttle->server, throttle->microseconds},
             "a switch of the primary raised it for a moment, and ended before it put it back");
}

// The old primary was frozen for a switch that cannot go on now, and nobody takes writes. It is
// opened again when it is certain that the candidate was never opened. This also applies when the
// file names a third server by now that cannot take over either.
void plan_undo(Draft& draft) {
  draft.stage = Stage::kWayBack;
  const Intent& intent = draft.intent;
  if (intent.stable() || draft.changes_nothing || intent.from == draft.goal.primary) return;
  const ServerState* old = draft.seen.state(intent.from);
  const bool moved = follows_only(draft, intent.from, intent.to);
  if (old == nullptr || old->server_uuid != intent.from_uuid || !old->fenced() ||
      (!old->channels.empty() && !moved) || draft.maintained.count(intent.from) > 0)
    return;
  const bool goes_on =
      std::any_of(draft.plan.steps.begin(), draft.plan.steps.end(), [&](const Step& step) {
        return std::holds_alternative<SwitchPrimary>(step.action) ||
               std::holds_alternative<OpenWrites>(step.action);
      });
  const ServerState* to = draft.seen.state(intent.to);
  if (goes_on || (to != nullptr && (to->channels.empty() || !to->fenced()))) return;
  OpenWrites open{intent.from, {}, {}, {}, old->server_uuid};
  std::vector<std::string> unsure;
  for (const ServerSpec& server : draft.spec.servers) {
    const std::string& name = *server.name;
    if (name == intent.from) continue;
    open.others.push_back(name);
    const ServerState* state = draft.seen.state(name);
    if (state == nullptr && stays_closed_unseen(draft, old, name))
      open.may_stay_unseen.push_back(name);
    else if (state == nullptr || !state->fenced())
      unsure.push_back(name);
  }
  for (TakenOut& gone : taken_out_and_perhaps_open(draft, true))
    unsure.push_back(std::move(gone.name));
  // Another server answers under the candidate's name, so the candidate itself cannot be seen.
  const bool another = to != nullptr && to->server_uuid != intent.to_uuid;
  if (another ? !intent.surely_not_committed()
              : to != nullptr && !errant_on(*to, *old).of_server(to->server_uuid).empty())
    unsure.push_back(intent.to);
  const KnownServer* known = intent.memory.of(old->server_uuid);
  if (known != nullptr && !known->lost.empty()) return;  // reported by rule_history_shrunk
  const bool said =
      intent.to != draft.goal.primary &&
      std::any_of(draft.plan.refusals.begin(), draft.plan.refusals.end(), [](const Finding& one) {
        return one.rule == rule::kSwitchUndecided || one.rule == rule::kAnotherMayBeWritable;
      });
  if (!unsure.empty() && said) return;
  if (!unsure.empty()) {
    draft.object(intent.from, rule::kSwitchUndecided,
                 "it was frozen for a switch to " + intent.to +
                     " that cannot go on, and is not opened again: " + join_names(unsure) +
                     " may have taken writes",
                 "bring " + join_names(unsure) + " up");
    return;
  }
  if (const auto prepared = prepared_beside(draft, intent.from)) {
    draft.object(intent.from, rule::kPreparedXa,
                 fmt::format("it is not opened again: {}", prepared->why), prepared->hint);
    return;
  }
  if (moved && !detach(draft, intent.from, intent.to, true, "it had been moved already")) return;
  draft.differs(intent.from, "read_only", "OFF", "ON");
  open.own = own_commits(draft.seen, open.others);
  draft.step(
      std::move(open),
      fmt::format("the switch to {} cannot go on now, and until it can nobody would take writes",
                  intent.to == draft.goal.primary ? intent.to
                                                  : fmt::format("{} was cut off, the one to {}",
                                                                intent.to, draft.goal.primary)));
}

}  // namespace gtidops
