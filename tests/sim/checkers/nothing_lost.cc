// Invariant 2: every transaction of which a client was told that it is committed is in the new
// primary before it opens, and in everybody in the end.
#include "sim/world.h"

namespace gtidops::sim {
namespace {

class NothingLost : public Checker {
 public:
  [[nodiscard]] std::string_view name() const override { return "nothing-lost"; }

  void acknowledged(World&, const Acknowledgement& told) override { told_.push_back(told.trx); }

  void opened(World& world, SimServer& server, int process) override {
    const std::vector<TrxId> lost = lost_on(server);
    excuse(world, server, lost, world.evidence.disk_of(process));
    if (!lost.empty())
      world.violated(*this, server.name + " is opened without " + world.names(lost) +
                                ", of which clients were told that they are committed");
  }

  void converged(World& world, const Plan&) override {
    for (const auto& server : world.servers) {
      // Who is delayed will have it later.
      if (server->replication.setup && server->replication.setup->delay > 0) continue;
      const std::vector<TrxId> lost = lost_on(*server);
      excuse(world, *server, lost, world.disk.number);
      if (!lost.empty())
        world.violated(*this, server->name + " lacks " + world.names(lost) +
                                  " in the end, of which clients were told that they are "
                                  "committed");
    }
  }

 private:
  // All of them were lost by a damage that no look ever showed to whoever works with this state
  // folder.
  static void excuse(World& world, const SimServer& server, const std::vector<TrxId>& lost,
                     int disk) {
    if (lost.empty()) return;
    for (const TrxId trx : lost) {
      const bool filtered =
          server.left_out.has(trx) && world.evidence.nobody_saw_the_filter(disk, server.index);
      if (!filtered && !world.evidence.nobody_could_know(disk, world.ledger.gtid(trx))) return;
    }
    world.say("CHECKER", [&] {
      return server.name + " lacks " + world.names(lost) + ", and nobody could know";
    });
    throw Unknowable(server.name + " lacks " + world.names(lost));
  }

  [[nodiscard]] std::vector<TrxId> lost_on(const SimServer& server) const {
    std::vector<TrxId> lost;
    for (const TrxId trx : told_)
      if (!server.holds(trx)) lost.push_back(trx);
    return lost;
  }

  std::vector<TrxId> told_;
};

}  // namespace

std::unique_ptr<Checker> nothing_lost() { return std::make_unique<NothingLost>(); }

}  // namespace gtidops::sim
