// run: one run of the simulation, from one seed.
//
// Thread-safety: runs share nothing but constant tables. Errors: in the Report.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "sim/process.h"
#include "sim/scenario.h"

namespace gtidops::sim {

struct RunSettings {
  bool trace = false;
  bool faults = true;                  // the swarm's
  CrashAt crash;                       // of the first process, when there are no faults
  Decorators decorators;               // planted bugs
  std::function<void(World&)> also;    // when the run begins
  const Scenario* scenario = nullptr;  // in place of the seed's
};

struct Report {
  bool failed = false;
  bool unknowable = false;  // acknowledged writes were lost, and nobody could know (evidence.h)
  std::string what;         // which checker says what
  std::string scenario;
  std::string trace;
  std::uint64_t events = 0;
  int passes = 0;
  int calls_of_first = 0;  // port calls of the first process
  std::size_t writes = 0;  // acknowledged to clients
  double simulated_seconds = 0;
};

Report run_seed(std::uint64_t seed, const RunSettings& settings = {});

}  // namespace gtidops::sim
