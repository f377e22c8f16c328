// Outcome: what came of a plan, step by step.
//
// Thread-safety: plain values.
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
  kSkipped,  // it was so already, or an earlier step that it needs was not done
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

// The evidence record of a role change: what was done to the clients, and to the data.
struct PrimaryChange {
  std::string from, to;
  GtidSet gtid_executed_before;  // of the old primary, when it was frozen
  GtidSet gtid_executed_after;   // of the new one, when it was open
  // From the moment at which the old primary was told to refuse writes to the one at which the new
  // one (or, when it was undone, the old one) was known to take them. 0: nobody was blocked by us.
  double writes_blocked_ms = 0;
  // What the old one held and the new one does not; nullopt: the new one's could not be read.
  std::optional<std::int64_t> lost_transactions;
  bool undone = false;
};

struct Outcome {
  std::optional<PrimaryChange> primary_change;
  std::vector<StepOutcome> steps;  // in the plan's order
  std::map<std::string, GtidRecord>
      gtid_executed;  // of every server that could be read before and after

  [[nodiscard]] bool any(StepResult result) const {
    for (const StepOutcome& step : steps)
      if (step.result == result) return true;
    return false;
  }
};

}  // namespace gtidops
