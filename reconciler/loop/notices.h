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

// Is the condition as everybody wishes it? To be reconciling is no trouble.
bool is_well(const Condition& one);
// Critical is what stops writes or lets two servers take them. A replica that is away is a warning.
Notice::Severity severity_of(const Condition& one);

// How far each commit has come, told once for each state. What happens to servers after a commit
// was applied is not about the commit: then nothing more is told of it.
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
