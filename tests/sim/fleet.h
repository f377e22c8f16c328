// SimFleet: one process's connections to the simulated servers. It answers as MysqlFleet does:
// kUnreachable when nothing was sent, kUnknown with 1317 when the statement was stopped at its
// deadline, kUnknown without a number when nobody knows.
//
// Thread-safety: one thread. Errors: as ports/fleet.h says; UnknownStatement.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/spec.h"
#include "ports/fleet.h"
#include "sim/server.h"

namespace gtidops::sim {

class Process;

class SimFleet : public Fleet {
 public:
  SimFleet(World& world, Process& process) : world_(world), process_(process) {}
  // The process is gone: its connections are closed, behind what is still on its way.
  ~SimFleet() override;

  Observation look(const std::vector<std::string>& servers, Depth depth, Millis deadline) override;
  Result<Rows> run(const Statement& statement, Millis deadline) override;
  Status begin(const Statement& statement, Millis patience) override;
  [[nodiscard]] std::uint64_t connection(const std::string& server) const override;

 private:
  // A connection, as seen from here and from the network.
  struct Wire {
    int server = 0;
    int session = 0;
    int boots = 0;      // of the server when it was made
    int under_way = 0;  // requests that have not arrived
    std::uint64_t number = 0;
    bool closed = false;
  };
  // A statement that was sent.
  struct Sent {
    bool landed = false;  // the server has it
    bool lost = false;    // the connection broke
    std::optional<Reply> reply;
  };
  struct Looking;

  std::optional<Unreachable> reach(SimServer& server, Millis deadline);
  void close(SimServer& server);
  static void hang_up(World& world, const std::shared_ptr<Wire>& wire, int tries);
  std::shared_ptr<Sent> send(const std::shared_ptr<Wire>& wire, const std::string& text,
                             Micros delay);
  static void land(World& world, const std::shared_ptr<Wire>& wire,
                   const std::shared_ptr<Sent>& sent, Node from, const std::string& text,
                   int tries);
  Result<Rows> interrupt(SimServer& server, const std::shared_ptr<Sent>& sent, Millis deadline);
  Result<Rows> judge(const Statement& statement, const Sent& sent);
  void look_at(SimServer& server, Depth depth, const std::shared_ptr<Looking>& looking);
  [[nodiscard]] std::string told(const Result<Rows>& result) const;

  World& world_;
  Process& process_;
  std::map<int, std::shared_ptr<Wire>> wires_;   // by server
  std::map<std::string, std::uint64_t> opened_;  // how many connections were made to each
};

// What a look at this server reads (sim/look.cc): first the channel, later the rest, last what it
// has executed.
void read_channel(const World& world, const SimServer& server, ServerState& state);
void read_state(const World& world, const SimServer& server, ServerState& state);
void read_details(const World& world, const SimServer& server, const Spec& spec,
                  ServerState& state);

// The statement with its secrets, as it goes over the wire.
std::string with_secrets(const Statement& statement);
// The password behind a reference.
std::string secret_of(const SecretRef& ref);

}  // namespace gtidops::sim
