// Actor: who it is that acts on a topology, as its sessions tell the servers (connection
// attributes, which performance_schema.session_connect_attrs shows): read by
// execute/right_to_act.h.
//
// All attributes of a session together get performance_schema_session_connect_attrs_size bytes, 512
// unless somebody changed it; what is behind that is cut off. The library's own take some 150.
//
// Thread-safety: a plain value.
#pragma once

#include <string>

namespace gtidops {

struct Actor {
  std::string topology;    // empty: it only looks
  std::string controller;  // the same for all processes that share a state directory, at most 100
  std::string holder;      // for people: command, process, host, since when, at most 150
  [[nodiscard]] bool acts() const { return !topology.empty(); }
};

}  // namespace gtidops
