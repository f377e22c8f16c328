// Timeline: the simulation's time, and what is to happen in it. Time only moves when somebody waits
// for it; then everything that is due happens, in the order of its moment and, at one moment, in
// the order in which it was asked for. What happens may itself wait (a second gtidops does), so
// waits nest.
//
// Thread-safety: one thread. Errors: none of its own; what an event throws goes through.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/quantity.h"
#include "ports/clock.h"

namespace gtidops::sim {

using Micros = std::int64_t;
constexpr Micros kMillisecond = 1'000;
constexpr Micros kSecond = 1'000'000;

class Timeline {
 public:
  using Happening = std::function<void()>;

  [[nodiscard]] Micros now() const { return now_; }
  void at(Micros when, Happening what);
  void after(Micros delay, Happening what) { at(now_ + delay, std::move(what)); }

  void run_until(Micros moment) {
    while (step(moment)) {
    }
  }
  // Until `done` says so or the moment has come.
  template <class Done>
  void wait(Micros moment, Done done) {
    while (!done() && step(moment)) {
    }
  }
  // Called behind every event: where the checkers look.
  void after_each(Happening hook) { hook_ = std::move(hook); }
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  struct Event {
    Micros when;
    std::uint64_t order;
    std::size_t place;  // in happenings_: the heap moves its events many times
  };
  static bool later(const Event& a, const Event& b) {
    return a.when != b.when ? a.when > b.when : a.order > b.order;
  }
  // The next event that is due by then; false, and that moment, when there is none.
  bool step(Micros until);

  Micros now_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t events_ = 0;
  std::vector<Event> heap_;
  std::vector<Happening> happenings_;
  std::vector<std::size_t> free_;
  Happening hook_;
};

// Wall-clock time begins at a fixed moment, so that runs are alike.
inline Moment wall_clock(Micros at) {
  return Moment(Millis(1'795'359'600'000 + at / kMillisecond));
}

// The Clock of the pass.
class SimClock : public Clock {
 public:
  SimClock(Timeline& time, std::function<void()> before_sleep)
      : time_(time), before_sleep_(std::move(before_sleep)) {}
  [[nodiscard]] Moment now() const override { return wall_clock(time_.now()); }
  [[nodiscard]] Millis monotonic() const override { return Millis(time_.now() / kMillisecond); }
  [[nodiscard]] double monotonic_us() const override { return static_cast<double>(time_.now()); }
  void sleep(Millis duration) override {
    before_sleep_();
    time_.run_until(time_.now() + duration.count() * kMillisecond);
  }

 private:
  Timeline& time_;
  std::function<void()> before_sleep_;
};

}  // namespace gtidops::sim
