// Invariant 3: data or GTID history that exists nowhere else is never removed without the word
// `destructive` and a permission. No run of the simulator permits it.
#include <algorithm>
#include <array>

#include "sim/world.h"

namespace gtidops::sim {
namespace {

class HistoryKept : public Checker {
 public:
  [[nodiscard]] std::string_view name() const override { return "history-kept"; }

  void statement_sent(World& world, int, const SimServer& server,
                      const std::string& text) override {
    constexpr std::array<std::string_view, 6> kDestructive{
        "RESET BINARY LOGS", "RESET MASTER", "DROP ", "REVOKE ", "CLONE ", "PURGE "};
    for (const std::string_view begin : kDestructive)
      if (text.compare(0, begin.size(), begin) == 0)
        world.violated(*this, text + " is run on " + server.name + ", and nobody permitted it");
  }

  void relay_log_dropped(World& world, SimServer& server,
                         const std::vector<TrxId>& dropped) override {
    // Whoever else has it may be gone by the time it is fetched again.
    for (const TrxId trx : dropped)
      if (!server.executed.has(trx))
        world.violated(*this, "the relay log of " + server.name + " is dropped with " +
                                  world.names({trx}) + ", which was not applied");
  }
};

}  // namespace

std::unique_ptr<Checker> history_kept() { return std::make_unique<HistoryKept>(); }

}  // namespace gtidops::sim
