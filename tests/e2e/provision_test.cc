// A server that cannot get what it lacks by replication is copied from another one by CLONE, and
// attached. Where it holds something, or something goes wrong, nothing is lost and the reason said.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "e2e/support/daemon.h"
#include "e2e/support/histories.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

constexpr const char* kCountRows = "SELECT CONCAT(COUNT(*), ' ', SUM(CRC32(b))) FROM app.t";

// db1 and db2 hold rows that no binary log has any more; db3 is new and empty.
class Provision : public ::testing::Test {
 protected:
  Provision() : topology_(3) {
    topology_.set_declared({"db1", "db2"});
    topology_.converge();
    sql(db("db1"),
        "CREATE DATABASE app; CREATE TABLE app.t (id INT AUTO_INCREMENT PRIMARY KEY, b "
        "LONGBLOB); INSERT INTO app.t (b) VALUES (REPEAT('a', 100000))");
    for (int doubled = 0; doubled < 6; ++doubled)
      sql(db("db1"), "INSERT INTO app.t (b) SELECT b FROM app.t");
    topology_.expect_replicates("db1", "db2");
    for (const char* name : {"db1", "db2"}) purge_logs(topology_, name);
    topology_.set_declared({});
  }
  sandbox::Server& db(const char* name) { return topology_[name]; }
  // The same rows, both threads ON, read-only, and nothing of the copy is left.
  void expect_copied() {
    topology_.expect_replica("db3", "db1");
    topology_.expect_replicates("db1", "db3");
    EXPECT_EQ(value(db("db3"), kCountRows), value(db("db1"), kCountRows));
    EXPECT_EQ(value(db("db3"), "SELECT @@GLOBAL.super_read_only"), "1");
    for (const std::string& name : kThree)
      EXPECT_TRUE(eventually([&] {
        return value(topology_[name],
                     "SELECT COUNT(*) FROM mysql.user WHERE User = 'gtidops_clone'") == "0";
      })) << name;
    expect_synced(topology_);
  }
  // So that a copy takes that long at least: a limited bandwidth is kept to only after a second,
  // and a small donor is copied by then.
  void slow_down(int seconds) {
    sql(db("db3"), fmt::format("INSTALL PLUGIN clone SONAME 'mysql_clone.so'; SET PERSIST "
                               "clone_delay_after_data_drop = {}",
                               seconds));
  }
  static std::string phase(Topology& topology) {
    const auto status =
        nlohmann::json::parse(topology.gtidops("status", {"-o", "json"}).out)["topologies"][0];
    for (const auto& server : status["servers"])
      if (server["name"] == "db3" && server["provisioning"].is_object())
        return server["provisioning"]["phase"].get<std::string>() + " of " +
               server["provisioning"]["donor"].get<std::string>();
    return "none";
  }

  Topology topology_;
};

TEST_F(Provision, AnEmptyServerIsCopiedFromAReplicaAndAttached) {
  const nlohmann::json plan = plan_in(topology_.gtidops("plan", {"-o", "json"}));
  EXPECT_EQ(rules_in(plan), "") << plan;
  EXPECT_NE(steps_in(plan).find("load_clone:db2 load_clone:db3 create_copy_account:db1 "
                                "await_replication:db2 start_copy:db3"),
            std::string::npos)
      << plan;
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_copied();
  EXPECT_EQ(phase(topology_), "none");
}

// A fresh install on which somebody has set a password: its own transactions are in mysql alone. In
// a copy of the primary its events are enabled, and must not run there.
TEST_F(Provision, AFreshInstallWithTransactionsOfItsOwnHoldsNothingToLose) {
  sql(db("db3"), "CREATE USER somebody@localhost IDENTIFIED BY 'x'");
  sql(db("db1"),
      "CREATE EVENT app.tick ON SCHEDULE EVERY 1 HOUR DO INSERT INTO app.t (b) VALUES "
      "('tick')");
  topology_.set_more("  provisioning: {donor: primary}\n");
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_copied();
  for (const auto& [name, status] :
       {std::pair("db1", "ENABLED"), std::pair("db3", "REPLICA_SIDE_DISABLED")})
    EXPECT_EQ(
        value(db(name), "SELECT STATUS FROM information_schema.EVENTS WHERE EVENT_NAME = 'tick'"),
        status)
        << name;
}

TEST_F(Provision, AServerWithASchemaIsNotCopiedInto) {
  sql(db("db3"), "CREATE DATABASE precious; CREATE TABLE precious.t (a INT PRIMARY KEY)");
  const Ran ran = topology_.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_EQ(steps_in(plan_in(ran)).find("start_copy"), std::string::npos);
  EXPECT_EQ(value(db("db3"), "SELECT COUNT(*) FROM precious.t"), "0");
}

