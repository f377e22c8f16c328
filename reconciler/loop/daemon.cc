#include "loop/daemon.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "system/quiet_thread.h"

namespace gtidops {
namespace {

// The dispatcher wakes at least this often.
constexpr Millis kTick{1'000};
constexpr Millis kStandstill{30'000};
// How long passes wait for the first pull. A primary that was restarted stays closed meanwhile, so
// a source that does not answer must not hold it up for longer.
constexpr Millis kFirstPull{10'000};
constexpr const char* kCommit = "commit";
constexpr const char* kConnectionLost = "connection-lost";

// A pass costs milliseconds of CPU and a few round trips. With this limit, passes keep the CPUs
// busy where servers are near. Where an answer takes a tenth of a second, there are still a hundred
// passes a second.
std::size_t most_at_once(const DaemonOptions& options) {
  constexpr std::size_t kForEachCpu = 16, kLeast = 32;
  if (options.most_at_once > 0) return options.most_at_once;
  return std::max(kLeast, kForEachCpu * std::thread::hardware_concurrency());
}

}  // namespace

Daemon::Daemon(std::unique_ptr<SourceLoop> source, TopologyPorts ports, DaemonOptions options)
    : source_(std::move(source)),
      ports_(std::move(ports)),
      options_(options),
      started_(ports_.clock.now()),
      last_tick_(ports_.clock.monotonic().count()),
      admission_(most_at_once(options)),
      watcher_(std::make_unique<Watcher>(
          [this](const std::string& name) { poke(name, kConnectionLost); })),
      pool_(std::make_unique<Pool>(options.most_threads)) {}

Daemon::~Daemon() {
  stop();
  pool_.reset();  // its jobs use the other members
  watcher_.reset();
}

void Daemon::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  source_->stop();
  for (auto& [name, entry] : entries_) entry.loop->stop();
  changed_.notify_all();
}

void Daemon::pull_now() {
  const std::lock_guard lock(mutex_);
  pull_ = true;
  changed_.notify_all();
}

// Called on the source thread. A topology whose file is unchanged gets no pass at once; only its
// new commit is noted.
void Daemon::declare(const Specs& specs) {
  const std::lock_guard lock(mutex_);
  const Millis now = ports_.clock.monotonic();
  std::set<std::string> declared;
  for (const auto& spec : specs) {
    const std::string& name = *spec->name;
    declared.insert(name);
    Entry& entry = entries_[name];
    if (!entry.loop) entry.loop = std::make_unique<TopologyLoop>(name, ports_, options_.loop);
    const bool news = entry.loop->digest() != spec->digest || entry.leaving;
    entry.leaving = false;
    released_.erase(name);
    entry.loop->declare(spec);
    if (!news) continue;
    if (entry.trigger.empty()) entry.trigger = kCommit;
    // While a pass runs, the schedule belongs to its thread; ended() then acts on the trigger.
    if (!entry.running) entry.loop->schedule().new_commit(now);
  }
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto one = entry++;
    if (declared.count(one->first) == 0) let_go(one);
  }
  changed_.notify_all();
}

void Daemon::let_go(std::map<std::string, Entry>::iterator one) {
  one->second.leaving = true;
  one->second.loop->stop();
  if (one->second.running) return;  // ended() calls let_go() again
  ports_.log(LogLevel::kWarning, one->first + ": its file is gone: it is let go as it is");
  watcher_->forget(one->first);
  ports_.metrics.forget(one->first);
  admission_.forget(one->first);
  released_.insert(one->first);
  entries_.erase(one);
}

void Daemon::poke(const std::string& name, const std::string& trigger) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  if (found == entries_.end()) return;
  // kCommit is not overwritten: a commit also resets the back-off.
  if (found->second.trigger != kCommit) found->second.trigger = trigger;
  if (!found->second.running) found->second.loop->schedule().poke(ports_.clock.monotonic());
  changed_.notify_all();
}

void Daemon::serve_source() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    pull_ = false;
    lock.unlock();
    const auto specs = source_->pull(options_.pull_timeout);
    if (specs) declare(*specs);
    lock.lock();
    pulled_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, options_.pull_interval, [this] { return stopping_ || pull_; });
  }
}

void Daemon::start_pass(const std::string& name, Entry& entry) {
  entry.running = true;
  admission_.began(name, ports_.clock.monotonic());
  const std::string trigger = entry.trigger.empty() ? "interval" : entry.trigger;
  entry.trigger.clear();
  watcher_->forget(name);
  TopologyLoop* const loop = entry.loop.get();
  pool_->submit([this, name, loop, trigger] {
    loop->pass(trigger);
    watcher_->watch(name, loop->watch());
    ended(name);
  });
}

