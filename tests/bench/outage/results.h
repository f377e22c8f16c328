// What the switches took, as numbers, text and JSON. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace gtidops::outage {

struct Switch {
  std::string tool, from, to;
  std::string error;  // empty: it was done
  // As the tool says: from the old primary refusing writes to the new one taking them.
  double blocked_ms = 0;
  // As the client saw it: from the last row that the old primary acknowledged to the first of the
  // new one; the longest time without a row around the switch, and as long before it.
  double handover_ms = 0, gap_ms = 0, noise_ms = 0;
  double command_ms = 0;    // the command as a whole
  double caught_up_ms = 0;  // after the load had ended, until all servers had everything
  // Percent of the machine's CPUs that others used, from the load's begin to its end.
  double others_percent = 0;
  std::size_t rows = 0, doubtful = 0, lost = 0, overlap = 0, late = 0;
  bool identical = false;
};

struct Run {
  std::string title;  // what was measured: servers, load, options
  std::vector<Switch> switches;
  std::size_t rows = 0, lost = 0;  // of all switches, looked for on all servers at the end
  bool identical = false;
  std::string trouble;  // of the last look
  // Of the machine, with what else ran on it: a switch competes for its CPUs.
  double load_before = 0, load_after = 0;
  [[nodiscard]] bool good() const;  // all done, nothing lost, never two writable servers
};

double median(std::vector<double> values);

std::string line_of(const Switch& one, std::size_t number);
std::string heading();
// Medians and maxima of each tool, of all switches and of those that had the machine to themselves;
// the losses.
std::string summary(const Run& run);
nlohmann::json json_of(const Run& run);

}  // namespace gtidops::outage
