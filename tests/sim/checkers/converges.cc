// Invariants 4 and 5: with everything healed, the plan is empty after a bounded number of passes,
// and stays so; and then the servers are as declared, which is looked up on the servers.
#include "sim/world.h"

namespace gtidops::sim {
namespace {

class Converges : public Checker {
 public:
  [[nodiscard]] std::string_view name() const override { return "converges"; }

  void statement_sent(World& world, int, const SimServer& server,
                      const std::string& text) override {
    // The daemon's heart beats for as long as it lives.
    const bool beat = world.looped && text.compare(0, 31, "INSERT INTO gtidops.heartbeat (") == 0;
    if (world.settled && text.compare(0, 7, "SELECT ") != 0 && !beat)
      world.violated(*this, "the plan was empty, but " + text + " is run on " + server.name);
  }

  void converged(World& world, const Plan& left) override {
    if (!left.synced()) world.violated(*this, "a second plan is not empty: " + words(left));
    for (const ServerSpec& declared : world.spec.servers) {
      const SimServer& server = *world.named(*declared.name);
      const bool primary = *declared.name == *world.spec.primary;
      if (primary ? server.read_only : !server.fenced())
        world.violated(*this, server.name + (primary ? " is not open" : " takes writes"));
      if (primary && server.replication.setup)
        world.violated(*this, server.name + " is the primary and has a channel");
      if (!primary) check_channel(world, declared, server);
      for (const auto& [name, event] : server.events) {
        if (event.collation_connection != "latin1_general_cs")
          world.violated(*this, "the event " + name + " compares by another collation on " +
                                    server.name + " than it was made with");
        if (primary != (event.status == ScheduledEvent::Status::kEnabled))
          world.violated(*this, "the event " + name +
                                    (primary ? " does not run on " : " runs on ") + server.name);
      }
      if (server.number("binlog_group_commit_sync_delay") != 0)
        world.violated(*this, server.name + " is still slowed down by the throttle");
      if (!server.boots_read_only()) world.violated(*this, server.name + " would boot writable");
    }
  }

 private:
  static std::string words(const Plan& plan) {
    std::string text;
    for (const Difference& one : plan.differences)
      text += one.server + " " + one.path + " is " + one.observed.value_or("nothing") + "; ";
    for (const Finding& one : plan.refusals) text += one.rule + " " + one.server + "; ";
    return text;
  }

  void check_channel(World& world, const ServerSpec& declared, const SimServer& server) {
    const SimServer& source = *world.named(world.spec.source_of(declared));
    const Replication& channel = server.replication;
    if (!channel.setup || channel.setup->host != source.host || channel.source != source.index ||
        channel.applier != ThreadState::kOn)
      world.violated(*this, server.name + " does not replicate from " + source.name);
  }
};

}  // namespace

std::unique_ptr<Checker> converges() { return std::make_unique<Converges>(); }

}  // namespace gtidops::sim
