#include "loop/topology_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "decide/assess.h"
#include "decide/planner.h"
#include "execute/observe.h"
#include "loop/records.h"

namespace gtidops {
namespace {

constexpr Millis kUrgent{1'000};
constexpr Millis kProofPatience{5'000};

// The steps of the plan as text. The schedule compares such texts to see whether the same steps
// would be run again.
std::string summary(const Plan& plan) {
  std::string text;
  for (const Step& step : plan.steps)
    text += std::string(name_of(step.action)) + " " + server_of(step.action) + "\n";
  return text;
}

std::string primary_uuid(const Observation& seen, const std::string& primary) {
  const ServerState* state = seen.state(primary);
  return state == nullptr ? std::string() : state->server_uuid;
}

// About a minute, and different for each topology. Otherwise topologies that were first looked at
// together would all be read in depth at the same time, minute by minute.
Millis age_of_details(const std::string& name) {
  constexpr Millis kLeast{50'000};
  constexpr std::size_t kSpread = 20'000;
  return kLeast + Millis{std::hash<std::string>{}(name) % kSpread};
}

// The first step that failed or was refused, and why.
std::string error_of(const Plan& plan, const Outcome& outcome) {
  for (std::size_t i = 0; i < outcome.steps.size(); ++i) {
    const StepOutcome& step = outcome.steps[i];
    if (step.result != StepResult::kFailed && step.result != StepResult::kRefused) continue;
    return std::string(name_of(plan.steps[i].action)) + " on " + server_of(plan.steps[i].action) +
           ": " + step.error;
  }
  return {};
}

}  // namespace

TopologyLoop::TopologyLoop(std::string name, TopologyPorts ports, LoopOptions options)
    : name_(std::move(name)),
      ports_(std::move(ports)),
      options_(options),
      schedule_(std::hash<std::string>{}(name_)) {
  if (ports_.load_history) state_.history = ports_.load_history(name_);
}

void TopologyLoop::declare(std::shared_ptr<const Spec> spec) {
  const std::lock_guard lock(mutex_);
  declared_ = std::move(spec);
}

std::string TopologyLoop::digest() const {
  const std::lock_guard lock(mutex_);
  return declared_ ? declared_->digest : std::string();
}

std::shared_ptr<const TopologySnapshot> TopologyLoop::snapshot() const {
  const std::lock_guard lock(mutex_);
  return published_;
}

int TopologyLoop::watch() { return fleet_ ? fleet_->watch(*spec_->primary) : -1; }

// Takes over the newest declared specification. False: there is none.
bool TopologyLoop::adopt_declared() {
  std::shared_ptr<const Spec> declared;
  {
    const std::lock_guard lock(mutex_);
    declared = declared_;
  }
  if (!declared) return false;
  if (declared == spec_) return true;
  // Connections are kept as long as the content of the file is the same.
  const bool same = spec_ && spec_->digest == declared->digest;
  if (spec_)
    for (const ServerSpec& server : spec_->servers)
      if (declared->server(*server.name) == nullptr)
        ports_.log(LogLevel::kWarning,
                   fmt::format("{}: {} is declared no more: it is left as it is, and not looked at",
                               name_, *server.name));
  spec_ = std::move(declared);
  state_.spec = spec_;
  state_.revision = spec_->revision;
  state_.interval = *spec_->reconcile.interval;
  if (same) return true;
  frugal_.reset();
  right_.reset();
  fleet_ = ports_.make_fleet(*spec_);
  right_ = std::make_unique<RightToAct>(*fleet_, ports_.clock, *spec_);
  frugal_ = std::make_unique<FrugalFleet>(*fleet_, ports_.clock, age_of_details(name_));
  may_beat_ = false;
  return true;
}

void TopologyLoop::take_lease() {
  if (kept_ && !kept_->ports().lease.held()) {
    ports_.log(LogLevel::kError, name_ + ": the lease is lost; only looking from now on");
    right_->let_go(options_.look_deadline);
    kept_.reset();
  }
  if (!kept_) {
    auto opened = ports_.open_state(name_);
    if (!opened) return stand_back(opened.error().message);
    kept_ = std::move(*opened);
  }
  // In observe mode the right is let go, so that another controller may act.
  if (*spec_->reconcile.mode == ReconcileMode::kObserve)
    right_->let_go(options_.look_deadline);
  else if (const Status ours = right_->claim(kept_->ports().lease, options_.look_deadline); !ours)
    return stand_back(ours.error().message);
  if (!state_.lease_error.empty()) ports_.log(LogLevel::kInfo, name_ + ": the lease is ours");
  state_.lease_error.clear();
  state_.leader = true;
}

// Another controller acts, so this loop only looks. It releases the lease, so that somebody can use
// the state directory by hand.
void TopologyLoop::stand_back(const std::string& why) {
  // Logged once: the text also says how long ago the other one did something, and so it changes.
  if (state_.lease_error.empty()) ports_.log(LogLevel::kWarning, name_ + ": only looking: " + why);
  state_.lease_error = why;
  state_.leader = false;
  kept_.reset();
}

// Writes one beat on the primary, if the last look showed it open with the row in place. Only the
// leader writes.
void TopologyLoop::beat() {
  if (!may_beat_ || !state_.leader) {
    failed_beats_ = 0;
    return;
  }
  const Canary canary{
      *spec_->primary, primary_uuid(state_.seen, *spec_->primary), name_, {}, false};
  std::string error;
  for (const Statement& statement : canary.statements(Version{}))
    if (const auto ran = right_->run(statement, kept_->ports().lease,
                                     std::min(options_.look_deadline, Millis{1'000}));
        !ran)
      error = ran.error().message;
  if (!error.empty() && failed_beats_ == 0)
    ports_.log(LogLevel::kWarning, fmt::format("{}: the heartbeat on {} was not committed: {}",
                                               name_, *spec_->primary, error));
  failed_beats_ = error.empty() ? 0 : failed_beats_ + 1;
  beat_error_ = std::move(error);
}

Pass TopologyLoop::look_cheaply() {
  Intent intent;
  const auto known = kept_ ? kept_->ports().intents.load() : ports_.peek_intent(name_);
  if (known)
    intent = *known;
  else
    error_ = known.error().message;
  const bool remembers = kept_ && known;
  const auto write_down = [&](const std::optional<Observation>& seen) {
    if (!remembers || !seen) return;
    const Status noted = write_down_proof(*spec_, *seen, intent, kept_->ports());
    if (!noted) error_ = noted.error().message;
  };
  write_down(right_->first_look());
  beat();
  Pass pass;
  pass.before =
      observe(*spec_, intent, *frugal_, ports_.clock, Depth::kDetails, options_.look_deadline);
  await_beat(pass.before);
  write_down(frugal_->first_look());
  pass.plan = make_plan(*spec_, pass.before, intent);
  pass.after = pass.before;
  pass.left = pass.plan;
  return pass;
}

// Waits a moment for the beat on replicas that do not have it yet. So a lag below half a second is
// measured and not guessed.
void TopologyLoop::await_beat(Observation& seen) {
  constexpr Millis kFirstPause{5};
  constexpr Millis kPatience{320};
  const ServerState* primary = seen.state(*spec_->primary);
  const bool beats = primary != nullptr && primary->pulse && primary->writable();
  if (beats && may_beat_) lag_.wrote(*primary->pulse, ports_.clock.monotonic_us() / 1000);
  measure_lag(seen, ports_.clock.monotonic_us() / 1000);
  if (!beats || !may_beat_) return;
  const auto late = [&](const ServerSpec& server) {
    const ServerState* state = seen.state(*server.name);
    const Channel* channel = state == nullptr ? nullptr : state->default_channel();
    return channel != nullptr && channel->receiver == ThreadState::kOn &&
           channel->applier == ThreadState::kOn && channel->delay_seconds == 0 &&
           *server.name != *spec_->primary && !lag_.has_newest(state->pulse);
  };
  for (Millis pause = kFirstPause; pause <= kPatience; pause *= 2) {
    std::vector<std::string> waiting;
    for (const ServerSpec& server : spec_->servers)
      if (late(server)) waiting.push_back(*server.name);
    if (waiting.empty()) return;
    ports_.clock.sleep(pause);
    const Observation again =
        frugal_->look(waiting, Depth::kPulse, std::min(options_.look_deadline, Millis{1'000}));
    const double now = ports_.clock.monotonic_us() / 1000;
    for (const std::string& name : waiting) {
      const ServerState* state = again.state(name);
      const Channel* channel = state == nullptr ? nullptr : state->default_channel();
      if (channel == nullptr) continue;
      auto& look = std::get<ServerState>(seen.servers.at(name));
      if (lag_.has_newest(state->pulse))
        // The beat arrived between this look and the one before.
        state_.lag[name] =
            std::max(0.0, lag_.age_of_newest(now) - static_cast<double>(pause.count()) / 2000);
      else if (const auto lag = lag_.lag(state->pulse, channel->seconds_behind, now))
        state_.lag[name] = *lag;
      look.pulse = state->pulse;
      // Kept beside the first look (executed_later): a mix of both would be a state that the server
      // never had. With it, our own beat does not count as missing.
      look.seen_later(*state);
    }
  }
}

void TopologyLoop::measure_lag(const Observation& seen, double now) {
  state_.lag.clear();
  for (const ServerSpec& server : spec_->servers) {
    const ServerState* state = seen.state(*server.name);
    const Channel* channel = state == nullptr ? nullptr : state->default_channel();
    if (channel == nullptr || *server.name == *spec_->primary) continue;
    if (const auto lag = lag_.lag(state->pulse, channel->seconds_behind, now))
      state_.lag[*server.name] = *lag;
  }
}

PassOptions TopologyLoop::pass_options() {
  PassOptions options;
  options.look_deadline = options_.look_deadline;
  options.run.look_deadline = options_.look_deadline;
  options.run.allow_destructive = options_.allow_destructive;
  options.run.timeout = *spec_->reconcile.timeout;
  // A lagging replica is waited for again in the next pass, so that other trouble does not have to
  // wait.
  options.run.proof_patience = std::max(kProofPatience, *spec_->reconcile.interval);
  options.run.stop = [this] {
    if (stopping_) return true;
    const std::lock_guard lock(mutex_);
    return declared_ != spec_ && declared_ && declared_->digest != spec_->digest;
  };
  options.run.progress = [this, last = std::string()](const Step& step,
                                                      std::string_view what) mutable {
    std::string line = name_ + ": step " + std::to_string(step.id) + " " + server_of(step.action) +
                       " " + std::string(name_of(step.action)) + ": " + std::string(what);
    if (line != last) ports_.log(LogLevel::kDebug, line);
    last = std::move(line);
  };
  options.run.finished = [this](const Step& step, const StepOutcome& outcome) {
    tell_step(step, outcome);
  };
  return options;
}

// Looks in depth, plans and acts. False: nothing was done.
bool TopologyLoop::act(Pass& pass) {
  const Millis now = ports_.clock.monotonic();
  if (pass.plan.steps.empty() || !kept_ || stopping_) return false;
  if (!schedule_.may_act(now, summary(pass.plan))) return false;
  // Saved now: the next look may not show this evidence any more.
  auto intent = kept_->ports().intents.load();
  const Status noted = intent ? write_down_proof(*spec_, pass.before, *intent, kept_->ports())
                              : tl::unexpected(intent.error());
  if (!noted) {
    error_ = noted.error().message;
    return false;
  }
  PassOptions options = pass_options();
  options.approve = [&](const Plan& plan) { return schedule_.may_act(now, summary(plan)); };
  auto done = reconcile(*spec_, {*fleet_, ports_.clock, kept_->ports(), *right_}, options);
  frugal_->forget();
  if (!done) {
    if (done.error().code == ErrorCode::kRefused)
      stand_back(done.error().message);
    else
      error_ = done.error().message;
    return false;
  }
  const std::map<std::string, double> lag = state_.lag;
  lag_.next_pass();  // transactions were committed after this pass's beat
  pass = std::move(*done);
  const bool acted = !pass.plan.steps.empty() && pass.approved;
  measure_lag(pass.after, ports_.clock.monotonic_us() / 1000);
  for (const auto& [server, seconds] : lag)
    if (state_.lag.count(server) > 0) state_.lag[server] = seconds;
  return acted;
}

// Saves what a pass that only looked has learned. reconcile() does this itself.
void TopologyLoop::remember_look(const Pass& pass) {
  if (!kept_ || !error_.empty()) return;
  const auto known = kept_->ports().intents.load();
  const Status kept =
      known ? remember(*spec_, pass.after, *known, kept_->ports()) : tl::unexpected(known.error());
  if (!kept) error_ = kept.error().message;
}

std::string TopologyLoop::judge(const Pass& pass, bool acted) {
  if (!error_.empty()) return "failed";
  if (acted) {
    error_ = error_of(pass.plan, pass.outcome);
    if (!error_.empty()) return "failed";
    return pass.outcome.any(StepResult::kDone) ? "changed" : "pending";
  }
  if (!pass.left.steps.empty()) return "pending";
  if (!pass.left.refusals.empty()) return "refused";
  return pass.left.synced() ? "synced" : "pending";
}

void TopologyLoop::tell_step(const Step& step, const StepOutcome& outcome) {
  const std::string action(name_of(step.action));
  const std::string result(result_name(outcome.result));
  ports_.metrics.acted(name_, action, result, outcome.duration_ms / 1000);
  const bool bad = outcome.result == StepResult::kFailed || outcome.result == StepResult::kRefused;
  ports_.log(bad ? LogLevel::kError : LogLevel::kInfo,
             fmt::format("{}: {} on {}: {}{}{} ({}; because {})", name_, action,
                         server_of(step.action), result, outcome.error.empty() ? "" : ": ",
                         outcome.error, describe(step.action), step.why) +
                 (outcome.note.empty() ? "" : fmt::format(" ({})", outcome.note)));
}

void TopologyLoop::count_unreachable(const Observation& seen) {
  for (const auto& [server, look] : seen.servers)
    if (const auto* lost = std::get_if<Unreachable>(&look))
      ports_.metrics.connection_failed(name_, server, reason_name(lost->reason));
}

void TopologyLoop::tell_copies(const Observation& seen) {
  for (const EndedCopy& one : copies_.ended_since(seen)) {
    ports_.metrics.provisioned(name_, "clone", one.done, one.seconds);
    const std::string took =
        one.seconds ? fmt::format(", after {:.0f} s", *one.seconds) : std::string();
    ports_.log(one.done ? LogLevel::kInfo : LogLevel::kError,
               fmt::format("{}: the copy of {} into {} {}{}{}{}", name_, one.source, one.server,
                           one.done ? "is complete" : "failed", took, one.error.empty() ? "" : ": ",
                           one.error));
  }
}

bool TopologyLoop::record_primary_change(const Pass& pass) {
  auto record = primary_change_of(pass);
  if (!record) return false;
  ports_.metrics.primary_changed(name_, *record);
  ports_.log(record->result == "done" ? LogLevel::kInfo : LogLevel::kWarning,
             name_ + ": primary change from " + record->change.from + " to " + record->change.to +
                 " " + record->result + ", writes blocked for " +
                 print_milliseconds(record->change.writes_blocked_ms));
  state_.history.add(std::move(*record));
  return true;
}

// A pass that only looked, and found the same as the pass before it, is not recorded.
void TopologyLoop::record(const Pass& pass, bool acted, const std::string& result,
                          const std::string& trigger, double seconds) {
  const bool changed = record_primary_change(pass);
  const bool news = acted || result != last_result_ || error_ != state_.last_error;
  last_result_ = result;
  if (news) {
    PassRecord one = record_of(pass, acted, result, trigger, error_);
    one.seconds = seconds;
    state_.history.add(std::move(one));
  }
  // Only the holder of the lease writes to the state directory.
  if ((news || changed) && kept_ && ports_.save_history) ports_.save_history(name_, state_.history);
}

void TopologyLoop::tell_conditions(const std::vector<Condition>& now) {
  for (const Condition& one : now) {
    const auto known =
        std::find_if(state_.conditions.begin(), state_.conditions.end(),
                     [&](const Condition& before) { return before.type == one.type; });
    const bool watched = known != state_.conditions.end();
    if (watched && known->status == one.status && known->reason == one.reason) continue;
    ports_.log(is_well(one) ? LogLevel::kInfo : LogLevel::kWarning,
               name_ + ": " + one.type + " is " + std::string(status_name(one.status)) + " (" +
                   one.reason + "): " + one.message);
    // Only logged: a new reason for the same status, and a condition that is well when gtidops
    // starts.
    if (ports_.notifier == nullptr || (watched ? known->status == one.status : is_well(one)))
      continue;
    ports_.notifier->tell(Notice{name_, one.type, std::string(status_name(one.status)), one.reason,
                                 one.message, one.since,
                                 watched ? std::string(status_name(known->status)) : std::string(),
                                 spec_->revision, severity_of(one)});
  }
}

void TopologyLoop::tell_revision(const Pass& pass, const std::string& result) {
  if (ports_.notifier == nullptr || !spec_->revision || !state_.leader) return;
  if (const auto event = revision_news_.after_pass(pass.left, *spec_->revision, result, error_))
    ports_.notifier->tell(*event);
}

// Saves since when each condition has its status, for `gtidops status` and for a restarted daemon.
void TopologyLoop::remember_conditions(const std::vector<Condition>& now) {
  const bool same =
      std::equal(now.begin(), now.end(), state_.history.conditions.begin(),
                 state_.history.conditions.end(), [](const Condition& a, const Condition& b) {
                   return a.type == b.type && a.status == b.status;
                 });
  if (same) return;
  state_.history.conditions = now;
  if (kept_ && ports_.save_history) ports_.save_history(name_, state_.history);
}

void TopologyLoop::publish(const Pass& pass, const std::string& result) {
  std::vector<Condition> judged = conditions(*spec_, pass.after, pass.left);
  // A single failed beat may be due to a lock that is held for a moment.
  constexpr int kBeatsInARow = 3;
  if (failed_beats_ >= kBeatsInARow) doubt_ready(judged, *spec_->primary, beat_error_);
  const std::vector<Condition> now =
      with_since(std::move(judged), state_.looked ? state_.conditions : state_.history.conditions,
                 pass.after.taken_at);
  state_.looked = true;
  state_.seen = pass.after;
  state_.plan = pass.left;
  tell_conditions(now);
  state_.conditions = now;
  remember_conditions(now);
  state_.last_error = error_;
  state_.consecutive_failures = schedule_.failures();
  if (result != "failed") state_.last_success = ports_.clock.now();
  state_.last_pass = ports_.clock.now();
  may_beat_ = may_write_heartbeat(*spec_, pass.after, pass.left);
  tell_revision(pass, result);
  auto snapshot = std::make_shared<const TopologySnapshot>(state_);
  const std::lock_guard lock(mutex_);
  published_ = std::move(snapshot);
}

void TopologyLoop::pass(const std::string& trigger) {
  const Millis began = ports_.clock.monotonic();
  const Millis due = schedule_.due();
  schedule_.began(began);
  if (!adopt_declared()) return;
  state_.lateness = due > Millis{0} ? std::max(Millis{0}, began - due) : Millis{0};
  error_.clear();
  lag_.next_pass();
  take_lease();
  Pass pass = look_cheaply();
  const Millis looked = ports_.clock.monotonic();
  const std::string what = summary(pass.plan);
  const bool acted = act(pass);
  if (!acted) remember_look(pass);
  const Millis ended = ports_.clock.monotonic();
  const std::string result = judge(pass, acted);
  const Millis interval = *spec_->reconcile.interval;
  if (acted || result == "failed")
    schedule_.did(ended, interval, what, result == "failed");
  else if (pass.left.steps.empty())
    schedule_.did(ended, interval, {}, false);
  const auto seconds = [](Millis a, Millis b) {
    return static_cast<double>((b - a).count()) / 1000;
  };
  ports_.metrics.reconcile_took(name_, "look", seconds(began, looked));
  if (acted) ports_.metrics.reconcile_took(name_, "execute", seconds(looked, ended));
  ports_.metrics.reconcile_took(name_, "total", seconds(began, ended));
  ports_.metrics.reconciled(name_, result);
  count_unreachable(pass.after);
  tell_copies(pass.after);
  record(pass, acted, result, trigger, seconds(began, ended));
  publish(pass, result);
  // When nobody takes writes, the next pass comes soon, so that the primary is opened as soon as it
  // can be.
  const bool urgent = !may_beat_ && !is_paused(pass.left);
  schedule_.ended(ports_.clock.monotonic(), urgent ? std::min(interval, kUrgent) : interval);
  // There may be more to do: steps that this pass has made possible, or a new commit.
  if (acted && result == "changed" && !pass.left.synced() && !pass.left.steps.empty())
    schedule_.poke(ports_.clock.monotonic());
  last_ = std::move(pass);
}

}  // namespace gtidops
