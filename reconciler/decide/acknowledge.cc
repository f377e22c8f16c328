// What a person has acknowledged is removed from the memory (decide/remember.h).
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/words.h"
#include "decide/hints.h"
#include "decide/planner.h"
#include "decide/remember.h"
#include "model/rules.h"

namespace gtidops {

namespace {

const Finding* find_refusal(const Plan& plan, const Acknowledgement& asked) {
  const auto found = std::find_if(
      plan.refusals.begin(), plan.refusals.end(),
      [&](const Finding& one) { return one.rule == asked.rule && one.server == asked.server; });
  return found == plan.refusals.end() ? nullptr : &*found;
}

// The primary may give the numbers of its lost transactions to new ones, but the other servers hold
// the old transactions under these numbers. A server that cannot be seen may have received more of
// them than any look has shown.
void renumber_others(const Observation& seen, const std::string& primary, Memory& memory) {
  const GtidSet lost = memory.servers[primary].lost;
  for (auto& [uuid, other] : memory.servers) {
    if (uuid == primary) continue;
    other.renumbered = other.renumbered.united(other.executed.intersected(lost));
    if (!seen.sees(uuid)) other.perhaps_renumbered = other.perhaps_renumbered.united(lost);
  }
}

}  // namespace

Result<Intent> acknowledge(const Spec& spec, const Observation& seen, const Intent& known,
                           Acknowledgement asked) {
  const ServerState* state = seen.state(asked.server);
  if (state == nullptr)
    return fail(ErrorCode::kRefused, asked.server + " cannot be read: who it is must be seen");
  const Finding* refusal = nullptr;
  const Plan plan = make_plan(spec, seen, known);
  if (asked.rule == rule::kHistoryShrunk || asked.rule == rule::kFilteredOnce ||
      asked.rule == rule::kPrimaryIdentity)
    refusal = find_refusal(plan, asked);
  if (refusal == nullptr)
    return fail(
        ErrorCode::kRefused,
        "nothing is refused about " + asked.server + " by the rule " + asked.rule +
            " that could be acknowledged, as this state directory remembers it: a daemon has "
            "its own (--state-dir)");
  Intent intent = intent_by_evidence(seen, known);
  if (asked.rule == rule::kPrimaryIdentity) {
    // The server that had this name before is not in the topology any more.
    for (auto& [uuid, server] : intent.memory.servers) {
      if (server.name != asked.server) continue;
      server.name.clear();
      server.last_open = server.perhaps_open = false;
    }
    intent.memory.servers[state->server_uuid].name = asked.server;
    intent.established_primary_uuid = state->server_uuid;
  }
  intent.memory = remembered(spec, seen, intent);
  KnownServer& one = intent.memory.servers[state->server_uuid];
  if (asked.rule == rule::kHistoryShrunk && asked.server != plan.goal.primary)
    if (const GtidSet skipped = would_skip(one, *state, seen.state(plan.goal.primary));
        !skipped.empty())
      return fail(
          ErrorCode::kRefused,
          fmt::format("{} holds {} under numbers that {} will give to others, which it "
                      "would skip ({}): provision it anew; or, {}",
                      asked.server, counted(skipped.count(), "transaction"), plan.goal.primary,
                      shortened(skipped), equal_data_hint(plan.goal.primary)));
  if (asked.rule == rule::kHistoryShrunk) {
    if (asked.server == plan.goal.primary) renumber_others(seen, state->server_uuid, intent.memory);
    one.lost = one.shrunk = one.renumbered = {};
  }
  if (asked.rule == rule::kFilteredOnce) one.filters.clear();
  asked.server_uuid = state->server_uuid;
  asked.what = refusal->why;
  auto& all = intent.memory.acknowledged;
  all.push_back(std::move(asked));
  if (all.size() > kAcknowledgementsKept) all.erase(all.begin());
  intent.memory.noted_at = seen.taken_at;
  return intent;
}

}  // namespace gtidops
