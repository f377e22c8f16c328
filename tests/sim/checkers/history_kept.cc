// Invariant 3: data or GTID history that exists nowhere else is never removed without the word
// `destructive` and a permission. No run of the simulator permits it.
#include <algorithm>
#include <array>
#include <map>
#include <string>

#include "sim/world.h"

namespace gtidops::sim {
namespace {

class HistoryKept : public Checker {
 public:
  [[nodiscard]] std::string_view name() const override { return "history-kept"; }

  void statement_sent(World& world, int, const SimServer& server,
                      const std::string& text) override {
    // nothing_copied_over.cc judges CLONE.
    constexpr std::array<std::string_view, 5> kDestructive{"RESET BINARY LOGS", "RESET MASTER",
                                                           "DROP ", "REVOKE ", "PURGE "};
    constexpr std::string_view kOwnAccount = "DROP USER IF EXISTS 'gtidops_clone'@";
    if (text.compare(0, kOwnAccount.size(), kOwnAccount) == 0) return;
    for (const std::string_view begin : kDestructive)
      if (text.compare(0, begin.size(), begin) == 0)
        world.violated(*this, text + " is run on " + server.name + ", and nobody permitted it");
    if (text.compare(0, 25, "CHANGE REPLICATION SOURCE") == 0)
      sent_[server.name] = world.time.now();
  }

  void relay_log_dropped(World& world, SimServer& server,
                         const std::vector<TrxId>& dropped) override {
    for (const TrxId trx : dropped)
      if (!server.executed.has(trx) && !failed_under_way(world, server, trx))
        world.violated(*this, "the relay log of " + server.name + " is dropped with " +
                                  world.names({trx}) + ", which was not applied");
  }

 private:
  // Whoever else has it may be gone by the time it is fetched again. Only of a statement that hung
  // in the network, while the applier failed behind the last look at it, is no more asked than that
  // somebody has it still: nothing calls such a statement back (seed 217074).
  bool failed_under_way(World& world, const SimServer& server, TrxId trx) const {
    const auto sent = sent_.find(server.name);
    if (sent == sent_.end() || world.time.now() - sent->second < kSecond) return false;
    return std::any_of(world.servers.begin(), world.servers.end(), [&](const auto& other) {
      return other.get() != &server && other->up && other->executed.has(trx);
    });
  }

  std::map<std::string, Micros> sent_;  // CHANGE REPLICATION SOURCE TO, the last one to each
};

}  // namespace

std::unique_ptr<Checker> history_kept() { return std::make_unique<HistoryKept>(); }

}  // namespace gtidops::sim
