// apply: plan, ask, execute, verify, say what was done.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>
#include <sstream>

#include "commands/commands.h"
#include "commands/context.h"
#include "commands/exit_code.h"
#include "decide/conditions.h"
#include "loop/records.h"
#include "model/rules.h"
#include "reconcile.h"
#include "report/outcome_text.h"
#include "report/plan_json.h"
#include "report/plan_text.h"
#include "report/sections.h"
#include "report/what_moved.h"
#include "wiring.h"

namespace gtidops {
namespace {

std::vector<SecretRef> secrets_of(const Plan& plan) {
  std::vector<SecretRef> secrets;
  for (const Step& step : plan.steps)
    for (const Statement& statement : plan.statements_of(step))
      for (const auto& part : statement.parts)
        if (const auto* secret = std::get_if<SecretRef>(&part);
            secret != nullptr &&
            std::find(secrets.begin(), secrets.end(), *secret) == secrets.end())
          secrets.push_back(*secret);
  return secrets;
}

// All secrets are checked first: one that is missing halfway would leave half a topology.
bool secrets_readable(const Plan& plan) {
  bool all = true;
  for (const SecretRef& secret : secrets_of(plan)) {
    const Status readable = check_secret(secret);
    if (readable) continue;
    complain(plan.topology + ": nothing was changed: " + readable.error().message);
    all = false;
  }
  return all;
}

bool unchanged(const std::string& saved, const Plan& fresh) {
  const auto moved = what_moved(saved, fresh);
  if (moved.empty()) return true;
  std::fprintf(stderr, "%s: the saved plan is stale, nothing was changed:\n",
               fresh.topology.c_str());
  for (const std::string& line : moved) complain("  " + line);
  complain("make a new one with gtidops plan --out FILE PATH, and read it");
  return false;
}

// Waits for a line to read or the end of the input. False when a signal asks to stop, which must
// not have to wait for the person's answer.
bool await_answer() {
  constexpr int kLookAgain = 100;  // a signal right before poll() would not wake it
  pollfd input{STDIN_FILENO, POLLIN, 0};
  while (!stop_requested())
    if (::poll(&input, 1, kLookAgain) > 0) return true;
  return false;
}

bool ask(const Plan& plan) {
  std::fprintf(stderr,
               "\nApply this to %s? Only \"yes\" is taken for a yes: ", plan.topology.c_str());
  std::string answer;
  if (await_answer()) return std::getline(std::cin, answer) && answer == "yes";
  std::fprintf(stderr, "\n");
  return false;
}

PassOptions pass_options(const Spec& spec, const CommonOptions& common) {
  PassOptions options;
  options.run.allow_destructive = common.allow_destructive;
  options.run.timeout = common.timeout.value_or(*spec.reconcile.timeout);
  options.run.stop = stop_requested;
  options.run.progress = [last = std::string()](const Step& step, std::string_view what) mutable {
    std::string line = "step " + std::to_string(step.id) + " " + server_of(step.action) + " " +
                       std::string(name_of(step.action)) + ": " + std::string(what);
    if (line == last) return;
    log_info(line);
    last = std::move(line);
  };
  return options;
}

constexpr Millis kBetweenLooks{1'000};

// Is something to be done behind a copy? It may have ended before the last look already.
bool goes_on(const Pass& pass) {
  const bool begun = std::any_of(
      pass.outcome.steps.begin(), pass.outcome.steps.end(), [&](const StepOutcome& one) {
        const auto& steps = pass.plan.steps;
        return one.result == StepResult::kDone &&
               std::any_of(steps.begin(), steps.end(), [&](const Step& step) {
                 return step.id == one.id && std::holds_alternative<StartCopy>(step.action);
               });
      });
  return begun || !pass.left.copies.empty();
}

// Is nothing left but replicas that fetch from their old source first, and are moved in a later
// run?
bool only_fetches(const Plan& left) {
  const auto fetches = [&](const std::string& server) {
    return std::any_of(left.warnings.begin(), left.warnings.end(), [&](const Finding& one) {
      return one.server == server && one.rule == rule::kFetchesFirst;
    });
  };
  return !left.differences.empty() && left.steps.empty() &&
         std::all_of(left.differences.begin(), left.differences.end(),
                     [&](const Difference& one) { return fetches(one.server); });
}

int exit_code_of(const Pass& pass) {
  if (pass.outcome.any(StepResult::kFailed)) return kExitFailed;
  if (pass.outcome.any(StepResult::kRefused) || !pass.left.refusals.empty()) return kExitRefused;
  if (goes_on(pass) || only_fetches(pass.left)) return kExitChangesPending;
  return pass.left.synced() ? kExitDone : kExitFailed;
}

// The exit code of several topologies: a failure takes precedence over all others.
int worse(int a, int b) {
  if (a == kExitFailed || b == kExitFailed) return kExitFailed;
  return std::max(a, b);
}

// Says how far the copies are: when another phase begins, and every ten seconds.
class CopyProgress {
 public:
  void tell(const std::vector<CopyUnderWay>& copies, Millis now) {
    constexpr Millis kAgain{10'000};
    std::string phases;
    for (const CopyUnderWay& one : copies) phases += one.server + one.phase + "\n";
    if (phases == told_ && now - at_ < kAgain) return;
    told_ = std::move(phases);
    at_ = now;
    for (const CopyUnderWay& one : copies)
      log_info(fmt::format("{} is copied from {}: {}", one.server, one.donor, progress_of(one)));
  }

 private:
  std::string told_;
  Millis at_{};
};

class Apply {
 public:
  Apply(const CommonOptions& common, const ApplyOptions& options)
      : common_(common), options_(options) {}

  int run() {
    const LoadedSpecs loaded = load_specs(common_);
    if (loaded.exit_code != kExitDone) return loaded.exit_code;
    if (!options_.saved_plan.empty()) {
      if (const int code = read_saved(loaded.specs); code != kExitDone) return code;
    }
    handle_signals();
    int code = kExitDone;
    for (const Spec& declared : loaded.specs) {
      const Spec spec = as_a_person_asks(declared);
      if (!wanted(*spec.name)) continue;
      if (stop_requested()) {
        std::fprintf(stderr, "%s: interrupted: nothing was changed\n", spec.name->c_str());
        code = kExitFailed;
        continue;
      }
      code = worse(code, apply_one(spec));
    }
    if (common_.json() && !print(plans_json(reports_))) return kExitFailed;
    return code;
  }

 private:
  int read_saved(const std::vector<Spec>& specs) {
    std::ifstream in(options_.saved_plan);
    std::stringstream text;
    const std::string error = in ? "it is empty or no file" : std::strerror(errno);
    text << in.rdbuf();
    if (!in) {
      complain(fmt::format("{}: cannot read the plan: {}", options_.saved_plan, error));
      return kExitUsage;
    }
    saved_ = text.str();
    auto topologies = topologies_of(saved_);
    if (!topologies) {
      complain(options_.saved_plan + " is no saved plan: " + topologies.error().message);
      return kExitRefused;
    }
    saved_topologies_ = *topologies;
    for (const std::string& name : saved_topologies_) {
      const bool declared = std::any_of(specs.begin(), specs.end(),
                                        [&](const Spec& spec) { return *spec.name == name; });
      if (declared || !common_.topology.empty()) continue;
      complain("the saved plan is for a topology " + name + ", which is not in these files");
      return kExitRefused;
    }
    return kExitDone;
  }

  [[nodiscard]] bool wanted(const std::string& topology) const {
    return options_.saved_plan.empty() ||
           std::find(saved_topologies_.begin(), saved_topologies_.end(), topology) !=
               saved_topologies_.end();
  }

  // Called between planning and doing: may the plan be run? If not, `code` becomes the exit code.
  bool approve(const Plan& plan, const Spec& spec, int& code) {
    if (!options_.saved_plan.empty()) {
      if (!unchanged(saved_, plan)) {
        code = kExitRefused;
        return false;
      }
    } else if (!common_.json()) {
      print(plan_text(spec, plan, {Style{use_color(common_)}, options_.sql}));
    }
    if (!secrets_readable(plan)) {
      code = kExitRefused;
      return false;
    }
    const bool needs_no_yes = options_.auto_approve || !options_.saved_plan.empty();
    if (needs_no_yes && !stop_requested()) return true;
    if (!needs_no_yes && isatty(STDIN_FILENO) != 1) {
      std::fprintf(
          stderr,
          "nobody is there to ask, and --auto-approve was not given: nothing was changed\n");
      code = kExitUsage;
      return false;
    }
    if (!needs_no_yes && ask(plan)) return true;
    std::fprintf(stderr, "%s: nothing was changed\n",
                 stop_requested() ? "interrupted" : "not approved");
    code = kExitFailed;
    return false;
  }

  int apply_one(const Spec& spec) {
    auto state = open_state(state_dir(common_), *spec.name);
    if (!state) {
      complain(*spec.name + ": " + state.error().message);
      return state.error().code == ErrorCode::kRefused ? kExitRefused : kExitFailed;
    }
    const auto fleet = make_acting_fleet(spec, state_dir(common_));
    const auto clock = make_clock();
    RightToAct right(*fleet, *clock, spec);
    int not_approved = kExitFailed;
    PassOptions options = pass_options(spec, common_);
    options.approve = [&](const Plan& plan) { return approve(plan, spec, not_approved); };
    auto pass = reconcile(spec, {*fleet, *clock, (*state)->ports(), right}, options);
    if (!pass) {
      complain(*spec.name + ": " + pass.error().message);
      return pass.error().code == ErrorCode::kRefused ? kExitRefused : kExitFailed;
    }
    // approve() is not asked about a plan without steps, but the saved plan may be stale then, too.
    if (pass->plan.steps.empty() && !options_.saved_plan.empty() && !unchanged(saved_, pass->plan))
      return kExitRefused;
    const Pass& done = tell(spec, std::move(*pass));
    if (!done.approved) return not_approved;
    return await_copies(spec, {*fleet, *clock, (*state)->ports(), right}, options, done);
  }

  const Pass& tell(const Spec& spec, Pass pass) {
    passes_.push_back(std::move(pass));
    const Pass& done = passes_.back();
    const bool ran = !done.plan.steps.empty() && done.approved;
    if (ran) remember(spec, done);
    reports_.push_back({&done.plan, ran ? &done.outcome : nullptr, ran ? &done.left : nullptr});
    if (common_.json()) return done;
    if (done.plan.steps.empty())
      print(plan_text(spec, done.plan, {Style{use_color(common_)}, options_.sql}));
    if (ran)
      print(outcome_text(spec, done.plan, done.outcome, done.left, Style{use_color(common_)}));
    return done;
  }

  // Waits for the copies that are under way, and does what can be done behind them: a server that
  // was copied is attached. A saved plan is run as it is, and nothing else.
  int await_copies(Spec spec, const RunPorts& ports, PassOptions options, const Pass& first) {
    bool more = goes_on(first);
    int code = exit_code_of(first);
    if (!more || options_.no_wait || !options_.saved_plan.empty()) return code;
    options.approve = {};
    spec.provisioning.again = false;  // the person has asked once
    const Millis until = ports.clock.monotonic() + *spec.provisioning.timeout;
    std::vector<CopyUnderWay> copies = first.left.copies;
    CopyProgress progress;
    while (more) {
      progress.tell(copies, ports.clock.monotonic());
      if (stop_requested() || ports.clock.monotonic() > until) return code;
      ports.clock.sleep(kBetweenLooks);
      auto pass = reconcile(spec, ports, options);
      if (!pass) {
        complain(*spec.name + ": " + pass.error().message);
        return pass.error().code == ErrorCode::kRefused ? kExitRefused : kExitFailed;
      }
      const bool ran = !pass->plan.steps.empty();
      copies = pass->left.copies;
      more = goes_on(*pass);
      if (!ran && more) continue;
      const Pass& done = tell(spec, std::move(*pass));
      code = exit_code_of(done);
      if (done.outcome.any(StepResult::kFailed)) return kExitFailed;
    }
    return code;
  }

  // Adds the run to the history, which the daemon writes too. A failure to write it does not change
  // the result of the run.
  void remember(const Spec& spec, const Pass& done) const {
    History history = read_history(state_dir(common_), *spec.name);
    if (auto change = primary_change_of(done)) history.add(std::move(*change));
    const int code = exit_code_of(done);
    const std::string result = code == kExitFailed    ? "failed"
                               : code == kExitRefused ? "refused"
                                                      : "changed";
    PassRecord record = record_of(done, true, result, "apply", {});
    for (const StepOutcome& step : done.outcome.steps) record.seconds += step.duration_ms / 1000;
    history.add(std::move(record));
    // Conditions are only kept where a daemon has written some: without one, nobody watches them.
    if (!history.conditions.empty())
      history.conditions = with_since(conditions(spec, done.after, done.left), history.conditions,
                                      done.after.taken_at);
    if (const Status kept = write_history(state_dir(common_), *spec.name, history); !kept)
      log_warning("the history is not kept: " + kept.error().message);
  }

  const CommonOptions& common_;
  const ApplyOptions& options_;
  std::string saved_;
  std::vector<std::string> saved_topologies_;
  std::deque<Pass> passes_;  // the reports point into it
  std::vector<PlanReport> reports_;
};

}  // namespace

int run_apply(const CommonOptions& common, const ApplyOptions& options) {
  return Apply(common, options).run();
}

}  // namespace gtidops
