// Lanes: the threads that make the answers. Each kind of request has its own, so that many password
// guesses or page requests hold up neither the health probes nor the metrics.
//
// Thread-safety and errors: as Lane.
#pragma once

#include "http/exchange.h"
#include "http/lane.h"

namespace gtidops {

class Lanes {
 public:
  // bcrypt: one thread, so that guessing keeps at most one processor busy. The queue is short, so
  // that a user with the right password does not wait long.
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
