// What speaks against a switch is said before anything was touched: every server is afterwards what
// it was before.
#include <gtest/gtest.h>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

// A session of root that writes on a replica, seen by nobody else.
constexpr const char* kBehindItsBack = "SET GLOBAL super_read_only = OFF; SET sql_log_bin = 0; ";
constexpr const char* kClosed = "; SET GLOBAL super_read_only = ON";

class SwitchRefusal : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    topology_ = std::make_unique<Topology>(3);
    topology_->set_more("  switchover: {maxLag: 1s, drainTimeout: 2s, catchUpTimeout: 5s}\n");
    topology_->converge();
    topology_->expect_replicates("db1", "db2");
  }
  static void TearDownTestSuite() { topology_.reset(); }

  static Topology& topology() { return *topology_; }
  static sandbox::Server& db(const char* name) { return (*topology_)[name]; }

  // db2 is declared the primary: `rule` is why not, no server is touched, the old primary goes on.
  static void expect_refused(const std::string& rule, const Names& seen = kThree) {
    topology().set_primary("db2");
    const std::string before = snapshot(topology(), seen);
    const Ran plan = topology().gtidops("plan", {"-o", "json", "--detailed-exitcode"});
    EXPECT_EQ(plan.code, 3) << plan.out << plan.err;
    EXPECT_NE(rules_in(plan_in(plan)).find(rule + " "), std::string::npos)
        << "no " << rule << " in " << rules_in(plan_in(plan));
    EXPECT_EQ(steps_in(plan_in(plan)), "") << rule;
    const Ran ran = topology().apply({"-o", "json"});
    EXPECT_EQ(ran.code, 3) << rule << ran.out << ran.err;
    EXPECT_FALSE(plan_in(ran).contains("primary_change")) << ran.out;
    EXPECT_EQ(snapshot(topology(), seen), before) << rule;
  }

  // The switch goes through, though something is said of a third server.
  static void expect_not_stopped(const std::string& rule) {
    topology().set_primary("db2");
    const Ran ran = topology().apply({"-o", "json"});
    EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
    EXPECT_NE(rules_in(plan_in(ran)).find(rule + " "), std::string::npos) << ran.out;
    EXPECT_TRUE(plan_in(ran).contains("primary_change")) << ran.out;
    expect_roles(topology(), "db2", {"db1"});
    EXPECT_EQ(writable(topology(), kThree), "db2 ");
  }

  // What the test has put right, the file agrees to: db1 is the primary, and all is well.
  static void expect_well() {
    topology().set_primary("db1");
    topology().converge();
    expect_roles(topology(), "db1", {"db2", "db3"});
    expect_synced(topology());
  }

  static std::unique_ptr<Topology> topology_;
};
std::unique_ptr<Topology> SwitchRefusal::topology_;

TEST_F(SwitchRefusal, TheCandidateIsDown) {
  db("db2").kill();
  expect_refused("db2:unreachable", {"db1", "db3"});
  EXPECT_EQ(writable(topology(), {"db1", "db3"}), "db1 ");
  db("db2").start();
  expect_well();
}

TEST_F(SwitchRefusal, TheOldPrimaryIsDown) {
  db("db1").kill();
  expect_refused("db1:unreachable", {"db2", "db3"});
  EXPECT_EQ(writable(topology(), {"db2", "db3"}), "");
  db("db1").start();
  expect_well();
}

TEST_F(SwitchRefusal, TheApplierOfTheCandidateIsBroken) {
  topology().expect_replicates("db1", "db2");
  sql(db("db2"), std::string(kBehindItsBack) + "INSERT INTO e2e.t VALUES (-1)" + kClosed);
  sql(db("db1"), "INSERT INTO e2e.t VALUES (-1)");
  ASSERT_TRUE(
      eventually([] { return topology().replica_status("db2", "t.SERVICE_STATE") == "OFF"; }));
  expect_refused("db2:candidate-not-replicating");
  sql(db("db2"),
      std::string(kBehindItsBack) + "DELETE FROM e2e.t WHERE a = -1" + kClosed + "; START REPLICA");
  topology().expect_replicates("db1", "db2");
  expect_well();
}

