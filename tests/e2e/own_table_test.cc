// What somebody has taken away or made otherwise below gtidops: files of a relay log, its own
// table. Said, cured where it can be cured, and never taken for the loss of a server.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

namespace fs = std::filesystem;
using sandbox::sql;
using sandbox::value;

class OwnTable : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!topology_) {
      topology_ = std::make_unique<Topology>(3);
      topology_->converge();
    }
  }
  void TearDown() override {
    if (HasFailure()) topology_.reset();
  }
  static void TearDownTestSuite() { topology_.reset(); }

  static sandbox::Server& db(const std::string& name) { return (*topology_)[name]; }

  // db2 has received nine rows in two files of its relay log, applied none of them, and is down.
  static void leave_unapplied() {
    sql(db("db1"),
        "CREATE DATABASE IF NOT EXISTS relay; CREATE TABLE IF NOT EXISTS relay.t (id INT "
        "AUTO_INCREMENT PRIMARY KEY, v CHAR(40))");
    topology_->expect_replicates("db1", "db2");
    sql(db("db2"), "STOP REPLICA SQL_THREAD");
    for (int i = 0; i < 9; ++i) {
      sql(db("db1"), "INSERT INTO relay.t (v) VALUES (REPEAT('x', 40))");
      if (i == 4) sql(db("db2"), "FLUSH LOCAL RELAY LOGS");
    }
    const std::string all = topology_->gtid_executed("db1");
    ASSERT_TRUE(eventually([&] {
      return value(db("db2"), "SELECT GTID_SUBSET('" + all +
                                  "', CONCAT(@@gtid_executed, ',', RECEIVED_TRANSACTION_SET)) FROM "
                                  "performance_schema.replication_connection_status") == "1";
    }));
  }
  static fs::path relay_log() { return value(db("db2"), "SELECT @@relay_log_basename"); }

  static void expect_fetched_again() {
    // START fails with 1872, and only from then on the channel shows why.
    EXPECT_THROW(sql(db("db2"), "START REPLICA"), sandbox::SqlError);
    const Ran plan = topology_->gtidops("plan", {"-o", "json"});
    EXPECT_NE(steps_in(plan_in(plan)).find("point_replica:db2"), std::string::npos) << plan.out;
    EXPECT_NE(plan.out.find("relay log is damaged (error 13124)"), std::string::npos) << plan.out;
    topology_->converge();
    EXPECT_EQ(value(db("db2"), "SELECT COUNT(*) FROM relay.t"),
              value(db("db1"), "SELECT COUNT(*) FROM relay.t"));
    expect_synced(*topology_);
  }

  static void expect_table_is_refused(const std::string& what) {
    const std::string before = topology_->gtid_executed("db1");
    const Ran ran = topology_->apply({"-o", "json"});
    EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
    EXPECT_NE(rules_in(plan_in(ran)).find("db1:heartbeat-table"), std::string::npos) << ran.out;
    EXPECT_EQ(rules_in(plan_in(ran)).find("unreachable"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find(what), std::string::npos) << ran.out;
    EXPECT_EQ(topology_->gtid_executed("db1"), before);
  }

  static std::unique_ptr<Topology> topology_;
};
std::unique_ptr<Topology> OwnTable::topology_;

TEST_F(OwnTable, AMissingFileOfTheRelayLogIsFetchedAgain) {
  ASSERT_NO_FATAL_FAILURE(leave_unapplied());
  const fs::path base = relay_log();
  db("db2").stop();
  fs::path first;
  for (const auto& file : fs::directory_iterator(base.parent_path())) {
    const std::string name = file.path().filename();
    if (name.rfind(base.filename().string() + ".0", 0) == 0 &&
        (first.empty() || file.path() < first))
      first = file.path();
  }
  fs::remove(first);
  db("db2").start();
  expect_fetched_again();
}

TEST_F(OwnTable, AMissingIndexOfTheRelayLogIsFetchedAgain) {
  ASSERT_NO_FATAL_FAILURE(leave_unapplied());
  const fs::path base = relay_log();
  db("db2").stop();
  fs::remove(base.string() + ".index");
  db("db2").start();
  expect_fetched_again();
}

