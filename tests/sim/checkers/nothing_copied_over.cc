// Invariant 8: a copy goes into a server that holds nothing: no schema, and no transaction of a
// client that no other server has. And never into one that takes writes.
#include <algorithm>

#include "sim/sql.h"
#include "sim/world.h"

namespace gtidops::sim {
namespace {

class NothingCopiedOver : public Checker {
 public:
  [[nodiscard]] std::string_view name() const override { return "nothing-copied-over"; }

  void statement_runs(World& world, SimServer& server, int /*session*/,
                      const std::string& text) override {
    if (text.compare(0, 20, "CLONE INSTANCE FROM ") != 0) return;
    if (!server.fenced())
      world.violated(*this, "a copy goes into " + server.name + ", which takes writes");
    if (!server.schemas.empty())
      world.violated(*this, "a copy goes into " + server.name + ", which holds a schema");
    for (const TrxId trx : server.binlog) {
      const bool elsewhere = std::any_of(
          world.servers.begin(), world.servers.end(),
          [&](const auto& other) { return other.get() != &server && other->executed.has(trx); });
      if (world.ledger.of(trx).body.kind == TrxBody::Kind::kRow && !elsewhere)
        world.violated(*this, "a copy goes into " + server.name + ", which alone holds a row");
    }
  }
};

}  // namespace

std::unique_ptr<Checker> nothing_copied_over() { return std::make_unique<NothingCopiedOver>(); }

}  // namespace gtidops::sim
