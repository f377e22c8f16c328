// Scenario: one text file that says what is declared, what is seen, and what plan must come of it;
// and then perhaps what happened next, and the plan after that.
// tests/scenarios/README.md tells how to write one.
//
// Thread-safety: pure functions, but for the files. Errors: std::invalid_argument that says what is
// wrong in the file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "model/intent.h"
#include "model/observation.h"
#include "model/spec.h"
#include "scenarios/words.h"

namespace gtidops::testing {

// One pass: what is there by then, and what plan must come of it. Of a later chapter stands only
// what is other than at the end of the one before.
struct Chapter {
  // What became of the plan of the chapter before.
  enum class Before { kNothingDone, kCarriedOut, kSomeSteps };

  std::string given;     // the lines down to "expect", as they are
  std::string expected;  // what stands below it
  Before before = Before::kNothingDone;
  std::size_t steps = 0;  // kSomeSteps: so many of them, then gtidops died
  Spec spec;
  std::map<std::string, std::vector<Phrase>> seen;  // server -> what is said of it
  std::vector<std::string> intent;  // "established db1", "super-read-only-off db2", ...
  std::string secret;               // "missing WHY", "bad WHY": of the replication user's password
  bool show_sql = false;
};

struct Scenario {
  std::vector<Chapter> chapters;  // at least one
};

// What a chapter comes to.
struct Played {
  Spec spec;
  Observation seen;
  Intent intent;
  std::string outcome;  // the plan as the files show it, and what is left when it was carried out
};

// All *.txt below tests/scenarios of the source tree, sorted.
std::vector<std::filesystem::path> scenario_files();
Scenario read_scenario(const std::filesystem::path& file);
// Each chapter, one after another.
std::vector<Played> play(const Scenario& scenario);
void rewrite(const std::filesystem::path& file, const Scenario& scenario,
             const std::vector<Played>& played);

}  // namespace gtidops::testing
