// StepRunner: runs one step. Most actions run their statements one after the other; those that wait
// or may have to be undone have a run_action() of their own.
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

// Undoing a step gets this time even when the time for the run is over: otherwise a server could be
// left unprotected.
inline constexpr Millis kUndoTime{10'000};
// How long threads must at least run after START REPLICA.
inline constexpr Millis kMoment{150};
// Between two looks in a wait.
inline constexpr Millis kFirstPause{2};
inline constexpr Millis kLongestPause{200};
inline Millis next_pause(Millis pause) { return std::min(pause * 2, kLongestPause); }

class StepRunner {
 public:
  StepRunner(const Plan& plan, const RunPorts& ports, const RunOptions& options, Millis deadline)
      : plan_(plan), ports_(ports), options_(options), deadline_(deadline), began_(now()) {}

  // Runs the step and waits until its postcondition holds. On success it returns a note for the
  // report, or an empty text. `left_out`: servers on which an earlier step was not done.
  Result<std::string> run(const Step& step, const std::set<std::string>& left_out);

  // The record of a change of the primary, if one was tried.
  [[nodiscard]] const std::optional<PrimaryChange>& primary_change() const {
    return primary_change_;
  }

  // A new look at the servers that the action touches.
  Observation look(const Action& action);

 private:
  Result<std::string> run_action(const Step& step, const PointReplica& action);
  Result<std::string> run_action(const Step& step, const StartReplica& action);
  Result<std::string> run_action(const Step& step, const LoadSemiSync& action);
  Result<std::string> run_action(const Step& step, const MendHeartbeat& action);
  Result<std::string> run_action(const Step& step, const LoadClone& action);
  Result<std::string> run_action(const Step& step, const StartCopy& action);
  template <class A>
  Result<std::string> run_on_closed(const Step& step, const A& action);
  Result<std::string> run_action(const Step& step, const RestartReceiver& action);
  Result<std::string> run_action(const Step& step, const AwaitAcknowledgers& action);
  Result<std::string> run_action(const Step& step, const AwaitReplication& action);
  Result<std::string> run_action(const Step& step, const Canary& action);
  Result<std::string> run_action(const Step& step, const OpenWrites& action);
  Result<std::string> run_action(const Step& step, const SwitchPrimary& action);
  Result<std::string> run_action(const Step& step, const ReleaseCommitThrottle& action);
  template <class A>
  Result<std::string> run_action(const Step& step, const A& /*action*/) {
    return run_plainly(step);
  }
  Result<std::string> run_plainly(const Step& step);
  Status note_super_read_only_off(const std::string& server);
  Status note_opening(const std::string& server, const ServerState& state);
  // Applies `edit` to the intent. If that changes it, it is saved, forced to the disk.
  Status edit_intent(const std::function<void(Intent&)>& edit);

  Result<std::string> point_replica(const Step& step, const PointReplica& action);
  Check keeps_what_it_received(const PointReplica& action, bool back);
  Status run_change(const PointReplica& action, const std::vector<Statement>& statements,
                    Millis grace, bool& changed);
  Status run_statements(const std::vector<Statement>& statements, Millis grace = Millis{0});
  // Look until the postcondition holds, at most until `until` (monotonic). await() also ends when
  // the run is stopped, await_channel() when the channel shows an error.
  Check await(const Action& action, Millis until);
  Check await_channel(const Action& action, const std::string& server, Millis until);
  Check keeps_running(const Action& action, const std::string& server);
  std::string how_it_runs(const PointReplica& action);
  Result<double> read_heartbeat(const Canary& canary, const std::string& where, std::uint64_t beat,
                                double since_us);
  // The server's own words about its error, to be appended to a reason; empty when it reports none.
  std::string server_says(const std::string& server);
  [[nodiscard]] Millis now() const { return ports_.clock.monotonic(); }
  [[nodiscard]] Millis sooner(Millis patience) const {
    return std::min(deadline_, now() + patience);
  }
  void tell(const Step& step, const std::string& what) const {
    if (options_.progress) options_.progress(step, what);
  }
  // Checked only in waits, where nothing is left half done.
  [[nodiscard]] bool stopped() const { return options_.stop && options_.stop(); }

  const Plan& plan_;
  const RunPorts& ports_;
  const RunOptions& options_;
  Millis deadline_;  // monotonic: when the whole plan must have ended
  Millis began_;     // monotonic: when the run began
  std::set<std::string> left_out_;
  bool hurried_ = false;  // writes are blocked, so waits are kept short
  std::optional<PrimaryChange> primary_change_;
};

}  // namespace gtidops
