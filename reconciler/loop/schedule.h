// Schedule: when a topology is looked at next, and whether something may be done then.
//
// It is looked at once an interval, whatever happens. After a failure no steps are run for a while:
// one interval, then two, four, ... up to five minutes. The back-off ends when steps succeed, when
// a new commit comes, or when other steps are to be run.
//
// Thread-safety: one thread at a time. Errors: none. It has no clock: times are passed in, from a
// clock that never goes back.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "base/quantity.h"

namespace gtidops {

inline constexpr Millis kLongestBackOff{300'000};

class Schedule {
 public:
  // `seed`: for the jitter of a twentieth of the interval, so that many topologies do not become
  // due together.
  explicit Schedule(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] Millis due() const { return due_; }
  void poke(Millis now) { due_ = std::min(due_, now); }
  void new_commit(Millis now);

  // May these steps be run now? `what`: the steps, as text.
  [[nodiscard]] bool may_act(Millis now, const std::string& what) const;
  void began(Millis now) { began_ = now; }
  void did(Millis now, Millis interval, const std::string& what, bool failed);
  void ended(Millis now, Millis interval);

  [[nodiscard]] int failures() const { return failures_; }

 private:
  std::mt19937_64 random_;
  Millis due_{0}, began_{0}, not_before_{0};
  int failures_ = 0;
  std::string failed_at_;
};

}  // namespace gtidops
