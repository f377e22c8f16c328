// The planned switch of the primary, on real servers and under write load: nothing is lost, never
// two servers take writes, and everybody ends up where the file says.
#include <gtest/gtest.h>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

const Names kFour{"db1", "db2", "db3", "db4"};

class Switch : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    topology_ = std::make_unique<Topology>(4);
    // How far a busy machine lets replicas fall behind is not what is tested here.
    topology_->set_more("  switchover: {maxLag: 10m, catchUpTimeout: 60s}\n");
    topology_->converge();
  }
  static void TearDownTestSuite() { topology_.reset(); }

  // Every test begins with db1 as the primary and three plain replicas.
  void TearDown() override {
    for (const std::string& name : kFour) {
      if (topology()[name].state() == "killed" || topology()[name].state() == "stopped")
        topology()[name].start();
      topology().set_server(name, "");
    }
    topology().set_primary("db1");
    topology().converge();
  }

  static Topology& topology() { return *topology_; }

  static json switch_to(const std::string& primary) {
    topology().set_primary(primary);
    const Ran ran = topology().apply({"-o", "json"});
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
    return plan_in(ran);
  }

  static void expect_record(const json& plan, const std::string& from, const std::string& to) {
    ASSERT_TRUE(plan.contains("primary_change")) << plan;
    const json& change = plan["primary_change"];
    EXPECT_EQ(change["type"], "switchover");
    EXPECT_EQ(change["from"], from);
    EXPECT_EQ(change["to"], to);
    EXPECT_EQ(change["lost_transactions"], 0);
    EXPECT_FALSE(change["undone"]);
    EXPECT_GT(change["writes_blocked_ms"].get<double>(), 0);
    const auto set = [&](const char* key) { return change[key].get<std::string>(); };
    EXPECT_NE(set("gtid_executed_before").find(value(topology()["db1"], "SELECT @@server_uuid")),
              std::string::npos)
        << change;
    EXPECT_EQ(value(topology()[to], "SELECT GTID_SUBSET('" + set("gtid_executed_before") + "', '" +
                                        set("gtid_executed_after") + "')"),
              "1")
        << change;
    EXPECT_EQ(value(topology()[to], "SELECT GTID_SUBSET('" + set("gtid_executed_after") +
                                        "', @@GLOBAL.gtid_executed)"),
              "1")
        << change;
    for (const json& step : plan["steps"]) EXPECT_EQ(step["result"], "done") << step;
  }

  static std::unique_ptr<Topology> topology_;
};
std::unique_ptr<Topology> Switch::topology_;

TEST_F(Switch, ThereAndBackUnderWriteLoadNothingIsLost) {
  const auto load = start_load(topology(), kFour);
  load->mark();
  const json there = switch_to("db2");
  expect_record(there, "db1", "db2");
  EXPECT_TRUE(load->wait_rows(100, std::chrono::seconds(20)));
  EXPECT_EQ(load->where(), topology()["db2"].port());
  expect_roles(topology(), "db2", {"db1", "db3", "db4"});
  const Ran again = topology().apply();
  EXPECT_EQ(again.code, 0) << again.out;
  EXPECT_NE(again.out.find("nothing to do"), std::string::npos) << again.out;
  expect_synced(topology());

  load->mark();
  const json back = switch_to("db1");
  expect_record(back, "db2", "db1");
  EXPECT_TRUE(load->wait_rows(100, std::chrono::seconds(20)));
  expect_roles(topology(), "db1", {"db2", "db3", "db4"});
  expect_synced(topology());

  const load::Report report = expect_nothing_lost(*load, topology(), kFour);
  ASSERT_EQ(report.windows.size(), 3U);
  EXPECT_EQ(report.windows[1].old_port, topology()["db1"].port());
  EXPECT_EQ(report.windows[1].new_port, topology()["db2"].port());
  EXPECT_EQ(report.windows[2].new_port, topology()["db1"].port());
  std::printf("writes blocked %.1f and %.1f ms; gap %.1f and %.1f ms, %.1f without a switch\n",
              there["primary_change"]["writes_blocked_ms"].get<double>(),
              back["primary_change"]["writes_blocked_ms"].get<double>(), report.windows[1].gap.ms(),
              report.windows[2].gap.ms(), report.noise().ms());
}

