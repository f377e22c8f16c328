// The checkers of plans: do they notice a plan that is wrong, and does their own reading of windows
// agree with the planner's, around every change of a clock?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "decide/planner.h"
#include "decide/windows.h"
#include "scenarios/invariants.h"
#include "scenarios/own_judgement.h"
#include "scenarios/scenario.h"

namespace gtidops::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// How the scenario of this name, "writers/two-primaries", begins.
Played beginning(const std::string& name) {
  const std::filesystem::path file =
      std::filesystem::path(GTIDOPS_SOURCE_DIR "/tests/scenarios") / (name + ".txt");
  if (!std::filesystem::exists(file)) throw std::invalid_argument("no scenario " + name);
  return play(read_scenario(file)).front();
}

// What is broken of the plan of a scenario, after somebody has spoilt the plan.
std::string broken(const char* file, const std::function<void(Plan&)>& spoil) {
  const auto [spec, seen, intent, outcome] = beginning(file);
  Plan plan = make_plan(spec, seen, intent);
  EXPECT_THAT(broken_invariants(spec, seen, intent, plan), IsEmpty()) << file;
  spoil(plan);
  std::string all;
  for (const std::string& one : broken_invariants(spec, seen, intent, plan)) all += one + "\n";
  return all;
}

template <class A>
A& first(Plan& plan) {
  for (Step& step : plan.steps)
    if (auto* action = std::get_if<A>(&step.action)) return *action;
  throw std::logic_error("the plan has no such step");
}

TEST(Invariants, NoticeAWrongRisk) {
  const auto all = [](Risk risk) {
    return [risk](Plan& plan) {
      for (Step& step : plan.steps) step.risk = risk;
    };
  };
  EXPECT_THAT(broken("role-change/asked", all(Risk::kSafe)),
              HasSubstr("switch_primary on db2, is said to be safe"));
  EXPECT_THAT(broken("accounts/prune-users", all(Risk::kDisruptive)),
              HasSubstr("drop_user on db1, is said to be disruptive"));
  EXPECT_THAT(broken("channels/changed-source", all(Risk::kSafe)), HasSubstr("is said to be safe"));
}

TEST(Invariants, NoticeWhoeverIsForgottenOrOpenedBesideAnother) {
  EXPECT_THAT(
      broken("role-change/asked", [](Plan& plan) { first<SwitchPrimary>(plan).others.clear(); }),
      HasSubstr("SwitchPrimary forgets a server"));
  EXPECT_THAT(
      broken("writers/primary-crashed", [](Plan& plan) { first<OpenWrites>(plan).others.clear(); }),
      HasSubstr("OpenWrites forgets a server"));
  EXPECT_THAT(
      broken("writers/primary-crashed", [](Plan& plan) { first<OpenWrites>(plan).server = "db2"; }),
      HasSubstr("is not the primary"));
}

TEST(Invariants, NoticeAnotherSource) {
  EXPECT_THAT(broken("channels/changed-source",
                     [](Plan& plan) { first<PointReplica>(plan).source = "db3"; }),
              HasSubstr("gets another source"));
}

TEST(Invariants, NoticeAStepThatAWindowForbids) {
  const Played scenario = beginning("hands-off/windows-deny");
  Spec open = scenario.spec;
  open.reconcile.windows.clear();
  const Plan plan = make_plan(open, scenario.seen, scenario.intent);
  EXPECT_THAT(broken_invariants(open, scenario.seen, scenario.intent, plan), IsEmpty());
  EXPECT_THAT(broken_invariants(scenario.spec, scenario.seen, scenario.intent, plan),
              ::testing::Contains(HasSubstr("is done while a window forbids it")));
}

// Two readings that share nothing but the specification's words.
class Windows {
 public:
  explicit Windows(std::uint32_t seed) : random_(seed) {}

  std::vector<WindowSpec> make() {
    std::vector<WindowSpec> windows(1 + below(3));
    for (WindowSpec& window : windows) {
      Field<std::string>& field = below(2) == 0 ? window.deny : window.allow;
      field = Field<std::string>(schedule(), {1, 1});
      window.duration = {Millis{60'000 * (1 + static_cast<std::int64_t>(below(600)))}};
      window.time_zone = {pick({"UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe",
                                "Asia/Kolkata", "America/Santiago"})};
      window.risk = {pick({"safe", "disruptive", "destructive"})};
    }
    return windows;
  }
  // Half of them within a day of a clock that is put forward or back.
  Moment moment() {
    constexpr std::int64_t kHour = 3'600'000, k2026 = 1'767'225'600'000;
    static constexpr std::array<std::int64_t, 6> kChanges{
        1'774'746'000'000,  // 2026-03-29 01:00 UTC: Madrid forward
        1'792'890'000'000,  // 2026-10-25 01:00 UTC: Madrid back
        1'772'953'200'000,  // 2026-03-08 07:00 UTC: New York forward
        1'793'512'800'000,  // 2026-11-01 06:00 UTC: New York back
        1'775'314'800'000,  // 2026-04-04 15:00 UTC: Lord Howe back
        1'791'039'600'000,  // 2026-10-03 15:00 UTC: Lord Howe forward
    };
    const auto within = [&](std::int64_t length) {
      return static_cast<std::int64_t>(random_()) % length;
    };
    const std::int64_t at =
        below(2) == 0 ? k2026 + within(365 * 24) * kHour + within(kHour)
                      : kChanges.at(below(kChanges.size())) - 12 * kHour + within(24 * kHour);
    return Moment{Millis{at}};
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::string pick(std::vector<std::string> from) { return from[below(from.size())]; }
  std::string schedule() {
    return pick({"0", "30", "*/15", "5,35", "59"}) + " " +
           pick({"*", "2", "1-3", "0,23", "*/6", "8-18/2"}) + " " +
           pick({"*", "*", "1", "29", "1-7"}) + " " + pick({"*", "*", "3-10", "OCT", "mar,apr"}) +
           " " + pick({"*", "*", "1-5", "SUN", "7", "sat"});
  }
  std::mt19937 random_;
};

TEST(OwnJudgement, ReadsWindowsAsThePlannerDoes) {
  int forbidden = 0;
  constexpr std::uint32_t kSeeds = 1500;
  for (std::uint32_t seed = 0; seed < kSeeds; ++seed) {
    Windows random(seed);
    const std::vector<WindowSpec> windows = random.make();
    const Moment at = random.moment();
    for (const Risk risk : {Risk::kSafe, Risk::kDisruptive, Risk::kDestructive}) {
      const bool own = own_forbidden(windows, at, risk);
      const WindowVerdict verdict = judge_windows(windows, at, risk);
      forbidden += own ? 1 : 0;
      ASSERT_EQ(own, !verdict.allowed) << "seed " << seed << ", " << risk_name(risk) << " at "
                                       << print_moment(at) << ": " << verdict.why;
    }
  }
  EXPECT_GT(forbidden, 500);
  EXPECT_LT(forbidden, 4000);
}

}  // namespace
}  // namespace gtidops::testing
