// How the actions are run that lift super_read_only for a moment, and those on semi-synchronous
// replication that wait.
#include "execute/step_runner.h"

namespace gtidops {

// Whoever opens another server must not take it for granted that this one, if it cannot be seen,
// is still closed.
Status StepRunner::note_lifted(const std::string& server) {
  return edit_intent([&](Intent& intent) { intent.lifted.insert(server); });
}

template <class A>
Result<std::string> StepRunner::run_lifted(const Step& step, const A& action) {
  if (action.lift_super_read_only)
    if (const Status noted = note_lifted(action.server); !noted)
      return tl::unexpected<Error>(noted.error());
  if (const Check guard = precondition(step.action, look(step.action)); !guard)
    return fail(ErrorCode::kFailed, guard.why);
  const Status ran = run_statements(plan_.statements_of(step));
  std::string why = ran ? std::string() : ran.error().message;
  if (!ran) {
    const Status back = run_statements(action.put_back(), kUndoTime);
    if (!back)
      why += "; and super_read_only could not be put back on " + action.server + ": " +
             back.error().message;
    // After a lost reply only a look can tell; after a plain no, it is no.
    if (ran.error().code != ErrorCode::kUnknown) return fail(ErrorCode::kFailed, why);
  }
  const Check check = await(step.action, sooner(Millis{2'000}));
  if (check) return std::string();
  return fail(ErrorCode::kFailed, ran ? check.why : why + "; " + check.why);
}

Result<std::string> StepRunner::run_action(const Step& step, const LoadSemiSync& action) {
  return run_lifted(step, action);
}

Result<std::string> StepRunner::run_action(const Step& step, const MendHeartbeat& action) {
  return run_lifted(step, action);
}

Result<std::string> StepRunner::run_action(const Step& step, const RestartReceiver& action) {
  const Status ran = run_statements(plan_.statements_of(step));
  if (!ran && ran.error().code != ErrorCode::kUnknown) return tl::unexpected<Error>(ran.error());
  const Check check = await_channel(step.action, action.server, sooner(options_.connect_patience));
  if (check) return std::string();
  return fail(ErrorCode::kFailed, check.why + server_says(action.server));
}

Result<std::string> StepRunner::run_action(const Step& step, const AwaitAcknowledgers& /*action*/) {
  const Check check = await(step.action, sooner(options_.connect_patience));
  if (check) return std::string();
  return fail(ErrorCode::kFailed, check.why);
}

}  // namespace gtidops
