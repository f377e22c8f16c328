// Plan: the difference between what is declared and what was observed, what would be done about it,
// and what is refused. A value: printed, saved, compared, executed.
//
// Thread-safety: plain values. Errors: none.
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

// What a rule found: a refusal, which forbids steps, or a warning, which forbids none.
struct Finding {
  std::string server;  // empty: the topology
  std::string rule;    // "errant-transactions"
  std::string why;
  std::string hint;
  friend bool operator==(const Finding&, const Finding&) = default;
};

// What a step needs: that one of these steps was done, or skipped because its postcondition held.
struct Need {
  std::vector<int> one_of;  // ids of earlier steps
  // When none of them was done, the step is refused with this text. Empty: the step is skipped
  // instead, because the step that was not done already says why.
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

// The schemas of a source, shown before a replica is attached to it.
struct Inventory {
  std::string server;
  std::vector<SchemaSize> schemas;
};

// A copy of a server into another one, which goes on by itself, as the look showed it.
struct CopyUnderWay {
  std::string server;  // the recipient
  std::string donor;   // a name in the specification, or host:port
  std::string phase;   // in MySQL's words: "FILE COPY"; "RESTART": it cannot be seen now
  std::int64_t bytes_done = 0, bytes_total = 0;
  std::string began;  // in the recipient's time zone
};

struct Plan {
  std::string topology;
  Goal goal;  // which server is the primary and why; whom every server follows
  std::string spec_file;
  std::optional<std::string> spec_revision;  // the commit, when the file came from git
  std::string spec_digest;
  Moment observed_at{};
  Intent intent;  // the intent that it was made with, and what its look has proven
  std::vector<Difference> differences;
  std::vector<Step> steps;
  std::vector<Finding> refusals;
  std::vector<Finding> warnings;
  std::vector<Inventory> inventories;
  std::vector<CopyUnderWay> copies;
  // Of the servers that steps are for: their statements depend on it.
  std::map<std::string, Version> versions;

  [[nodiscard]] bool synced() const {
    return differences.empty() && steps.empty() && refusals.empty();
  }
  // Exactly what the step runs on a server of the observed version.
  [[nodiscard]] std::vector<Statement> statements_of(const Step& step) const;
};

}  // namespace gtidops
