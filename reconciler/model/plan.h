// Plan: the difference between what is declared and what was observed, what would be done about it,
// and what is refused. A value: printed, saved, compared, executed.
//
// Thread-safety: plain values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/position.h"
#include "base/quantity.h"
#include "model/action.h"
#include "model/goal.h"
#include "model/intent.h"
#include "model/stage.h"

namespace gtidops {

struct Difference {
  std::string server;
  std::string path;                              // "replication.source", "super_read_only"
  std::optional<std::string> desired, observed;  // nullopt: nothing there
  friend bool operator==(const Difference&, const Difference&) = default;
};

// A refusal, when a rule forbids to go on; a warning, when a person should know.
struct Finding {
  std::string server;  // empty: the topology
  std::string rule;    // "errant-transactions"
  std::string why;
  std::string hint;
  friend bool operator==(const Finding&, const Finding&) = default;
};

// What a step rests on: one of these was done, or found done.
struct Need {
  std::vector<int> one_of;  // ids of earlier steps
  // What is said when none was, and the step is refused; empty: it is skipped, for the one that
  // was not done says why.
  std::string refusal;
};

struct Step {
  int id = 0;
  Action action;
  Risk risk = Risk::kSafe;
  std::string why;
  Stage stage = Stage::kSettings;
  std::vector<Need> needs = {};  // decide/edges.h
};

// What a source holds, told before anything is attached to it.
struct Inventory {
  std::string server;
  std::vector<SchemaSize> schemas;
};

struct Plan {
  std::string topology;
  Goal goal;  // everybody's steps wait for those of its primary
  std::string spec_file;
  std::optional<std::string> spec_revision;  // the commit, when the file came from git
  std::string spec_digest;
  Moment observed_at{};
  Intent intent;  // what was remembered, and proven by the look, when it was made
  std::vector<Difference> differences;
  std::vector<Step> steps;
  std::vector<Finding> refusals;
  std::vector<Finding> warnings;
  std::vector<Inventory> inventories;
  std::map<std::string, Version>
      versions;  // of the servers that the steps are for, to print their statements

  [[nodiscard]] bool synced() const {
    return differences.empty() && steps.empty() && refusals.empty();
  }
  // Exactly what the step runs on the server as observed.
  [[nodiscard]] std::vector<Statement> statements_of(const Step& step) const;
};

}  // namespace gtidops
