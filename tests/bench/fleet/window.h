// Window: what a daemon did within some time, and what it cost.
//
// Thread-safety: one thread at a time. Errors: std::runtime_error when the daemon has ended.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "bench/fleet/daemon.h"
#include "bench/fleet/stand_in.h"

namespace gtidops::fleet {

struct Spread {
  double median = 0, p99 = 0, max = 0;
};
Spread spread_of(std::vector<double> values);

// Of the topologies that have nothing wrong.
struct Window {
  std::string name;
  double seconds = 0;
  std::size_t topologies = 0, kept = 0;  // kept: no gap of more than one and a half intervals
  double passes_per_second = 0, looks_per_second = 0;
  std::size_t other_results = 0;  // passes of theirs that ended otherwise than "synced"
  Spread gap;                     // seconds between two looks at a server
  // Of the whole daemon.
  double cpu_percent = 0, cpu_us_per_look = 0;
  Usage usage;
  Spread metrics_ms, topologies_ms;
  double metrics_mib = 0;
  double load_average = 0;
  std::vector<std::string> broken;  // names of those that did not keep their interval
};

struct WindowOptions {
  std::size_t topologies = 0, servers = 0;
  double interval = 5, seconds = 60, scrape_every = 15;
};

// `in_trouble`: topologies that are not counted.
Window watch(const std::string& name, const DaemonProcess& daemon, StandIn& stand_in,
             const WindowOptions& options, const std::set<std::size_t>& in_trouble);

// gtidops_reconciles_total of all results, or of one.
std::vector<double> passes_of(const std::string& metrics, std::size_t topologies,
                              const std::string& result = {});

std::string heading();
std::string line_of(const Window& window);
nlohmann::json json_of(const Window& window);
nlohmann::json json_of(const Usage& usage);

}  // namespace gtidops::fleet
