// Intent: the only durable memory of a topology; everything else is observed.
//
// Thread-safety: a plain value.
#pragma once

#include <cstdint>
#include <string>

namespace gtidops {

struct Intent {
  std::uint64_t epoch = 0;  // grows with every role change
  // The server_uuid of the primary that gtidops last opened or found open with every other server
  // read-only. It may be opened again after a restart even while another server cannot be reached:
  // that one boots read-only and was never opened by us. Empty: no such knowledge.
  std::string established_primary_uuid;

  friend bool operator==(const Intent&, const Intent&) = default;
};

}  // namespace gtidops
