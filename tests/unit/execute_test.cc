// The look that is safe to judge, and the run of a plan, over a fleet that does as told.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "decide/assess.h"
#include "decide/edges.h"
#include "decide/goal.h"
#include "decide/planner.h"
#include "execute/observe.h"
#include "execute/run_plan.h"
#include "reconcile.h"
#include "support/whole_state.h"
#include "unit/support/fleet_builder.h"

namespace gtidops {
namespace {

using testing::FleetBuilder;
using testing::KeptState;

class StandingClock : public Clock {
 public:
  [[nodiscard]] Moment now() const override { return Moment(now_); }
  [[nodiscard]] Millis monotonic() const override { return now_; }
  [[nodiscard]] double monotonic_us() const override { return 1e3 * double(now_.count()); }
  void sleep(Millis duration) override { now_ += duration; }

 private:
  Millis now_{0};
};

// Shows what it was told, and from the second look at a server on what it was told to show later.
class ToldFleet : public Fleet {
 public:
  explicit ToldFleet(Observation seen) : seen_(std::move(seen)) {}
  Observation look(const std::vector<std::string>& servers, Depth, Millis) override {
    Observation shown;
    for (const std::string& name : servers) {
      if (++looks[name] > 1 && later.count(name) > 0)
        std::get<ServerState>(seen_.servers.at(name)).gtid_executed = later.at(name);
      if (looks[name] > 1 && owned.count(name) > 0)
        std::get<ServerState>(seen_.servers.at(name)).gtid_owned = owned.at(name);
      shown.servers[name] = seen_.servers.at(name);
    }
    return shown;
  }
  Result<Rows> run(const Statement& statement, Millis) override {
    if (statement.only_reads()) return Rows{{std::string("1")}};  // every lock is free
    if (refuses.count(statement.server) > 0) return fail(ErrorCode::kFailed, "no");
    if (statement.printable() == "SET GLOBAL super_read_only = ON") {
      auto& state = std::get<ServerState>(seen_.servers.at(statement.server));
      state.read_only = state.super_read_only = true;
    }
    return Rows{};
  }

  [[nodiscard]] std::uint64_t connection(const std::string&) const override { return 1; }

  std::map<std::string, GtidSet> later, owned;
  std::map<std::string, int> looks;
  std::set<std::string> refuses;

 private:
  Observation seen_;
};

// When db2's receiver is stopped, its relay log holds transactions that it has not applied; its
// applier stops after so many looks.
class DamagedFleet : public Fleet {
 public:
  explicit DamagedFleet(Observation seen, int looks = 0) : looks_(looks), seen_(std::move(seen)) {}
  Observation look(const std::vector<std::string>& servers, Depth, Millis) override {
    Observation shown;
    Channel& channel = std::get<ServerState>(seen_.servers.at("db2")).channels.front();
    if (channel.receiver == ThreadState::kOff && --looks_ < 0) channel.applier = ThreadState::kOff;
    for (const std::string& name : servers) shown.servers[name] = seen_.servers.at(name);
    return shown;
  }
  Result<Rows> run(const Statement& statement, Millis) override {
    if (statement.only_reads()) return Rows{{std::string("1")}};  // every lock is free
    done.push_back(statement.printable());
    if (done.back() == "STOP REPLICA IO_THREAD FOR CHANNEL ''") {
      Channel& channel = std::get<ServerState>(seen_.servers.at("db2")).channels.front();
      channel.receiver = ThreadState::kOff;
      channel.retrieved = FleetBuilder::gtids("db1:1-105");
    }
    return Rows{};
  }
  [[nodiscard]] std::uint64_t connection(const std::string&) const override { return 1; }

  std::vector<std::string> done;

 private:
  int looks_;

