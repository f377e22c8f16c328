// Deadline: the moment by which something must be over, on a clock that never goes back.
//
// Thread-safety: a plain value. Errors: none.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/quantity.h"

namespace gtidops {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(Clock::time_point moment) : moment_(moment) {}
  static Deadline after(Millis duration) { return Deadline(Clock::now() + duration); }

  [[nodiscard]] Clock::time_point moment() const { return moment_; }
  [[nodiscard]] bool over() const { return Clock::now() >= moment_; }
  // Never negative. Rounded up, so that a wait of this length does not end before the deadline.
  [[nodiscard]] Millis left() const {
    return std::max(Millis{0}, std::chrono::ceil<Millis>(moment_ - Clock::now()));
  }
  // For poll(2).
  [[nodiscard]] int poll_timeout() const {
    return static_cast<int>(std::min<Millis::rep>(left().count(), 3'600'000));
  }
  [[nodiscard]] Deadline earlier(const Deadline& other) const {
    return Deadline(std::min(moment_, other.moment_));
  }

 private:
  Clock::time_point moment_;
};

}  // namespace gtidops
