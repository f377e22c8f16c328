// StepRunner: how each kind of action is run. Most run their statements one after the other; those
// that wait or may have to go back have ways of their own.
//
// Thread-safety: one thread at a time. Errors: run() returns what went wrong in words.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "execute/run_plan.h"

namespace gtidops {

// To go back is allowed time even when the time of the run is over: a server stays protected.
inline constexpr Millis kUndoTime{10'000};

class StepRunner {
 public:
  StepRunner(const Plan& plan, const RunPorts& ports, const RunOptions& options, Millis deadline)
      : plan_(plan), ports_(ports), options_(options), deadline_(deadline) {}

  // Runs the step and waits until its postcondition holds. On success: a note for the report, or
  // nothing. `left_out`: servers whose earlier steps were not done.
  Result<std::string> run(const Step& step, const std::set<std::string>& left_out);

  // The record of a change of the primary, when one was tried.
  [[nodiscard]] const std::optional<PrimaryChange>& primary_change() const {
    return primary_change_;
  }

  // The step's servers, fresh.
  Observation look(const Action& action);

 private:
  Result<std::string> run_action(const Step& step, const PointReplica& action);
  Result<std::string> run_action(const Step& step, const StartReplica& action);
  Result<std::string> run_action(const Step& step, const LoadSemiSync& action);
  Result<std::string> run_action(const Step& step, const MendHeartbeat& action);
  template <class A>
  Result<std::string> run_lifted(const Step& step, const A& action);
  Result<std::string> run_action(const Step& step, const RestartReceiver& action);
  Result<std::string> run_action(const Step& step, const AwaitAcknowledgers& action);
  Result<std::string> run_action(const Step& step, const AwaitReplication& action);
  Result<std::string> run_action(const Step& step, const Canary& action);
  Result<std::string> run_action(const Step& step, const OpenWrites& action);
  Result<std::string> run_action(const Step& step, const SwitchPrimary& action);
  Result<std::string> run_action(const Step& step, const ReleaseBrake& action);
  template <class A>
  Result<std::string> run_action(const Step& step, const A& /*action*/) {
    return run_plainly(step);
  }
  Result<std::string> run_plainly(const Step& step);
  Status note_lifted(const std::string& server);
  Status note_opening(const std::string& server, const ServerState& state);
  // Saves it, forced to the disk, when `edit` changes it.
  Status edit_intent(const std::function<void(Intent&)>& edit);

  Result<std::string> point_replica(const Step& step, const PointReplica& action);
  Check keeps_what_it_received(const PointReplica& action, bool back);
  Status run_change(const PointReplica& action, const std::vector<Statement>& statements,
                    Millis grace, bool& changed);
  Status run_statements(const std::vector<Statement>& statements, Millis grace = Millis{0});
  // Looks until the postcondition holds; gives up at `until` (monotonic), or when `hopeless` says
  // so.
  Check await(const Action& action, Millis until);
  Check await_channel(const Action& action, const std::string& server, Millis until);
  Check keeps_running(const Action& action, const std::string& server);
  std::string how_it_runs(const PointReplica& action);
  Result<double> read_heartbeat(const Canary& canary, const std::string& where, std::uint64_t beat,
                                double since_us);
  // What the server itself says of its trouble, to be put behind a reason; empty when it says
  // nothing.
  std::string server_says(const std::string& server);
  [[nodiscard]] Millis now() const { return ports_.clock.monotonic(); }
  [[nodiscard]] Millis sooner(Millis patience) const {
    return std::min(deadline_, now() + patience);
  }
  void tell(const Step& step, const std::string& what) const {
    if (options_.progress) options_.progress(step, what);
  }
  // Asked where nothing but time is spent.
  [[nodiscard]] bool stopped() const { return options_.stop && options_.stop(); }

  const Plan& plan_;
  const RunPorts& ports_;
  const RunOptions& options_;
  Millis deadline_;  // monotonic: when the whole plan must have ended
  std::set<std::string> left_out_;
  bool hurried_ = false;  // clients wait: nothing is waited for that is only to be said
  std::optional<PrimaryChange> primary_change_;
};

}  // namespace gtidops
