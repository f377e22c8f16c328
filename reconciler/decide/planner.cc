#include "decide/planner.h"

#include <fmt/format.h>

#include <algorithm>

#include "decide/draft.h"
#include "decide/edges.h"
#include "decide/goal.h"
#include "decide/remember.h"
#include "decide/writers.h"

namespace gtidops {

namespace {

// Puts the refusals that cause others first. While the primary's identity is refused,
// primary-behind and errant-transactions are dropped: they say that a wrong server holds less than
// the replicas, and their hints would lead a person to open a replica beside the real primary.
void put_causes_first(Plan& plan) {
  const auto is_cause = [&](const Finding& one) {
    return one.rule == rule::kPrimaryIdentity ||
           (one.rule == rule::kHistoryShrunk && one.server == plan.goal.primary);
  };
  const bool unknown =
      std::any_of(plan.refusals.begin(), plan.refusals.end(),
                  [](const Finding& one) { return one.rule == rule::kPrimaryIdentity; });
  if (unknown)
    std::erase_if(plan.refusals, [](const Finding& one) {
      return one.rule == rule::kPrimaryBehind || one.rule == rule::kErrantTransactions;
    });
  std::stable_partition(plan.refusals.begin(), plan.refusals.end(), is_cause);
}

// No step needs the replication user's password now, but moving a replica in an emergency will.
void warn_of_the_secret(Draft& draft) {
  const auto told = [](const Finding& one) { return one.rule == rule::kReplicationSecret; };
  const auto& trouble = draft.seen.replication_secret;
  if (trouble && std::none_of(draft.plan.refusals.begin(), draft.plan.refusals.end(), told) &&
      std::none_of(draft.plan.warnings.begin(), draft.plan.warnings.end(), told))
    draft.warn("", rule::kReplicationSecret, trouble->why, "look at replication.user.passwordFrom");
}

Plan plan_for(const Spec& spec, const Goal& goal, const Observation& seen, const Intent& intent) {
  Draft draft(spec, goal, seen, intent);
  draft.plan.topology = *spec.name;
  draft.plan.goal = goal;
  draft.plan.spec_file = spec.file;
  draft.plan.spec_digest = spec.digest;
  draft.plan.spec_revision = spec.revision;
  draft.plan.observed_at = seen.taken_at;
  draft.plan.intent = intent;
  for (const ServerSpec& server : spec.servers)
    if (const ServerState* state = seen.state(*server.name))
      draft.plan.versions[*server.name] = state->version;

  rules_on_specification(draft);
  rules_on_identity(draft);
  rules_on_settings(draft);
  rules_on_primary(draft);
  rules_on_channels(draft);
  rule_copies_under_way(draft);
  rules_on_history(draft);
  rules_on_memory(draft);
  rules_on_role_change(draft);
  rules_on_password(draft);

  plan_commit_throttle(draft);
  plan_detach_the_old(draft);
  plan_settings(draft);
  plan_semi_sync_at_once(draft);
  plan_read_only(draft);
  plan_replication_user(draft);
  // What needs a copy may get one below, with the account.
  if (draft.curable.empty()) plan_drop_copy_account(draft);
  plan_replicas(draft);
  plan_proof(draft);
  plan_events(draft);
  plan_semi_sync_of_the_new(draft);
  plan_semi_sync(draft);
  plan_provisioning(draft);
  plan_privileges(draft);
  plan_prune_users(draft);
  plan_undo(draft);
  warn_of_the_secret(draft);
  mark_acknowledgers(draft);
  withhold_steps(draft);
  put_causes_first(draft.plan);
  return std::move(draft.plan);
}

// The established primary came back from a restart closed, while the file asks for a change of
// roles that is refused for now. Until the change can be done, that server takes the writes again,
// on the same terms as if it were declared. It stays closed where a person closed it, or while the
// declared primary is unreachable, which a person may have opened and then declared.
void open_meanwhile(const Spec& spec, const Observation& seen, const Intent& intent, Plan& plan) {
  if (!intent.stable() || plan.goal.because != PrimaryBecause::kDeclared ||
      seen.state(plan.goal.primary) == nullptr)
    return;
  std::string acting;
  for (const auto& [name, look] : seen.servers) {
    const ServerState* state = seen.state(name);
    if (state == nullptr) continue;
    if (!state->fenced()) return;
    if (state->server_uuid == intent.established_primary_uuid && state->channels.empty() &&
        restarted_since_open(intent.memory, *state))
      acting = name;
  }
  const bool goes_on = std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return std::holds_alternative<SwitchPrimary>(step.action) ||
           std::holds_alternative<OpenWrites>(step.action);
  });
  if (acting.empty() || acting == plan.goal.primary || goes_on) return;
  Plan as_it_was =
      plan_for(spec, goal_with_primary(spec, acting, PrimaryBecause::kDeclared), seen, intent);
  for (Finding& refusal : as_it_was.refusals)
    if (refusal.server == acting &&
        std::find(plan.refusals.begin(), plan.refusals.end(), refusal) == plan.refusals.end())
      plan.refusals.push_back(std::move(refusal));
  for (Step& step : as_it_was.steps) {
    const auto* open = std::get_if<OpenWrites>(&step.action);
    if (open == nullptr || open->server != acting) continue;
    plan.differences.push_back({acting, "read_only", "OFF", "ON"});
    step.id = static_cast<int>(plan.steps.size()) + 1;
    step.stage = Stage::kWayBack;
    step.why = fmt::format(
        "it was the primary before it was restarted; {} cannot take over now, and until it can "
        "nobody would take writes",
        plan.goal.primary);
    plan.steps.push_back(std::move(step));
  }
}

