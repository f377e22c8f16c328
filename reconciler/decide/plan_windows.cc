// The last part of the plan: removes the steps that `reconcile.windows` forbids now.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <variant>

#include "decide/draft.h"
#include "decide/edges.h"
#include "decide/windows.h"

namespace gtidops {
namespace {

// A change of roles is one unit: the replicas that move before, the switch, the replicas that move
// after.
bool is_of_a_switch(const Action& action) {
  return std::holds_alternative<SwitchPrimary>(action) ||
         std::holds_alternative<PointReplica>(action) ||
         std::holds_alternative<DetachSource>(action);
}

// Steps that an unfinished change of roles may need to go on, to go back, or to let clients write
// again. Other declared changes still wait for their window.
bool ends_what_was_begun(const Action& action) {
  return is_of_a_switch(action) || is_proof(action) ||
         std::holds_alternative<SetReadOnly>(action) ||
         std::holds_alternative<OpenWrites>(action) ||
         std::holds_alternative<ReleaseCommitThrottle>(action) ||
         std::holds_alternative<StartReplica>(action) ||
         std::holds_alternative<EnableEvents>(action) ||
         std::holds_alternative<SetSemiSyncReplica>(action) ||
         std::holds_alternative<SetSemiSyncSource>(action) ||
         std::holds_alternative<RestartReceiver>(action) ||
         std::holds_alternative<AwaitAcknowledgers>(action);
}

class Withholding {
 public:
  explicit Withholding(Draft& draft) : draft_(draft) {}

  void run() {
    if (!begun_ && !verdict_on(Risk::kDisruptive).allowed)
      hold_switch_ = std::any_of(
          draft_.plan.steps.begin(), draft_.plan.steps.end(),
          [](const Step& step) { return std::holds_alternative<SwitchPrimary>(step.action); });
    link_steps(draft_.plan);
    std::vector<Step> left;
    for (Step& step : draft_.plan.steps)
      if (stays(step)) left.push_back(std::move(step));
    if (held_.empty()) return void(draft_.plan.steps = std::move(left));
    draft_.plan.steps = std::move(left);
    drop_idle_preparations();
    drop_idle_proofs();
    drop_idle_inventories();
    int id = 0;
    for (Step& step : draft_.plan.steps) step.id = ++id;
  }

 private:
  const WindowVerdict& verdict_on(Risk risk) {
    const auto known = verdicts_.find(risk);
    if (known != verdicts_.end()) return known->second;
    return verdicts_
        .emplace(risk, judge_windows(draft_.spec.reconcile.windows, draft_.seen.taken_at, risk))
        .first->second;
  }

  bool stays(Step& step) {
    if (begun_ && ends_what_was_begun(step.action)) return true;
    WindowVerdict verdict = verdict_on(step.risk);
    if (verdict.allowed && hold_switch_ && is_of_a_switch(step.action))
      verdict = verdict_on(Risk::kDisruptive);
    if (!verdict.allowed) {
      hold(step);
      // A proof is held back with the steps that it proves; that is not reported again.
      if (!is_proof(step.action) || !until_said_) say(step, verdict.why, verdict.until);
      return false;
    }
    std::string waits_for = held_need(step);
    // The acknowledgements may come from any replica, so one held server holds this step back.
    if (std::holds_alternative<AwaitAcknowledgers>(step.action) && !servers_.empty())
      waits_for = *servers_.begin();
    if (waits_for.empty()) {
      auto* canary = std::get_if<Canary>(&step.action);
      return canary == nullptr || without_held_replicas(*canary);
    }
    hold(step);
    if (!is_proof(step.action))
      say(step, fmt::format("it waits for what is held back on {}", waits_for), until_);
    return false;
  }

  // The canary is not read on servers with a held step. False: no replica is left to read it.
  bool without_held_replicas(Canary& canary) const {
    std::erase_if(canary.replicas,
                  [&](const std::string& replica) { return servers_.count(replica) > 0; });
    return !canary.replicas.empty();
  }

  void hold(const Step& step) {
    held_.emplace(step.id, server_of(step.action));
    if (std::holds_alternative<SetReadOnly>(step.action)) stays_open_ = server_of(step.action);
    if (later_steps_need(step.action)) servers_.insert(server_of(step.action));
  }
  // The server of a held step that this one needs, and nothing in its place is left; "" when all
  // that it needs stays in the plan.
  [[nodiscard]] std::string held_need(const Step& step) const {
    for (const Need& need : step.needs)
      if (std::all_of(need.one_of.begin(), need.one_of.end(),
                      [&](int id) { return held_.count(id) > 0; }))
        return held_.at(need.one_of.front());
    // No edge says this, because whoever opens a server looks at the others himself.
    const bool opens = std::holds_alternative<OpenWrites>(step.action) ||
                       std::holds_alternative<SwitchPrimary>(step.action);
    return opens ? stays_open_ : std::string();
  }

  void say(const Step& step, const std::string& why, std::optional<Moment> until) {
    until_ = until;
    until_said_ = true;
    draft_.object(server_of(step.action), rule::kWindow,
                  std::string(name_of(step.action)) + " (" + std::string(risk_name(step.risk)) +
                      ") is held back: " + why,
                  until ? "it is allowed from " + print_moment(*until) + " on"
                        : "no end is in sight: look at reconcile.windows");
  }

  // Without the copy, the account for it would be created in each pass.
  void drop_idle_preparations() {
    auto& steps = draft_.plan.steps;
    const bool copies = std::any_of(steps.begin(), steps.end(), [](const Step& step) {
      return std::holds_alternative<StartCopy>(step.action);
    });
    if (!copies)
      std::erase_if(steps, [](const Step& step) {
        return step.stage == Stage::kCopies &&
               !std::holds_alternative<DropCopyAccount>(step.action);
      });
  }

  // When no step changes anything any more, the proof stays only if a replica was unproven before.
  void drop_idle_proofs() {
    auto& steps = draft_.plan.steps;
    const bool changes = std::any_of(steps.begin(), steps.end(),
                                     [](const Step& step) { return !is_proof(step.action); });
    const bool unproven = std::any_of(
        draft_.plan.differences.begin(), draft_.plan.differences.end(), [&](const Difference& one) {
          return one.path == "replication.proof" && servers_.count(one.server) == 0;
        });
    if (!changes && !unproven) steps.clear();
  }

  void drop_idle_inventories() {
    std::erase_if(draft_.plan.inventories, [&](const Inventory& inventory) {
      return std::none_of(draft_.plan.steps.begin(), draft_.plan.steps.end(),
                          [&](const Step& step) {
                            const auto* point = std::get_if<PointReplica>(&step.action);
                            return point != nullptr && point->source == inventory.server;
                          });
    });
  }

  Draft& draft_;
  std::map<Risk, WindowVerdict> verdicts_;
  std::map<int, std::string> held_;  // the ids of the held steps, and their servers
  std::string stays_open_;           // the last server that a held step would have closed
  std::set<std::string> servers_;    // those of which later steps need something
  std::optional<Moment> until_;      // when the step reported last is allowed
  bool until_said_ = false;          // a step was reported
  bool hold_switch_ = false;
  // An unfinished change of roles is finished at any time: writes may be blocked, or a throttle be
  // on.
  const bool begun_ = !draft_.intent.stable();
};

}  // namespace

void withhold_steps(Draft& draft) {
  if (draft.spec.reconcile.windows.empty()) return;
  Withholding(draft).run();
}

}  // namespace gtidops
