// TopologyLoop: one topology of the daemon. Each pass() is the same pass as that of `apply`, and
// leaves a Snapshot of what is known now.
//
// A pass first looks cheaply (loop/frugal_fleet.h). Only when there is something to do, and it may
// be done now (the lease is ours, no back-off), it looks in depth, plans and acts.
//
// Thread-safety: declare(), stop(), snapshot(), name() and digest() from any thread; pass() by one
// thread at a time; the others as they say. Errors: in the Snapshot.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "loop/copy_watch.h"
#include "loop/frugal_fleet.h"
#include "loop/lag.h"
#include "loop/notices.h"
#include "loop/schedule.h"
#include "metrics/metrics.h"
#include "ports/clock.h"
#include "ports/fleet.h"
#include "ports/notifier.h"
#include "ports/state.h"
#include "reconcile.h"
#include "report/snapshot.h"

namespace gtidops {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
using Log = std::function<void(LogLevel, const std::string&)>;

// The ports and functions that a TopologyLoop needs.
struct TopologyPorts {
  std::function<std::unique_ptr<Fleet>(const Spec&)> make_fleet;
  // Takes the lease of the state directory; kRefused says who has it.
  std::function<Result<std::unique_ptr<OpenState>>(const std::string& topology)> open_state;
  std::function<Result<Intent>(const std::string& topology)> peek_intent;
  Clock& clock;
  Metrics& metrics;
  Log log;
  Notifier* notifier = nullptr;  // nullptr: nobody is told
  // Load and save the history of earlier passes; both may be absent.
  std::function<History(const std::string& topology)> load_history;
  std::function<void(const std::string& topology, const History&)> save_history;
};

struct LoopOptions {
  bool allow_destructive = false;
  Millis look_deadline{3'000};
};

class TopologyLoop {
 public:
  TopologyLoop(std::string name, TopologyPorts ports, LoopOptions options);
  TopologyLoop(const TopologyLoop&) = delete;
  TopologyLoop& operator=(const TopologyLoop&) = delete;

  // Sets what is declared from now on. A pass under way ends between two of its steps.
  void declare(std::shared_ptr<const Spec> spec);
  // Ends a pass between two of its steps.
  void stop() { stopping_ = true; }

  // One pass. `trigger`: what caused it, for the PassRecord.
  void pass(const std::string& trigger);

  // When the next pass is due, on the monotonic clock. Only between passes.
  Schedule& schedule() { return schedule_; }
  // Fleet::watch() of the primary. Only between passes.
  int watch();

  [[nodiscard]] std::shared_ptr<const TopologySnapshot> snapshot() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  // The pass that ended last. Only between passes.
  [[nodiscard]] const Pass& last() const { return last_; }
  [[nodiscard]] std::string digest() const;

 private:
  bool adopt_declared();
  void take_lease();
  void stand_back(const std::string& why);
  void beat();
  Pass look_cheaply();
  void await_beat(Observation& seen);
  void measure_lag(const Observation& seen, double now);
  bool act(Pass& pass);
  PassOptions pass_options();
  void remember_look(const Pass& pass);
  std::string judge(const Pass& pass, bool acted);
  void tell_step(const Step& step, const StepOutcome& outcome);
  void count_unreachable(const Observation& seen);
  void tell_copies(const Observation& seen);
  void record(const Pass& pass, bool acted, const std::string& result, const std::string& trigger,
              double seconds);
  bool record_primary_change(const Pass& pass);
  void tell_conditions(const std::vector<Condition>& now);
  void tell_revision(const Pass& pass, const std::string& result);
  void remember_conditions(const std::vector<Condition>& now);
  void publish(const Pass& pass, const std::string& result);

  const std::string name_;
  TopologyPorts ports_;
  const LoopOptions options_;
  Schedule schedule_;

  mutable std::mutex mutex_;  // protects the next two members
  std::shared_ptr<const Spec> declared_;
  std::shared_ptr<const TopologySnapshot> published_;
  std::atomic<bool> stopping_ = false;

  // Only used by the thread that runs pass().
  std::shared_ptr<const Spec> spec_;
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<FrugalFleet> frugal_;
  std::unique_ptr<RightToAct> right_;
  std::unique_ptr<OpenState> kept_;  // nullptr: this loop does not hold the lease
  TopologySnapshot state_;
  Pass last_;
  LagTracker lag_;
  CopyWatch copies_;
  std::string error_;  // what went wrong in this pass
  bool may_beat_ = false;
  int failed_beats_ = 0;  // in a row
  std::string beat_error_;
  std::string last_result_;
  RevisionNews revision_news_;
};

}  // namespace gtidops
