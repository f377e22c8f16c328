// The simulation itself: it is the same run for the same seed, seeds that failed once hold, and a
// crash at every single call of a port is survived.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "sim/run.h"
#include "sim/sql.h"

namespace gtidops::sim {
namespace {

TEST(Simulation, IsTheSameRunForTheSameSeed) {
  RunSettings traced;
  traced.trace = true;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Report once = run_seed(seed, traced);
    const Report again = run_seed(seed, traced);
    ASSERT_FALSE(once.trace.empty());
    ASSERT_EQ(once.trace, again.trace) << "seed " << seed;
    ASSERT_EQ(once.events, again.events) << "seed " << seed;
    // Whether anybody listens changes nothing.
    ASSERT_EQ(once.events, run_seed(seed).events) << "seed " << seed;
  }
}

TEST(Simulation, OtherSeedsAreOtherRuns) {
  RunSettings traced;
  traced.trace = true;
  EXPECT_NE(run_seed(1, traced).trace, run_seed(2, traced).trace);
}

TEST(Simulation, KnowsEveryStatementOrSaysSo) {
  World world(1, 1, false);
  SimServer& server = world.server(0);
  const int session = server.connect(1, kFirstHost, "test");
  EXPECT_THROW(execute(world, server, session, "OPTIMIZE TABLE t", {}), UnknownStatement);
}

TEST(Corpus, Holds) {
  std::ifstream file(std::string(GTIDOPS_SOURCE_DIR) + "/tests/sim/corpus.txt");
  ASSERT_TRUE(file);
  std::string line;
  int seeds = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    const std::uint64_t seed = std::stoull(line);
    const Report report = run_seed(seed);
    EXPECT_FALSE(report.failed) << "seed " << seed << ": " << report.what;
    ++seeds;
  }
  EXPECT_GT(seeds, 0);
}

struct Named {
  const char* name;
  Scenario scenario;
};

Scenario scenario(Kind kind, int servers, std::vector<Declaration> declarations = {}) {
  Scenario one;
  one.kind = kind;
  one.servers = servers;
  one.established = kind != Kind::kBootstrap;
  one.connect_retry = 1;
  one.declarations = std::move(declarations);
  return one;
}

std::vector<Named> scenarios() {
  std::vector<Named> all{
      {"Bootstrap", scenario(Kind::kBootstrap, 3)},
      {"Drift", scenario(Kind::kDrift, 3)},
      {"Switch", scenario(Kind::kSwitch, 3, {{kSecond, 1}})},
      {"SwitchOfTwo", scenario(Kind::kSwitch, 2, {{kSecond, 1}})},
      {"ThereAndBack", scenario(Kind::kSwitch, 3, {{kSecond, 1}, {4 * kSecond, 0}})},
      {"TakenBack", scenario(Kind::kSwitch, 3, {{kSecond, 2}, {kSecond + 300'000, 0}})},
      {"ToTheCascaded", scenario(Kind::kSwitch, 3, {{kSecond, 2}})},
      {"ThirdServerDown", scenario(Kind::kSwitch, 3, {{kSecond, 1}})},
      {"SemiSyncOfTwo", scenario(Kind::kSwitch, 2, {{kSecond, 1}})},
      {"SemiSyncTwoOfThree", scenario(Kind::kSwitch, 4, {{kSecond, 1}})},
  };
  all[1].scenario.drifts = 3;
  all[6].scenario.cascade = true;
  all[7].scenario.down = 2;
  all[8].scenario.semi_sync = 1;
  all[9].scenario.semi_sync = 2;
  for (const int with_event : {2, 4, 7})
    all[static_cast<std::size_t>(with_event)].scenario.event = true;
  return all;
}

class CrashAtEveryCall : public ::testing::TestWithParam<Named> {};

TEST_P(CrashAtEveryCall, IsSurvived) {
  constexpr std::uint64_t kSeed = 1;
  RunSettings settings;
  settings.faults = false;
  settings.scenario = &GetParam().scenario;
  const Report whole = run_seed(kSeed, settings);
  ASSERT_FALSE(whole.failed) << whole.what;
  ASSERT_GT(whole.calls_of_first, 20);
  RecordProperty("calls", whole.calls_of_first);
  for (int call = 1; call <= whole.calls_of_first; ++call)
    for (const CrashWhen when : {CrashWhen::kBefore, CrashWhen::kWithin, CrashWhen::kAfter}) {
      settings.crash = {call, when};
      const Report report = run_seed(kSeed, settings);
      ASSERT_FALSE(report.failed) << "call " << call << ", " << static_cast<int>(when) << ": "
                                  << report.what;
    }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, CrashAtEveryCall, ::testing::ValuesIn(scenarios()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace gtidops::sim
