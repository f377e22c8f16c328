#include "sim/run.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "model/rules.h"
#include "sim/swarm.h"

namespace gtidops::sim {
namespace {

constexpr int kMostPasses = 12;
// The daemon waits after a failure, for five minutes at most.
constexpr int kMostLoopedPasses = 180;
constexpr Micros kInterval = 2 * kSecond;
// After so long nothing of what was sent before the healing is on its way any more.
constexpr Micros kSettling = 14 * kSecond;
// A copy and the restart at its end.
constexpr Micros kCopying = 60 * kSecond;
// The daemon reads what rarely changes once a minute.
constexpr Micros kLoopedSettling = 75 * kSecond;

class Run {
 public:
  Run(std::uint64_t seed, const RunSettings& settings)
      : settings_(settings),
        rng_(seed ^ 0x5EEDU),
        scenario_(settings.scenario != nullptr ? *settings.scenario : draw_scenario(rng_)),
        world_(seed, scenario_.servers, settings.trace),
        swarm_(world_, rng_.split()),
        first_(world_, kFirstHost, world_.disk, settings_.decorators),
        second_(world_, kFirstHost + 1, world_.disk, settings_.decorators),
        rival_(world_, kFirstHost + 1, world_.rival_disk, settings_.decorators) {}

  Report go() {
    Report report;
    report.scenario = describe(scenario_);
    try {
      safety();
      liveness();
    } catch (const Violation& violation) {
      report.failed = true;
      report.what = violation.what();
    } catch (const Unknowable& unknowable) {
      report.unknowable = true;
      report.what = unknowable.what();
    } catch (const UnknownStatement& unknown) {
      report.failed = true;
      report.what = unknown.what();
    }
    report.trace = world_.trace.text();
    report.events = world_.time.events();
    report.passes = passes_;
    report.calls_of_first = calls_of_first_;
    report.writes = world_.clients.log().size();
    report.simulated_seconds = static_cast<double>(world_.time.now()) / 1e6;
    return report;
  }

 private:
  void safety() {
    prepare(world_, scenario_, rng_);
    world_.checkers = all_checkers();
    const Micros end = world_.time.now() + rng_.between(6, 30) * kSecond;
    if (scenario_.kind != Kind::kBootstrap) start_clients();
    old_revision_ = world_.spec;
    if (settings_.faults)
      swarm_.begin(
          end, [this] { second_gtidops(); }, [this](bool old) { rival_gtidops(old); });
    if (settings_.also) settings_.also(world_);
    while (world_.time.now() < end) {
      pass(first_);
      pause();
    }
  }

  void start_clients() {
    if (clients_run_) return;
    clients_run_ = true;
    // They know whoever is, or is to be, the primary.
    std::vector<int> known{declared_primary(world_)};
    for (const Declaration& one : scenario_.declarations)
      if (std::find(known.begin(), known.end(), one.server) == known.end())
        known.push_back(one.server);
    world_.clients.start(2, known);
  }

  CrashAt next_crash() {
    if (!settings_.faults) return world_.last_process == 0 ? settings_.crash : CrashAt{};
    if (!rng_.chance(swarm_.crashes())) return {};
    const std::vector<CrashWhen> when{CrashWhen::kBefore, CrashWhen::kWithin, CrashWhen::kAfter};
    return {static_cast<int>(rng_.between(1, rng_.chance(0.5) ? 30 : 200)), rng_.pick(when)};
  }

  Host::Result pass(Host& host) {
    ++passes_;
    world_.pass_began = world_.time.now();
    const Host::Result result = host.pass(next_crash());
    const Process* process = host.process();
    if (process != nullptr && process->number() == 1) calls_of_first_ = process->calls();
    // A new topology has clients from the moment on when its primary is open.
    if (scenario_.kind == Kind::kBootstrap && result == Host::Result::kDone &&
        host.last().left.synced())
      start_clients();
    return result;
  }

  void pause() {
    world_.time.run_until(world_.time.now() + rng_.between(kInterval / 8, kInterval));
  }

  // While the first one is in the middle of something.
  void second_gtidops() {
    if (second_.busy() || second_.process() != nullptr) return;
    for (auto passes = rng_.between(1, 3); passes > 0; --passes) {
      pass(second_);
      pause();
    }
    second_.stop();
  }

