// Looped: a simulated process that passes as the daemon does, through the real TopologyLoop, and
// not as `apply` does.
//
// Thread-safety: one thread. Errors: Crash, as the ports' of its process.
#pragma once

#include <functional>
#include <memory>

#include "loop/topology_loop.h"

namespace gtidops::sim {

class World;
struct Disk;

class Looped {
 public:
  // The ports must outlive this.
  Looped(World& world, int process, Disk& disk, const RunPorts& ports, Millis look_deadline);

  // One pass, of what is declared now; kFailed says why.
  Result<Pass> pass(const Spec& spec);

  [[nodiscard]] TopologyLoop& loop() { return loop_; }
  [[nodiscard]] Metrics& metrics() { return metrics_; }
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }

 private:
  Metrics metrics_;
  std::vector<std::string> log_;
  TopologyLoop loop_;
};

// Does the run of this seed pass as the daemon does? One of four does.
bool is_looped(std::uint64_t seed);

}  // namespace gtidops::sim
