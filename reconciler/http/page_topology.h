// page_topology: one topology on the page for people: its state in words, its servers as a tree,
// what differs and is refused, and what was done last.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>

#include "report/snapshot.h"

namespace gtidops {

std::string topology_card(const TopologySnapshot& topology);

}  // namespace gtidops