TEST_F(SwitchRefusal, TheReceiverOfTheCandidateIsStopped) {
  sql(db("db2"), "STOP REPLICA IO_THREAD");
  expect_refused("db2:candidate-not-replicating");
  expect_well();
}

TEST_F(SwitchRefusal, TheApplierOfTheCandidateIsStopped) {
  sql(db("db2"), "STOP REPLICA SQL_THREAD");
  expect_refused("db2:candidate-not-replicating");
  expect_well();
}

TEST_F(SwitchRefusal, TheCandidateLagsMoreThanMaxLag) {
  {
    sandbox::Connection holder(db("db2"));
    holder.sql("LOCK TABLES e2e.t READ");  // the applier writes
    sql(db("db1"), "INSERT INTO e2e.t VALUES (-2)");
    ASSERT_TRUE(eventually([] {
      return std::stoi("0" + sql(db("db2"), "SHOW REPLICA STATUS").at(0).at(32).value_or("")) >= 3;
    }));
    topology().set_primary("db2");
    const Ran plan = topology().gtidops("plan", {"-o", "json"});
    EXPECT_NE(rules_in(plan_in(plan)).find("db2:candidate-lag "), std::string::npos) << plan.out;
    EXPECT_NE(plan.out.find("maxLag"), std::string::npos) << plan.out;
    expect_refused("db2:candidate-lag");
  }
  topology().expect_replicates("db1", "db2");
  expect_well();
}

TEST_F(SwitchRefusal, TheCandidateHoldsATransactionOfItsOwn) {
  sql(db("db2"), std::string("SET GLOBAL super_read_only = OFF; CREATE DATABASE errant") + kClosed);
  const std::string gtid = value(db("db2"), "SELECT CONCAT(@@server_uuid, ':1')");
  expect_refused("db2:errant-transactions");
  sql(db("db2"), std::string(kBehindItsBack) + "DROP DATABASE errant" + kClosed);
  sql(db("db1"), "SET gtid_next = '" + gtid + "'; BEGIN; COMMIT");
  topology().expect_replicates("db1", "db3");
  expect_well();
}

TEST_F(SwitchRefusal, ADelayWasSetByHandOnItsChannel) {
  sql(db("db2"),
      "STOP REPLICA SQL_THREAD; CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 5; START REPLICA "
      "SQL_THREAD");
  expect_refused("db2:candidate-delayed");
  expect_well();
}

TEST_F(SwitchRefusal, TheCandidateHasAStrayChannel) {
  sql(db("db2"),
      "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1, "
      "SOURCE_AUTO_POSITION = 1 FOR CHANNEL 'stray'");
  expect_refused("db2:stray-channel");
  sql(db("db2"), "RESET REPLICA ALL FOR CHANNEL 'stray'");
  expect_well();
}

TEST_F(SwitchRefusal, AReplicationFilterWasSetAtRunTime) {
  for (const char* filter :
       {"REPLICATE_IGNORE_DB = (junk)", "REPLICATE_WILD_IGNORE_TABLE = ('junk.%')"}) {
    const std::string name = std::string(filter).substr(0, std::string(filter).find(' '));
    for (const char* channel : {"", " FOR CHANNEL ''"}) {
      sql(db("db2"), "STOP REPLICA SQL_THREAD; CHANGE REPLICATION FILTER " + std::string(filter) +
                         channel + "; START REPLICA SQL_THREAD");
      expect_refused("db2:replication-filter");
      sql(db("db2"), "STOP REPLICA SQL_THREAD; CHANGE REPLICATION FILTER " + name + " = ()" +
                         channel + "; START REPLICA SQL_THREAD");
    }
  }
  // That it is gone is not enough: what it left out may be missing still.
  expect_refused("db2:filtered-once");
  const Ran said = topology().gtidops("acknowledge", {"--server", "db2", "--rule", "filtered-once",
                                                      "--reason", "no schema junk was ever there"});
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  expect_well();
}