 protected:
  Observation seen_;
};

// A switch to db2 was cut off after the opening, and the file says db1 again. db3 follows db2, and
// was looked at a moment later than it.
TEST(Observe, AsksWhoTakesWritesAndNotWhomTheFileNames) {
  FleetBuilder builder;
  builder.server("db1").primary().super_read_only().no_channel();
  builder.server("db2").writable().no_channel().executed("db1:1-100,db2:1-5");
  builder.server("db3").follows("db2").executed("db1:1-100,db2:1-6");
  ToldFleet fleet(builder.observation());
  fleet.later["db2"] = FleetBuilder::gtids("db1:1-100,db2:1-8");
  StandingClock clock;
  const Spec spec = builder.spec();
  const Observation seen = observe(spec, {}, fleet, clock, Depth::kState, Millis{1'000});
  ASSERT_TRUE(seen.state("db2")->executed_later);
  EXPECT_EQ(FleetBuilder::gtids("db1:1-100,db2:1-8"), *seen.state("db2")->executed_later);
  Intent intent;
  intent.established_primary_uuid = FleetBuilder::uuid_of("db2");
  for (const Finding& one : make_plan(spec, seen, intent).refusals)
    EXPECT_NE("errant-transactions", one.rule) << one.server << ": " << one.why;
}

// db1 was reset: until a second look, its counter would pass the old numbers.
TEST(Observe, ASetThatHasShrunkIsNotLookedAtAgain) {
  FleetBuilder builder;
  builder.server("db1").executed("db1:1-100");
  builder.server("db2").executed("db1:1-100");
  const Spec spec = builder.spec();
  const Intent known = intent_after_look(spec, builder.observation(), {});
  builder.server("db1").executed("db1:1-5");
  ToldFleet fleet(builder.observation());
  fleet.later["db1"] = FleetBuilder::gtids("db1:1-150");
  StandingClock clock;
  const Observation seen = observe(spec, known, fleet, clock, Depth::kState, Millis{1'000});
  const Intent now = intent_after_look(spec, seen, known);
  EXPECT_EQ(now.memory.of(FleetBuilder::uuid_of("db1"))->lost, FleetBuilder::gtids("db1:6-100"));
}

// db1 waits for an acknowledgement with db1:101 to 103, all of which db2 has got. It is given up
// after half a second, or when nothing is under way any more.
TEST(Observe, WhatIsBeingCommittedIsNotErrantHoweverLongItTakes) {
  FleetBuilder builder;
  builder.server("db1").executed("db1:1-100").owned("db1:101-103");
  builder.server("db2").executed("db1:1-103");
  ToldFleet fleet(builder.observation());
  StandingClock clock;
  const Spec spec = builder.spec();
  const auto errant = [&] {
    const Observation seen = observe(spec, {}, fleet, clock, Depth::kState, Millis{1'000});
    return assess(spec, declared_goal(spec), seen, {}).of("db2").errant.value().to_string();
  };
  EXPECT_EQ(errant(), "");
  EXPECT_EQ(fleet.looks["db1"], 6);
  EXPECT_EQ(fleet.looks["db2"], 1);
  // It was killed, and came back without the last two.
  fleet.owned["db1"] = {};
  fleet.later["db1"] = FleetBuilder::gtids("db1:1-101");
  EXPECT_EQ(errant(), FleetBuilder::gtids("db1:102-103").to_string());
  EXPECT_EQ(fleet.looks["db1"], 8) << "one look behind the others' is proof";
}

TEST(Observe, NobodyIsAskedAgainWhoHoldsAll) {
  FleetBuilder builder;
  builder.server("db1").server("db2").server("db3");
  ToldFleet fleet(builder.observation());
  StandingClock clock;
  (void)observe(builder.spec(), {}, fleet, clock, Depth::kState, Millis{1'000});
  for (const auto& [name, times] : fleet.looks) EXPECT_EQ(1, times) << name;
}

// What came of a step on db3, and of one on db2 behind it, when the first fails.
std::vector<StepResult> run_with(const std::string& primary) {
  FleetBuilder builder;
  builder.server("db1").server("db2").writable().server("db3").writable();
  ToldFleet fleet(builder.observation());
  fleet.refuses = {"db3"};
  StandingClock clock;
  KeptState state;
  Plan plan;
  plan.topology = "orders";
  plan.goal.primary = primary;
  plan.steps = {{1, SetReadOnly{"db3", false}, Risk::kSafe, ""},
                {2, SetReadOnly{"db2", false}, Risk::kSafe, ""}};
  link_steps(plan);
  std::vector<StepResult> results;
  const Spec spec = builder.spec();
  RightToAct right(fleet, clock, spec);
  EXPECT_TRUE(right.claim(state, Millis{1'000}));
  for (const StepOutcome& one : run_plan(plan, {fleet, clock, state.ports(), right}, {}).steps)
    results.push_back(one.result);
  return results;
}

// The switch to db2 is unfinished, and the file names db3 by now, which cannot be moved.
TEST(RunPlan, TheStepsWaitForThePlansPrimary) {
  EXPECT_EQ((std::vector{StepResult::kFailed, StepResult::kDone}), run_with("db2"));
  EXPECT_EQ((std::vector{StepResult::kFailed, StepResult::kSkipped}), run_with("db3"));
}

// db2 has received up to db1:105 when its receiver is stopped, and applies that at the look with
// this number after it.
class BusyFleet : public DamagedFleet {
 public:
  BusyFleet(Observation seen, int applied_at) : DamagedFleet(std::move(seen)), looks_(applied_at) {}
  Observation look(const std::vector<std::string>& servers, Depth, Millis) override {
    Observation shown;
    auto& state = std::get<ServerState>(seen_.servers.at("db2"));
    if (state.channels.front().receiver == ThreadState::kOff && --looks_ == 0)
      state.gtid_executed = FleetBuilder::gtids("db1:1-105");
    for (const std::string& name : servers) shown.servers[name] = seen_.servers.at(name);
    return shown;
  }
  Result<Rows> run(const Statement& statement, Millis deadline) override {
    if (!dropped && statement.printable().compare(0, 6, "CHANGE") == 0)
      dropped =
          std::get<ServerState>(seen_.servers.at("db2"))
              .channels.front()
              .retrieved.subtracted(std::get<ServerState>(seen_.servers.at("db2")).gtid_executed);
    return DamagedFleet::run(statement, deadline);
  }
  std::optional<GtidSet> dropped;  // by the first change, were the applier to stop then

 private:
  int looks_;
};

// The change of db2's channel, run.
StepResult change_of_db2(const FleetBuilder& builder, Fleet& fleet,
                         std::vector<std::string> changes, bool acknowledges = false) {
  const Observation seen = builder.observation();
  const Channel& channel = *seen.state("db2")->default_channel();
  PointReplica point;
  point.server = "db2";
  point.source = "db1";
  point.source_uuid = FleetBuilder::uuid_of("db1");
  point.target = {channel.source_host, channel.source_port, channel.source_user, 5, {}};
  point.target.options = {{"SOURCE_RETRY_COUNT", "77"}};
  point.changes = std::move(changes);
  point.channel_exists = point.interrupts = true;
  point.acknowledges = acknowledges;
  point.previous = point.target;
  StandingClock clock;
  KeptState state;
  Plan plan;
  plan.topology = "orders";
  plan.goal.primary = "db1";
  plan.steps = {{1, point, Risk::kDisruptive, ""}};
  const Spec spec = builder.spec();
  RightToAct right(fleet, clock, spec);
  EXPECT_TRUE(right.claim(state, Millis{1'000}));
  return run_plan(plan, {fleet, clock, state.ports(), right}, {}).steps.at(0).result;
}

// A receiver that was stopped for a change would receive nothing more until somebody looks.
TEST(RunPlan, AReceiverRunsAgainWhenNeitherTheChangeNorTheWayBackWorks) {
  FleetBuilder builder;
  builder.server("db1").server("db2");
  DamagedFleet fleet(builder.observation());
  EXPECT_EQ(StepResult::kFailed,
            change_of_db2(builder, fleet, {"SOURCE_DELAY", "SOURCE_RETRY_COUNT"}));
  ASSERT_FALSE(fleet.done.empty());
  EXPECT_EQ("START REPLICA FOR CHANNEL ''", fleet.done.back());
  // Each of the two was told what it may be told with the other one running, and no more.
  EXPECT_EQ(1, std::count(fleet.done.begin(), fleet.done.end(),
                          "CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 5 FOR CHANNEL ''"));
}

// Seed 221061: it ran when it was looked at, and stopped while CHANGE was on its way, which then
// deleted what it had not applied.
TEST(RunPlan, AnApplierThatMayYetFailIsNotReliedOn) {
  FleetBuilder builder;
  builder.server("db1").server("db2");
  DamagedFleet fleet(builder.observation(), 3);
  EXPECT_EQ(StepResult::kFailed, change_of_db2(builder, fleet, {"SOURCE_RETRY_COUNT"}));
  EXPECT_EQ((std::vector<std::string>{"STOP REPLICA IO_THREAD FOR CHANNEL ''",
                                      "START REPLICA FOR CHANNEL ''"}),
            fleet.done);
}

// Seed 1030741: what it had to apply took longer than half a second, its applier failed, and CHANGE
// deleted the rest.
TEST(RunPlan, AReplicaThatNobodyWaitsForAppliesAllBeforeItsChannelIsChanged) {
  FleetBuilder builder;
  builder.server("db1").server("db2");
  constexpr int kAfterTwoSeconds = 16;
  BusyFleet fleet(builder.observation(), kAfterTwoSeconds);
  (void)change_of_db2(builder, fleet, {"SOURCE_RETRY_COUNT"});
  EXPECT_EQ(GtidSet{}, fleet.dropped);
}

// One whose acknowledgements are waited for must receive again soon: then the source must hold what
// it has not applied.
TEST(RunPlan, WhatAnAcknowledgerHasNotAppliedItsSourceMustHold) {
  for (const bool held : {false, true}) {
    FleetBuilder builder;
    builder.server("db1").server("db2");
    if (held) builder.server("db1").executed("db1:1-105").server("db2");
    BusyFleet fleet(builder.observation(), 1'000);
    (void)change_of_db2(builder, fleet, {"SOURCE_RETRY_COUNT"}, true);
    EXPECT_EQ(held, fleet.dropped.has_value());
  }
}

// Each connection to db1 is a new one from the second statement on, and is answered by that server.
class MovedFleet : public ToldFleet {
 public:
  using ToldFleet::ToldFleet;
  Result<Rows> run(const Statement& statement, Millis) override {
    const std::string who = FleetBuilder::uuid_of(moved && statement.server == "db1" ? to : "db1");
    if (statement.only_reads()) return Rows{{std::string("1"), who}};
    done.push_back(statement.server);
    return Rows{};
  }
  [[nodiscard]] std::uint64_t connection(const std::string& server) const override {
    return moved && server == "db1" ? 2 : 1;
  }
  bool moved = false;
  std::string to = "db1";
  std::vector<std::string> done;
};

// The name leads to another host since the claim: what was decided of the server that was there is
// not done to the one that is there now.
TEST(RightToAct, ANewConnectionMustLeadToTheServerOfTheClaim) {
  for (const char* to : {"db1", "db9"}) {
    FleetBuilder builder;
    builder.server("db1").server("db2").server("db3");
    MovedFleet fleet(builder.observation());
    fleet.to = to;
    StandingClock clock;
    const KeptState state;
    const Spec spec = builder.spec();
    RightToAct right(fleet, clock, spec);
    ASSERT_TRUE(right.claim(state, Millis{1'000}));
    fleet.moved = true;
    const auto ran = right.run(sql("db1", "SET GLOBAL super_read_only = ON"), state, Millis{1'000});
    const bool same = fleet.to == "db1";
    EXPECT_EQ(ran.has_value(), same);
    EXPECT_EQ(fleet.done, same ? std::vector<std::string>{"db1"} : std::vector<std::string>{});
    if (same) continue;
    EXPECT_NE(ran.error().message.find("at the address of db1 the server " +
                                       FleetBuilder::uuid_of("db9") + " answers now"),
              std::string::npos)
        << ran.error().message;
    EXPECT_FALSE(right.valid()) << "nothing else of that pass is done either";
  }
}

// What db2 lacks its receiver will not bring: it runs, and has gone past it. The step says so at
// once and does not wait for its time to be over.
TEST(RunPlan, WhatAChannelWillNotBringIsNotWaitedFor) {
  FleetBuilder builder;
  builder.server("db1").executed("db1:1-100");
  builder.server("db2").executed("db1:1-50,db1:61-100").retrieved("db1:61-100");
  class Source : public ToldFleet {
   public:
    using ToldFleet::ToldFleet;
    Result<Rows> run(const Statement& statement, Millis deadline) override {
      if (statement.printable() == "SELECT @@GLOBAL.gtid_executed")
        return Rows{{FleetBuilder::gtids("db1:1-100").to_string()}};
      if (statement.printable().rfind("SELECT WAIT_FOR_EXECUTED_GTID_SET", 0) == 0)
        clock->sleep(Millis{1'000});
      return ToldFleet::run(statement, deadline);
    }
    StandingClock* clock = nullptr;
  } fleet(builder.observation());
  StandingClock clock;
  fleet.clock = &clock;
  KeptState state;
  Plan plan;
  plan.topology = "orders";
  plan.goal.primary = "db1";
  plan.steps = {{1, AwaitReplication{"db2", "db1", false}, Risk::kSafe, ""}};
  const Spec spec = builder.spec();
  RightToAct right(fleet, clock, spec);
  ASSERT_TRUE(right.claim(state, Millis{1'000}));
  const StepOutcome outcome = run_plan(plan, {fleet, clock, state.ports(), right}, {}).steps.at(0);
  EXPECT_EQ(outcome.result, StepResult::kFailed);
  EXPECT_NE(outcome.error.find("its channel will not bring 10 transactions that db2 lacks"),
            std::string::npos)
      << outcome.error;
}

// Another controller may have ended our change of roles while we did not hold the right to act.
class Reconcile : public ::testing::Test {
 protected:
  // db1 was frozen for db2, which cannot be seen now. What does gtidops plan?
  Plan plan_after(const std::function<void(RightToAct&, Lease&)>& happened) {
    FleetBuilder builder;
    builder.server("db1").super_read_only().no_channel();
    Observation seen = builder.observation();
    seen.servers["db2"] = Unreachable{Unreachable::Reason::kConnectionRefused, "refused"};
    ToldFleet fleet(seen);
    StandingClock clock;
    state_.intent.phase = Intent::Phase::kSwitching;
    state_.intent.from = "db1";
    state_.intent.to = "db2";
    state_.intent.from_uuid = FleetBuilder::uuid_of("db1");
    state_.intent.to_uuid = FleetBuilder::uuid_of("db2");
    FleetBuilder both;
    both.server("db1").server("db2");
    state_.intent.frozen_since = clock.now() - Millis{1};
    Spec spec = both.spec();
    spec.primary = Field<std::string>("db2");
    RightToAct right(fleet, clock, spec);
    happened(right, state_);
    PassOptions options;
    options.approve = [](const Plan&) { return false; };
    const auto pass = reconcile(spec, {fleet, clock, state_.ports(), right}, options);
    EXPECT_TRUE(pass);
    return pass ? pass->plan : Plan{};
  }
  static bool opens_db1(const Plan& plan) {
    return std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
      return std::holds_alternative<OpenWrites>(step.action);
    });
  }
  KeptState state_;
};

TEST_F(Reconcile, UndoesASwitchWhoseCandidateIsGone) {
  EXPECT_TRUE(opens_db1(plan_after(
      [](RightToAct& right, Lease& lease) { EXPECT_TRUE(right.claim(lease, Millis{1'000})); })));
}

// Seed 1044701.
TEST_F(Reconcile, OpensNobodyWhenTheRightWasLostMeanwhile) {
  EXPECT_FALSE(opens_db1(plan_after([](RightToAct& right, Lease& lease) {
    EXPECT_TRUE(right.claim(lease, Millis{1'000}));
    right.let_go(Millis{1'000});
  })));
  EXPECT_TRUE(state_.intent.may_have_committed);
}

}  // namespace
}  // namespace gtidops