// A table arrives between the plan and the copy: the server itself refuses to drop it.
TEST_F(Provision, ATableThatArrivesInTheLastMomentIsKept) {
  const Ran ran = fused_apply(
      topology_, {"before db3: SET GLOBAL clone_valid_donor_list",
                  1,
                  {GTIDOPS_SOURCE_DIR "/tests/sandbox/mysql-sandbox", "--dir",
                   topology_.sandbox().folder().string(), "sql", "db3",
                   "SET GLOBAL super_read_only = OFF; CREATE DATABASE precious; CREATE TABLE "
                   "precious.t (a INT PRIMARY KEY); SET GLOBAL super_read_only = ON"}});
  EXPECT_EQ(ran.code, 4) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("db3 holds the schema precious"), std::string::npos) << ran.out;
  EXPECT_EQ(value(db("db3"), "SELECT COUNT(*) FROM precious.t"), "0");
}

TEST_F(Provision, ATableThatCloneWouldLeaveEmptyIsNamed) {
  sql(db("db1"), "CREATE TABLE app.log (a INT) ENGINE = MyISAM");
  topology_.expect_replicates("db1", "db2");
  const Ran ran = topology_.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("app.log is not kept by InnoDB"), std::string::npos) << ran.out;
}

// gtidops does not wait, and is not there any more: the copy goes on, and is not begun twice.
TEST_F(Provision, ACopyOutlivesTheProcessThatBeganIt) {
  slow_down(8);
  const Ran begun = topology_.apply({"--no-wait"});
  EXPECT_EQ(begun.code, 2) << begun.out << begun.err;
  EXPECT_EQ(phase(topology_), "DROP DATA of db2");
  const std::string began =
      value(db("db3"), "SELECT BEGIN_TIME FROM performance_schema.clone_status");
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(value(db("db3"), "SELECT BEGIN_TIME FROM performance_schema.clone_status"), began);
  expect_copied();
}

// Killed before the first file has come, the server tells of no copy: it is begun once more.
TEST_F(Provision, AServerThatDiesInTheMiddleIsCopiedOnceMore) {
  slow_down(8);
  EXPECT_EQ(topology_.apply({"--no-wait"}).code, 2);
  EXPECT_EQ(phase(topology_), "DROP DATA of db2");
  db("db3").kill();
  db("db3").start();
  EXPECT_EQ(phase(topology_), "none");
  sql(db("db3"), "SET PERSIST clone_delay_after_data_drop = 0");
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_copied();
}

// The recipient waits for its donor; when that is back, it knows of no copy, and the copy fails.
TEST_F(Provision, ADonorThatDiesInTheMiddleIsNamed) {
  slow_down(8);
  EXPECT_EQ(topology_.apply({"--no-wait"}).code, 2);
  EXPECT_EQ(phase(topology_), "DROP DATA of db2");
  db("db2").kill();
  EXPECT_EQ(phase(topology_), "DROP DATA of db2");
  db("db2").start();
  EXPECT_TRUE(eventually([&] { return phase(topology_).find("FAILED") == 0; }, 60));
  sql(db("db3"), "SET PERSIST clone_delay_after_data_drop = 0");
  topology_.converge();
  expect_copied();
}

// The daemon repairs what else is wrong meanwhile.
TEST_F(Provision, TheDaemonTellsHowFarACopyIs) {
  slow_down(8);
  topology_.set_more("  reconcile: {interval: 1s}\n");
  const std::string fleet = topology_.file().parent_path().string();
  DaemonProcess daemon(topology_.folder(),
                       {"--path", fleet, "--state-dir", (topology_.folder() / "state").string()});
  EXPECT_TRUE(eventually(
      [&] {
        return daemon.metric("gtidops_provisioning_phase", {{"server", "db3"}}) == 1;
      },
      60));
  EXPECT_NE(http_get(daemon.port(), "/").body.find("copied from db2: "), std::string::npos);
  sql(db("db2"), "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
  EXPECT_TRUE(
      eventually([&] { return value(db("db2"), "SELECT @@GLOBAL.super_read_only") == "1"; }, 20));
  EXPECT_EQ(daemon.topology()["servers"][2]["provisioning"]["donor"], "db2");
  EXPECT_TRUE(eventually([&] { return daemon.condition("Synced").rfind("True", 0) == 0; }, 90))
      << daemon.log();
  EXPECT_EQ(daemon.metric("gtidops_provisionings_total", {{"result", "done"}}), 1);
  EXPECT_EQ(daemon.metric("gtidops_provisionings_total", {{"result", "failed"}}), 0);
  EXPECT_EQ(daemon.metric("gtidops_provisioning_duration_seconds_count"), 1);
  EXPECT_GT(daemon.metric("gtidops_provisioning_duration_seconds_sum"), 7);
  EXPECT_NE(daemon.log().find("into db3 is complete, after "), std::string::npos) << daemon.log();
  daemon.stop();
  expect_copied();
}

// gtidops dies at each of its statements to db3, one after the other.
TEST_F(Provision, GtidopsDiesAtEachStepOfACopy) {
  bool whole = false;
  for (int call = 1; call < 60 && !whole; ++call) {
    const Ran ran = fused_apply(topology_, {"after db3: ", call});
    whole = ran.code != 137;
  }
  EXPECT_TRUE(whole);
  // It may be restarting, as a copy that nobody has seen under way.
  EXPECT_TRUE(eventually([&] { return topology_.apply().code == 0; }, 60));
  expect_copied();
}

}  // namespace
}  // namespace gtidops::testing