TEST_F(Switch, ThePlanShowsEveryStepAndTheOutageAndChangesNothing) {
  topology().set_primary("db3");
  const std::string before = snapshot(topology(), kFour);
  const Ran ran = topology().gtidops("plan", {"-o", "json", "--detailed-exitcode"});
  EXPECT_EQ(ran.code, 2) << ran.out << ran.err;
  const json plan = plan_in(ran);
  EXPECT_EQ(steps_in(plan),
            "point_replica:db2 point_replica:db4 switch_primary:db3 detach_source:db3 "
            "point_replica:db1 await_replication:db1 await_replication:db2 await_replication:db4 "
            "canary:db3 ");
  EXPECT_EQ(rules_in(plan), "");
  bool named = false;
  for (const json& one : plan["differences"])
    named =
        named || (one["path"] == "primary" && one["desired"] == "db3" && one["observed"] == "db1");
  EXPECT_TRUE(named) << plan["differences"];
  for (const json& step : plan["steps"])
    if (step["action"] == "switch_primary") {
      EXPECT_EQ(step["risk"], "disruptive");
      std::string all;
      for (const json& statement : step["sql"]) all += statement.get<std::string>() + "; ";
      EXPECT_NE(all.find("SET GLOBAL super_read_only = ON"), std::string::npos) << all;
      EXPECT_NE(all.find("SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF"),
                std::string::npos)
          << all;
    }
  const Ran text = topology().gtidops("plan", {"--sql"});
  EXPECT_NE(text.out.find("expected: writes blocked for"), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("RESET REPLICA ALL"), std::string::npos) << text.out;
  EXPECT_EQ(snapshot(topology(), kFour), before);

  // A saved plan is what is run, and only once.
  const std::string saved = (topology().folder() / "switch.plan").string();
  EXPECT_EQ(topology().gtidops("plan", {"--out", saved}).code, 0);
  const Ran applied = topology().apply({"--plan", saved});
  EXPECT_EQ(applied.code, 0) << applied.out << applied.err;
  expect_roles(topology(), "db3", {"db1", "db2", "db4"});
  const Ran stale = topology().apply({"--plan", saved});
  EXPECT_EQ(stale.code, 3) << stale.out << stale.err;
  expect_roles(topology(), "db3", {"db1", "db2", "db4"});
}

TEST_F(Switch, ACascadedReplicaTakesOver) {
  topology().set_server("db4", ", source: db2");
  topology().converge();
  topology().expect_replica("db4", "db2");
  const auto load = start_load(topology(), kFour);
  load->mark();
  // It is to follow nobody any more; what was its source follows it, like everybody else.
  topology().set_server("db4", "");
  const json plan = switch_to("db4");
  EXPECT_EQ(steps_in(plan).substr(0, 18), "point_replica:db4 ") << steps_in(plan);
  expect_record(plan, "db1", "db4");
  EXPECT_TRUE(load->wait_rows(100, std::chrono::seconds(20)));
  expect_roles(topology(), "db4", {"db1", "db2", "db3"});
  expect_synced(topology());
  expect_nothing_lost(*load, topology(), kFour);
}

TEST_F(Switch, DelayedAndCascadedReplicasEndUpWhereDeclared) {
  topology().set_server("db3", ", delay: 1s, promotion: never");
  topology().set_server("db4", ", source: db2");
  topology().converge();
  const auto load = start_load(topology(), kFour);
  for (const char* primary : {"db2", "db1"}) {
    load->mark();
    const std::string other = primary == std::string("db2") ? "db1" : "db2";
    expect_record(switch_to(primary), other, primary);
    EXPECT_TRUE(load->wait_rows(100, std::chrono::seconds(20)));
    expect_roles(topology(), primary, {other, "db3"});
    topology().expect_replica("db4", "db2");
    EXPECT_EQ(topology().replica_status("db3", "a.DESIRED_DELAY"), "1");
    EXPECT_EQ(topology().replica_status("db4", "a.DESIRED_DELAY"), "0");
    expect_synced(topology());
  }
  // Now the cascade hangs below the server that becomes a replica.
  topology().set_server("db4", ", source: db1");
  load->mark();
  expect_record(switch_to("db2"), "db1", "db2");
  EXPECT_TRUE(load->wait_rows(100, std::chrono::seconds(20)));
  expect_roles(topology(), "db2", {"db1", "db3"});
  topology().expect_replica("db4", "db1");
  expect_synced(topology());
  expect_nothing_lost(*load, topology(), kFour);
}

