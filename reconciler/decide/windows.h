// windows: when steps may be done. A deny window forbids steps of its risk and above while it is
// open; where there are allow windows for a risk, one of them must be open.
//
// A window opens when the clock of its time zone shows what the schedule says, and stays open for
// `duration` of real time. When the clock is put forward, a window in the skipped time opens at
// that moment. When it is put back and shows a time twice, a deny window opens twice, and an allow
// window only the first time: in doubt nothing is done.
//
// Thread-safety: pure functions. Errors: none; a time zone that this machine does not know forbids.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "model/risk.h"
#include "model/spec.h"

namespace gtidops {

struct WindowVerdict {
  bool allowed = true;
  std::string why;              // when not: which window forbids it
  std::optional<Moment> until;  // and when it will be allowed; nullopt: no end can be seen
};

WindowVerdict judge_windows(const std::vector<WindowSpec>& windows, Moment at, Risk risk);

}  // namespace gtidops
