// Invariant 12: two controllers never act on one topology at once, wherever they run. What changes
// something runs on a server only in the session that holds the right to act there; and nobody ends
// a session of a gtidops that works from another state folder.
#include "sim/sql.h"
#include "sim/world.h"

namespace gtidops::sim {
namespace {

class OneActor : public Checker {
 public:
  [[nodiscard]] std::string_view name() const override { return "one-actor"; }

  void statement_runs(World& world, SimServer& server, int session,
                      const std::string& text) override {
    const Session& one = server.sessions.at(session);
    // Whose sessions it may end, killed() looks at.
    if (one.owner == 0 || only_reads(text) || text.compare(0, 5, "KILL ") == 0) return;
    if (server.right != session)
      world.violated(*this, "gtidops#" + std::to_string(one.owner) + " runs " + text + " on " +
                                server.name + ", where it does not hold the right to act");
  }

  void killed(World& world, SimServer& server, int by, int session) override {
    const auto ends = server.sessions.find(by);
    const auto ended = server.sessions.find(session);
    if (ends == server.sessions.end() || ended == server.sessions.end()) return;
    if (ends->second.owner == 0 || ended->second.owner == 0 ||
        ends->second.controller == ended->second.controller)
      return;
    world.violated(*this, "gtidops#" + std::to_string(ends->second.owner) + " ends a session of " +
                              "gtidops#" + std::to_string(ended->second.owner) + " on " +
                              server.name + ", which is not of its own state folder");
  }
};

}  // namespace

std::unique_ptr<Checker> one_actor() { return std::make_unique<OneActor>(); }

}  // namespace gtidops::sim
