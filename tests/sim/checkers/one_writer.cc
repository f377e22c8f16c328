// Invariant 1: no action of ours makes a server writable while another server of the topology can
// still acknowledge a write, unless that one is proven fenced.
#include <algorithm>

#include "sim/world.h"

namespace gtidops::sim {
namespace {

class OneWriter : public Checker {
 public:
  [[nodiscard]] std::string_view name() const override { return "one-writer"; }

  void opened(World& world, SimServer& server, int process) override {
    if (process < 0) return;
    for (const auto& other : world.servers) {
      if (other.get() == &server || !declared(world, other->name)) continue;
      // What a person opened behind our back, after the last look that could see it, is not our
      // doing.
      if (other->up && other->opened_by < 0 &&
          other->opened_at > std::min(world.pass_began, other->seen_at))
        continue;
      // Nor that it booted otherwise than we had seen to.
      if (other->forgot_by_hand) continue;
      if (other->up && !other->fenced())
        world.violated(*this, server.name + " is opened while " + other->name + " takes writes");
      if (other->up && other->writes.may_still_acknowledge())
        world.violated(*this, server.name + " is opened while " + other->name +
                                  " may still acknowledge a write");
      if (!other->up && !other->boots_read_only())
        world.violated(*this, server.name + " is opened while " + other->name +
                                  " is down and would come back writable");
    }
  }

 private:
  static bool declared(const World& world, const std::string& server) {
    return world.spec.server(server) != nullptr;
  }
};

}  // namespace

std::unique_ptr<Checker> one_writer() { return std::make_unique<OneWriter>(); }

}  // namespace gtidops::sim
