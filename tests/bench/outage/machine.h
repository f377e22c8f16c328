// How much of the machine's CPUs went to somebody else, since a switch that has to wait for a CPU
// says nothing of the switch.
//
// Thread-safety: one thread. Errors: none; what cannot be read counts as zero.
#pragma once

#include <vector>

#include "bench/outage/fleet.h"

namespace gtidops::outage {

// Clock ticks of CPU time, since ever.
struct CpuTime {
  double all = 0;   // that there were, idle ones too
  double busy = 0;  // that were used, by whom ever
  double ours = 0;  // by the servers, this process and what it ran
};

CpuTime cpu_time(Fleet& fleet);
// From 0 to 100.
double percent_of_others(const CpuTime& before, const CpuTime& after);

}  // namespace gtidops::outage
