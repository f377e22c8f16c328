// Scenario: one text file that says what is declared, what is seen, and what plan must come of it.
// tests/scenarios/README.md tells how to write one.
//
// Thread-safety: pure functions, but for the files. Errors: std::invalid_argument that says what is
// wrong in the file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "model/intent.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"

namespace gtidops::testing {

struct Scenario {
  std::string given;     // the file down to "expect", as it is
  std::string expected;  // what stands below it
  Spec spec;
  Observation seen;
  Intent intent;
  bool show_sql = false;
};

// All *.txt in tests/scenarios of the source tree, sorted.
std::vector<std::filesystem::path> scenario_files();
Scenario read_scenario(const std::filesystem::path& file);
// The plan as the files show it, and what is left when it was carried out.
std::string outcome_text(const Scenario& scenario);
void rewrite(const std::filesystem::path& file, const Scenario& scenario,
             const std::string& outcome);

}  // namespace gtidops::testing
