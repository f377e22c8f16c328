#include "sim/timeline.h"

#include <algorithm>
#include <utility>

namespace gtidops::sim {

void Timeline::at(Micros when, Happening what) {
  heap_.push_back({std::max(when, now_), order_++, std::move(what)});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

bool Timeline::step(Micros until) {
  if (heap_.empty() || heap_.front().when > until) {
    now_ = std::max(now_, until);
    return false;
  }
  std::pop_heap(heap_.begin(), heap_.end(), later);
  const Event event = std::move(heap_.back());
  heap_.pop_back();
  // What was waited for inside of an event may have moved time on past others.
  now_ = std::max(now_, event.when);
  ++events_;
  event.what();
  if (hook_) hook_();
  return true;
}

}  // namespace gtidops::sim
