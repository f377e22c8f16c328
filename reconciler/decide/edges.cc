#include "decide/edges.h"

#include <fmt/format.h>

#include <algorithm>

namespace gtidops {
namespace {

template <class... Kinds>
bool is_one_of(const Action& action) {
  return (std::holds_alternative<Kinds>(action) || ...);
}

bool opens(const Action& action) { return is_one_of<OpenWrites, SwitchPrimary>(action); }

// The steps on the primary that the steps on all other servers need: it must be the primary, use
// GTIDs, and have the account that receivers log in with. Its other steps (persisted settings,
// semi-synchronous replication, the heartbeat's table) concern only the primary.
bool others_rest_on(const Action& primarys) {
  return is_one_of<SetGtidMode, SetServerId, SetReadOnly, OpenWrites, CreateReplicationUser,
                   GrantReplication, SwitchPrimary, DetachSource>(primarys);
}

bool rests_on(const Plan& plan, const Action& later, const Action& earlier) {
  if (!later_steps_need(earlier)) return false;
  // Only copies need the account for copies, and the plugin; and without the plugin no account is
  // created.
  if (is_one_of<LoadClone>(earlier) && is_one_of<CreateCopyAccount>(later)) return true;
  if (is_one_of<CreateCopyAccount, LoadClone>(earlier) && !is_one_of<StartCopy>(later))
    return false;
  if (is_one_of<CreateCopyAccount>(earlier)) return true;
  const std::string& server = server_of(earlier);
  if (server_of(later) == server) return true;
  // A channel that stays as it is can be started whoever takes writes.
  if (is_one_of<OpenWrites>(earlier) && is_one_of<StartReplica>(later)) return false;
  if (server == plan.goal.primary) return others_rest_on(earlier);
  // OpenWrites and SwitchPrimary check the other servers themselves, right before they open one.
  if (opens(later)) return false;
  const std::vector<std::string> touched = touches(later);
  return std::find(touched.begin(), touched.end(), server) != touched.end();
}

// MySQL accepts channel options that cannot work, and only the threads show it. So each option is
// tried before the primary is changed. The replicas that move under the candidate before the switch
// prove that it can be reached and accepts their login: if none of them could move, the switch
// would leave the new primary without a replica. This is not required when the old primary is
// frozen already.
void link_switch(const Plan& plan, Step& step, const SwitchPrimary& change) {
  Need one_moved{{}, fmt::format("no replica could be moved below {}", change.server)};
  for (const Step& earlier : plan.steps) {
    if (earlier.id >= step.id) break;
    const auto* point = std::get_if<PointReplica>(&earlier.action);
    if (point == nullptr) continue;
    if (point->before_switch)
      step.needs.push_back(
          {{earlier.id}, "what is declared in replication.options could not be put in force"});
    else if (point->source == change.server && !change.frozen_at)
      one_moved.one_of.push_back(earlier.id);
  }
  if (!one_moved.one_of.empty()) step.needs.push_back(std::move(one_moved));
}

}  // namespace

void link_steps(Plan& plan) {
  for (Step& step : plan.steps) {
    step.needs.clear();
    if (const auto* change = std::get_if<SwitchPrimary>(&step.action))
      link_switch(plan, step, *change);
    for (const Step& earlier : plan.steps) {
      if (earlier.id >= step.id) break;
      if (rests_on(plan, step.action, earlier.action)) step.needs.push_back({{earlier.id}, ""});
    }
  }
}

}  // namespace gtidops
