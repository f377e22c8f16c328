// Invariant 1: no action of ours makes a server writable while another server of the topology can
// still acknowledge a write, unless that one is proven fenced.
#include <map>
#include <string>

#include "sim/world.h"

namespace gtidops::sim {
namespace {

class OneWriter : public Checker {
 public:
  [[nodiscard]] std::string_view name() const override { return "one-writer"; }

  void statement_sent(World& world, int, const SimServer& server,
                      const std::string& text) override {
    if (text == "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF")
      sent_[server.index] = world.time.now();
  }

  void opened(World& world, SimServer& server, int process) override {
    if (process < 0) return;
    for (const auto& other : world.servers) {
      if (other.get() == &server || !declared(world, other->name)) continue;
      // What a person opened behind our back, after the last look that could see it, is not our
      // doing.
      if (other->up && other->opened_by < 0 && excusably_unseen(world, server, *other)) continue;
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
  // It was opened after the last look that could see it, and there was no time, or no way, for
  // another one before the statement was sent.
  [[nodiscard]] bool excusably_unseen(const World& world, const SimServer& server,
                                      const SimServer& other) const {
    constexpr Micros kMoment = 600 * kMillisecond;
    // What the network still held then nobody could take back, whoever has seen it since
    // (seed 17496: a controller that only stands by looked on).
    const auto sent = sent_.find(server.index);
    if (sent != sent_.end() && other.opened_at > sent->second) return true;
    if (other.opened_at <= other.seen_at) return false;
    for (const Node host : {kFirstHost, kFirstHost + 1})
      if (!world.network.both(host, other.node())) return true;
    return sent == sent_.end() || other.opened_at + kMoment > sent->second ||
           world.last_trouble > other.opened_at;
  }

  std::map<int, Micros> sent_;

  static bool declared(const World& world, const std::string& server) {
    return world.spec.server(server) != nullptr;
  }
};

}  // namespace

std::unique_ptr<Checker> one_writer() { return std::make_unique<OneWriter>(); }

}  // namespace gtidops::sim
