// Scenario: what a run begins with, and what is declared meanwhile.
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <string>
#include <vector>

#include "sim/world.h"

namespace gtidops::sim {

enum class Kind {
  kBootstrap,  // servers as installed
  kDrift,      // a healthy topology in which something was changed by hand
  kHealthy,    // nothing is the matter but the faults of the swarm
  kSwitch,     // the declared primary changes, once or several times
};
std::string kind_name(Kind kind);

// After so long, `primary` in the file becomes this server.
struct Declaration {
  Micros after = 0;
  int server = 0;
};

struct Scenario {
  Kind kind = Kind::kHealthy;
  int servers = 3;
  bool cascade = false;     // the last server replicates from the second
  bool delayed = false;     // the last server is delayed
  bool established = true;  // the state folder is there, and knows the primary
  int drifts = 0;           // so many things were changed by hand
  int connect_retry = 5;
  std::vector<Declaration> declarations;
  int semi_sync = 0;   // so many acknowledgements are declared
  int down = -1;       // this server is away during all of it
  bool event = false;  // an event is scheduled
};

Scenario draw_scenario(Rng& rng);
std::string describe(const Scenario& scenario);
// Declares it, and makes the servers so.
void prepare(World& world, const Scenario& scenario, Rng& rng);

// A person changes something that gtidops shall put right.
void drift(World& world, Rng& rng);

// A person does in the middle of a switch what it must not be blind to: opens a third server,
// freezes the old primary, gives the candidate another source.
void meddle_with_switch(World& world, Rng& rng);

// The declared primary becomes this one: what a person writes into the file, with whatever else
// must change for it to be valid.
void declare_primary(World& world, int server);
int declared_primary(const World& world);

}  // namespace gtidops::sim
