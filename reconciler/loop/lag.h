// LagTracker: how far a replica is behind, measured by the heartbeat row: each pass writes one beat
// on the primary and then sees which replica has it. That is right when the applier is idle, when
// the replica is cut off from its source (Seconds_Behind_Source is NULL or stands still then), and
// below a second; it needs no clock but ours.
//
// Between two beats it can only be said "at least" and "at most": there Seconds_Behind_Source
// decides, within these limits. Who holds the newest beat is not behind in the pass in which it was
// written; later, when no other has followed it (gtidops only looks, or is suspended; the primary
// is gone), it says nothing of what was committed since, and only the server's word is left.
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
  // A pass begins: the beats so far are old, until another is written.
  void next_pass() { fresh_ = false; }
  // The primary holds this beat since `at` (milliseconds of a clock that never goes back).
  void wrote(const Heartbeat& beat, double at);
  // Of a replica that was seen at `now`; `seen` is its row.
  [[nodiscard]] std::optional<double> lag(const std::optional<Heartbeat>& seen,
                                          std::optional<std::int64_t> seconds_behind,
                                          double now) const;
  // How long ago the newest beat was written, in seconds.
  [[nodiscard]] double age_of_newest(double now) const {
    return beats_.empty() ? 0 : (now - beats_.back().at) / 1000;
  }
  // Does it hold the newest beat?
  [[nodiscard]] bool has_newest(const std::optional<Heartbeat>& seen) const;

 private:
  struct Beat {
    std::uint64_t beat;
    double at;
  };
  bool fresh_ = false;       // the newest one was written in this pass
  std::string server_uuid_;  // who wrote them
  std::deque<Beat> beats_;   // the oldest first
};

}  // namespace gtidops
