#include "execute/run_plan.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "execute/leased_fleet.h"
#include "execute/observe.h"
#include "execute/sessions.h"
#include "execute/step_runner.h"

namespace gtidops {
namespace {

constexpr const char* kSoAlready = "it is so already";
constexpr const char* kLeaseLost = "the lease is not held any more";

class PlanRun {
 public:
  PlanRun(const Plan& plan, const RunPorts& ports, const RunOptions& options)
      : leased_(ports.fleet, ports.state.lease, ports.right),
        ports_{leased_, ports.clock, ports.state, ports.right},
        options_(options),
        runner_(plan, ports_, options_, ports.clock.monotonic() + options.timeout) {}

  // A statement that an earlier process sent, and that is still on its way to a server, must not
  // take effect between our steps.
  void end_earlier_processes(const Plan& plan) {
    if (!ports_.state.lease.held()) return;  // decide() reports it for each step
    std::set<std::string> servers;
    for (const Step& step : plan.steps)
      for (const std::string& server : touches(step.action))
        if (plan.versions.count(server) > 0) servers.insert(server);
    for (const std::string& server : servers) {
      const Status ended = end_other_actors(ports_.fleet, ports_.clock, server, plan.topology,
                                            options_.look_deadline);
      if (!ended) unsafe_[server] = ended.error().message;
    }
  }

  StepOutcome run(const Step& step) {
    StepOutcome outcome;
    outcome.id = step.id;
    outcome.started_at = ports_.clock.now();
    const double since = ports_.clock.monotonic_us();
    decide(step, outcome);
    outcome.duration_ms = (ports_.clock.monotonic_us() - since) / 1000;
    const bool failed =
        outcome.result == StepResult::kFailed || outcome.result == StepResult::kRefused;
    if (later_steps_need(step.action) && failed) not_asked_.insert(server_of(step.action));
    if (failed || (outcome.result == StepResult::kSkipped && outcome.error != kSoAlready))
      undone_[step.id] = {server_of(step.action), outcome.error};
    return outcome;
  }
  [[nodiscard]] const std::optional<PrimaryChange>& primary_change() const {
    return runner_.primary_change();
  }

 private:
  struct Undone {
    std::string server, error;
  };

  // The step of `need` that failed last, if none of them was done; else nullptr.
  [[nodiscard]] const Undone* unmet(const Need& need) const {
    const Undone* last = nullptr;
    for (const int id : need.one_of) {
      const auto found = undone_.find(id);
      if (found == undone_.end()) return nullptr;
      last = &found->second;
    }
    return last;
  }

  void decide(const Step& step, StepOutcome& outcome) {
    const auto end = [&](StepResult result, std::string why) {
      outcome.result = result;
      outcome.error = std::move(why);
    };
    if (options_.stop && options_.stop()) return end(StepResult::kSkipped, "the run was stopped");
    if (const auto found = unsafe_.find(server_of(step.action)); found != unsafe_.end())
      return end(StepResult::kFailed,
                 "what an earlier run may still do there cannot be ended: " + found->second);
    for (const Need& need : step.needs) {
      const Undone* undone = unmet(need);
      if (undone == nullptr) continue;
      if (need.refusal.empty())
        return end(StepResult::kSkipped,
                   fmt::format("an earlier step on {} was not done", undone->server));
      return end(StepResult::kRefused,
                 fmt::format("{} ({}: {})", need.refusal, undone->server, undone->error));
    }
    if (needs_permission(step.action) && !options_.allow_destructive)
      return end(StepResult::kRefused, "it is destructive: allow it with --allow-destructive");
    if (!ports_.state.lease.held()) return end(StepResult::kRefused, kLeaseLost);
    if (const Status right = ports_.right.valid(); !right)
      return end(StepResult::kRefused, right.error().message);
    if (options_.progress) options_.progress(step, "looking");
    const Observation seen = runner_.look(step.action);
    if (!runs_even_if_so(step.action) && postcondition(step.action, seen))
      return end(StepResult::kSkipped, kSoAlready);
    if (const Check guard = precondition(step.action, seen); !guard)
      return end(StepResult::kRefused, guard.why);
    // The lease may have been lost during the look.
    if (!ports_.state.lease.held()) return end(StepResult::kRefused, kLeaseLost);
    const std::string label = std::to_string(step.id) + " " + std::string(name_of(step.action)) +
                              " " + server_of(step.action);
    // A step that is not in the journal is not run: after a crash nobody would know that it was
    // begun.
    if (const Status noted = ports_.state.journal.append("begin " + label); !noted)
      return end(StepResult::kRefused, "the journal cannot be written: " + noted.error().message);
    if (options_.progress) options_.progress(step, "running");
    const auto ran = runner_.run(step, not_asked_);
    if (ran) {
      outcome.note = *ran;
      outcome.result = StepResult::kDone;
    } else {
      // A step that failed after a stop was asked for counts as skipped: its wait was cut short.
      const bool stopped = options_.stop && options_.stop();
      end(stopped ? StepResult::kSkipped : StepResult::kFailed, ran.error().message);
    }
    // An error here is ignored: the step is over, and the next pass observes its effect.
    (void)ports_.state.journal.append("end " + label + " " +
                                      std::string(result_name(outcome.result)) +
                                      (outcome.error.empty() ? "" : ": " + outcome.error));
  }

  LeasedFleet leased_;
  RunPorts ports_;
  const RunOptions& options_;
  StepRunner runner_;
  std::map<int, Undone> undone_;               // steps that were not done, by id
  std::set<std::string> not_asked_;            // the canary does not read on these
  std::map<std::string, std::string> unsafe_;  // servers with leftovers of an earlier run: why
};

}  // namespace

Outcome run_plan(const Plan& plan, const RunPorts& ports, const RunOptions& options) {
  Outcome outcome;
  PlanRun run(plan, ports, options);
  run.end_earlier_processes(plan);
  for (const Step& step : plan.steps) {
    outcome.steps.push_back(run.run(step));
    if (options.finished) options.finished(step, outcome.steps.back());
  }
  outcome.primary_change = run.primary_change();
  return outcome;
}

}  // namespace gtidops