  // The same, from another state folder: with the file as it was in the beginning, perhaps. It goes
  // on until it has ended the change of roles that it began: of that nobody else knows.
  void rival_gtidops(bool old) {
    constexpr int kPatience = 20;
    if (rival_.busy()) return;
    rival_came_ = true;
    ignorant_ = ignorant_ || !world_.disk.load().stable();
    if (rival_.process() == nullptr) {
      rival_.own_revision.reset();
      if (old) rival_.own_revision = old_revision_;
    }
    const auto least = rng_.between(1, 4);
    for (int passes = 0; passes < least || (passes < kPatience && !rival_has_ended()); ++passes) {
      (void)rival_.pass();
      pause();
    }
    if (rival_has_ended()) rival_.stop();
  }

  // Its change of roles, and the throttle that it has raised.
  [[nodiscard]] bool rival_has_ended() const {
    const Intent intent = world_.rival_disk.load();
    return intent.stable() && !intent.throttle;
  }

  void end_rival() {
    constexpr int kPatience = 60;
    for (int passes = 0; passes < kPatience && !rival_has_ended(); ++passes) {
      (void)rival_.pass();
      world_.time.run_until(world_.time.now() + kInterval);
    }
    rival_.stop();
  }

  bool settle() {
    bool synced = false;
    const int most = world_.looped ? kMostLoopedPasses : kMostPasses;
    // Passes that find a copy under way do not count, for a while.
    const Micros until = world_.time.now() + kCopying;
    for (int passes = 0; passes < most && !synced;) {
      synced = pass(first_) == Host::Result::kDone && first_.last().left.synced();
      world_.time.run_until(world_.time.now() + kInterval);
      if (!copies() || world_.time.now() > until) ++passes;
    }
    return synced;
  }

  // Some refusals ask a person to declare the acting primary again, so that the candidate can be
  // repaired; and where a person let a replica boot writable, which of the two holds the truth, and
  // to take its channel off; and where a rival has changed the roles, and its replicas never came
  // to follow, which of the two is the primary. That is what the person does.
  // Who holds all that this one does, and more; "" when nobody does.
  std::string ahead_of(const SimServer& server) const {
    const GtidSet& held = server.executed.gtids(world_.ledger);
    for (const auto& other : world_.servers) {
      const GtidSet& more = other->executed.gtids(world_.ledger);
      if (more.contains(held) && !held.contains(more)) return other->name;
    }
    return {};
  }

  // "db3 still has them in its binary logs: declare source: db3 for db1 until ...".
  bool declare_who_still_has_them() {
    for (const Finding& one : first_.last().left.refusals) {
      const auto end = one.hint.find(" still has them");
      if (one.rule != "unrecoverable" || end == std::string::npos || one.server.empty()) continue;
      const std::string holder = one.hint.substr(0, end);
      for (ServerSpec& server : world_.spec.servers)
        if (*server.name == one.server) server.source = {holder, Position{}};
      world_.say("git", [&] { return fmt::format("source: {} for {}", holder, one.server); });
      return true;
    }
    return false;
  }

  // A person stopped the candidate of a change of roles that has to be finished, whatever the file
  // names by now: another controller has made the declared one the primary.
  bool start_the_candidate() {
    for (const Finding& one : first_.last().left.refusals) {
      if (one.rule != "candidate-not-replicating" || one.server == *world_.spec.primary) continue;
      SimServer& candidate = *world_.named(one.server);
      if (!candidate.replication.setup || candidate.replication.receiver != ThreadState::kOff)
        continue;
      candidate.replication.start_receiver();
      candidate.replication.start_applier();
      world_.say(candidate.name, [] { return std::string("by hand, as told: START REPLICA"); });
      return true;
    }
    return false;
  }

