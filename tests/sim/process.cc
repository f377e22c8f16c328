#include "sim/process.h"

#include "sim/world.h"

namespace gtidops::sim {

PassOptions pass_options() {
  PassOptions options;
  // Shorter than a person would have them, so that a run with a dead server takes fewer looks.
  options.look_deadline = Millis{1'500};
  options.run.look_deadline = Millis{1'500};
  options.run.statement_deadline = Millis{5'000};
  options.run.connect_patience = Millis{5'000};
  options.run.timeout = Millis{40'000};
  return options;
}

Process::Process(World& world, int number, Node host, Disk& disk, CrashAt crash,
                 const Decorators& decorators)
    : world_(world),
      number_(number),
      host_(host),
      disk_(disk),
      name_("gtidops#" + std::to_string(number)),
      crash_(crash),
      rng_(world.rng.split()),
      fleet_(world, *this),
      state_(world, *this),
      clock_(world.time, [this] { before("sleep"); }) {
  if (decorators.fleet) outer_fleet_ = decorators.fleet(fleet_);
  if (decorators.state) outer_state_ = decorators.state(state_.ports());
  Fleet& fleet = outer_fleet_ ? *outer_fleet_ : fleet_;
  right_ = std::make_unique<RightToAct>(fleet, clock_, world.spec);
  ports_ = std::make_unique<RunPorts>(
      RunPorts{fleet, clock_, outer_state_ ? outer_state_->ports() : state_.ports(), *right_});
  if (world.looped)
    looped_ = std::make_unique<Looped>(world, number, disk, *ports_, pass_options().look_deadline);
}

Process::~Process() { disk_.let_go(number_); }

void Process::before(const char* what) {
  ++calls_;
  if (calls_ != crash_.call || crash_.when != CrashWhen::kBefore) return;
  world_.say(name_, [&] { return "CRASHES before call " + std::to_string(calls_) + ", " + what; });
  throw Crash{number_};
}

void Process::after() {
  if (calls_ != crash_.call || crash_.when != CrashWhen::kAfter) return;
  world_.say(name_, [&] { return "CRASHES after call " + std::to_string(calls_); });
  throw Crash{number_};
}

void Process::die() {
  world_.say(name_, [&] { return "CRASHES in call " + std::to_string(calls_); });
  throw Crash{number_};
}

Result<Pass> Process::pass(const Spec& spec) {
  if (looped_) return looped_->pass(spec);
  PassOptions options = pass_options();
  options.approve = [this](const Plan& plan) {
    world_.say(name_, [&] {
      std::string text = "plans:";
      for (const Step& step : plan.steps)
        text += " " + std::to_string(step.id) + " " + std::string(name_of(step.action)) + " " +
                server_of(step.action) + ";";
      return text;
    });
    return true;
  };
  return reconcile(spec, *ports_, options);
}

Host::Result Host::pass(CrashAt next_crash) {
  if (!process_) {
    const int number = ++world_.last_process;
    if (!disk_.take_lease(number)) return Result::kLeaseElsewhere;
    process_ = std::make_unique<Process>(world_, number, node_, disk_, next_crash, decorators_);
    if (!disk_.open_journal()) throw Violation("journal: a torn line was taken for whole");
    world_.say(process_->name(), [&] { return "starts on " + node_name(node_); });
  }
  ++world_.passes_under_way;
  busy_ = true;
  try {
    const Spec spec = own_revision ? *own_revision : world_.spec;
    auto pass = process_->pass(spec);
    --world_.passes_under_way;
    busy_ = false;
    why_ = pass ? "" : pass.error().message;
    pass ? world_.evidence.ended(process_->number()) : world_.evidence.is_gone(process_->number());
    if (!pass) return Result::kFailed;
    last_ = *std::move(pass);
    tell_outcome(last_);
  } catch (const Crash&) {
    --world_.passes_under_way;
    busy_ = false;
    world_.trouble();
    world_.dead_processes.insert(process_->number());
    world_.evidence.is_gone(process_->number());
    process_.reset();
    if (disk_.holder == 0 && world_.rng.chance(world_.weather.power_cut)) {
      world_.say(node_name(node_), [] { return "the machine goes down"; });
      const bool keeps = world_.rng.chance(0.5);
      disk_.power_cut(keeps);
      if (!keeps) world_.evidence.machine_went_down(disk_.number);
    }
    return Result::kCrashed;
  }
  // Who finds that the lease is gone ends, and starts anew.
  if (disk_.holder != process_->number()) process_.reset();
  return Result::kDone;
}

void Host::tell_outcome(const Pass& pass) const {
  const std::string& who = process_->name();
  for (const StepOutcome& step : pass.outcome.steps)
    world_.say(who, [&] {
      return "step " + std::to_string(step.id) + " " + std::string(result_name(step.result)) +
             (step.error.empty() ? "" : ": " + step.error);
    });
  for (const Finding& finding : pass.left.refusals)
    world_.say(
        who, [&] { return "refuses " + finding.rule + " " + finding.server + ": " + finding.why; });
}

}  // namespace gtidops::sim
