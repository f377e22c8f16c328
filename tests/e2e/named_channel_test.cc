// Actions on a channel that has a name, on a replica of two sources: the default channel goes on
// with the threads that it has.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "e2e/support/histories.h"
#include "execute/run_plan.h"
#include "spec/parse.h"
#include "wiring.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

constexpr const char* kEast = "east";

class NamedChannel : public ::testing::Test {
 protected:
  void SetUp() override {
    topology_.converge();
    const ParsedSpecs parsed = read_specs({topology_.file().string()});
    ASSERT_EQ(parsed.specs.size(), 1U);
    spec_ = parsed.specs[0];
    threads_ = threads_of("");
  }

  // Both threads of this channel, by MySQL's numbers; a thread that was started anew has another.
  std::string threads_of(const std::string& channel) {
    return value(topology_["db3"],
                 fmt::format("SELECT CONCAT(c.THREAD_ID, ' ', a.THREAD_ID) FROM "
                             "performance_schema.replication_connection_status c JOIN "
                             "performance_schema.replication_applier_status_by_coordinator a "
                             "USING (CHANNEL_NAME) WHERE CHANNEL_NAME = '{}'",
                             channel));
  }
  std::string channels() {
    return value(topology_["db3"],
                 "SELECT GROUP_CONCAT(CHANNEL_NAME ORDER BY 1) FROM "
                 "performance_schema.replication_connection_configuration");
  }

  PointReplica point() {
    PointReplica action;
    action.server = "db3";
    action.source = "db2";
    action.source_uuid = value(topology_["db2"], "SELECT @@server_uuid");
    action.target = {"127.0.0.1", topology_["db2"].port(), "repl", 0, {{"SOURCE_SSL", "1"}}};
    action.password = spec_.replication.user->password;
    action.channel_name = kEast;
    return action;
  }

  // The one step of a plan, as an apply runs it.
  StepOutcome run(const Action& action) {
    const auto fleet = make_acting_fleet(spec_, (topology_.folder() / "state").string());
    const auto clock = make_clock();
    const auto state = open_state((topology_.folder() / "state").string(), "shop");
    RightToAct right(*fleet, *clock, spec_);
    const StatePorts ports = (*state)->ports();
    EXPECT_TRUE(right.claim(ports.lease, Millis{3'000}));
    Plan plan;
    plan.topology = "shop";
    plan.steps.push_back({1, action, risk_of(action), "a test"});
    const Outcome outcome = run_plan(plan, {*fleet, *clock, ports, right}, {});
    EXPECT_EQ(threads_of(""), threads_) << describe(action);
    return outcome.steps.at(0);
  }
  void expect_done(const Action& action) {
    const StepOutcome outcome = run(action);
    EXPECT_EQ(outcome.result, StepResult::kDone) << describe(action) << ": " << outcome.error;
  }

  Topology topology_{3};
  Spec spec_;
  std::string threads_;
};

TEST_F(NamedChannel, EachActionLeavesTheDefaultChannelAlone) {
  expect_done(point());
  EXPECT_EQ(channels(), ",east");
  write_rows(topology_, "db1", 1);
  expect_done(AwaitReplication{"db3", "db2", false, kEast});

  sql(topology_["db3"], "STOP REPLICA FOR CHANNEL 'east'");
  expect_done(StartReplica{"db3", false, false, kEast});
  const std::string started = threads_of(kEast);
  EXPECT_NE(started, "");

  PointReplica delayed = point();
  delayed.channel_exists = delayed.interrupts = true;
  delayed.target.delay_seconds = 7;
  delayed.changes = {"SOURCE_DELAY"};
  expect_done(delayed);
  EXPECT_NE(threads_of(kEast), started);
  EXPECT_EQ(value(topology_["db3"],
                  "SELECT GROUP_CONCAT(DESIRED_DELAY ORDER BY CHANNEL_NAME) FROM "
                  "performance_schema.replication_applier_configuration"),
            "0,7");

  sql(topology_["db3"],
      "STOP REPLICA FOR CHANNEL 'east'; CHANGE REPLICATION SOURCE TO "
      "SOURCE_DELAY = 0 FOR CHANNEL 'east'; START REPLICA FOR CHANNEL 'east'");
  expect_done(AwaitReplication{"db3", "db2", false, kEast});
  expect_done(DetachSource{"db3", "db2", true, kEast});
  EXPECT_EQ(channels(), "");
  topology_.expect_replicates("db1", "db3");
}

// What fails on the named channel is undone on the named channel.
TEST_F(NamedChannel, ASourceThatDoesNotServeItIsPutBack) {
  expect_done(point());
  PointReplica moved = point();
  moved.source = "db1";
  moved.source_uuid = value(topology_["db1"], "SELECT @@server_uuid");
  moved.target.user = "nobody";
  moved.target.port = topology_["db1"].port();
  moved.channel_exists = moved.interrupts = true;
  moved.previous = point().target;
  moved.changes = {"SOURCE_HOST", "SOURCE_PORT", "SOURCE_USER", "SOURCE_PASSWORD"};
  const StepOutcome outcome = run(moved);
  EXPECT_EQ(outcome.result, StepResult::kFailed);
  EXPECT_NE(outcome.error.find("was put back"), std::string::npos) << outcome.error;
  EXPECT_EQ(value(topology_["db3"],
                  "SELECT CONCAT(USER, ' ', PORT) FROM "
                  "performance_schema.replication_connection_configuration WHERE CHANNEL_NAME = "
                  "'east'"),
            fmt::format("repl {}", topology_["db2"].port()));
  write_rows(topology_, "db1", 1);
  expect_done(AwaitReplication{"db3", "db2", false, kEast});
}

}  // namespace
}  // namespace gtidops::testing
