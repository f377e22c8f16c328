// An apply in which something breaks at a chosen call of a port: gtidops itself dies as by kill -9,
// or a command is run (which kills a server, say) and the apply goes on.
//
//   gtidops-fused-apply FILE STATE_FOLDER WHICH CALL [COMMAND ARGUMENT...]
//
// CALL is the number of the call, from 1; or 0: the command is run at each of them, with the call
// as its last argument. WHICH calls count: `switch`, those within the step switch_primary; `rest`,
// all others; or a text: those that hold it. A call is "before" or "after", what it does and to
// whom:
//   before db1: SET GLOBAL super_read_only = ON
//   after save committed
//   before append begin 3 switch_primary db2
// Of "FIRST then TEXT", those that hold TEXT behind the first that holds FIRST: how often something
// is done before may depend on how busy the machine is.
// Ends with 0 when all is as declared then, 4 when not; writes "burnt" when the chosen call was
// reached, and what came of each step.
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "e2e/support/process.h"
#include "ports/passing_fleet.h"
#include "reconcile.h"
#include "spec/parse.h"
#include "support/whole_state.h"
#include "wiring.h"

namespace gtidops::testing {
namespace {

class Fuse {
 public:
  Fuse(std::string which, int calls, std::vector<std::string> command)
      : which_(std::move(which)), each_(calls == 0), left_(calls), command_(std::move(command)) {
    constexpr std::string_view kThen = " then ";
    const std::size_t then = which_.find(kThen);
    if (then == std::string::npos) return;
    first_ = which_.substr(0, then);
    which_.erase(0, then + kThen.size());
  }

  template <class Call>
  auto around(const std::string& what, Call call) {
    burn("before " + what);
    auto result = call();
    burn("after " + what);
    return result;
  }
  void enter_switch(bool in) { in_switch_ = in; }

 private:
  [[nodiscard]] bool counts(const std::string& label) const {
    if (which_ == "switch") return in_switch_;
    if (which_ == "rest") return !in_switch_;
    return label.find(which_) != std::string::npos;
  }
  void burn(const std::string& label) {
    if (!first_.empty()) {
      if (label.find(first_) != std::string::npos) first_.clear();
      return;
    }
    if (!counts(label) || (!each_ && --left_ != 0)) return;
    std::printf("burnt %s\n", label.c_str());
    std::fflush(stdout);
    if (command_.empty()) kill(getpid(), SIGKILL);
    std::vector<std::string> command = command_;
    if (each_) command.push_back(label);
    const Ran ran = run_process(command);
    if (ran.code != 0) std::printf("the command failed: %s%s\n", ran.out.c_str(), ran.err.c_str());
  }

  std::string which_;
  std::string first_;  // until this was met, nothing counts
  const bool each_;
  int left_;
  const std::vector<std::string> command_;
  bool in_switch_ = false;
};

class FusedFleet : public PassingFleet {
 public:
  FusedFleet(Fleet& fleet, Fuse& fuse) : PassingFleet(fleet), fuse_(fuse) {}
  // A look changes nothing: to die before it is to die after what came before.
  Result<Rows> run(const Statement& statement, Millis deadline) override {
    return fuse_.around(statement.server + ": " + statement.printable(),
                        [&] { return PassingFleet::run(statement, deadline); });
  }
  Status begin(const Statement& statement, Millis patience) override {
    return fuse_.around(statement.server + ": " + statement.printable(),
                        [&] { return PassingFleet::begin(statement, patience); });
  }

 private:
  Fuse& fuse_;
};

std::string phase_name(const Intent& intent) {
  if (intent.phase == Intent::Phase::kStable) return "stable";
  return intent.phase == Intent::Phase::kSwitching ? "switching" : "committed";
}

class FusedState : public PassingState {
 public:
  FusedState(const StatePorts& state, Fuse& fuse) : PassingState(state), fuse_(fuse) {}
  Status save(const Intent& intent) override {
    return fuse_.around("save " + phase_name(intent), [&] { return PassingState::save(intent); });
  }
  Status save_soon(const Intent& intent) override {
    return fuse_.around("save " + phase_name(intent),
                        [&] { return PassingState::save_soon(intent); });
  }
  Status append(const std::string& line) override {
    const bool of_switch = line.find(" switch_primary ") != std::string::npos;
    if (of_switch && line.rfind("begin ", 0) == 0) fuse_.enter_switch(true);
    const Status appended =
        fuse_.around("append " + line, [&] { return PassingState::append(line); });
    if (of_switch && line.rfind("end ", 0) == 0) fuse_.enter_switch(false);
    return appended;
  }

 private:
  Fuse& fuse_;
};

void tell(const Pass& pass) {
  for (std::size_t i = 0; i < pass.outcome.steps.size(); ++i) {
    const StepOutcome& step = pass.outcome.steps[i];
    std::printf("%s %s: %s %s%s\n", std::string(name_of(pass.plan.steps[i].action)).c_str(),
                server_of(pass.plan.steps[i].action).c_str(),
                std::string(result_name(step.result)).c_str(), step.error.c_str(),
                step.note.c_str());
  }
  if (pass.outcome.primary_change)
    std::puts(pass.outcome.primary_change->undone ? "undone" : "changed");
  for (const Finding& refusal : pass.left.refusals)
    std::printf("refused %s: %s: %s\n", refusal.server.c_str(), refusal.rule.c_str(),
                refusal.why.c_str());
}

int apply(const std::string& file, const std::string& state, Fuse fuse) {
  const ParsedSpecs parsed = read_specs({file});
  if (parsed.specs.size() != 1) return 2;
  const Spec& spec = parsed.specs[0];
  const auto fleet = make_acting_fleet(spec, state);
  const auto clock = make_clock();
  const auto opened = open_state(state, *spec.name);
  if (!opened) {
    std::puts(opened.error().message.c_str());
    return 3;
  }
  FusedFleet fused_fleet(*fleet, fuse);
  FusedState fused_state((*opened)->ports(), fuse);
  RightToAct right(fused_fleet, *clock, spec);
  const auto pass = reconcile(spec, {fused_fleet, *clock, fused_state.ports(), right}, {});
  if (!pass) {
    std::puts(pass.error().message.c_str());
    return 1;
  }
  tell(*pass);
  return pass->left.synced() ? 0 : 4;
}

}  // namespace
}  // namespace gtidops::testing

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() < 4) return 64;
  return gtidops::testing::apply(words[0], words[1],
                                 gtidops::testing::Fuse(words[2], std::atoi(words[3].c_str()),
                                                        {words.begin() + 4, words.end()}));
}
