#include "execute/run_plan.h"

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

// A look of a step does not tell which password a channel has.
bool changes_password(const Action& action) {
  const auto* point = std::get_if<PointReplica>(&action);
  return point != nullptr && point->changes_clause("SOURCE_PASSWORD");
}

class PlanRun {
 public:
  PlanRun(const Plan& plan, const RunPorts& ports, const RunOptions& options)
      : primary_(plan.goal.primary),
        leased_(ports.fleet, ports.journal, ports.right),
        ports_{leased_, ports.clock, ports.journal, ports.right},
        options_(options),
        runner_(plan, ports_, options_, ports.clock.monotonic() + options.timeout) {}

  // What an earlier process has sent, and the network still holds, must not land among our steps.
  void end_earlier_processes(const Plan& plan) {
    if (!ports_.journal.lease_held()) return;  // each step says so
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
    if (const auto* point = std::get_if<PointReplica>(&step.action)) note_arrival(*point, outcome);
    outcome.duration_ms = (ports_.clock.monotonic_us() - since) / 1000;
    if (later_steps_need(step.action) &&
        (outcome.result == StepResult::kFailed || outcome.result == StepResult::kRefused))
      not_done_.insert(server_of(step.action));
    return outcome;
  }
  [[nodiscard]] const std::optional<PrimaryChange>& primary_change() const {
    return runner_.primary_change();
  }

 private:
  // Whom replicas could be moved to, and whom they could not.
  void note_arrival(const PointReplica& point, const StepOutcome& outcome) {
    const bool there = outcome.result == StepResult::kDone ||
                       (outcome.result == StepResult::kSkipped && outcome.error == kSoAlready);
    if (point.before_switch) {
      if (!there) unproven_.push_back(point.server + ": " + outcome.error);
      return;
    }
    if (there)
      reached_.insert(point.source);
    else
      unreached_[point.source] = point.server + ": " + outcome.error;
  }
  // Those that follow the candidate are moved below it first, which is the try of what all of them
  // need: that it can be reached, and lets them in. If none could, the switch would leave it
  // without a replica.
  [[nodiscard]] std::string nobody_can_follow(const Step& step) const {
    const auto* change = std::get_if<SwitchPrimary>(&step.action);
    if (change != nullptr && !unproven_.empty())
      return "what is declared in replication.options could not be put in force (" +
             unproven_.front() + ")";
    if (change == nullptr || change->frozen_at || reached_.count(change->server) > 0) return {};
    const auto found = unreached_.find(change->server);
    return found == unreached_.end()
               ? std::string()
               : "no replica could be moved below " + change->server + " (" + found->second + ")";
  }

  // A step needs those before it on the same server; a replica's needs the primary's and its
  // source's too.
  [[nodiscard]] std::string blocker(const Step& step) const {
    const std::string& server = server_of(step.action);
    if (not_done_.count(primary_) > 0 && server != primary_) return primary_;
    for (const std::string& touched : touches(step.action)) {
      // What must hold of the others when writes are opened, OpenWrites checks itself, on fresh
      // looks.
      if ((std::holds_alternative<OpenWrites>(step.action) ||
           std::holds_alternative<SwitchPrimary>(step.action)) &&
          touched != server)
        continue;
      if (not_done_.count(touched) > 0) return touched;
    }
    return {};
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
    if (std::string why = nobody_can_follow(step); !why.empty() && !unproven_.empty())
      return end(StepResult::kRefused, std::move(why));
    if (const std::string name = blocker(step); !name.empty())
      return end(StepResult::kSkipped, "an earlier step on " + name + " was not done");
    if (needs_permission(step.action) && !options_.allow_destructive)
      return end(StepResult::kRefused, "it is destructive: allow it with --allow-destructive");
    if (!ports_.journal.lease_held()) return end(StepResult::kRefused, kLeaseLost);
    if (const Status right = ports_.right.valid(); !right)
      return end(StepResult::kRefused, right.error().message);
    if (std::string why = nobody_can_follow(step); !why.empty())
      return end(StepResult::kRefused, std::move(why));
    if (options_.progress) options_.progress(step, "looking");
    const Observation seen = runner_.look(step.action);
    // That commits are not slowed down now does not say that what does it will not land yet.
    const bool even_if_so = is_proof(step.action) ||
                            std::holds_alternative<ReleaseBrake>(step.action) ||
                            changes_password(step.action);
    if (!even_if_so && postcondition(step.action, seen))
      return end(StepResult::kSkipped, kSoAlready);
    if (const Check guard = precondition(step.action, seen); !guard)
      return end(StepResult::kRefused, guard.why);
    // The look took its time, and has perhaps heard that the lease is lost.
    if (!ports_.journal.lease_held()) return end(StepResult::kRefused, kLeaseLost);
    const std::string label = std::to_string(step.id) + " " + std::string(name_of(step.action)) +
                              " " + server_of(step.action);
    // What is not durably noted is not done.
    if (const Status noted = ports_.journal.append("begin " + label); !noted)
      return end(StepResult::kRefused, "the journal cannot be written: " + noted.error().message);
    if (options_.progress) options_.progress(step, "running");
    const auto ran = runner_.run(step, not_done_);
    if (ran) {
      outcome.note = *ran;
      outcome.result = StepResult::kDone;
    } else {
      // A wait that was cut short is no failure.
      const bool stopped = options_.stop && options_.stop();
      end(stopped ? StepResult::kSkipped : StepResult::kFailed, ran.error().message);
    }
    // The step is over, whatever becomes of this line: the next pass observes.
    (void)ports_.journal.append("end " + label + " " + std::string(result_name(outcome.result)) +
                                (outcome.error.empty() ? "" : ": " + outcome.error));
  }

  const std::string& primary_;
  LeasedFleet leased_;
  RunPorts ports_;
  const RunOptions& options_;
  StepRunner runner_;
  std::set<std::string> not_done_;
  std::set<std::string> reached_;
  std::vector<std::string> unproven_;  // options that a switch rests on, by server, and why not
  std::map<std::string, std::string> unreached_;  // and why
  std::map<std::string, std::string> unsafe_;     // and why
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
