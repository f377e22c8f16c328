#include "loop/records.h"

#include <algorithm>

namespace gtidops {

PassRecord record_of(const Pass& pass, bool acted, const std::string& result,
                     const std::string& trigger, const std::string& error) {
  PassRecord record;
  record.at = pass.before.taken_at;
  record.result = result;
  record.trigger = trigger;
  record.revision = pass.plan.spec_revision;
  record.error = error;
  const std::size_t steps = acted ? std::min(pass.outcome.steps.size(), pass.plan.steps.size()) : 0;
  for (std::size_t i = 0; i < steps; ++i)
    record.steps.push_back(std::string(name_of(pass.plan.steps[i].action)) + " " +
                           server_of(pass.plan.steps[i].action) + ": " +
                           std::string(result_name(pass.outcome.steps[i].result)));
  return record;
}

namespace {

// The switch of a pass that failed before anything was frozen; nullptr: none.
const SwitchPrimary* failed_switch(const Pass& pass) {
  for (std::size_t i = 0; i < pass.plan.steps.size() && i < pass.outcome.steps.size(); ++i)
    if (pass.outcome.steps[i].result == StepResult::kFailed)
      if (const auto* one = std::get_if<SwitchPrimary>(&pass.plan.steps[i].action)) return one;
  return nullptr;
}

}  // namespace

std::optional<PrimaryChangeRecord> primary_change_of(const Pass& pass) {
  PrimaryChangeRecord record;
  if (pass.outcome.primary_change)
    record.change = *pass.outcome.primary_change;
  else if (const SwitchPrimary* given_up = failed_switch(pass))
    record.change = {given_up->from, given_up->server, {}, {}, 0, 0, false};
  else
    return std::nullopt;
  record.type = "switchover";
  record.result = "failed";
  record.revision = pass.plan.spec_revision;
  for (std::size_t i = 0; i < pass.plan.steps.size() && i < pass.outcome.steps.size(); ++i) {
    const StepOutcome& step = pass.outcome.steps[i];
    if (!std::holds_alternative<SwitchPrimary>(pass.plan.steps[i].action)) continue;
    record.at = step.started_at;
    record.seconds = step.duration_ms / 1000;
    if (record.change.undone)
      record.result = "undone";
    else if (step.result == StepResult::kDone)
      record.result = "done";
  }
  return record;
}

}  // namespace gtidops
