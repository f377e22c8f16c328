// Actor: the process that acts on a topology, as its sessions name it to the servers: in connection
// attributes (performance_schema.session_connect_attrs), where execute/right_to_act.h reads it.
//
// All attributes of one session share performance_schema_session_connect_attrs_size bytes, 512 by
// default; the server cuts off what is beyond that. The client library's own attributes take some
// 150.
//
// Thread-safety: a plain value. Errors: none.
#pragma once

#include <string>

namespace gtidops {

struct Actor {
  std::string topology;    // empty: the session only looks
  std::string controller;  // the same for all processes that share a state directory, at most 100
  std::string holder;      // for people: command, process, host, since when, at most 150
  // Of a connection that does not act, but begins a copy into its server: the controller.
  std::string copies = {};
  [[nodiscard]] bool acts() const { return !topology.empty(); }
};

}  // namespace gtidops
