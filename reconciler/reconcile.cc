#include "reconcile.h"

#include "decide/planner.h"
#include "decide/remember.h"
#include "decide/writers.h"
#include "execute/observe.h"
#include "execute/run_memory.h"

namespace gtidops {
namespace {

void record_gtids(const Observation& before, const Observation& after, Outcome& outcome) {
  for (const auto& [name, look] : before.servers) {
    const auto* was = std::get_if<ServerState>(&look);
    const ServerState* is = after.state(name);
    if (was != nullptr && is != nullptr)
      outcome.gtid_executed[name] = {was->gtid_executed, is->gtid_executed};
  }
}

// Writes down what was learned. After the lease is lost nothing is written: another process may be
// using the state directory by now.
Status keep(const Intent& known, const Intent& learned, Moment seen_at, const StatePorts& state) {
  if (learned == known || !state.lease.held()) return {};
  return merely_grew(known, learned, seen_at) ? state.intents.note(learned.memory)
                                              : state.intents.save(learned);
}

}  // namespace

// A run can destroy the evidence that its plan rests on: what intent_by_evidence() concluded, that
// a server was empty when it was reset, that a filter was set. So the evidence is saved before the
// run. What the servers hold is noted as well, because later looks are compared with it.
Status write_down_proof(const Spec& spec, const Observation& seen, Intent& intent,
                        const StatePorts& state) {
  Intent proven = intent_by_evidence(seen, intent);
  note_open_servers(spec, seen, proven);
  proven.memory = remembered(spec, seen, proven);
  if (proven != intent && !merely_grew(intent, proven, seen.taken_at))
    proven.memory.noted_at = seen.taken_at;
  const Status kept = keep(intent, proven, seen.taken_at, state);
  if (kept && state.lease.held()) intent = std::move(proven);
  return kept;
}

Status remember(const Spec& spec, const Observation& seen, const Intent& known,
                const StatePorts& state) {
  return keep(known, intent_after_look(spec, seen, known), seen.taken_at, state);
}

Pass preview(const Spec& spec, Fleet& fleet, Clock& clock, const Intent& intent,
             Millis look_deadline) {
  Pass pass;
  pass.before = observe(spec, intent, fleet, clock, Depth::kDetails, look_deadline);
  pass.plan = make_plan(spec, pass.before, intent);
  pass.after = pass.before;
  pass.left = pass.plan;
  return pass;
}

namespace {

// While this process did not hold the right to act, another controller with its own memory may have
// finished the change of roles that this process had begun. The old primary was already frozen, so
// the other controller left no trace on it. From now on the candidate counts as never opened only
// if it is seen closed.
Status doubt_the_candidate(const Spec& spec, const RunPorts& ports, Intent& intent,
                           Millis look_deadline) {
  if (!ports.right.was_lost() || !ports.state.lease.held()) return {};
  if (intent.surely_not_committed()) {
    Observation seen;
    if (spec.server(intent.to) != nullptr)
      seen = observe_some({intent.to}, ports.fleet, ports.clock, Depth::kState, look_deadline);
    const ServerState* to = seen.state(intent.to);
    if (to == nullptr || !to->fenced() || to->server_uuid != intent.to_uuid) {
      Intent doubtful = intent;
      doubtful.may_have_committed = true;
      if (const Status saved = ports.state.intents.save(doubtful); !saved) return saved;
      intent = std::move(doubtful);
    }
  }
  ports.right.settled();
  return {};
}

}  // namespace

Result<Pass> reconcile(const Spec& spec, const RunPorts& ports, const PassOptions& options) {
  // The right to act is claimed before the look: the plan is valid only if nobody else acts after
  // it.
  if (ports.state.lease.held())
    if (const Status ours = ports.right.claim(ports.state.lease, options.look_deadline); !ours)
      return tl::unexpected<Error>(ours.error());
  auto intent = ports.state.intents.load();
  if (!intent) return tl::unexpected<Error>(intent.error());
  if (const Status doubted = doubt_the_candidate(spec, ports, *intent, options.look_deadline);
      !doubted)
    return tl::unexpected<Error>(doubted.error());
  if (const auto claimed = ports.right.first_look())
    if (const Status written = write_down_proof(spec, *claimed, *intent, ports.state); !written)
      return tl::unexpected<Error>(written.error());

  Intent learned;
  Pass pass = preview(spec, ports.fleet, ports.clock, *intent, options.look_deadline);
  if (!pass.plan.steps.empty() && options.approve) pass.approved = options.approve(pass.plan);
  if (!pass.plan.steps.empty() && pass.approved) {
    if (const Status written = write_down_proof(spec, pass.before, *intent, ports.state); !written)
      return tl::unexpected<Error>(written.error());
    RunMemory memory(spec, *intent, ports.fleet, ports.state);
    pass.outcome = run_plan(
        pass.plan,
        {memory, ports.clock, {ports.state.lease, memory, ports.state.journal}, ports.right},
        options.run);
    // A change of roles in the plan has saved its progress, so the intent is read again.
    intent = ports.state.intents.load();
    if (!intent) return tl::unexpected<Error>(intent.error());
    Intent now = *intent;
    now.memory = memory.memory();
    pass.after =
        observe(spec, now, ports.fleet, ports.clock, Depth::kDetails, options.look_deadline);
    learned = intent_after_look(spec, pass.after, now);
    pass.left = make_plan(spec, pass.after, learned);
    record_gtids(pass.before, pass.after, pass.outcome);
  } else {
    learned = intent_after_look(spec, pass.after, *intent);
  }
  const Status kept = keep(*intent, learned, pass.after.taken_at, ports.state);
  if (!kept) return tl::unexpected<Error>(kept.error());
  return pass;
}

}  // namespace gtidops