// The third server that another controller has made the primary in the middle of a change of roles.
// It is open and has no channel, every other server is seen closed, and it holds all that any of
// them has executed or received. nullptr: there is none.
const ServerState* opened_instead(const Observation& seen, const Intent& intent) {
  if (intent.stable() || seen.state(intent.from) == nullptr || seen.state(intent.to) == nullptr)
    return nullptr;
  const ServerState* third = nullptr;
  GtidSet all = intent.frozen_at;
  for (const auto& [name, look] : seen.servers) {
    const ServerState* state = seen.state(name);
    if (state == nullptr) return nullptr;
    all = all.united(state->gtid_executed);
    for (const Channel& channel : state->channels) all = all.united(channel.retrieved);
    if (state->fenced()) continue;
    if (third != nullptr || !state->writable() || !state->channels.empty() || name == intent.from ||
        name == intent.to)
      return nullptr;
    third = state;
  }
  return third != nullptr && third->executed_latest().contains(all) ? third : nullptr;
}

}  // namespace

Intent intent_by_evidence(const Observation& seen, const Intent& intent) {
  if (const ServerState* third = opened_instead(seen, intent)) {
    Intent proven = intent;
    proven.established_primary_uuid = third->server_uuid;
    proven.settle();
    return proven;
  }
  const ServerState* from = seen.state(intent.from);
  const ServerState* to = seen.state(intent.to);
  if (!intent.may_have_committed || from == nullptr || to == nullptr || !from->fenced() ||
      from->server_uuid != intent.from_uuid || to->server_uuid != intent.to_uuid ||
      !to->gtid_executed.contains(from->executed_latest()))
    return intent;
  if (!to->writable() && errant_on(*to, *from).of_server(to->server_uuid).empty()) return intent;
  Intent proven = intent;
  proven.phase = Intent::Phase::kCommitted;
  proven.may_have_committed = false;
  proven.frozen_at = from->gtid_executed;
  proven.established_primary_uuid = intent.to_uuid;
  return proven;
}

Plan make_plan(const Spec& spec, const Observation& seen, const Intent& known) {
  Intent intent = intent_by_evidence(seen, known);
  // The rules judge by the memory, so it must hold this look before they are called.
  intent.memory = remembered(spec, seen, intent);
  Plan plan = plan_for(spec, goal_of(spec, seen, intent), seen, intent);
  open_meanwhile(spec, seen, intent, plan);
  link_steps(plan);
  return plan;
}

