// World: everything there is in one simulated run, and the one place where its parts meet.
//
// Thread-safety: one thread. Errors: violated() throws Violation; a statement that the simulated
// server does not know throws UnknownStatement.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/spec.h"
#include "sim/checkers/checker.h"
#include "sim/clients.h"
#include "sim/disk.h"
#include "sim/evidence.h"
#include "sim/ledger.h"
#include "sim/network.h"
#include "sim/random.h"
#include "sim/server.h"
#include "sim/timeline.h"
#include "sim/trace.h"

namespace gtidops::sim {

// An invariant does not hold.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// Acknowledged writes were lost, and no look ever showed a trace of it: the run ends there.
struct Unknowable : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct UnknownStatement : std::logic_error {
  using std::logic_error::logic_error;
};

// What may go wrong between gtidops and the servers; drawn by the swarm (sim/swarm.h).
struct Weather {
  double lost_reply = 0;   // a statement's
  double late_effect = 0;  // a statement hangs in the network, and lands later
  double full_disk = 0;    // the journal cannot be written
  double power_cut = 0;    // a crash of gtidops is one of its whole machine
};

class World {
 public:
  World(std::uint64_t seed, int servers, bool trace);

  const std::uint64_t seed;
  Rng rng;
  Timeline time;
  Trace trace;
  Network network;
  Ledger ledger;
  std::vector<std::unique_ptr<SimServer>> servers;
  Clients clients;
  Disk disk;
  Disk rival_disk;  // of a gtidops that shares no state folder with the others
  Weather weather;
  Spec spec;  // as it is in git now
  std::vector<std::unique_ptr<Checker>> checkers;
  int passes_under_way = 0;
  Micros pass_began = 0;
  bool knows_the_primary = true;   // the state folder was there from the beginning
  bool settled = false;            // the plan was found empty, and nothing is to be done
  Micros last_trouble = -kSecond;  // when a fault last struck or ended
  int last_process = 0;            // processes are numbered
  std::set<int> dead_processes;    // those that crashed
  bool looped;                     // they pass as the daemon does
  // The address of this name, as the file has it, leads to another server.
  std::map<std::string, int> elsewhere;
  // Something was done that only a person can judge: the passes may end with a refusal that says
  // so.
  bool for_a_person = false;
  // A server came back empty: where it is the one declared, a person declares the acting primary
  // until it is copied.
  bool set_up_anew = false;
  // A server came back from an older copy under another server_uuid: what became of the old one
  // only a person knows.
  bool reborn = false;
  Evidence evidence;

  [[nodiscard]] SimServer& server(int index) const {
    return *servers[static_cast<std::size_t>(index)];
  }
  // Whom gtidops reaches by a name of the specification.
  [[nodiscard]] SimServer& reached(const std::string& name) const {
    const auto found = elsewhere.find(name);
    return found == elsewhere.end() ? *named(name) : server(found->second);
  }
  // nullptr when there is none of that name, or at that address.
  [[nodiscard]] SimServer* named(const std::string& name) const;
  [[nodiscard]] SimServer* at(const std::string& host, int port) const;

  // Tells every checker.
  template <class Call>
  void tell(Call call) {
    for (const auto& checker : checkers) call(*checker);
  }
  [[noreturn]] void violated(const Checker& checker, const std::string& what);
  template <class Tell>
  void say(std::string_view who, Tell tell) {
    trace.say(time.now(), who, tell);
  }
  void trouble() { last_trouble = time.now(); }
  // The names of these transactions, for a person.
  [[nodiscard]] std::string names(const std::vector<TrxId>& list) const;
};

}  // namespace gtidops::sim
