// run_semi_sync.cc: runs the actions that lift super_read_only for a moment, and the actions on
// semi-synchronous replication that wait.
#include "execute/step_runner.h"

#include <fmt/format.h>

#include <utility>

namespace gtidops {

// Noted before super_read_only is lifted. If this server cannot be seen later, it must not be taken
// for closed when another server is opened.
Status StepRunner::note_super_read_only_off(const std::string& server) {
  return edit_intent([&](Intent& intent) { intent.super_read_only_off.insert(server); });
}

template <class A>
Result<std::string> StepRunner::run_on_closed(const Step& step, const A& action) {
  if (action.lift_super_read_only)
    if (const Status noted = note_super_read_only_off(action.server); !noted)
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
    // After a lost reply only a look can tell whether the statements ran. Any other error means
    // that they did not.
    if (ran.error().code != ErrorCode::kUnknown) return fail(ErrorCode::kFailed, why);
  }
  const Check check = await(step.action, sooner(Millis{2'000}));
  if (check) return std::string();
  return fail(ErrorCode::kFailed, ran ? check.why : why + "; " + check.why);
}

Result<std::string> StepRunner::run_action(const Step& step, const LoadSemiSync& action) {
  return run_on_closed(step, action);
}

Result<std::string> StepRunner::run_action(const Step& step, const MendHeartbeat& action) {
  return run_on_closed(step, action);
}

Result<std::string> StepRunner::run_action(const Step& step, const LoadClone& action) {
  return run_on_closed(step, action);
}

// The copy is begun on a connection of its own and left alone: this process need not live as long.
Result<std::string> StepRunner::run_action(const Step& step, const StartCopy& action) {
  constexpr Millis kEarlyEnd{1'000};  // what CLONE refuses, it refuses at once
  constexpr Millis kUntilSeen{10'000};
  std::vector<Statement> statements = plan_.statements_of(step);
  const Statement clone = std::move(statements.back());
  statements.pop_back();
  if (const Status ran = run_statements(statements); !ran)
    return tl::unexpected<Error>(ran.error());
  if (const Check guard = precondition(step.action, look(step.action)); !guard)
    return fail(ErrorCode::kFailed, guard.why);
  tell(step, fmt::format("beginning to copy {}", action.donor));
  const Status begun = ports_.fleet.begin(clone, kEarlyEnd);
  if (!begun && begun.error().code != ErrorCode::kUnknown)
    return tl::unexpected<Error>(begun.error());
  const Check check = await(step.action, sooner(kUntilSeen));
  if (check) return fmt::format("{} is being copied; the copy goes on by itself", action.donor);
  return fail(ErrorCode::kFailed,
              begun ? check.why : fmt::format("{}; {}", begun.error().message, check.why));
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
