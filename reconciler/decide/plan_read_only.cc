// The part of the plan that says which server may write: first all others are made read-only, then
// the primary is opened.
#include <fmt/format.h>

#include "decide/hints.h"
#include "decide/remember.h"
#include "decide/writers.h"

namespace gtidops {
namespace {

void plan_freeze(Draft& draft, const ServerSpec& server) {
  const ServerState* state = draft.seen.state(*server.name);
  if (state == nullptr || state->fenced()) return;
  // The step switch_primary freezes the old primary itself.
  if (draft.change && draft.change->from == *server.name) return;
  draft.differs(*server.name, "super_read_only", "ON", "OFF");
  if (!draft.may_touch(*server.name) && draft.close_first.count(*server.name) == 0) return;
  const bool replica = draft.assessment.of(*server.name).role == Role::kReplica;
  draft.step(SetReadOnly{*server.name, !replica},
             state->read_only ? "only read_only is ON: an administrator's session could still write"
                              : "only the primary may take writes");
}

bool refused_beside_those_taken_out(Draft& draft, const std::string& server, bool established) {
  const auto gone = taken_out_and_perhaps_open(draft, established);
  for (const TakenOut& one : gone)
    draft.refuse(
        server, rule::kAnotherMayBeWritable,
        fmt::format("it is not opened for writes, because {}, may still take some", told(one)),
        fmt::format("{}; only when it is certain that it will never take writes again, open {} by "
                    "hand: SET GLOBAL super_read_only = OFF, read_only = OFF",
                    one.hint, server));
  return !gone.empty();
}

void plan_open(Draft& draft, const ServerSpec& server) {
  const ServerState* state = draft.seen.state(*server.name);
  if (state == nullptr || draft.switching()) return;
  OpenWrites open{*server.name, {}, {}, {}, state->server_uuid};
  const Intent& intent = draft.intent;
  // The server that may be opened while others are unseen. In a change of roles: the candidate when
  // it is committed, the old primary while it surely is not.
  const std::string& known = intent.stable() ? intent.established_primary_uuid
                             : intent.phase == Intent::Phase::kCommitted ? intent.to_uuid
                             : intent.surely_not_committed()             ? intent.from_uuid
                                                                         : std::string();
  const bool known_one = !known.empty() && known == state->server_uuid;
  const bool established = known_one && intent.stable() &&
                           !closed_by_somebody(intent.memory, *state) &&
                           !successor_is_out_of_sight(draft.seen, *state);
  const auto stays_closed = [&](const std::string& name) {
    return intent.stable() ? established && !intent.may_be_open(name)
                           : known_one && stays_closed_unseen(draft, state, name);
  };
  std::vector<std::string> in_the_way;
  for (const ServerSpec& other : draft.spec.servers) {
    if (&other == &server) continue;
    open.others.push_back(*other.name);
    const ServerState* seen = draft.seen.state(*other.name);
    // When replicas follow an unseen server that the file does not declare as their source,
    // somebody promoted it by hand, and it may take writes.
    if (seen == nullptr && stays_closed(*other.name) && !leads_undeclared(draft, *other.name))
      open.may_stay_unseen.push_back(*other.name);
    else if (seen == nullptr || (!seen->fenced() && !draft.may_set_read_only(*other.name)))
      in_the_way.push_back(*other.name);
  }
  if (state->writable()) {
    // A server without a history in common takes none of this topology's writes.
    for (const std::string& other : in_the_way)
      // One server under two names is reported by another rule.
      if (draft.seen.state(other) != nullptr &&
          draft.seen.state(other)->instance != state->instance &&
          draft.assessment.of(other).shares_history && !ignores(draft.spec, other, kReadOnlyObject))
        draft.object(
            other, rule::kTwoWritableServers,
            draft.seen.state(other)->writable()
                ? "it takes writes, as the primary does, and may not be touched"
                : "its super_read_only is OFF, so that an administrator's session can write there, "
                  "and "
                  "it may not be touched",
            two_writable_hint(other, *server.name));
    return;
  }
  draft.differs(*server.name, "read_only", "OFF", "ON");
  if (!draft.may_touch(*server.name)) return;
  if (const auto found = beside_a_live_source(draft, "it is not opened for writes", true)) {
    draft.refuse(*server.name, rule::kSourceOutOfSight, found->why, found->hint);
    return;
  }
  if (refused_beside_those_taken_out(draft, *server.name, established || !intent.stable())) return;
  if (!in_the_way.empty()) {
    draft.refuse(
        *server.name, rule::kAnotherMayBeWritable,
        "it is not opened for writes, because " + join_names(in_the_way) + " may still take some",
        kMayBeOpenHint);
    return;
  }
  if (const auto prepared = prepared_beside(draft, *server.name)) {
    draft.object(*server.name, rule::kPreparedXa,
                 fmt::format("it is not opened for writes: {}", prepared->why), prepared->hint);
    return;
  }
  open.own = own_commits(draft.seen, open.others);
  draft.step(std::move(open), "the primary is read-only");
}

}  // namespace

void plan_read_only(Draft& draft) {
  draft.stage = Stage::kWriters;
  for (const ServerSpec* server : replicas_in_order(draft.spec, draft.goal))
    plan_freeze(draft, *server);
  const ServerSpec* primary = draft.spec.server(draft.goal.primary);
  if (primary == nullptr) return;
  // Until it takes over, the candidate is a replica like the others.
  if (draft.switching()) plan_freeze(draft, *primary);
  plan_open(draft, *primary);
}

}  // namespace gtidops
