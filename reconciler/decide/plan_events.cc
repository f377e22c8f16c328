// The part of the plan that enables scheduled events on the new primary after a change of roles.
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
