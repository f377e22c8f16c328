// Invariant 7: who has lost the lease acts no more. Between the question and the statement it may
// be lost, so one step may go on that was begun with it; whoever has heard that it is lost does
// nothing more, and begins nothing.
#include <map>

#include "sim/sql.h"
#include "sim/world.h"

namespace gtidops::sim {
namespace {

class LeaseObeyed : public Checker {
 public:
  [[nodiscard]] std::string_view name() const override { return "lease-obeyed"; }

  void lease_asked(World&, int process, bool held) override {
    Known& known = known_[process];
    known.told_no = !held;
    known.asked = true;
  }

  void step_begun(World& world, int process, const std::string& line) override {
    Known& known = known_[process];
    if (known.told_no)
      world.violated(*this, "gtidops#" + std::to_string(process) + " begins '" + line +
                                "' although it was told that the lease is not its own");
    if (!known.asked)
      world.violated(*this, "gtidops#" + std::to_string(process) + " begins '" + line +
                                "' and has not asked for the lease since its last step");
    known.asked = false;
  }

  void statement_sent(World& world, int process, const SimServer& server,
                      const std::string& text) override {
    if (only_reads(text)) return;
    if (known_[process].told_no)
      world.violated(*this, "gtidops#" + std::to_string(process) + " runs " + text + " on " +
                                server.name +
                                " although it was told that the lease is not its own");
  }

 private:
  struct Known {
    bool told_no = false;
    bool asked = false;
  };
  std::map<int, Known> known_;
};

}  // namespace

std::unique_ptr<Checker> lease_obeyed() { return std::make_unique<LeaseObeyed>(); }

}  // namespace gtidops::sim
