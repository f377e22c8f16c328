// Daemon: `gtidops run`: pulls what is declared, and reconciles all topologies again and again,
// side by side, but never one of them twice at once.
//
//   source thread   pulls at its interval, or when poked (a hook, a signal)
//   dispatcher      gives each topology that is due to the pool, when Admission lets it in
//   pool            runs the passes; one that hangs holds up only its own topology
//   watcher         makes a topology due at once when the connection to its primary is lost
//
// A topology whose file is gone is let go: it is not looked at any more, and nothing is changed on
// its servers.
//
// Thread-safety: run() once; everything else from any thread. Errors: in the Snapshot and the log.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "loop/admission.h"
#include "loop/pool.h"
#include "loop/source_loop.h"
#include "loop/topology_loop.h"
#include "loop/watcher.h"

namespace gtidops {

struct DaemonOptions {
  Millis pull_interval{60'000};
  Millis pull_timeout{30'000};
  std::size_t most_threads = 512;
  std::size_t most_at_once = 0;  // see Admission; 0: by the number of CPUs
  LoopOptions loop;
};

class Daemon {
 public:
  Daemon(std::unique_ptr<SourceLoop> source, TopologyPorts ports, DaemonOptions options);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  // Runs until stop() is called. `tick` is called about once a second, with the result of
  // unhealthy().
  void run(const std::function<void(const std::string& unhealthy)>& tick);
  // One pull, and one pass of each topology.
  void run_once();
  // Ends run(). Passes under way end between two of their steps.
  void stop();
  void pull_now();
  void set_reload_successful(bool successful) { reload_successful_ = successful; }

  [[nodiscard]] std::shared_ptr<const DaemonSnapshot> snapshot() const;
  // Why the dispatcher does not move, and why the daemon is not ready to be relied on; empty: all
  // is well.
  [[nodiscard]] std::string unhealthy() const;
  [[nodiscard]] std::string unready() const;

 private:
  struct Entry {
    std::unique_ptr<TopologyLoop> loop;
    bool running = false;
    bool leaving = false;
    std::string trigger = "start";
  };

  void declare(const Specs& specs);
  void serve_source();
  void dispatch(std::unique_lock<std::mutex>& lock);
  std::optional<Millis> start_due(Millis now);
  void start_pass(const std::string& name, Entry& entry);
  void ended(const std::string& name);
  void poke(const std::string& name, const std::string& trigger);
  void let_go(std::map<std::string, Entry>::iterator entry);

  const std::unique_ptr<SourceLoop> source_;
  TopologyPorts ports_;
  const DaemonOptions options_;
  const Moment started_;
  std::atomic<bool> reload_successful_ = true;
  std::atomic<Millis::rep> last_tick_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Entry> entries_;
  std::set<std::string> released_;
  Admission admission_;
  bool stopping_ = false;
  bool pull_ = false;
  bool pulled_ = false;  // a pull has ended, successfully or not

  std::unique_ptr<Watcher> watcher_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace gtidops
