// Can the checkers fail? Bugs are planted into the pass, one at a time, by something that stands
// between it and a port: it pretends, forgets, or believes what it should not. Each must be caught,
// by the checker whose business it is, and in a run that is well without it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/damage.h"
#include "sim/planted_bug.h"
#include "sim/planted_right.h"
#include "sim/planted_state.h"
#include "sim/run.h"
#include "sim/scenario.h"

namespace gtidops::sim {
namespace {

struct PretendsToFreeze : Bug {
  using Bug::Bug;
  std::set<std::string> pretended;
  std::optional<Result<Rows>> instead(const Statement& one, const std::string& text) override {
    if (text == kOpen) pretended.erase(one.server);
    if (text != kFreeze) return std::nullopt;
    pretended.insert(one.server);
    return Rows{};
  }
  void doctor(Observation& seen) override {
    each(seen, [&](const std::string& name, ServerState& state) {
      if (pretended.count(name) > 0) state.read_only = state.super_read_only = true;
    });
  }
};

struct OpensBeforeItFreezes : Bug {
  using Bug::Bug;
  std::string candidate;
  std::optional<Result<Rows>> instead(const Statement& one, const std::string& text) override {
    if (begins(text, "SELECT WAIT_FOR")) candidate = one.server;
    if (text == kFreeze && !candidate.empty() && candidate != one.server)
      (void)really(candidate, kOpen);
    return std::nullopt;
  }
};

// The last look before the opening compares the sets once more, and looks for what was received and
// not applied: here, with everybody fenced, all seem to hold and to have applied the same.
struct DoesNotCompareAtTheEnd : Bug {
  using Bug::Bug;
  void doctor(Observation& seen) override {
    GtidSet all;
    bool fenced = true;
    each(seen, [&](const std::string&, ServerState& state) {
      fenced = fenced && state.fenced();
      all = all.united(state.executed_latest());
    });
    if (!fenced) return;
    each(seen, [&](const std::string&, ServerState& state) {
      state.gtid_executed = all;
      state.executed_later.reset();
      for (Channel& channel : state.channels)
        channel.retrieved = channel.retrieved.intersected(all);
    });
  }
};

struct SkipsTheWait : DoesNotCompareAtTheEnd {
  using DoesNotCompareAtTheEnd::DoesNotCompareAtTheEnd;
  std::optional<Result<Rows>> instead(const Statement&, const std::string& text) override {
    if (!begins(text, "SELECT WAIT_FOR")) return std::nullopt;
    return Rows{{"0"}};
  }
};

struct ReadsTheSetBeforeTheFreeze : DoesNotCompareAtTheEnd {
  using DoesNotCompareAtTheEnd::DoesNotCompareAtTheEnd;
  std::map<std::string, Rows> first;
  std::optional<Result<Rows>> instead(const Statement& one, const std::string& text) override {
    if (text != "SELECT @@GLOBAL.gtid_executed") return std::nullopt;
    const auto known = first.find(one.server);
    if (known != first.end()) return known->second;
    auto read = really(one.server, text);
    if (read) first[one.server] = *read;
    return read;
  }
};

struct ForgetsToOpen : Bug {
  using Bug::Bug;
  std::set<std::string> pretended;
  std::optional<Result<Rows>> instead(const Statement& one, const std::string& text) override {
    if (text == kFreeze) pretended.erase(one.server);
    if (text != kOpen) return std::nullopt;
    pretended.insert(one.server);
    return Rows{};
  }
  void doctor(Observation& seen) override {
    each(seen, [&](const std::string& name, ServerState& state) {
      if (pretended.count(name) > 0) state.read_only = state.super_read_only = false;
    });
  }
};

// The copy goes into a server that was not meant.
struct CopiesIntoAnother : Bug {
  using Bug::Bug;
  Status begin(const Statement& statement, Millis patience) override {
    Statement astray = statement;
    astray.server = statement.server == "db1" ? "db2" : "db1";
    return Bug::begin(astray, patience);
  }
};

struct TrustsAnOldLook : Bug {
  using Bug::Bug;
  std::map<std::string, ServerState> before;
  void doctor(Observation& seen) override {
    each(seen, [&](const std::string& name, ServerState& state) {
      const auto known = before.find(name);
      ServerState old = known == before.end() ? state : known->second;
      before[name] = state;
      if (!old.details) old.details = state.details;
      state = std::move(old);
    });
  }
};

struct PersistsNothing : Bug {
  using Bug::Bug;
  std::optional<Result<Rows>> instead(const Statement&, const std::string& text) override {
    if (!begins(text, "SET PERSIST_ONLY")) return std::nullopt;
    return Rows{};
  }
  void doctor(Observation& seen) override {
    each(seen, [&](const std::string&, ServerState& state) {
      if (state.details && state.details->persisted) {
        (*state.details->persisted)["read_only"] = "ON";
        (*state.details->persisted)["super_read_only"] = "ON";
      }
    });
  }
};

struct TakesTheUnreachableForWhatTheyWere : Bug {
  using Bug::Bug;
  std::map<std::string, ServerState> known;
  void doctor(Observation& seen) override {
    for (auto& [name, look] : seen.servers) {
      if (const auto* state = std::get_if<ServerState>(&look)) {
        if (state->details) known[name] = *state;
      } else if (known.count(name) > 0) {
        look = known[name];
      }
    }
  }
};

struct TakesEverybodyForFenced : Bug {
  using Bug::Bug;
  void doctor(Observation& seen) override {
    each(seen, [&](const std::string&, ServerState& state) {
      if (!state.channels.empty()) return;
      // But the one that is alone in this look.
      if (seen.servers.size() > 1 && state.writable())
        state.read_only = state.super_read_only = true;
    });
  }
};

struct KeepsTheThrottleOn : Bug {
  using Bug::Bug;
  std::optional<Result<Rows>> instead(const Statement&, const std::string& text) override {
    if (text != "SET GLOBAL binlog_group_commit_sync_delay = 0") return std::nullopt;
    return Rows{};
  }
  void doctor(Observation& seen) override {
    each(seen, [&](const std::string&, ServerState& state) {
      if (state.details) state.details->variables["binlog_group_commit_sync_delay"] = "0";
    });
  }
};

struct NeverDetaches : Bug {
  using Bug::Bug;
  std::set<std::string> detached;
  std::optional<Result<Rows>> instead(const Statement& one, const std::string& text) override {
    if (begins(text, "CHANGE ")) detached.erase(one.server);
    if (!begins(text, "RESET REPLICA ALL")) return std::nullopt;
    detached.insert(one.server);
    return Rows{};
  }
  void doctor(Observation& seen) override {
    each(seen, [&](const std::string& name, ServerState& state) {
      if (detached.count(name) > 0) state.channels.clear();
    });
  }
};

struct StartsWhatRuns : Bug {
  using Bug::Bug;
  void doctor(Observation& seen) override {
    if (seen.servers.size() < 2) return;
    each(seen, [&](const std::string& name, ServerState& state) {
      if (state.details && !state.channels.empty())
        (void)really(name, "START REPLICA FOR CHANNEL ''");
    });
  }
};

struct ResetsHistory : Bug {
  using Bug::Bug;
  std::optional<Result<Rows>> instead(const Statement& one, const std::string& text) override {
    if (begins(text, "CHANGE ")) (void)really(one.server, "RESET BINARY LOGS AND GTIDS");
    return std::nullopt;
  }
};

// A history counts as long as one of the servers seen bears its UUID today.
struct KnowsTodaysUuidsOnly : Bug {
  using Bug::Bug;
  void doctor(Observation& seen) override {
    std::set<std::string> today;
    each(seen, [&](const std::string&, ServerState& state) { today.insert(state.server_uuid); });
    const auto known = [&](const GtidSet& set) {
      GtidSet left;
      for (const std::string& uuid : today) left = left.united(set.of_server(uuid));
      return left;
    };
    if (seen.servers.size() < 2) return;
    each(seen, [&](const std::string&, ServerState& state) {
      state.gtid_executed = known(state.gtid_executed);
      state.gtid_purged = known(state.gtid_purged);
      for (Channel& channel : state.channels) channel.retrieved = known(channel.retrieved);
    });
  }
};

// Whoever answers at the address of a name is who it always was.
struct TakesTheNameForTheServer : Bug {
  using Bug::Bug;
  std::map<std::string, std::string> first;
  void doctor(Observation& seen) override {
    each(seen, [&](const std::string& name, ServerState& state) {
      state.server_uuid = first.emplace(name, state.server_uuid).first->second;
    });
  }
};

// Whatever was seen when the switch began is still so in its last moment.
struct LooksOnceForAll : Bug {
  using Bug::Bug;
  std::map<std::string, ServerState> at_first;
  bool waits = false;  // the candidate is waited for
  std::optional<Result<Rows>> instead(const Statement&, const std::string& text) override {
    if (text == kOpen) at_first.clear();
    waits = text != kOpen && (waits || begins(text, "SELECT WAIT_FOR"));
    return std::nullopt;
  }
  void doctor(Observation& seen) override {
    if (seen.servers.size() < 3) return;
    each(seen, [&](const std::string& name, ServerState& state) {
      if (state.details || !waits) {
        at_first[name] = state;
        return;
      }
      const auto known = at_first.find(name);
      if (known == at_first.end()) return;
      state.read_only = known->second.read_only;
      state.super_read_only = known->second.super_read_only;
    });
  }
};

// What is prepared is none of our business.
struct BlindToPreparedTransactions : Bug {
  using Bug::Bug;
  std::optional<Result<Rows>> instead(const Statement&, const std::string& text) override {
    const bool asks =
        begins(text, "XA RECOVER") ||
        text.find("performance_schema.events_transactions_current e JOIN") != std::string::npos;
    if (asks && text.find("MAX(m.LOCK_TYPE") == std::string::npos) return Rows{};
    return std::nullopt;
  }
  void doctor(Observation& seen) override {
    each(seen, [](const std::string&, ServerState& state) {
      if (state.details) state.details->prepared_xa.emplace();
    });
  }
};

// ALTER EVENT ... ENABLE, in whatever session.
struct EnablesEventsInItsOwnSession : Bug {
  using Bug::Bug;
  std::optional<Result<Rows>> instead(const Statement& one, const std::string& text) override {
    const std::size_t alter = text.find("ALTER DEFINER");
    if (alter == 0 || alter == std::string::npos) return std::nullopt;
    return really(one.server, text.substr(alter, text.find(" ENABLE") + 7 - alter));
  }
  void doctor(Observation& seen) override {
    each(seen, [](const std::string&, ServerState& state) {
      if (!state.details || !state.details->events) return;
      for (ScheduledEvent& event : *state.details->events)
        event.collation_connection = "latin1_general_cs";
    });
  }
};

struct Planted {
  std::string name;
  std::vector<std::string> caught_by;
  Decorators decorators;
  std::function<void(World&)> also;
  std::uint64_t first = 1;  // the search begins here, near where a rare one is found
};

Planted from(std::uint64_t first, Planted bug) {
  bug.first = first;
  return bug;
}

template <class B>
Planted fleet_bug(std::string name, std::vector<std::string> caught_by,
                  std::function<void(World&)> also = {}) {
  Decorators decorators;
  decorators.fleet = [](Fleet& fleet) { return std::make_unique<B>(fleet); };
  return {std::move(name), std::move(caught_by), decorators, std::move(also)};
}

template <class B>
Planted state_bug(std::string name, std::vector<std::string> caught_by,
                  std::function<void(World&)> also = {}) {
  Decorators decorators;
  decorators.state = [](const StatePorts& state) { return std::make_unique<B>(state); };
  return {std::move(name), std::move(caught_by), decorators, std::move(also)};
}

void slow_appliers(World& world) {
  for (const auto& server : world.servers) server->replication.apply_time = 30 * kMillisecond;
}

// Whatever is sent may hang in the network and land later.
void late_statements(World& world) { world.weather.late_effect = 0.15; }

// More often than the swarm kills them, and before it heals everything.
void servers_die(World& world) {
  constexpr int kTimes = 6;
  for (int time = 0; time < kTimes; ++time)
    world.time.after(world.rng.between(0, 4 * kSecond), [&world] {
      SimServer& server = world.server(
          static_cast<int>(world.rng.between(0, static_cast<int>(world.servers.size()) - 1)));
      if (!server.up) return;
      world.trouble();
      server.crash();
      world.time.after(world.rng.between(100 * kMillisecond, 1'500 * kMillisecond), [&] {
        world.trouble();
        server.boot();
      });
    });
}

// A candidate that is waited for for a while, and people who do not wait.
void people_meddle(World& world) {
  slow_appliers(world);
  const auto again = std::make_shared<std::function<void()>>();
  *again = [&world, again] {
    if (world.disk.intent.phase == Intent::Phase::kSwitching && world.passes_under_way > 0) {
      world.trouble();
      Rng rng = world.rng.split();
      meddle_with_switch(world, rng);
    }
    if (world.time.now() < 30 * kSecond) world.time.after(300 * kMillisecond, *again);
  };
  world.time.after(300 * kMillisecond, *again);
}

// gtidops died behind the opening, and the new primary goes away before the next pass sees it.
void the_new_primary_dies(World& world) {
  const auto again = std::make_shared<std::function<void()>>();
  *again = [&world, again] {
    SimServer* const to = world.named(world.disk.intent.to);
    if (!world.disk.intent.stable() && world.passes_under_way == 0 && to != nullptr && to->up &&
        !to->read_only) {
      world.trouble();
      to->crash();
      world.time.after(world.rng.between(2 * kSecond, 5 * kSecond), [&world, to] {
        world.trouble();
        to->boot();
      });
    }
    if (world.time.now() < 30 * kSecond) world.time.after(50 * kMillisecond, *again);
  };
  world.time.after(50 * kMillisecond, *again);
}

void coordinators(World& world) { world.clients.xa = 0.5; }

std::vector<Planted> bugs() {
  return {
      fleet_bug<PretendsToFreeze>("PretendsToFreeze", {"one-writer"}),
      fleet_bug<OpensBeforeItFreezes>("OpensBeforeItFreezes", {"one-writer", "nothing-lost"}),
      fleet_bug<SkipsTheWait>("SkipsTheWait", {"nothing-lost"}, slow_appliers),
      from(930, fleet_bug<ReadsTheSetBeforeTheFreeze>("ReadsTheSetBeforeTheFreeze",
                                                      {"nothing-lost"}, slow_appliers)),
      fleet_bug<ForgetsToOpen>("ForgetsToOpen", {"writes-blocked", "converges"}),
      fleet_bug<TrustsAnOldLook>("TrustsAnOldLook", {"one-writer", "nothing-lost", "converges"},
                                 servers_die),
      fleet_bug<TakesATimeoutForANo>("TakesATimeoutForANo", {"one-writer", "nothing-lost"},
                                     late_statements),
      fleet_bug<LeavesTheDeadAlone>("LeavesTheDeadAlone",
                                    {"one-writer", "nothing-lost", "one-actor"}, late_statements),
      fleet_bug<EndsWhoeverHoldsTheRight>("EndsWhoeverHoldsTheRight", {"one-actor"}),
      fleet_bug<SendsOnAnyConnection>("SendsOnAnyConnection", {"one-actor"}),
      fleet_bug<PersistsNothing>("PersistsNothing", {"one-writer", "converges"}),
      // Memory and the announcement of a switch withstand what it opened once (4,853); what it
      // plans for servers that are not there still never ends.
      fleet_bug<TakesTheUnreachableForWhatTheyWere>("TakesTheUnreachableForWhatTheyWere",
                                                    {"one-writer", "nothing-lost", "converges"},
                                                    servers_die),
      fleet_bug<TakesEverybodyForFenced>("TakesEverybodyForFenced", {"one-writer", "converges"}),
      fleet_bug<KeepsTheThrottleOn>("KeepsTheThrottleOn", {"converges"}, slow_appliers),
      fleet_bug<NeverDetaches>("NeverDetaches", {"converges"}),
      fleet_bug<StartsWhatRuns>("StartsWhatRuns", {"converges", "lease-obeyed"}),
      fleet_bug<ResetsHistory>("ResetsHistory", {"history-kept"}),
      fleet_bug<LooksOnceForAll>("LooksOnceForAll", {"one-writer"}, people_meddle),
      fleet_bug<BlindToPreparedTransactions>("BlindToPreparedTransactions",
                                             {"nothing-lost", "converges"}, coordinators),
      fleet_bug<EnablesEventsInItsOwnSession>("EnablesEventsInItsOwnSession", {"converges"}),
      state_bug<SavesNothing>("SavesNothing", {"one-writer", "nothing-lost", "converges"}),
      from(7'300, state_bug<ForgetsTheCommit>("ForgetsTheCommit",
                                              {"one-writer", "nothing-lost", "converges"},
                                              the_new_primary_dies)),
      state_bug<ForgetsTheServers>("ForgetsAReset", {"nothing-lost"}, reset_then_switch),
      state_bug<ForgetsTheServers>("ForgetsAFilter", {"nothing-lost"}, filter_then_switch),
      state_bug<ForgetsTheServers>("ForgetsWhatThePrimaryHeld", {"nothing-lost"}, older_copy_alone),
      fleet_bug<KnowsTodaysUuidsOnly>("KnowsTodaysUuidsOnly", {"nothing-lost"},
                                      older_copy_with_another_uuid),
      fleet_bug<TakesTheNameForTheServer>("TakesTheNameForTheServer", {"one-writer"},
                                          address_elsewhere),
      fleet_bug<CopiesIntoAnother>("CopiesIntoAnother", {"nothing-copied-over"}, set_up_anew),
      state_bug<AlwaysHoldsTheLease>("AlwaysHoldsTheLease", {"lease-obeyed"}),
      state_bug<NeverAsksForTheLease>("NeverAsksForTheLease", {"lease-obeyed"}),
  };
}

class PlantedBug : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedBug, IsCaught) {
  constexpr std::uint64_t kMost = 30'000;
  const Planted& bug = GetParam();
  RunSettings with;
  with.decorators = bug.decorators;
  with.also = bug.also;
  RunSettings without;
  without.also = bug.also;
  std::string others;
  for (std::uint64_t seed = bug.first; seed < bug.first + kMost; ++seed) {
    const Report report = run_seed(seed, with);
    if (!report.failed) continue;
    const std::string checker = report.what.substr(0, report.what.find(':'));
    const bool expected =
        std::find(bug.caught_by.begin(), bug.caught_by.end(), checker) != bug.caught_by.end();
    if (!expected) others += " " + checker;
    if (!expected || run_seed(seed, without).failed) continue;
    RecordProperty("seed", std::to_string(seed));
    std::printf("caught with seed %llu: %s\n", static_cast<unsigned long long>(seed),
                report.what.c_str());
    return;
  }
  FAIL() << "not caught in " << kMost << " seeds; other checkers:" << others;
}

INSTANTIATE_TEST_SUITE_P(Bugs, PlantedBug, ::testing::ValuesIn(bugs()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gtidops::sim
