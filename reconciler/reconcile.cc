#include "reconcile.h"

#include "decide/planner.h"
#include "decide/remember.h"
#include "execute/observe.h"

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

// A plan that rests on what a look has proven must not be run before that is written down: what it
// does may take the proof away. So it is with what a look shows of the servers: that one was empty
// when it was reset, that a filter was there.
Status write_down_proof(const Spec& spec, const Observation& seen, Intent& intent,
                        Journal& journal) {
  Intent proven = as_proven(seen, intent);
  Memory memory = remembered(spec, seen, proven);
  if (worth_saving(proven.memory, memory, seen.taken_at)) {
    memory.noted_at = seen.taken_at;
    proven.memory = std::move(memory);
  }
  if (proven == intent || !journal.lease_held()) return {};
  const Status saved = journal.save(proven);
  if (saved) intent = std::move(proven);
  return saved;
}

}  // namespace

Status remember(const Spec& spec, const Observation& seen, const Intent& known, Journal& journal) {
  const Intent learned = learn(spec, seen, known);
  // Who has lost the lease knows nothing that counts.
  return learned == known || !journal.lease_held() ? Status{} : journal.save(learned);
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

Result<Pass> reconcile(const Spec& spec, const RunPorts& ports, const PassOptions& options) {
  // Before the look: what is planned rests on nobody else acting from then on.
  if (ports.journal.lease_held())
    if (const Status ours = ports.right.claim(ports.journal, options.look_deadline); !ours)
      return tl::unexpected<Error>(ours.error());
  auto intent = ports.journal.load();
  if (!intent) return tl::unexpected<Error>(intent.error());

  Pass pass = preview(spec, ports.fleet, ports.clock, *intent, options.look_deadline);
  if (!pass.plan.steps.empty() && options.approve) pass.approved = options.approve(pass.plan);
  if (!pass.plan.steps.empty() && pass.approved) {
    if (const Status written = write_down_proof(spec, pass.before, *intent, ports.journal);
        !written)
      return tl::unexpected<Error>(written.error());
    pass.outcome = run_plan(pass.plan, ports, options.run);
    // A change of roles has written down how far it came.
    intent = ports.journal.load();
    if (!intent) return tl::unexpected<Error>(intent.error());
    pass.after =
        observe(spec, *intent, ports.fleet, ports.clock, Depth::kDetails, options.look_deadline);
    pass.left = make_plan(spec, pass.after, learn(spec, pass.after, *intent));
    record_gtids(pass.before, pass.after, pass.outcome);
  }
  const Status remembered = remember(spec, pass.after, *intent, ports.journal);
  if (!remembered) return tl::unexpected<Error>(remembered.error());
  return pass;
}

}  // namespace gtidops
