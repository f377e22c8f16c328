#include "loop/lag.h"

#include <algorithm>

namespace gtidops {
namespace {

// A day of beats, one every ten seconds. A replica that is further behind is measured by the oldest
// one.
constexpr std::size_t kMostBeats = 8'640;

}  // namespace

void LagTracker::wrote(const Heartbeat& beat, double at) {
  // The row was made anew and counts from the beginning, or its server came back from an older
  // copy.
  if (!beats_.empty() && beat.beat <= beats_.back().beat && beat.beat != beats_.back().beat)
    beats_.clear();
  server_uuid_ = beat.server_uuid;
  if (!beats_.empty() && beats_.back().beat == beat.beat) return;
  fresh_ = true;
  beats_.push_back({beat.beat, at});
  if (beats_.size() > kMostBeats) beats_.pop_front();
}

bool LagTracker::has_newest(const std::optional<Heartbeat>& seen) const {
  return seen && !beats_.empty() && seen->beat >= beats_.back().beat;
}

std::optional<double> LagTracker::lag(const std::optional<Heartbeat>& seen,
                                      std::optional<std::int64_t> seconds_behind,
                                      double now) const {
  const auto told = seconds_behind ? std::optional(static_cast<double>(*seconds_behind))
                                   : std::optional<double>{};
  if (beats_.empty() || !seen) return told;
  if (has_newest(seen)) return fresh_ ? std::optional(0.0) : told;
  const auto missing = std::find_if(beats_.begin(), beats_.end(),
                                    [&](const Beat& one) { return one.beat > seen->beat; });
  const double least = std::max(0.0, (now - missing->at) / 1000);
  if (missing == beats_.begin()) return std::max(least, told.value_or(least));
  const double most = std::max(least, (now - std::prev(missing)->at) / 1000);
  return std::clamp(told.value_or(least), least, most);
}

}  // namespace gtidops
