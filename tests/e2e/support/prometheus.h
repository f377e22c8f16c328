// A real Prometheus that scrapes a daemon once a second, with the rules of deploy/prometheus made
// quick: an alert is due after a second, not after minutes.
//
// Thread-safety: one thread. Errors: failed expectations of the test.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "e2e/support/child.h"

namespace gtidops::testing {

class Prometheus {
 public:
  // `folder`: for its configuration, data and log. `target`: the port that it scrapes.
  Prometheus(const std::filesystem::path& folder, int target);

  // The result of an instant query: a list of {"metric": {...}, "value": [time, "text"]}.
  nlohmann::json query(const std::string& expression);
  // "GtidopsSpecInvalid", "GtidopsSuspended shop": the alerts that fire, with their topology.
  std::set<std::string> firing();
  [[nodiscard]] std::string log() const { return process_.log(); }

 private:
  int port_;
  Child process_;
};

}  // namespace gtidops::testing
