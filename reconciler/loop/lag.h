// LagTracker: how far a replica is behind, measured by the heartbeat row: each pass writes one beat
// on the primary and then sees which replica has it. This is also right when the applier is idle,
// when the replica is cut off from its source (Seconds_Behind_Source is then NULL or stands still),
// and for a lag below a second. It needs no clock but ours.
//
// Between two beats only the least and the most that the lag can be are known;
// Seconds_Behind_Source decides between them. A replica with the newest beat is not behind in the
// pass that wrote the beat. Later, when no other beat has followed (gtidops only looks, or is
// suspended; the primary is gone), the beat says nothing of newer commits, and only
// Seconds_Behind_Source is left.
//
// Thread-safety: one thread at a time. Errors: none; what cannot be told is nullopt.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/quantity.h"
#include "model/observation.h"

namespace gtidops {

class LagTracker {
 public:
  // A pass begins: the newest beat counts as old until wrote() is called.
  void next_pass() { fresh_ = false; }
  // The primary has held this beat since `at` (milliseconds of a clock that never goes back).
  void wrote(const Heartbeat& beat, double at);
  // The lag, in seconds, of a replica that was looked at at `now`; `seen` is its heartbeat row.
  [[nodiscard]] std::optional<double> lag(const std::optional<Heartbeat>& seen,
                                          std::optional<std::int64_t> seconds_behind,
                                          double now) const;
  // How long ago the newest beat was written, in seconds.
  [[nodiscard]] double age_of_newest(double now) const {
    return beats_.empty() ? 0 : (now - beats_.back().at) / 1000;
  }
  // Is `seen` the newest beat?
  [[nodiscard]] bool has_newest(const std::optional<Heartbeat>& seen) const;

 private:
  struct Beat {
    std::uint64_t beat;
    double at;
  };
  bool fresh_ = false;       // the newest one was written in this pass
  std::string server_uuid_;  // of the primary that wrote them
  std::deque<Beat> beats_;   // the oldest first
};

}  // namespace gtidops
