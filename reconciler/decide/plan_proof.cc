// The part of the plan that proves that replication works: threads, GTID sets, and a write that is read everywhere.
#include <algorithm>
#include <variant>

#include "decide/draft.h"

namespace gtidops {
namespace {

bool changes_something(const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return !std::holds_alternative<PersistReadOnly>(step.action) && !std::holds_alternative<AwaitReplication>(step.action);
  });
}

template <class A>
bool plans(const Plan& plan, const std::string& server) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
    const auto* action = std::get_if<A>(&step.action);
    return action != nullptr && action->server == server;
  });
}

// Whom this server will replicate from when the plan is done; empty when it will not.
std::string source_afterwards(const Draft& draft, const ServerSpec& server) {
  const std::string& name = *server.name;
  const ServerState* state = draft.seen.state(name);
  if (state == nullptr) return {};
  const std::string declared = draft.spec.source_of(server);
  if (plans<PointReplica>(draft.plan, name)) return declared;
  const Channel* channel = state->default_channel();
  if (channel == nullptr || !channel->filters.empty()) return {};
  if (!channel_runs(*state, name) && !plans<StartReplica>(draft.plan, name)) return {};
  return draft.assessment.of(name).observed_source;
}

// Can a write on the primary be expected to arrive? To wait for one that cannot would only take time.
bool will_replicate(const Draft& draft, const ServerSpec& server) {
  if (!draft.may_touch(*server.name)) return false;
  const ServerSpec* at = &server;
  for (std::size_t i = 0; i < draft.spec.servers.size(); ++i) {
    at = draft.spec.server(source_afterwards(draft, *at));
    if (at == nullptr) return false;
    if (draft.is_primary(*at)) return true;
  }
  return false;
}

bool proven(const Draft& draft, const ServerSpec& server) {
  if (delayed_on_purpose(draft.spec, server)) return true;
  const ServerState* primary = draft.seen.state(*draft.spec.primary);
  const ServerState* state = draft.seen.state(*server.name);
  if (!primary->details || !state->details || !primary->details->heartbeat) return false;
  return state->details->heartbeat && state->details->heartbeat->server_uuid == primary->server_uuid;
}

}  // namespace

void plan_proof(Draft& draft) {
  const std::string& primary = *draft.spec.primary;
  if (!draft.may_touch(primary) || draft.spec.servers.size() < 2) return;
  std::vector<const ServerSpec*> replicating;
  bool all_proven = true;
  for (const ServerSpec* server : replicas_in_order(draft.spec)) {
    if (!will_replicate(draft, *server)) continue;
    replicating.push_back(server);
    if (proven(draft, *server)) continue;
    all_proven = false;
    draft.differs(*server->name, "replication.proof", "a write on " + primary + " read here", std::nullopt);
  }
  if (replicating.empty() || (all_proven && !changes_something(draft.plan))) return;

  const ServerState& state = *draft.seen.state(primary);
  Canary canary;
  canary.server = primary;
  canary.server_uuid = state.server_uuid;
  canary.topology = *draft.spec.name;
  canary.create_table = !state.details || !state.details->heartbeat;
  for (const ServerSpec* server : replicating) {
    const bool delayed = server->delay->count() > 0;
    draft.step(AwaitReplication{*server->name, draft.spec.source_of(*server), delayed},
               "what was done is verified before it is called done");
    if (!delayed_on_purpose(draft.spec, *server)) canary.replicas.push_back(*server->name);
  }
  if (!canary.replicas.empty()) draft.step(std::move(canary), "a write on the primary must be read on every replica");
}

}  // namespace gtidops
