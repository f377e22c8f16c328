// Semi-synchronous replication during a change of roles: which replicas may move when, and which
// server has which side afterwards.
#include <algorithm>
#include <limits>

#include "decide/draft.h"

namespace gtidops {
namespace {

// Is it declared on, and do both servers have both plugins?
bool concerned(const Draft& draft) {
  const auto& declared = draft.spec.replication.semi_sync;
  if (!declared || !*declared->enabled || !draft.change) return false;
  const SemiSync* from = semi_sync_of(draft, draft.change->from);
  const SemiSync* to = semi_sync_of(draft, draft.change->to);
  return from != nullptr && to != nullptr && from->source && from->replica && to->source &&
         to->replica;
}

bool may_acknowledge(const Draft& draft, const std::string& server) {
  const SemiSync* seen = semi_sync_of(draft, server);
  return seen != nullptr && seen->replica && seen->replica->enabled;
}

// Replicas of the old primary that acknowledge, without the candidate.
std::size_t acknowledgers_of_the_old(const Draft& draft) {
  std::size_t count = 0;
  for (const ServerSpec& server : draft.spec.servers) {
    const std::string& name = *server.name;
    const ServerState* state = draft.seen.state(name);
    if (name != draft.change->to && state != nullptr && may_acknowledge(draft, name) &&
        draft.assessment.of(name).observed_source == draft.change->from &&
        channel_runs(*state, name))
      ++count;
  }
  return count;
}

// Replicas that will follow the new primary and acknowledge, after the steps planned so far.
std::size_t acknowledgers_of_the_new(const Draft& draft) {
  std::size_t count = 0;
  for (const ServerSpec* server : replicas_in_order(draft.spec, draft.goal))
    if (may_acknowledge(draft, *server->name) &&
        source_afterwards(draft, *server) == draft.change->to)
      ++count;
  return count;
}

int wanted(const Draft& draft) { return *draft.spec.replication.semi_sync->wait_for_replicas; }

}  // namespace

std::string semi_sync_source_that_is_on(const Details& details) {
  for (const bool old_names : {false, true}) {
    const std::string name = semi_sync_source_enabled(old_names);
    const auto found = details.variables.find(name);
    if (found != details.variables.end() && (found->second == "ON" || found->second == "1"))
      return name;
  }
  return {};
}

void mark_acknowledgers(Draft& draft) {
  const auto waits = [](const auto& one) {
    const auto* state = std::get_if<ServerState>(&one.second);
    return state != nullptr && state->details &&
           !semi_sync_source_that_is_on(*state->details).empty();
  };
  const bool waited_for =
      std::any_of(draft.seen.servers.begin(), draft.seen.servers.end(), waits) ||
      std::any_of(draft.goal.servers.begin(), draft.goal.servers.end(),
                  [](const auto& one) { return one.second.semi_sync_source; });
  for (Step& step : draft.plan.steps)
    if (auto* point = std::get_if<PointReplica>(&step.action)) point->acknowledges = waited_for;
}

// nullptr: semi-synchronous replication of this server cannot be read.
const SemiSync* semi_sync_of(const Draft& draft, const std::string& server) {
  const ServerState* state = draft.seen.state(server);
  if (state == nullptr || !state->details || !state->details->semi_sync) return nullptr;
  return &*state->details->semi_sync;
}

std::size_t may_move_before(const Draft& draft) {
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  if (!draft.switching() || !concerned(draft)) return kAll;
  const SemiSync::Source& source = *semi_sync_of(draft, draft.change->from)->source;
  const ServerState* old = draft.seen.state(draft.change->from);
  if (!source.enabled || old == nullptr || old->fenced()) return kAll;
  // The candidate acknowledges too, so one other replica less must stay.
  const auto kept = static_cast<std::size_t>(std::max(0, source.wait_count - 1));
  const std::size_t there = acknowledgers_of_the_old(draft);
  return there > kept ? there - kept : 0;
}

std::optional<SemiSyncSwitch> semi_sync_of_switch(const Draft& draft, std::size_t& lacking) {
  lacking = 0;
  if (!concerned(draft)) return std::nullopt;
  const ServerState& old = *draft.seen.state(draft.change->from);
  const ServerState& now = *draft.seen.state(draft.change->to);
  SemiSyncSwitch semi_sync;
  // The new primary may still be set to wait for more replicas than are declared.
  semi_sync.acknowledgers =
      std::max(wanted(draft), semi_sync_of(draft, draft.change->to)->source->wait_count);
  semi_sync.source_from = semi_sync_source_enabled(old_semi_sync_source(old));
  semi_sync.source_to = semi_sync_source_enabled(old_semi_sync_source(now));
  semi_sync.replica_from = semi_sync_replica_enabled(old_semi_sync_replica(old));
  const std::size_t there = acknowledgers_of_the_new(draft);
  const auto count = static_cast<std::size_t>(semi_sync.acknowledgers);
  lacking = count > there ? count - there : 0;
  return semi_sync;
}

void plan_semi_sync_of_the_old(Draft& draft) {
  if (!concerned(draft) || !draft.may_touch(draft.change->from)) return;
  const std::string& from = draft.change->from;
  const ServerState& old = *draft.seen.state(from);
  draft.step(SetSemiSyncSource{from, false, 0, old_semi_sync_source(old)},
             "it is the primary no more: its applier would wait for acknowledgements");
  draft.step(SetSemiSyncReplica{from, true, old_semi_sync_replica(old)},
             "its source shall be able to count on it");
}

void plan_semi_sync_of_the_new(Draft& draft) {
  draft.stage = Stage::kSemiSync;
  if (!concerned(draft) || !draft.may_touch(draft.change->to)) return;
  const std::string& to = draft.change->to;
  const ServerState& now = *draft.seen.state(to);
  draft.step(SetSemiSyncReplica{to, false, old_semi_sync_replica(now)},
             "the primary has nobody to acknowledge to");
  const int count = std::max(wanted(draft), semi_sync_of(draft, to)->source->wait_count);
  // The old primary acknowledges from now on, too.
  const bool old_follows = source_afterwards(draft, *draft.spec.server(draft.change->from)) == to;
  const std::size_t there = acknowledgers_of_the_new(draft) +
                            (old_follows && !may_acknowledge(draft, draft.change->from) ? 1 : 0);
  if (there < static_cast<std::size_t>(count)) return;
  draft.step(AwaitAcknowledgers{to, count},
             "a commit must not wait for replicas that are not there yet");
  draft.step(SetSemiSyncSource{to, true, count, old_semi_sync_source(now)},
             "a commit shall wait until " + std::to_string(count) +
                 (count == 1 ? " replica has it" : " replicas have it"));
}

}  // namespace gtidops
