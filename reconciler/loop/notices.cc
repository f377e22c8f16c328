#include "loop/notices.h"

namespace gtidops {
namespace {

using State = RevisionEvent::State;

State state_of(const Plan& left, const std::string& result) {
  if (left.synced()) return State::kSuccess;
  return result == "failed" || result == "refused" ? State::kFailure : State::kPending;
}

std::string description_of(const Plan& left, const std::string& error) {
  if (!error.empty()) return error;
  if (!left.refusals.empty()) return left.refusals.front().why;
  return left.synced() ? "live is as declared" : "steps are left to do";
}

}  // namespace

bool is_well(const Condition& one) {
  if (one.type == "Reconciling") return true;
  const bool wanted = one.type == "Ready" || one.type == "Synced" || one.type == "Healthy";
  return one.status == (wanted ? Condition::Status::kTrue : Condition::Status::kFalse);
}

Notice::Severity severity_of(const Condition& one) {
  if (is_well(one)) return Notice::Severity::kInfo;
  const bool writes =
      one.type == "PrimaryDiverged" || (one.type == "Ready" && !tells_of_replicas_only(one));
  return writes && one.status != Condition::Status::kUnknown ? Notice::Severity::kCritical
                                                             : Notice::Severity::kWarning;
}

std::optional<RevisionEvent> RevisionNews::after_pass(const Plan& left, const std::string& revision,
                                                      const std::string& result,
                                                      const std::string& error) {
  const State state = state_of(left, result);
  const bool known = revision_ == revision && told_;
  if (known && (*told_ == state || *told_ == State::kSuccess)) return std::nullopt;
  revision_ = revision;
  told_ = state;
  return RevisionEvent{left.topology, revision, state, description_of(left, error)};
}

}  // namespace gtidops
