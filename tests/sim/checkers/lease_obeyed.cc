// Invariant 7: who has lost the lease acts no more. Whoever has heard that it is lost does nothing
// more, and begins nothing; and it is asked for before every step and every statement that changes
// something, so that between the question and the statement nothing is waited for.
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
    known.asked = known.asked_to_act = true;
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
    Known& known = known_[process];
    const auto violated = [&](const char* what) {
      world.violated(*this, "gtidops#" + std::to_string(process) + " runs " + text + " on " +
                                server.name + what);
    };
    if (known.told_no) violated(" although it was told that the lease is not its own");
    if (!known.asked_to_act) violated(" and has not asked for the lease since its last");
    known.asked_to_act = false;
  }

 private:
  struct Known {
    bool told_no = false;
    bool asked = false;         // since its last step
    bool asked_to_act = false;  // since its last statement
  };
  std::map<int, Known> known_;
};

}  // namespace

std::unique_ptr<Checker> lease_obeyed() { return std::make_unique<LeaseObeyed>(); }

}  // namespace gtidops::sim