TEST_F(OwnTable, AHeartbeatTableThatLacksAColumnIsNotALostServer) {
  sql(db("db1"), "ALTER TABLE gtidops.heartbeat DROP COLUMN beat");
  expect_table_is_refused("it lacks the column beat");
  sql(db("db1"), "DROP TABLE gtidops.heartbeat");
  topology_->converge();
  expect_synced(*topology_);
}

TEST_F(OwnTable, AHeartbeatTableOfAnotherEngineOrTypeOrAViewIsNotWrittenInto) {
  sql(db("db1"), "ALTER TABLE gtidops.heartbeat ENGINE = MyISAM");
  expect_table_is_refused("it is BASE TABLE MyISAM");
  sql(db("db1"), "ALTER TABLE gtidops.heartbeat ENGINE = InnoDB, MODIFY beat VARCHAR(9) NOT NULL");
  expect_table_is_refused("its column beat is varchar(9)");
  sql(db("db1"),
      "RENAME TABLE gtidops.heartbeat TO gtidops.other; CREATE VIEW gtidops.heartbeat AS "
      "SELECT * FROM gtidops.other");
  expect_table_is_refused("it is VIEW");
  sql(db("db1"), "DROP VIEW gtidops.heartbeat; DROP TABLE gtidops.other");
  topology_->converge();
  expect_synced(*topology_);
}

TEST_F(OwnTable, ATriggerOnTheHeartbeatIsNamed) {
  sql(db("db1"),
      "CREATE TRIGGER gtidops.counts BEFORE INSERT ON gtidops.heartbeat FOR EACH ROW SET "
      "NEW.beat = 7");
  expect_table_is_refused("it has the trigger counts");
  sql(db("db1"), "DROP TRIGGER gtidops.counts");
  topology_->converge();
  expect_synced(*topology_);
}

// The canary waits for the lock no longer than it may, and who holds it is said.
TEST_F(OwnTable, AHeartbeatThatWaitsForAGlobalReadLockIsGivenUpAndTheHolderNamed) {
  sql(db("db3"), "STOP REPLICA SQL_THREAD");
  {
    sandbox::Connection backup(db("db1"));
    backup.sql("FLUSH TABLES WITH READ LOCK");
    const Ran ran = topology_->apply();
    EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
    EXPECT_NE(ran.out.find("of root@localhost holds FLUSH TABLES WITH READ LOCK"),
              std::string::npos)
        << ran.out;
  }
  topology_->converge();
  expect_synced(*topology_);
}

// Another gtidops, which shares no state with ours, has changed the roles; its primary is out of
// sight when ours looks again.
TEST_F(OwnTable, ThePrimaryThatAnotherControllerMadeIsNotReplacedWhileItIsOutOfSight) {
  topology_->set_primary("db2");
  const fs::path file = topology_->folder() / "theirs.yaml";
  fs::copy_file(topology_->file(), file, fs::copy_options::overwrite_existing);
  const Ran theirs = run_process({GTIDOPS_BINARY, "apply", file.string(), "--state-dir",
                                  (topology_->folder() / "elsewhere").string(), "--auto-approve"});
  ASSERT_EQ(theirs.code, 0) << theirs.out << theirs.err;
  topology_->set_primary("db1");
  sql(db("db2"), "CREATE DATABASE theirs; CREATE TABLE theirs.t (id INT PRIMARY KEY)");
  db("db2").pause();
  const Ran ran = topology_->apply({"-o", "json", "--timeout", "5s"});
  EXPECT_NE(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(writable(*topology_, {"db1", "db3"}), "") << ran.out;
  db("db2").resume();
  EXPECT_EQ(writable(*topology_, kThree), "db2 ");
  topology_->converge();
  expect_roles(*topology_, "db1", {"db2", "db3"});
  EXPECT_EQ(value(db("db1"),
                  "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = "
                  "'theirs'"),
            "1");
}

}  // namespace
}  // namespace gtidops::testing
