// Damage: what people do to servers that leaves no trace, or a false one: a RESET, a filter for a
// while, a server that comes back from an older copy, an address that leads to another server. Only
// a person can judge what becomes of it, so a run may then end with a refusal that says so
// (World::for_a_person).
//
// Thread-safety: one thread. Errors: none.
#pragma once

#include <string_view>
#include <vector>

#include "sim/world.h"

namespace gtidops::sim {

// Each of these does it some time after now, in the middle of the run.

// RESET BINARY LOGS AND GTIDS on the primary; its clients go on, and its counter passes the old
// numbers. Then the file names another primary.
void reset_then_switch(World& world);
// A filter is on for a while on a replica. Then the file names that one the primary.
void filter_then_switch(World& world);
// The primary comes back from an older copy with its UUID; the replicas hold more, and are away
// when it is looked at the second time.
void older_copy_alone(World& world);
// The same with another UUID, while the replicas are there; nothing is remembered.
void older_copy_with_another_uuid(World& world);
// The address of the primary leads to a server that was taken out of the topology once.
void address_elsewhere(World& world);

// A replica is set up anew: it comes back empty, with another UUID, and read-only. The binary logs
// of the others do not reach back to the beginning. Nothing of it is for a person: it is copied
// into.
void set_up_anew(World& world);

struct Damage {
  std::string_view name;  // "reset_then_switch"
  void (*strike)(World& world);
};
// All of them.
const std::vector<Damage>& damages();

}  // namespace gtidops::sim
