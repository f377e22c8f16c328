// Lanes: who works for the connections. Each kind of request has threads of its own, so that a
// crowd that guesses passwords or asks for pages holds up neither health nor metrics.
//
// Thread-safety and errors: as Lane.
#pragma once

#include "http/exchange.h"
#include "http/lane.h"

namespace gtidops {

class Lanes {
 public:
  // bcrypt: one at a time, so that guessing keeps one processor busy at most; and so few wait that
  // whoever knows his password is not kept for long.
  Lane passwords{1, 16};
  Lane& of(WebLane lane) {
    return lane == WebLane::kProbe ? probes_ : lane == WebLane::kMetrics ? metrics_ : others_;
  }
  void end() {
    for (Lane* lane : {&passwords, &probes_, &metrics_, &others_}) lane->end();
  }

 private:
  Lane probes_{1, 64}, metrics_{2, 32}, others_{4, 64};
};

}  // namespace gtidops
