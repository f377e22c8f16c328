// What a switch says that an earlier process began, or that was given up: over a fleet that does as
// told. How it acts is shown on real servers (tests/e2e/switch_*) and by the simulator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decide/planner.h"
#include "execute/run_plan.h"
#include "support/whole_state.h"
#include "unit/support/fleet_builder.h"
#include "unit/support/manual_clock.h"

namespace gtidops {
namespace {

using testing::FleetBuilder;
using ::testing::HasSubstr;
using testing::KeptState;
using ::testing::Not;

// Opens and freezes whom it is told to, each statement taking a millisecond. db2 holds all of db1
// unless it is said to lag.
class SwitchFleet : public Fleet {
 public:
  SwitchFleet(Observation seen, ManualClock& clock) : seen_(std::move(seen)), clock_(clock) {}
  Observation look(const std::vector<std::string>& servers, Depth, Millis) override {
    Observation shown;
    for (const std::string& name : servers) shown.servers[name] = seen_.servers.at(name);
    return shown;
  }
  Result<Rows> run(const Statement& statement, Millis) override {
    const std::string text = statement.printable();
    const auto is = [&](const std::string& part) { return text.find(part) != std::string::npos; };
    clock_.sleep(Millis{is("WAIT_FOR_EXECUTED") && lags ? 1'000 : 1});
    auto& state = std::get<ServerState>(seen_.servers.at(statement.server));
    if (text == "SELECT @@GLOBAL.gtid_executed") return Rows{{state.gtid_executed.to_string()}};
    if (is("WAIT_FOR_EXECUTED")) return Rows{{std::string(lags ? "1" : "0")}};
    if (is("binlog_group_commit_sync_delay")) return Rows{{std::string("0")}};
    if (is("_LOCK(")) return Rows{{std::string("1")}};
    if (is("super_read_only = ON")) state.read_only = state.super_read_only = true;
    if (is("super_read_only = OFF")) state.read_only = state.super_read_only = false;
    return Rows{};
  }
  [[nodiscard]] std::uint64_t connection(const std::string&) const override { return 1; }

  bool lags = false;

 private:
  Observation seen_;
  ManualClock& clock_;
};

class SwitchTold : public ::testing::Test {
 protected:
  SwitchTold() { fleet_.server("db1").server("db2").server("db3"); }

  // A process that died was about to freeze db1 so long ago.
  void begun_before(Millis ago, Intent::Phase phase = Intent::Phase::kSwitching) {
    Intent& intent = state_.intent;
    intent.phase = phase;
    intent.from = "db1";
    intent.to = "db2";
    intent.from_uuid = FleetBuilder::uuid_of("db1");
    intent.to_uuid = FleetBuilder::uuid_of("db2");
    intent.frozen_since = intent.blocked_since = clock_.now() - ago;
  }

  Outcome run(bool lags = false) {
    SwitchFleet servers(fleet_.observation(), clock_);
    servers.lags = lags;
    SwitchPrimary action;
    action.server = "db2";
    action.from = "db1";
    action.server_uuid = FleetBuilder::uuid_of("db2");
    action.from_uuid = FleetBuilder::uuid_of("db1");
    action.others = action.followers = {"db3"};
    Plan plan;
    plan.topology = "orders";
    plan.goal.primary = "db2";
    plan.steps = {{1, action, Risk::kDisruptive, ""}};
    const Spec spec = fleet_.spec();
    RightToAct right(servers, clock_, spec);
    EXPECT_TRUE(right.claim(state_, Millis{1'000}));
    return run_plan(plan, {servers, clock_, state_.ports(), right}, {});
  }
  static double blocked_ms(const Outcome& outcome) {
    EXPECT_EQ(outcome.steps.at(0).result, StepResult::kDone) << outcome.steps.at(0).error;
    return outcome.primary_change ? outcome.primary_change->writes_blocked_ms : -1;
  }

  FleetBuilder fleet_;
  ManualClock clock_;
  KeptState state_;
};

TEST_F(SwitchTold, OfOneThatNobodyBeganItCountsFromItsOwnFreeze) {
  EXPECT_LT(blocked_ms(run()), 100);
  EXPECT_NE(state_.intent.blocked_since, Moment{}) << "whoever must end it has to know";
}

// Clients have waited since then, whoever made them wait.
TEST_F(SwitchTold, OfOneThatWasFrozenBeforeItCountsFromThatFreeze) {
  for (const auto phase : {Intent::Phase::kSwitching, Intent::Phase::kCommitted}) {
    fleet_.server("db1").super_read_only();
    begun_before(Millis{3'600}, phase);
    const Moment since = state_.intent.blocked_since;
    const Outcome outcome = run();
    EXPECT_GE(blocked_ms(outcome), 3'600);
    EXPECT_LT(blocked_ms(outcome), 4'000);
    EXPECT_EQ(state_.intent.blocked_since, since) << "or the next one counts from here";
    EXPECT_THAT(outcome.steps.at(0).note, HasSubstr("when an earlier run was about to freeze db1"));
  }
}

// It died before the freeze, or somebody has opened db1 since.
TEST_F(SwitchTold, OfOneWhoseOldPrimaryTakesWritesItCountsFromItsOwnFreeze) {
  fleet_.server("db1").writable();
  begun_before(Millis{3'600});
  EXPECT_LT(blocked_ms(run()), 100);
}

TEST_F(SwitchTold, AClockThatWasSetBackMakesItNoShorterThanItWasHere) {
  fleet_.server("db1").super_read_only();
  begun_before(Millis{-60'000});
  EXPECT_GE(blocked_ms(run()), 1);
}

// Catching up failed: the plan had moved db3 before, which is late now, and stays so.
TEST_F(SwitchTold, OfOneThatWasGivenUpItNamesWhoWasMovedForIt) {
  constexpr bool kLags = true;
  const std::string as_it_was = run(kLags).steps.at(0).error;
  EXPECT_THAT(as_it_was, HasSubstr("within switchover.catchUpTimeout; nothing was changed"));
  fleet_.server("db3").follows("db2");
  const std::string moved = run(kLags).steps.at(0).error;
  EXPECT_THAT(moved, HasSubstr("neither db1 nor db2 was changed; db3, which was moved under db2 "
                               "before, follows it, and goes back when primary: db1 is declared"));
  EXPECT_THAT(moved, Not(HasSubstr("nothing was changed")));
}

// One that the file puts below db2 is where it belongs.
TEST_F(SwitchTold, WhoIsDeclaredBelowTheCandidateIsNotMovedForIt) {
  fleet_.server("db3").source("db2").server("db4");
  Spec spec = fleet_.spec();
  spec.primary = Field<std::string>("db2");
  const Plan plan = make_plan(spec, fleet_.observation(), {});
  const SwitchPrimary* found = nullptr;
  for (const Step& step : plan.steps)
    if (const auto* action = std::get_if<SwitchPrimary>(&step.action)) found = action;
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->followers, std::vector<std::string>{"db4"});
}

}  // namespace
}  // namespace gtidops