void Daemon::ended(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(name);
  found->second.running = false;
  admission_.ended(name, ports_.clock.monotonic());
  // The trigger came while the pass ran.
  if (found->second.trigger == kCommit)
    found->second.loop->schedule().new_commit(ports_.clock.monotonic());
  else if (!found->second.trigger.empty())
    found->second.loop->schedule().poke(ports_.clock.monotonic());
  if (found->second.leaving) let_go(found);
  changed_.notify_all();
}

// Starts what is due: first topologies whose connection to the primary was lost, then those that
// have waited longest. Returns when to look again; nullopt: not before something else happens.
std::optional<Millis> Daemon::start_due(Millis now) {
  using Due = std::pair<std::pair<bool, Millis>, std::map<std::string, Entry>::iterator>;
  std::optional<Millis> next;
  const auto no_later = [&](Millis then) { next = std::min(next.value_or(then), then); };
  std::vector<Due> due;
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->second.running || entry->second.leaving) continue;
    const Millis then = entry->second.loop->schedule().due();
    if (then > now)
      no_later(then);
    else
      due.push_back({{entry->second.trigger != kConnectionLost, then}, entry});
  }
  std::sort(due.begin(), due.end(), [](const Due& a, const Due& b) { return a.first < b.first; });
  for (const auto& [order, entry] : due) {
    if (admission_.admits(entry->first, now))
      start_pass(entry->first, entry->second);
    else if (const auto room = admission_.next())
      no_later(*room);
  }
  return next;
}

void Daemon::dispatch(std::unique_lock<std::mutex>& lock) {
  const Millis now = ports_.clock.monotonic();
  last_tick_ = now.count();
  const Millis next = std::min(now + kTick, start_due(now).value_or(now + kTick));
  changed_.wait_for(lock, std::max(Millis{1}, next - now));
}

void Daemon::run(const std::function<void(const std::string& unhealthy)>& tick) {
  if (const auto specs = source_->last_good()) declare(*specs);
  std::thread source = quiet_thread([this] { serve_source(); });
  std::unique_lock lock(mutex_);
  // The last good revision may be outdated, because nobody pulled while the daemon was down. Acting
  // on it could change roles back and forth. So passes wait for the first pull, but only for
  // kFirstPull.
  changed_.wait_for(lock, std::min(options_.pull_timeout, kFirstPull),
                    [this] { return stopping_ || pulled_; });
  Millis told{0};
  while (!stopping_) {
    dispatch(lock);
    if (const Millis now = ports_.clock.monotonic(); now - told >= kTick) {
      told = now;
      lock.unlock();
      tick(unhealthy());
      lock.lock();
    }
  }
  // Passes under way end between two of their steps.
  changed_.wait(lock, [this] {
    return std::none_of(entries_.begin(), entries_.end(),
                        [](const auto& entry) { return entry.second.running; });
  });
  lock.unlock();
  source.join();
}

void Daemon::run_once() {
  const auto specs = source_->pull(options_.pull_timeout);
  if (specs) {
    declare(*specs);
  } else if (const auto known = source_->last_good()) {
    declare(*known);
  }
  std::unique_lock lock(mutex_);
  pulled_ = true;
  for (auto& [name, entry] : entries_) {
    while (!admission_.admits(name, ports_.clock.monotonic())) changed_.wait_for(lock, kTick / 10);
    start_pass(name, entry);
  }
  changed_.wait(lock, [this] {
    return std::none_of(entries_.begin(), entries_.end(),
                        [](const auto& entry) { return entry.second.running; });
  });
}

std::shared_ptr<const DaemonSnapshot> Daemon::snapshot() const {
  auto all = std::make_shared<DaemonSnapshot>();
  all->started = started_;
  all->source = source_->snapshot();
  all->reload_successful = reload_successful_;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, entry] : entries_)
    if (auto one = entry.loop->snapshot()) all->topologies.push_back(std::move(one));
  all->released.assign(released_.begin(), released_.end());
  return all;
}

std::string Daemon::unhealthy() const {
  const Millis still = ports_.clock.monotonic() - Millis{last_tick_};
  if (still < kStandstill) return {};
  return "the dispatcher has not moved for " + std::to_string(still.count() / 1000) + " s";
}

std::string Daemon::unready() const {
  const std::lock_guard lock(mutex_);
  if (!pulled_ && entries_.empty()) return "the topology files were not read yet";
  for (const auto& [name, entry] : entries_)
    if (!entry.loop->snapshot()) return name + " was not looked at yet";
  if (entries_.empty()) return "no topology is declared";
  return {};
}

}  // namespace gtidops
