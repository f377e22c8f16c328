// Depth: how much of a server a look reads.
#pragma once

namespace gtidops {

enum class Depth {
  kState,    // what changes: one round trip a server
  kPulse,    // the same, and the heartbeat, in the same round trip
  kDetails,  // and what rarely does
};

}  // namespace gtidops