  bool follow_hint() {
    const Plan& left = first_.last().left;
    const auto refused = [&](std::string_view rule) {
      return std::any_of(left.refusals.begin(), left.refusals.end(),
                         [&](const Finding& one) { return one.rule == rule; });
    };
    // Whoever opened a server by hand, or let it boot so, knows that it is the one to declare.
    const auto by_hand = [](const SimServer& server) {
      return server.forgot_by_hand || server.opened_by == -1;
    };
    SimServer& primary = *world_.named(*world_.spec.primary);
    // A rival that knew nothing of a change of roles may have left two that follow each other.
    const bool circle = ignorant_ && refused("foreign-source");
    if ((circle || (refused("primary-change") &&
                    (by_hand(primary) || (rival_came_ && !primary.read_only)))) &&
        primary.replication.setup) {
      primary.replication.stop_receiver();
      primary.replication.stop_applier();
      primary.replication.reset_all(true);
      world_.say(primary.name, [] { return std::string("by hand, as told: RESET REPLICA ALL"); });
      return true;
    }
    if (declare_who_still_has_them() || start_the_candidate()) return true;
    // "Declare the one that holds them", where a rival made it the primary, or the declared one
    // came back empty.
    const bool is_clear = rival_came_ || world_.set_up_anew;
    const std::string holder = is_clear && refused("primary-behind") ? ahead_of(primary) : "";
    if (!holder.empty()) {
      declare_primary(world_, world_.named(holder)->index);
      return true;
    }
    // Then nobody but a person knows who the primary is, whoever acts as it.
    const bool somebody_opened = std::any_of(world_.servers.begin(), world_.servers.end(),
                                             [&](const auto& server) { return by_hand(*server); });
    const bool repairable = refused("candidate-not-replicating") || refused("candidate-delayed") ||
                            refused("replication-user");
    for (const Difference& one : left.differences) {
      if (one.path != "primary" || !one.observed) continue;
      const SimServer* acting = world_.named(*one.observed);
      if (acting == nullptr ||
          (!repairable && !(refused("primary-diverged") && (somebody_opened || is_clear))))
        continue;
      declare_primary(world_, acting->index);
      return true;
    }
    return false;
  }

  // What was done to the servers is named, and nobody but a person may go on. This excuses a run
  // from converging only: whoever was opened, frozen or given a source in it has been judged by
  // the safety checkers, behind each event up to here.
  bool waits_for_a_person() const {
    const bool down = std::any_of(world_.servers.begin(), world_.servers.end(),
                                  [](const auto& server) { return !server->up; });
    constexpr std::array<std::string_view, 6> kRules{rule::kHistoryShrunk,   rule::kFilteredOnce,
                                                     rule::kPrimaryIdentity, "primary-behind",
                                                     "errant-transactions",  "gap-in-history"};
    const auto& refusals = first_.last().left.refusals;
    return std::any_of(refusals.begin(), refusals.end(), [&](const Finding& one) {
      // The damage has taken the others away, and only they could tell; or the source of one of
      // them is alive, where no address of the file leads.
      return std::find(kRules.begin(), kRules.end(), one.rule) != kRules.end() ||
             (down && one.rule == rule::kUnreachable) ||
             ((down || world_.reborn || world_.set_up_anew) &&
              one.rule == rule::kAnotherMayBeWritable) ||
             (!world_.elsewhere.empty() &&
              (one.rule == "source-out-of-sight" || one.rule == "foreign-source"));
    });
  }

  // Is a copy under way, or does a server restart at the end of one?
  bool copies() const {
    return std::any_of(world_.servers.begin(), world_.servers.end(),
                       [](const auto& server) { return server->clone.runs() || !server->up; });
  }

  void liveness() {
    swarm_.heal();
    end_rival();
    const Micros settled = world_.time.now() + (world_.looped ? kLoopedSettling : kSettling);
    while (world_.time.now() < settled || (copies() && world_.time.now() < settled + kCopying)) {
      pass(first_);
      world_.time.run_until(world_.time.now() + kInterval);
    }
    bool synced = settle();
    for (int hints = 0; !synced && hints < 2 && follow_hint(); ++hints) synced = settle();
    world_.clients.stop();
    world_.time.run_until(world_.time.now() + kInterval);
    if ((world_.for_a_person || world_.set_up_anew) && waits_for_a_person()) return;
    // A pass that finds nothing to do, and does nothing.
    world_.settled = true;
    Plan left = pass(first_) == Host::Result::kDone ? first_.last().plan : Plan{};
    if (!synced && first_.last().left.synced() && !first_.why().empty())
      throw Violation("converges: the pass fails: " + first_.why());
    // A write that was under way when the clients stopped, or the beat of that pass, is
    // acknowledged later, and has to arrive, too.
    world_.time.run_until(world_.time.now() + kInterval);
    world_.tell([&](Checker& checker) { checker.converged(world_, left); });
  }

  const RunSettings& settings_;
  Rng rng_;
  const Scenario scenario_;
  World world_;
  Swarm swarm_;
  Host first_, second_, rival_;
  Spec old_revision_;
  bool clients_run_ = false;
  bool rival_came_ = false;
  bool ignorant_ = false;  // a rival has acted while roles changed
  int passes_ = 0;
  int calls_of_first_ = 0;
};

}  // namespace

Report run_seed(std::uint64_t seed, const RunSettings& settings) {
  return Run(seed, settings).go();
}

}  // namespace gtidops::sim
