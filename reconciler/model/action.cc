#include "model/action.h"

namespace gtidops {

std::string_view name_of(const Action& action) {
  return std::visit([](const auto& a) -> std::string_view { return a.kName; }, action);
}

const std::string& server_of(const Action& action) {
  return std::visit([](const auto& a) -> const std::string& { return a.server; }, action);
}

const std::string& channel_of(const Action& action) {
  static const std::string kDefault;
  return std::visit(
      [](const auto& a) -> const std::string& {
        if constexpr (requires { a.channel_name; })
          return a.channel_name;
        else
          return kDefault;
      },
      action);
}

std::string describe(const Action& action) {
  return std::visit([](const auto& a) { return a.describe(); }, action);
}

Risk risk_of(const Action& action) {
  return std::visit([](const auto& a) { return a.risk(); }, action);
}

std::vector<std::string> touches(const Action& action) {
  return std::visit([](const auto& a) { return a.touches(); }, action);
}

Depth depth_of(const Action& action) {
  return std::visit([](const auto& a) { return a.kDepth; }, action);
}

Check precondition(const Action& action, const Observation& seen) {
  return std::visit([&](const auto& a) { return a.precondition(seen); }, action);
}

Check postcondition(const Action& action, const Observation& seen) {
  return std::visit([&](const auto& a) { return a.postcondition(seen); }, action);
}

std::vector<Statement> statements(const Action& action, const Version& version) {
  return std::visit([&](const auto& a) { return a.statements(version); }, action);
}

bool needs_permission(const Action& action) {
  return risk_of(action) == Risk::kDestructive && !std::holds_alternative<DropUser>(action);
}

bool later_steps_need(const Action& action) {
  return !std::holds_alternative<DropUser>(action) &&
         !std::holds_alternative<RevokePrivileges>(action) &&
         !std::holds_alternative<DropCopyAccount>(action) &&
         !std::holds_alternative<EnableEvents>(action) && !std::holds_alternative<Canary>(action);
}

bool runs_even_if_so(const Action& action) {
  if (const auto* point = std::get_if<PointReplica>(&action))
    return point->changes_clause("SOURCE_PASSWORD");
  if (const auto* enable = std::get_if<EnableEvents>(&action); enable != nullptr && enable->again)
    return true;
  return is_proof(action) || std::holds_alternative<ReleaseCommitThrottle>(action) ||
         std::holds_alternative<CreateCopyAccount>(action);
}

bool is_proof(const Action& action) {
  return std::visit(
      [](const auto& a) {
        return requires { a.kProof; };
      },
      action);
}

}  // namespace gtidops
