// gtidops-sim: runs seeds of the simulation, and shows the first that fails.
//
//   gtidops-sim --seeds N [--seed S] [--trace] [--keep-going] [--damage NAME] [--no-faults]
//
// --damage: each run has this damage (damage.h) in it, whatever the swarm draws. --no-faults: the
// swarm draws nothing.
// Without --trace, a seed that fails is run again with it. Exit code 0: all is well; 1: a seed
// failed; 64: wrong usage.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

#include "sim/damage.h"
#include "sim/run.h"

namespace {

struct Options {
  std::uint64_t first = 1;
  std::uint64_t seeds = 1;
  bool trace = false;
  bool keep_going = false;
  bool faults = true;
  void (*damage)(gtidops::sim::World&) = nullptr;
};

int usage() {
  std::fputs(
      "usage: gtidops-sim --seeds N [--seed S] [--trace] [--keep-going] [--damage NAME] "
      "[--no-faults]\n",
      stderr);
  return 64;
}

bool read_damage(const std::string& name, Options& options) {
  for (const auto& damage : gtidops::sim::damages())
    if (damage.name == name) options.damage = damage.strike;
  return options.damage != nullptr;
}

bool read(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool more = i + 1 < argc;
    if (word == "--seeds" && more)
      options.seeds = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--seed" && more)
      options.first = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--trace")
      options.trace = true;
    else if (word == "--keep-going")
      options.keep_going = true;
    else if (word == "--no-faults")
      options.faults = false;
    else if (word == "--damage" && more && read_damage(argv[i + 1], options))
      ++i;
    else
      return false;
  }
  return options.seeds > 0;
}

void show(std::uint64_t seed, const gtidops::sim::Report& report) {
  std::printf("seed %llu: %s\n%sseed %llu FAILED: %s\n", static_cast<unsigned long long>(seed),
              report.scenario.c_str(), report.trace.c_str(), static_cast<unsigned long long>(seed),
              report.what.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  using gtidops::sim::RunSettings;
  Options options;
  if (!read(argc, argv, options)) return usage();
  RunSettings settings;
  settings.trace = options.trace;
  settings.faults = options.faults;
  settings.also = options.damage;
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t ran = 0;
  std::uint64_t failed = 0;
  std::uint64_t unknowable = 0;
  double simulated = 0;
  std::uint64_t events = 0;
  std::uint64_t writes = 0;
  std::map<std::string, std::uint64_t> reasons;
  for (std::uint64_t seed = options.first; seed < options.first + options.seeds; ++seed) {
    const auto report = run_seed(seed, settings);
    ++ran;
    simulated += report.simulated_seconds;
    events += report.events;
    writes += report.writes;
    unknowable += report.unknowable ? 1 : 0;
    if (options.trace) std::fputs(report.trace.c_str(), stdout);
    if (!report.failed) continue;
    ++failed;
    if (options.keep_going) {
      std::printf("seed %llu FAILED (%s): %s\n", static_cast<unsigned long long>(seed),
                  report.scenario.c_str(), report.what.c_str());
      continue;
    }
    RunSettings traced = settings;
    traced.trace = true;
    show(seed, run_seed(seed, traced));
    break;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf(
      "%llu seeds, %llu failed, %llu where nobody could know; %.1f seconds, %.0f seeds a second; "
      "%.0f simulated hours, "
      "%llu events, %llu writes\n",
      static_cast<unsigned long long>(ran), static_cast<unsigned long long>(failed),
      static_cast<unsigned long long>(unknowable), took.count(),
      static_cast<double>(ran) / took.count(), simulated / 3600,
      static_cast<unsigned long long>(events), static_cast<unsigned long long>(writes));
  return failed == 0 ? 0 : 1;
}