namespace {

// The change of roles is over when `from` or `to` is open and has no channel, and the other one is
// closed: whatever is left to do is then ordinary drift.
void settle_role_change(const Spec& spec, const Observation& seen, Intent& intent) {
  const ServerState* from = seen.state(intent.from);
  const ServerState* to = seen.state(intent.to);
  const auto open = [](const ServerState* state, const std::string& uuid) {
    return state != nullptr && state->server_uuid == uuid && state->writable() &&
           state->channels.empty();
  };
  if (open(to, intent.to_uuid) && (from == nullptr || from->fenced())) {
    // An old primary that is unreachable was frozen by this change, and boots read-only.
    intent.established_primary_uuid = intent.to_uuid;
    intent.settle();
  } else if (open(from, intent.from_uuid) && to != nullptr && to->fenced()) {
    intent.settle();
  } else if (spec.server(intent.to) == nullptr) {
    // The candidate is lost and no longer declared, and a person has opened another server.
    const ServerState* primary = seen.state(*spec.primary);
    if (primary != nullptr && primary->writable() && primary->channels.empty() &&
        primary->server_uuid == intent.established_primary_uuid &&
        (from == nullptr || from == primary || from->fenced()))
      intent.settle();
  }
}

// Was a replica opened that is a replica still? It follows the established primary, which is open
// itself, and it holds nothing beyond that one. Intent::super_read_only_off remembers that it was
// open.
bool is_open_replica(const Spec& spec, const Observation& seen, const std::string& established,
                     const ServerState& state) {
  const Channel* channel = state.default_channel();
  if (!state.writable() || channel == nullptr || established.empty() ||
      channel->source_uuid != established)
    return false;
  return std::any_of(spec.servers.begin(), spec.servers.end(), [&](const ServerSpec& server) {
    const ServerState* primary = seen.state(*server.name);
    return primary != nullptr && primary->server_uuid == established && primary->writable() &&
           primary->channels.empty() &&
           primary->executed_or_in_flight().contains(state.executed_latest());
  });
}

}  // namespace

Intent intent_after_look(const Spec& spec, const Observation& seen, const Intent& known) {
  const Intent intent = intent_by_evidence(seen, known);
  Intent learned = intent;
  const std::string& declared = *spec.primary;
  const ServerState* primary = seen.state(declared);
  const bool stranger = is_stranger(spec, seen, intent, declared);
  const auto merely_opened = [&, established =
                                     intent.established_primary_uuid](const ServerState& state) {
    return is_open_replica(spec, seen, established, state);
  };
  bool alone = true;
  for (const ServerSpec& server : spec.servers) {
    const ServerState* state = seen.state(*server.name);
    if (*server.name != declared) alone = alone && state != nullptr && state->fenced();
    // While another server takes writes, none counts as established: either may be the primary.
    if (state != nullptr && state->writable() && !(stranger && state == primary) &&
        state->server_uuid != learned.established_primary_uuid && !merely_opened(*state))
      learned.established_primary_uuid.clear();
  }
  const bool open = primary != nullptr && primary->writable() && primary->channels.empty();
  // Replicas that are connected to a source out of sight may be connected to the real primary.
  const bool known_to_us = intent.established_primary_uuid == (open ? primary->server_uuid : "");
  if (open && alone && !stranger &&
      (known_to_us || !another_is_followed(seen, primary->server_uuid)))
    learned.established_primary_uuid = primary->server_uuid;
  if (!intent.stable()) settle_role_change(spec, seen, learned);
  note_open_servers(spec, seen, learned);
  // The throttle is kept even if the old value shows again: a statement that raises it may still
  // land.
  if (learned.throttle && spec.server(learned.throttle->server) == nullptr)
    learned.throttle.reset();
  learned.memory = remembered(spec, seen, learned);
  if (learned != known && !merely_grew(known, learned, seen.taken_at))
    learned.memory.noted_at = seen.taken_at;
  return learned;
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
