// The part of the plan that proves that replication works: threads, GTID sets, and a write that is
// read everywhere.
#include <algorithm>
#include <variant>

#include "decide/draft.h"

namespace gtidops {
namespace {

bool changes_something(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return !std::holds_alternative<PersistReadOnly>(step.action) &&
           !std::holds_alternative<ReleaseCommitThrottle>(step.action) &&
           !std::holds_alternative<AwaitReplication>(step.action);
  });
}

template <class A>
bool plans(const Plan& plan, const std::string& server) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    const auto* action = std::get_if<A>(&step.action);
    return action != nullptr && action->server == server;
  });
}

// Does a step give it its declared source, either its own step or the one of a switch?
bool pointed(const Plan& plan, const std::string& server) {
  const bool moved = std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    const auto* point = std::get_if<PointReplica>(&step.action);
    return point != nullptr && point->server == server && !point->before_switch;
  });
  if (moved) return true;
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    const auto* change = std::get_if<SwitchPrimary>(&step.action);
    if (change == nullptr || !change->semi_sync) return false;
    const auto& late = change->semi_sync->moved_late;
    return std::any_of(late.begin(), late.end(),
                       [&](const PointReplica& one) { return one.server == server; });
  });
}

// Does the plan change only the applier's part of its channel? Then its receiver stays as it is.
bool applier_alone(const Plan& plan, const std::string& server) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    const auto* point = std::get_if<PointReplica>(&step.action);
    return point != nullptr && point->server == server && !point->before_switch &&
           point->touches().size() == 1;
  });
}

}  // namespace

std::string source_afterwards(const Draft& draft, const ServerSpec& server) {
  const std::string& name = *server.name;
  const ServerState* state = draft.seen.state(name);
  if (state == nullptr) return {};
  const std::string declared = draft.goal.source_of(server);
  if (pointed(draft.plan, name) && !applier_alone(draft.plan, name)) return declared;
  const Channel* channel = state->default_channel();
  if (channel == nullptr || !channel->filters.empty()) return {};
  const bool runs = channel_runs(*state, name) ||
                    (applier_alone(draft.plan, name) && channel->receiver == ThreadState::kOn);
  if (!runs && !plans<StartReplica>(draft.plan, name)) return {};
  return draft.assessment.of(name).observed_source;
}

bool will_receive(const Draft& draft, const ServerSpec& server) {
  const ServerSpec* at = &server;
  // The observed sources may form a ring, so the number of hops is limited.
  for (std::size_t i = 0; at != nullptr && i <= draft.spec.servers.size(); ++i) {
    if (draft.is_primary(*at)) return true;
    at = draft.spec.server(source_afterwards(draft, *at));
  }
  return false;
}

bool delayed_afterwards(const Draft& draft, const ServerSpec& server) {
  if (pointed(draft.plan, *server.name)) return draft.goal.delay_of(*server.name).count() > 0;
  const ServerState* state = draft.seen.state(*server.name);
  const Channel* channel = state == nullptr ? nullptr : state->default_channel();
  return channel == nullptr ? draft.goal.delay_of(*server.name).count() > 0
                            : channel->delay_seconds > 0;
}

bool will_receive_late(const Draft& draft, const ServerSpec& server) {
  const ServerSpec* at = &server;
  for (std::size_t i = 0; at != nullptr && !draft.is_primary(*at) && i < draft.spec.servers.size();
       ++i) {
    if (delayed_afterwards(draft, *at)) return true;
    at = draft.spec.server(source_afterwards(draft, *at));
  }
  return false;
}

namespace {

bool proven(const Draft& draft, const ServerSpec& server) {
  if (will_receive_late(draft, server)) return true;
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  const ServerState* state = draft.seen.state(*server.name);
  if (!primary->details || !state->details || !primary->details->heartbeat) return false;
  return state->details->heartbeat &&
         state->details->heartbeat->server_uuid == primary->server_uuid;
}

}  // namespace

void plan_proof(Draft& draft) {
  draft.stage = Stage::kProof;
  const std::string& primary = draft.goal.primary;
  if (!draft.may_touch(primary) || draft.spec.servers.size() < 2) return;
  std::vector<const ServerSpec*> replicating;
  bool all_proven = true;
  for (const ServerSpec* server : replicas_in_order(draft.spec, draft.goal)) {
    // Waiting for a write that cannot arrive would only take time.
    if (!draft.may_touch(*server->name) || draft.fetching.count(*server->name) > 0 ||
        !will_receive(draft, *server) || !gap_of(draft, *server).empty())
      continue;
    replicating.push_back(server);
    if (proven(draft, *server)) continue;
    all_proven = false;
    draft.differs(*server->name, "replication.proof", "a write on " + primary + " read here",
                  std::nullopt);
  }
  const bool safe = heartbeat_is_safe(draft.spec, draft.seen);
  if (replicating.empty() || ((all_proven || !safe) && !changes_something(draft.plan))) return;

  const ServerState& state = *draft.seen.state(primary);
  Canary canary;
  canary.server = primary;
  canary.server_uuid = state.server_uuid;
  canary.topology = *draft.spec.name;
  canary.create_table = !state.details || !state.details->heartbeat;
  for (const ServerSpec* server : replicating) {
    draft.step(AwaitReplication{*server->name, source_afterwards(draft, *server),
                                delayed_afterwards(draft, *server)},
               "what was done is verified before it is called done");
    if (!will_receive_late(draft, *server)) canary.replicas.push_back(*server->name);
  }
  if (safe && !canary.replicas.empty())
    draft.step(std::move(canary), "a write on the primary must be read on every replica");
}

}  // namespace gtidops
