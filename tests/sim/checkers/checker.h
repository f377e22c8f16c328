// Checker: one invariant of the design, held against the simulator's truth. It is told what
// happens, and looks behind every event; what it finds it says with World::violated.
//
// Thread-safety: one thread. Errors: Violation.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/plan.h"
#include "sim/ledger.h"

namespace gtidops::sim {

class World;
class SimServer;

// A write of which its client was told that it is committed.
struct Acknowledgement {
  int client = 0;
  int server = 0;
  TrxId trx = -1;
  Micros at = 0;
};

class Checker {
 public:
  Checker() = default;
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;
  virtual ~Checker() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;
  // A statement of this process made the server writable, just now.
  virtual void opened(World&, SimServer&, int /*process*/) {}
  // A server's super_read_only went ON, by this process (or 0: somebody else).
  virtual void frozen(World&, SimServer&, int /*process*/) {}
  virtual void acknowledged(World&, const Acknowledgement&) {}
  // These were fetched, not applied, and thrown away.
  virtual void relay_log_dropped(World&, SimServer&, const std::vector<TrxId>&) {}
  // This process has sent it.
  virtual void statement_sent(World&, int /*process*/, const SimServer&, const std::string&) {}
  // The server runs it, in this session.
  virtual void statement_runs(World&, SimServer&, int /*session*/, const std::string&) {}
  // KILL CONNECTION by this session.
  virtual void killed(World&, SimServer&, int /*by*/, int /*session*/) {}
  virtual void lease_asked(World&, int /*process*/, bool /*held*/) {}
  virtual void step_begun(World&, int /*process*/, const std::string&) {}
  virtual void after_event(World&) {}
  // Everything was healed and the passes said that there is nothing left; `left` is what one more
  // plan says.
  virtual void converged(World&, const Plan& /*left*/) {}
};

// All of them, invariants 1 to 7 and 12.
std::vector<std::unique_ptr<Checker>> all_checkers();

std::unique_ptr<Checker> one_writer();
std::unique_ptr<Checker> nothing_lost();
std::unique_ptr<Checker> history_kept();
std::unique_ptr<Checker> converges();
std::unique_ptr<Checker> writes_blocked_briefly();
std::unique_ptr<Checker> lease_obeyed();
std::unique_ptr<Checker> one_actor();
std::unique_ptr<Checker> nothing_copied_over();

}  // namespace gtidops::sim
