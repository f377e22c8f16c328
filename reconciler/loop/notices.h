// notices: which news of a pass the notifiers are told, and how urgent each one is.
//
// Thread-safety: pure functions; a RevisionNews belongs to one thread. Errors: none.
#pragma once

#include <optional>
#include <string>

#include "decide/conditions.h"
#include "model/plan.h"
#include "ports/notifier.h"

namespace gtidops {

// Is the condition in its wanted status? Reconciling is fine in any.
bool is_well(const Condition& one);
// Critical: writes stop, or two servers may take them. A replica that is away is a warning.
Notice::Severity severity_of(const Condition& one);

// Reports each state that a commit reaches once. After a commit was applied nothing more is
// reported of it, because what happens to servers later is not about the commit.
class RevisionNews {
 public:
  // `result`: of the pass, as PassRecord has it. `error`: the first thing that went wrong in it.
  std::optional<RevisionEvent> after_pass(const Plan& left, const std::string& revision,
                                          const std::string& result, const std::string& error);

 private:
  std::string revision_;
  std::optional<RevisionEvent::State> told_;
};

}  // namespace gtidops
