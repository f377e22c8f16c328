#include "loop/schedule.h"

#include <algorithm>

namespace gtidops {

void Schedule::new_commit(Millis now) {
  failures_ = 0;
  failed_at_.clear();
  not_before_ = Millis{0};
  poke(now);
}

bool Schedule::may_act(Millis now, const std::string& what) const {
  return now >= not_before_ || what != failed_at_;
}

void Schedule::did(Millis now, Millis interval, const std::string& what, bool failed) {
  if (!failed) {
    failures_ = 0;
    failed_at_.clear();
    not_before_ = Millis{0};
    return;
  }
  constexpr int kMostDoublings = 20;
  const Millis wait = interval * (1LL << std::min(failures_, kMostDoublings));
  failed_at_ = what;
  not_before_ = now + std::min(wait, std::max(interval, kLongestBackOff));
  ++failures_;
}

void Schedule::ended(Millis now, Millis interval) {
  const Millis::rep spread = interval.count() / 20;
  std::uniform_int_distribution<Millis::rep> jitter(-spread, spread);
  due_ = std::max(now, began_ + interval + Millis{jitter(random_)});
}

}  // namespace gtidops
