#include "sim/timeline.h"

#include <algorithm>
#include <utility>

namespace gtidops::sim {

void Timeline::at(Micros when, Happening what) {
  if (free_.empty()) {
    free_.push_back(happenings_.size());
    happenings_.emplace_back();
  }
  const std::size_t place = free_.back();
  free_.pop_back();
  happenings_[place] = std::move(what);
  heap_.push_back({std::max(when, now_), order_++, place});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

bool Timeline::step(Micros until) {
  if (heap_.empty() || heap_.front().when > until) {
    now_ = std::max(now_, until);
    return false;
  }
  std::pop_heap(heap_.begin(), heap_.end(), later);
  const Event event = heap_.back();
  heap_.pop_back();
  const Happening what = std::exchange(happenings_[event.place], nullptr);
  free_.push_back(event.place);
  // What was waited for inside of an event may have moved time on past others.
  now_ = std::max(now_, event.when);
  ++events_;
  what();
  if (hook_) hook_();
  return true;
}

}  // namespace gtidops::sim
