// The part of the plan that enables scheduled events on the new primary after a change of roles.
#include <fmt/format.h>

#include <algorithm>

#include "decide/draft.h"

namespace gtidops {
namespace {

using EventStatus = ScheduledEvent::Status;

// Did this event run on another server of the topology, the old primary?
bool ran_elsewhere(const Draft& draft, const ScheduledEvent& event) {
  return std::any_of(
      draft.spec.servers.begin(), draft.spec.servers.end(), [&](const ServerSpec& server) {
        const ServerState* state = draft.seen.state(*server.name);
        if (state == nullptr || !state->details || draft.is_primary(server)) return false;
        const ScheduledEvent* there = find_event(*state->details, event.schema, event.name);
        return there != nullptr && there->status == EventStatus::kEnabled;
      });
}

// A replica that runs this event: it is a copy of the primary by CLONE, where the event is enabled.
// Empty: none. What is under way to the replica may disable it there, so it is judged when a copy
// is over (its account is still there), and otherwise when the replica has all.
std::string runs_on_a_replica(const Draft& draft, const ScheduledEvent& event) {
  const auto& accounts = draft.seen.state(draft.goal.primary)->details->copy_accounts;
  const bool after_a_copy = accounts && !accounts->empty() && draft.plan.copies.empty();
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*server.name);
    if (state == nullptr || !state->details || draft.is_primary(server) ||
        (draft.assessment.of(*server.name).missing != 0 && !after_a_copy) ||
        !will_receive(draft, server))
      continue;
    const ScheduledEvent* there = find_event(*state->details, event.schema, event.name);
    if (there != nullptr && there->status == EventStatus::kEnabled) return *server.name;
  }
  return {};
}

// While the roles are changed it is not said which server runs the events.
void plan_events_of_copies(Draft& draft, const ServerState& state) {
  if (!draft.intent.stable() || draft.change || !state.writable() || !state.channels.empty())
    return;
  const std::string& primary = draft.goal.primary;
  EnableEvents enable{primary, {}, true};
  for (const ScheduledEvent& event : *state.details->events) {
    if (event.status != EventStatus::kEnabled) continue;
    const std::string replica = runs_on_a_replica(draft, event);
    if (replica.empty()) continue;
    draft.differs(replica, fmt::format("events.{}.{}", event.schema, event.name),
                  "REPLICA_SIDE_DISABLED", "ENABLED");
    const auto why = changes_when_enabled(event);
    if (!why && state.details->may_enable_events) {
      enable.events.push_back(event);
      continue;
    }
    draft.object(
        replica, rule::kEventsDisabled,
        fmt::format("the event {}.{} runs here, too, and to enable it once more on {}, "
                    "which would end that, {}",
                    event.schema, event.name, primary,
                    why ? fmt::format("would change what it means, for {}", *why)
                        : "is not permitted to the account that gtidops uses"),
        "ALTER DEFINER = ... EVENT ... DISABLE ON REPLICA here, with super_read_only off and "
        "sql_log_bin = 0 (DISABLE ON SLAVE before 8.2)");
  }
  if (!enable.events.empty() && draft.may_touch(primary))
    draft.step(std::move(enable),
               "a copy of the primary has them enabled: they would run there as well");
}

// Where events cannot be seen, nobody can tell after the switch which of them no longer run.
void warn_of_unseen(Draft& draft, const std::string& server) {
  const ServerState* state = draft.seen.state(server);
  if (state == nullptr || !state->details || state->details->events) return;
  draft.warn(server, rule::kEventsUnknown,
             "its scheduled events cannot be seen: those that run on " + draft.change->from +
                 " will not run after the change of roles",
             "grant EVENT ON *.* (deploy/grants.sql); or look at SHOW EVENTS on the new primary "
             "then, and enable them by hand");
}

}  // namespace

void plan_events(Draft& draft) {
  draft.stage = Stage::kEvents;
  const std::string& primary = draft.goal.primary;
  const ServerState* state = draft.seen.state(primary);
  if (draft.switching()) {
    warn_of_unseen(draft, draft.change->from);
    warn_of_unseen(draft, primary);
  }
  if (state == nullptr || !state->details || !state->details->events) return;
  plan_events_of_copies(draft, *state);
  EnableEvents enable{primary, {}};
  for (const ScheduledEvent& event : *state->details->events) {
    if (event.status != EventStatus::kOnAnother || !ran_elsewhere(draft, event)) continue;
    draft.differs(primary, "events." + event.schema + "." + event.name, "ENABLED",
                  "REPLICA_SIDE_DISABLED");
    if (const auto why = changes_when_enabled(event))
      draft.object(
          primary, rule::kEventsDisabled,
          "the event " + event.schema + "." + event.name +
              ", which ran on the old primary, does not run here: to enable it would change "
              "what it means, for " +
              *why,
          "look at SHOW CREATE EVENT, and ALTER DEFINER = ... EVENT ... ENABLE by hand");
    else
      enable.events.push_back(event);
  }
  if (enable.events.empty() || !draft.may_touch(primary)) return;
  if (!state->details->may_enable_events) {
    draft.object(primary, rule::kEventsDisabled,
                 "events that ran on the old primary do not run here, and the account that gtidops "
                 "uses may not enable them",
                 "ALTER DEFINER = ... EVENT ... ENABLE by hand, or grant what deploy/grants.sql "
                 "lists for events");
    return;
  }
  draft.step(std::move(enable), "they ran on the old primary, and run nowhere now");
}

}  // namespace gtidops
