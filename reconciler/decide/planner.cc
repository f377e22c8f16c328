#include "decide/planner.h"

#include <algorithm>

#include "decide/draft.h"

namespace gtidops {

Plan make_plan(const Spec& spec, const Observation& seen, const Intent& intent) {
  Draft draft(spec, seen, intent);
  draft.plan.topology = *spec.name;
  draft.plan.spec_file = spec.file;
  draft.plan.spec_digest = spec.digest;
  draft.plan.observed_at = seen.taken_at;
  for (const ServerSpec& server : spec.servers)
    if (const ServerState* state = seen.state(*server.name))
      draft.plan.versions[*server.name] = state->version;

  rules_on_specification(draft);
  rules_on_identity(draft);
  rules_on_settings(draft);
  rules_on_primary(draft);
  rules_on_channels(draft);
  rules_on_history(draft);

  plan_settings(draft);
  plan_read_only(draft);
  plan_replication_user(draft);
  plan_replicas(draft);
  plan_proof(draft);
  plan_privileges(draft);
  return std::move(draft.plan);
}

Intent learn(const Spec& spec, const Observation& seen, const Intent& intent) {
  Intent learned = intent;
  const ServerState* primary = seen.state(*spec.primary);
  bool alone = true;
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = seen.state(*server.name);
    if (*server.name != *spec.primary) alone = alone && state != nullptr && state->fenced();
    // Somebody else takes writes, so somebody else may be the primary when next it cannot be seen.
    if (state != nullptr && state->writable() &&
        state->server_uuid != learned.established_primary_uuid)
      learned.established_primary_uuid.clear();
  }
  if (alone && primary != nullptr && primary->writable() && primary->channels.empty())
    learned.established_primary_uuid = primary->server_uuid;
  return learned;
}

std::vector<const ServerSpec*> replicas_in_order(const Spec& spec) {
  std::vector<const ServerSpec*> order;
  std::vector<std::string> placed{*spec.primary};
  // The specification has no cycle, so each round places at least one server.
  for (std::size_t round = 0; round < spec.servers.size(); ++round) {
    for (const ServerSpec& server : spec.servers) {
      const auto is_placed = [&](const std::string& name) {
        return std::find(placed.begin(), placed.end(), name) != placed.end();
      };
      if (is_placed(*server.name) || !is_placed(spec.source_of(server))) continue;
      order.push_back(&server);
      placed.push_back(*server.name);
    }
  }
  return order;
}

std::string shortened(const GtidSet& set) {
  constexpr std::size_t kLongest = 200;
  const std::string text = set.to_string();
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

std::string join_names(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace gtidops
