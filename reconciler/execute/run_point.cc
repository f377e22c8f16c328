// run_point.cc: runs the action that gives a channel its source, and undoes it when the source does
// not serve the channel.
#include <fmt/format.h>

#include "execute/step_runner.h"

namespace gtidops {
namespace {

// How long a replica may stop receiving when commits may wait for its acknowledgements.
constexpr Millis kReceivingNothing{500};
// The same for a replica whose acknowledgements no commit waits for: it only falls behind.
constexpr Millis kFallingBehind{5'000};

Check another_holds(const Observation& seen, const PointReplica& action, const GtidSet& left) {
  const ServerState* from = seen.state(action.source);
  if (from != nullptr && from->executed_latest().contains(left)) return Check::holds();
  return Check::does_not(
      fmt::format("{} is still applying {} transactions that {} does not hold: were its applier to "
                  "stop now, the change would delete them",
                  action.server, left.count(), action.source));
}

}  // namespace

// With both threads stopped, CHANGE REPLICATION SOURCE TO deletes what was received, and an applier
// that runs now may stop before it. So the receiver is stopped first, and the applier applies what
// is left. If it has much to do, the wait is limited: then the new source must hold all that is
// left, and sends it again. A channel with a delay is not waited for.
Check StepRunner::keeps_what_it_received(const PointReplica& action, bool back) {
  const Millis until = sooner(hurried_              ? kMoment
                              : action.acknowledges ? kReceivingNothing
                                                    : kFallingBehind);
  Millis pause = kFirstPause;
  while (true) {
    GtidSet left;
    const Observation seen = look(action);
    const Check kept = check_state(seen, action.server, [&](const ServerState& state) {
      const Channel* channel = state.channel(action.channel_name);
      if (channel != nullptr && channel->receiver == ThreadState::kOff &&
          channel->delay_seconds == 0)
        left = received_unapplied(state, action.channel_name);
      return keeps_received(state, action.server, action.channel_name);
    });
    if (!kept || left.empty()) return kept;
    if (now() >= until) return back ? kept : another_holds(seen, action, left);
    ports_.clock.sleep(pause);
    pause = next_pause(pause);
  }
}

// `changed` is set when the channel was changed, or may have been (kUnknown).
Status StepRunner::run_change(const PointReplica& action, const std::vector<Statement>& statements,
                              Millis grace, bool& changed) {
  for (const Statement& statement : statements) {
    const bool changes = changes_source(statement);
    const bool resets = resets_relay_log(statement);
    if (action.channel_exists && (changes || resets)) {
      const Check kept = resets ? action.precondition(look(action))
                                : keeps_what_it_received(action, grace > Millis{0});
      if (!kept) return fail(ErrorCode::kFailed, kept.why);
    }
    const Status ran = run_statements({statement}, grace);
    changed = changed || (changes && (ran || ran.error().code == ErrorCode::kUnknown));
    if (!ran) return ran;
  }
  return {};
}

Result<std::string> StepRunner::run_action(const Step& step, const PointReplica& action) {
  auto result = point_replica(step, action);
  // If this fails, the session is ended, and its variables end with it.
  static_cast<void>(run_statements(action.forget(), kUndoTime));
  return result;
}

Result<std::string> StepRunner::point_replica(const Step& step, const PointReplica& action) {
  bool changed = false;
  const Status ran = run_change(action, plan_.statements_of(step), Millis{0}, changed);
  std::string why;
  if (!ran && ran.error().code != ErrorCode::kUnknown) {
    why = ran.error().message;
  } else {
    tell(step, "waiting for the receiver to reach " + action.source);
    const Check check =
        await_channel(step.action, action.server, sooner(options_.connect_patience));
    if (check) return std::string();
    why = check.why + server_says(action.server);
  }
  if (!action.channel_exists) return fail(ErrorCode::kFailed, why);
  // Nothing is put back without the lease: another process may have made this server the primary.
  if (!ports_.state.lease.held())
    return fail(ErrorCode::kFailed, why + "; the lease is not held any more");
  // Either the channel was not changed (for instance STOP REPLICA was refused because of LOCK
  // INSTANCE FOR BACKUP), or there is no previous source to put back. A thread may have been
  // stopped, so the threads are started again.
  if (!changed || !action.previous) {
    const Status again = run_statements(
        StartReplica{action.server, false, false, action.channel_name}.statements({}), kUndoTime);
    if (!again)
      why += "; and its threads could not be started: " + again.error().message;
    else if (!changed)
      why += "; its channel is as it was";
    return fail(ErrorCode::kFailed, why);
  }
  tell(step, "putting the previous source back");
  const Status back = run_change(action, action.put_back(), kUndoTime, changed);
  const std::string old = Address{action.previous->host, action.previous->port}.to_string();
  if (!back) {
    why += "; and the previous source " + old + " could not be put back: " + back.error().message;
    // Without this, a receiver that was stopped for the change would stay stopped.
    const Status again = run_statements(
        StartReplica{action.server, false, false, action.channel_name}.statements({}), kUndoTime);
    if (!again) why += "; and its threads could not be started: " + again.error().message;
    return fail(ErrorCode::kFailed, why);
  }
  return fail(ErrorCode::kFailed, fmt::format("{}; the previous source {} was put back{}", why, old,
                                              how_it_runs(action)));
}

// After the previous source was put back: empty when its channel runs again, otherwise why it does
// not.
std::string StepRunner::how_it_runs(const PointReplica& action) {
  const Millis until = sooner(hurried_ ? Millis{0} : options_.connect_patience);
  Millis pause = kFirstPause;
  while (true) {
    const Check runs = check_state(look(action), action.server, [&](const ServerState& state) {
      return channel_runs(state, action.server, action.channel_name);
    });
    if (runs) return {};
    if (now() >= until || stopped()) return hurried_ ? "" : ", and does not run: " + runs.why;
    ports_.clock.sleep(pause);
    pause = next_pause(pause);
  }
}

}  // namespace gtidops
