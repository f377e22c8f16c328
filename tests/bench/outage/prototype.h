// A planned switch by SQL and nothing else: the order of statements that gtidops follows, without
// its looks, its journal, its guards and its way back. What it takes is what a switch cannot take
// less than.
#pragma once

#include <chrono>
#include <string>

#include "bench/outage/fleet.h"

namespace gtidops::outage {

using Clock = std::chrono::steady_clock;
inline double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

struct PrototypeTimes {
  double blocked_ms = 0;   // from the freeze being sent to the new primary being open
  double catch_up_ms = 0;  // before the freeze, with writes flowing
};

// Makes `to` the primary in place of `from`; all others follow it then. Throws sandbox::SqlError,
// and leaves behind what there is by then.
PrototypeTimes prototype_switch(Fleet& fleet, const std::string& from, const std::string& to);

}  // namespace gtidops::outage
