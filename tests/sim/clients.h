// Clients: applications that write one row after the other to whatever server takes it, and keep a
// log of what they were told is committed. Each has a network of its own: some still talk to the
// old primary.
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/checkers/checker.h"
#include "sim/random.h"
#include "sim/server.h"

namespace gtidops::sim {

class Clients {
 public:
  Clients(World& world, Rng rng) : world_(world), rng_(rng) {}

  // So many begin to write. `servers`: whom they know, by number.
  void start(int count, std::vector<int> servers);
  void know(int server);
  [[nodiscard]] bool knows(int server) const {
    return std::find(servers_.begin(), servers_.end(), server) != servers_.end();
  }
  // Nobody begins anything more; what is under way ends.
  void stop() { stopped_ = true; }

  // --- The swarm's.
  double long_statement = 0;  // a statement that takes up to `longest`
  Micros longest = 2 * kSecond;
  double open_transaction = 0;  // BEGIN; INSERT; ...; COMMIT
  double xa = 0;                // in two phases: XA PREPARE, and later XA COMMIT on another session
  int most = 260;               // writes at full speed in one run; then slowly

  [[nodiscard]] const std::vector<Acknowledgement>& log() const { return log_; }

 private:
  struct Client {
    int number = 0;
    std::size_t favourite = 0;
    int attempt = 0;  // what belongs to an earlier one is void
  };
  [[nodiscard]] Node node(const Client& client) const { return kFirstClient + client.number; }
  void think(int client, Micros pause);
  void write(int client);
  void land(int client, int attempt, SimServer& server);
  // Its second half, as a coordinator does it: where it was prepared, even if that server refuses
  // writes by now; only where that one cannot be reached, on another one that takes writes.
  void prepare(int client, int attempt, SimServer& server, int session, const std::string& xid);
  void end_branch(int client, const std::string& xid, int prepared_on, bool commit);
  void answered(int client, int attempt, SimServer& server, int session, const Reply& reply);
  void elsewhere(Client& client) { ++client.favourite; }
  TrxBody next_body(const SimServer& server) const;

  World& world_;
  Rng rng_;
  bool stopped_ = false;
  int written_ = 0;
  int branches_ = 0;
  std::vector<int> servers_;
  std::vector<Client> clients_;
  std::vector<Acknowledgement> log_;
};

}  // namespace gtidops::sim
