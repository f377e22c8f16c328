// Process: one gtidops from its start to its end: its ports, and the place where it is to crash.
//
// Every call of a port is counted. A crash is an exception (Crash) that goes through the pass, as
// the process would: nothing of it runs any more. What it has sent goes on.
//
// Thread-safety: one thread. Errors: Crash.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "reconcile.h"
#include "sim/disk.h"
#include "sim/fleet.h"
#include "sim/looped.h"
#include "sim/random.h"
#include "sim/timeline.h"

namespace gtidops::sim {

struct Crash {
  int process;
};

enum class CrashWhen { kNever, kBefore, kWithin, kAfter };
struct CrashAt {
  int call = 0;  // counted from 1
  CrashWhen when = CrashWhen::kNever;
};

// Puts something between the pass and a port, for the planted bugs (planted.h). Absent: nothing.
struct Decorators {
  std::function<std::unique_ptr<Fleet>(Fleet&)> fleet;
  std::function<std::unique_ptr<OpenState>(const StatePorts&)> state;
};

class Process {
 public:
  // `disk`: where it keeps its state.
  Process(World& world, int number, Node host, Disk& disk, CrashAt crash,
          const Decorators& decorators);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] Node host() const { return host_; }
  [[nodiscard]] Disk& disk() { return disk_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int calls() const { return calls_; }
  // nullptr: this one passes as `apply` does.
  [[nodiscard]] Looped* looped() const { return looped_.get(); }
  Rng& rng() { return rng_; }

  // One pass of the loop.
  Result<Pass> pass(const Spec& spec);

  // Around every call of a port.
  void before(const char* what);
  [[nodiscard]] bool crashes_within() const {
    return calls_ == crash_.call && crash_.when == CrashWhen::kWithin;
  }
  void after();
  [[noreturn]] void die();

 private:
  World& world_;
  const int number_;
  const Node host_;
  Disk& disk_;
  const std::string name_;
  const CrashAt crash_;
  Rng rng_;
  int calls_ = 0;
  SimFleet fleet_;
  SimState state_;
  SimClock clock_;
  std::unique_ptr<Fleet> outer_fleet_;
  std::unique_ptr<OpenState> outer_state_;
  std::unique_ptr<RightToAct> right_;
  std::unique_ptr<RunPorts> ports_;
  std::unique_ptr<Looped> looped_;
};

// Host: a machine that starts gtidops again and again, as systemd does.
class Host {
 public:
  Host(World& world, Node node, Disk& disk, const Decorators& decorators)
      : world_(world), node_(node), disk_(disk), decorators_(decorators) {}
  // It has another revision of the file than everybody else.
  std::optional<Spec> own_revision;

  enum class Result { kDone, kCrashed, kLeaseElsewhere, kFailed };
  // Starts a process when none lives, and lets it make a pass. `next_crash` is for a new process.
  Result pass(CrashAt next_crash = {});
  // The process ends, in an orderly way.
  void stop() { process_.reset(); }
  // Is it in the middle of a pass?
  [[nodiscard]] bool busy() const { return busy_; }
  [[nodiscard]] Process* process() const { return process_.get(); }
  [[nodiscard]] const Pass& last() const { return last_; }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  void tell_outcome(const Pass& pass) const;

  World& world_;
  const Node node_;
  Disk& disk_;
  const Decorators& decorators_;
  std::unique_ptr<Process> process_;
  Pass last_;
  std::string why_;
  bool busy_ = false;
};

PassOptions pass_options();

}  // namespace gtidops::sim
