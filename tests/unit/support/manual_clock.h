// ManualClock: a clock for unit tests; its time passes only when it is told to, or when somebody
// sleeps.
//
// Thread-safety: one thread at a time. Errors: none.
#pragma once

#include "ports/clock.h"

namespace gtidops {

class ManualClock : public Clock {
 public:
  [[nodiscard]] Moment now() const override { return Moment(Millis(1'790'000'000'000) + at); }
  [[nodiscard]] Millis monotonic() const override { return at; }
  [[nodiscard]] double monotonic_us() const override {
    return static_cast<double>(at.count()) * 1000;
  }
  void sleep(Millis duration) override { at += duration; }
  Millis at{1'000};
};

}  // namespace gtidops
