// Clock: the time that the pass and the loop see. The simulator has one of its own, on which days
// pass in a moment.
//
// Thread-safety: implementations say. Errors: none.
#pragma once

#include "base/quantity.h"

namespace gtidops {

class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual Moment now() const = 0;           // wall-clock: for people and windows
  [[nodiscard]] virtual Millis monotonic() const = 0;     // never goes back: for deadlines
  [[nodiscard]] virtual double monotonic_us() const = 0;  // the same in microseconds, for measuring
  virtual void sleep(Millis duration) = 0;
};

}  // namespace gtidops
