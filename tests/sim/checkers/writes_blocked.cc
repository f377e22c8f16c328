// Invariant 6: writes are blocked no longer than the deadline of the switch: then it goes through
// or is undone. Only while nothing else is the matter: a gtidops that was killed, or cannot reach
// the server, cannot open it.
#include <algorithm>

#include "sim/world.h"

namespace gtidops::sim {
namespace {

class WritesBlockedBriefly : public Checker {
 public:
  [[nodiscard]] std::string_view name() const override { return "writes-blocked"; }

  void opened(World&, SimServer&, int) override { since_ = -1; }

  void frozen(World& world, SimServer& server, int process) override {
    // Of servers that were open because they were opened, not because nobody had closed them yet.
    if (process <= 0 || server.opened_by <= 0) return;
    since_ = world.time.now();
    server_ = server.name;
    process_ = process;
  }

  void after_event(World& world) override {
    if (since_ < 0) return;
    // Its freeze landed when it was dead, and nobody runs who could open again (seed 82782).
    if (world.dead_processes.contains(process_) && world.last_process == process_)
      since_ = world.time.now();
    if (world.last_trouble >= since_) {
      since_ = -1;
      return;
    }
    const Micros most = (world.spec.switchover.drain_timeout->count() + 5'000) * kMillisecond;
    if (world.time.now() - since_ <= most) return;
    // Somebody else has opened another one, before or after, and it takes writes.
    const bool another =
        std::any_of(world.servers.begin(), world.servers.end(),
                    [](const auto& server) { return server->up && !server->read_only; });
    if (!another)
      world.violated(*this, "nobody takes writes since " + server_ + " was frozen, " +
                                std::to_string((world.time.now() - since_) / kMillisecond) +
                                " ms ago, and nothing stands in the way");
    since_ = -1;
  }

 private:
  Micros since_ = -1;
  int process_ = 0;  // whose freeze it was
  std::string server_;
};

}  // namespace

std::unique_ptr<Checker> writes_blocked_briefly() {
  return std::make_unique<WritesBlockedBriefly>();
}

}  // namespace gtidops::sim
