// Depth: how much of a server a look reads.
#pragma once

namespace gtidops {

enum class Depth {
  kState,    // what changes often: one round trip
  kPulse,    // kState and the heartbeat, in the same round trip
  kDetails,  // kState and what changes rarely
};

}  // namespace gtidops