TEST_F(Switch, AThirdServerThatIsDownDoesNotStopItAndIsAttachedWhenItComesBack) {
  const auto load = start_load(topology(), {"db1", "db2", "db3"});
  topology()["db4"].kill();
  load->mark();
  topology().set_primary("db2");
  const Ran ran = topology().apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;  // for db4, which is said
  const json plan = plan_in(ran);
  EXPECT_EQ(rules_in(plan), "db4:unreachable ");
  ASSERT_TRUE(plan.contains("primary_change")) << ran.out;
  EXPECT_EQ(plan["primary_change"]["to"], "db2");
  EXPECT_TRUE(load->wait_rows(100, std::chrono::seconds(20)));
  expect_roles(topology(), "db2", {"db1", "db3"});

  // And back while it is away, and once more: it is three switches behind when it returns.
  for (const char* primary : {"db1", "db2"}) {
    load->mark();
    topology().set_primary(primary);
    EXPECT_EQ(topology().apply().code, 3);
    EXPECT_EQ(writable(topology(), {"db1", "db2", "db3"}), primary + std::string(" "));
    EXPECT_TRUE(load->wait_rows(40, std::chrono::seconds(20)));
  }
  topology()["db4"].start();
  EXPECT_EQ(writable(topology(), kFour), "db2 ");
  topology().converge();
  expect_roles(topology(), "db2", {"db1", "db3", "db4"});
  expect_synced(topology());
  expect_nothing_lost(*load, topology(), kFour);
}

// A slow disk, or a long way: it is never less than 20 ms behind while anybody writes.
TEST_F(Switch, ACandidateThatIsAlwaysSomeMillisecondsBehind) {
  const auto delay = [](const char* microseconds) {
    sql(topology()["db2"],
        std::string("SET GLOBAL binlog_group_commit_sync_delay = ") + microseconds);
  };
  delay("20000");
  const auto load = start_load(topology(), kFour, 100);
  load->mark();
  expect_record(switch_to("db2"), "db1", "db2");
  delay("0");
  EXPECT_TRUE(load->wait_rows(40, std::chrono::seconds(20)));
  expect_roles(topology(), "db2", {"db1", "db3", "db4"});
  expect_nothing_lost(*load, topology(), kFour);
}

TEST_F(Switch, EventsRunOnTheNewPrimaryAndNoMoreOnTheOldOne) {
  sql(topology()["db1"],
      "CREATE DATABASE IF NOT EXISTS calendar; CREATE TABLE calendar.t (a INT AUTO_INCREMENT "
      "PRIMARY KEY, server VARCHAR(36)); CREATE EVENT calendar.tick ON SCHEDULE EVERY 1 SECOND DO "
      "INSERT INTO calendar.t (server) VALUES (@@server_uuid); CREATE EVENT calendar.off ON "
      "SCHEDULE EVERY 1 HOUR DISABLE DO DO 1");
  const auto status = [&](const std::string& server, const std::string& event) {
    return value(topology()[server],
                 "SELECT CONCAT(status, ' ', definer) FROM information_schema.events WHERE "
                 "event_schema = 'calendar' AND event_name = '" +
                     event + "'");
  };
  const std::string enabled = status("db1", "tick");
  EXPECT_EQ(enabled.rfind("ENABLED ", 0), 0U) << enabled;
  topology().expect_replicates("db1", "db2");
  switch_to("db2");
  const std::string uuid = value(topology()["db2"], "SELECT @@server_uuid");
  EXPECT_EQ(status("db2", "tick"), enabled);
  EXPECT_TRUE(eventually(
      [&] {
        return value(topology()["db2"],
                     "SELECT COUNT(*) > 0 FROM calendar.t WHERE server = '" + uuid + "'") == "1";
      },
      10))
      << "the event does not run on the new primary";
  EXPECT_TRUE(eventually([&] { return status("db1", "tick").rfind("ENABLED", 0) != 0; }, 10))
      << "the event is still enabled on the old primary";
  EXPECT_NE(status("db2", "off").rfind("ENABLED", 0), 0U);
  expect_synced(topology());
  sql(topology()["db2"], "DROP DATABASE calendar");
}

}  // namespace
}  // namespace gtidops::testing
