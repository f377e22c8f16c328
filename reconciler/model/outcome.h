// Outcome: what came of a plan, step by step.
//
// Thread-safety: plain values. Errors: none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/quantity.h"
#include "model/gtid_set.h"

namespace gtidops {

enum class StepResult {
  kDone,
  kSkipped,  // the postcondition held already, or a step that it needs was not done
  kFailed,
  kRefused,  // a precondition did not hold, the lease was lost, or the risk was not permitted
};

constexpr std::string_view result_name(StepResult result) {
  switch (result) {
    case StepResult::kDone:
      return "done";
    case StepResult::kSkipped:
      return "skipped";
    case StepResult::kFailed:
      return "failed";
    case StepResult::kRefused:
      return "refused";
  }
  return "failed";
}

struct StepOutcome {
  int id = 0;
  StepResult result = StepResult::kSkipped;
  Moment started_at{};
  double duration_ms = 0;
  std::string note;   // what was seen: "read on db2 after 1.2 ms"
  std::string error;  // why it failed, was refused, or was skipped
};

struct GtidRecord {
  GtidSet before, after;
};

// The record of a change of roles: how long clients waited, and whether transactions were lost.
struct PrimaryChange {
  std::string from, to;
  GtidSet gtid_executed_before;  // of the old primary, when it was frozen
  GtidSet gtid_executed_after;   // of the new primary, when it was open
  // From the moment at which the old primary was told to refuse writes until the new one was known
  // to take them (or, after an undo, the old one). 0: gtidops blocked no writes.
  double writes_blocked_ms = 0;
  // How many transactions the old primary held and the new one lacks; nullopt: the new one could
  // not be read.
  std::optional<std::int64_t> lost_transactions;
  bool undone = false;
};

struct Outcome {
  std::optional<PrimaryChange> primary_change;
  std::vector<StepOutcome> steps;  // in the plan's order
  // Of every server that could be read before and after.
  std::map<std::string, GtidRecord> gtid_executed;

  [[nodiscard]] bool any(StepResult result) const {
    for (const StepOutcome& step : steps)
      if (step.result == result) return true;
    return false;
  }
};

}  // namespace gtidops