TEST_F(SwitchRefusal, TheReplicationUserIsMissingOrUselessOnTheCandidate) {
  const std::string repl = "repl@'127.0.0.1'";
  sql(db("db2"), kBehindItsBack + ("ALTER USER " + repl + " ACCOUNT LOCK") + kClosed);
  expect_refused("db2:replication-user");
  sql(db("db2"), kBehindItsBack +
                     ("ALTER USER " + repl +
                      " ACCOUNT UNLOCK; REVOKE REPLICATION "
                      "SLAVE ON *.* FROM " +
                      repl) +
                     kClosed);
  expect_refused("db2:replication-user");
  sql(db("db2"), kBehindItsBack + ("DROP USER " + repl) + kClosed);
  expect_refused("db2:replication-user");
  sql(db("db2"), kBehindItsBack +
                     ("CREATE USER " + repl +
                      " IDENTIFIED BY 'R3pl''icati\"on \\\\secret%'; GRANT "
                      "REPLICATION SLAVE ON *.* TO " +
                      repl) +
                     kClosed);
  expect_well();
}

TEST_F(SwitchRefusal, SomebodyWorksOnOneOfTheTwo) {
  for (const char* name : {"db1", "db2"}) {
    topology().set_server(name, ", maintenance: {reason: \"a new disk\"}");
    expect_refused(name == std::string("db1") ? "db2:maintenance" : "db2:maintenance");
    topology().set_server(name, "");
  }
  expect_well();
}

TEST_F(SwitchRefusal, OneThatIsNeverToBePromotedIsAMistakeInTheFile) {
  topology().set_server("db2", ", promotion: never");
  topology().set_primary("db2");
  const std::string before = snapshot(topology(), kThree);
  for (const char* command : {"plan", "apply"}) {
    const Ran ran = topology().gtidops(command, {});
    EXPECT_EQ(ran.code, 78) << ran.out << ran.err;
    EXPECT_NE(ran.err.find("never"), std::string::npos) << ran.err;
  }
  EXPECT_EQ(snapshot(topology(), kThree), before);
  topology().set_server("db2", "");
  expect_well();
}

TEST_F(SwitchRefusal, TheBinaryLogOfTheCandidateLacksWhatItReplicates) {
  sql(db("db2"), "SET PERSIST_ONLY log_replica_updates = OFF");
  db("db2").restart();
  ASSERT_EQ(value(db("db2"), "SELECT @@log_replica_updates"), "0");
  topology().expect_replicates("db1", "db2");
  expect_refused("db2:log-replica-updates");
  sql(db("db2"), "RESET PERSIST log_replica_updates");
  db("db2").restart();
  topology().expect_replicates("db1", "db2");
  expect_well();
}

TEST_F(SwitchRefusal, AThirdServerThatMayNotBeTouchedTakesWrites) {
  topology().set_server("db3", ", maintenance: {reason: \"somebody tries something\"}");
  sql(db("db3"), "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF");
  expect_refused("db2:another-may-be-writable");
  topology().set_server("db3", "");
  expect_well();
}

TEST_F(SwitchRefusal, AnErrantOrBrokenThirdServerDoesNotStopIt) {
  sql(db("db3"), std::string("SET GLOBAL super_read_only = OFF; CREATE DATABASE errant") + kClosed);
  const std::string gtid = value(db("db3"), "SELECT CONCAT(@@server_uuid, ':1')");
  expect_not_stopped("db3:errant-transactions");
  sql(db("db3"), std::string(kBehindItsBack) + "DROP DATABASE errant" + kClosed);
  sql(db("db2"), "SET gtid_next = '" + gtid + "'; BEGIN; COMMIT");
  expect_well();

  sql(db("db3"),
      "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1, "
      "SOURCE_AUTO_POSITION = 1 FOR CHANNEL 'stray'");
  expect_not_stopped("db3:stray-channel");
  sql(db("db3"), "RESET REPLICA ALL FOR CHANNEL 'stray'");
  expect_well();
}

}  // namespace
}  // namespace gtidops::testing
