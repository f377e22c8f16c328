// What was right goes wrong on the live servers: seen, and repaired.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "e2e/support/topology.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

class Drift : public ::testing::Test {
 protected:
  // Each test begins with servers that are as declared, and leaves them so; one that has failed
  // leaves them to nobody.
  void SetUp() override {
    if (!topology_) {
      topology_ = std::make_unique<Topology>(3);
      topology_->converge();
    }
    const Ran plan = topology_->gtidops("plan", {"--detailed-exitcode"});
    ASSERT_EQ(plan.code, 0) << plan.out << plan.err;
  }
  void TearDown() override {
    if (HasFailure()) topology_.reset();
  }
  static void TearDownTestSuite() { topology_.reset(); }

  // The plan names the difference, changes nothing; the apply repairs it; then all is well.
  static void expect_repaired(const std::string& difference,
                              const std::vector<std::string>& arguments = {}) {
    const Ran plan = topology_->gtidops("plan", {"-o", "json", "--detailed-exitcode"});
    EXPECT_EQ(plan.code, 2) << plan.out << plan.err;
    bool named = false;
    const json document = json::parse(plan.out);
    for (const json& one : document["plans"][0]["differences"])
      named = named || one["path"] == difference;
    EXPECT_TRUE(named) << difference << " is not in " << plan.out;
    const Ran ran = topology_->apply(arguments);
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
    topology_->expect_replica("db2", "db1");
    topology_->expect_replica("db3", "db1");
    EXPECT_EQ(topology_->gtidops("plan", {"--detailed-exitcode"}).code, 0);
  }
  static std::unique_ptr<Topology> topology_;
};
std::unique_ptr<Topology> Drift::topology_;

TEST_F(Drift, AStoppedApplier) {
  sql((*topology_)["db2"], "STOP REPLICA SQL_THREAD");
  expect_repaired("replication.applier");
}

TEST_F(Drift, AStoppedReceiver) {
  sql((*topology_)["db3"], "STOP REPLICA IO_THREAD");
  expect_repaired("replication.receiver");
}

// The server does so itself, after SOURCE_RETRY_COUNT tries: ten, if nobody says otherwise.
TEST_F(Drift, AReceiverThatHasGivenUp) {
  sql((*topology_)["db3"],
      "STOP REPLICA IO_THREAD; CHANGE REPLICATION SOURCE TO SOURCE_CONNECT_RETRY = 1, "
      "SOURCE_RETRY_COUNT = 2; START REPLICA IO_THREAD");
  (*topology_)["db1"].kill();
  for (int i = 0; i < 200 && topology_->replica_status("db3", "s.SERVICE_STATE") != "OFF"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  (*topology_)["db1"].start();
  ASSERT_EQ(topology_->replica_status("db3", "s.SERVICE_STATE"), "OFF");
  expect_repaired("replication.receiver");
}

TEST_F(Drift, AChangedSource) {
  sql((*topology_)["db3"], "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_PORT = " +
                               std::to_string((*topology_)["db2"].port()) + "; START REPLICA");
  expect_repaired("replication.source");
}

TEST_F(Drift, ARemovedChannel) {
  sql((*topology_)["db2"], "STOP REPLICA; RESET REPLICA ALL");
  expect_repaired("replication.source");
}

TEST_F(Drift, AWritableReplica) {
  sql((*topology_)["db2"], "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF");
  expect_repaired("super_read_only");
}

TEST_F(Drift, AReplicaThatWouldBootWritable) {
  sql((*topology_)["db2"], "RESET PERSIST super_read_only");
  expect_repaired("persisted.super_read_only");
}

TEST_F(Drift, APrimaryThatIsReadOnly) {
  sql((*topology_)["db1"], "SET GLOBAL super_read_only = ON");
  expect_repaired("read_only");
}

TEST_F(Drift, ADroppedReplicationUser) {
  sql((*topology_)["db1"], "DROP USER 'repl'@'127.0.0.1'");
  expect_repaired("replication.user");
  EXPECT_EQ(sql((*topology_)["db2"], "SHOW GRANTS FOR 'repl'@'127.0.0.1'").size(), 1U);
}

TEST_F(Drift, AReplicationUserWithoutItsPrivilege) {
  sql((*topology_)["db1"], "REVOKE REPLICATION SLAVE ON *.* FROM 'repl'@'127.0.0.1'");
  expect_repaired("replication.user.grants");
}

TEST_F(Drift, AnOverPrivilegedReplicationUserNeedsTheWordDestructive) {
  sql((*topology_)["db1"],
      "GRANT REPLICATION CLIENT ON *.* TO 'repl'@'127.0.0.1'; GRANT SELECT ON mysql.* TO "
      "'repl'@'127.0.0.1'");
  const Ran refused = topology_->apply();
  EXPECT_EQ(refused.code, 3) << refused.out;
  EXPECT_NE(refused.out.find("--allow-destructive"), std::string::npos) << refused.out;
  EXPECT_EQ(sql((*topology_)["db1"], "SHOW GRANTS FOR 'repl'@'127.0.0.1'").size(), 2U);
  expect_repaired("replication.user.grants", {"--allow-destructive"});
  EXPECT_EQ(sql((*topology_)["db1"], "SHOW GRANTS FOR 'repl'@'127.0.0.1'").size(), 1U);
}

TEST_F(Drift, LostAutoPosition) {
  sql((*topology_)["db2"],
      "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 0; START REPLICA");
  expect_repaired("replication.auto_position");
}

TEST_F(Drift, AnUndeclaredDelay) {
  sql((*topology_)["db3"],
      "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 600; START REPLICA");
  expect_repaired("replication.delay");
}

TEST_F(Drift, AChangedOption) {
  sql((*topology_)["db3"],
      "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_CONNECT_RETRY = 77; START REPLICA");
  expect_repaired("replication.options.SOURCE_CONNECT_RETRY");
}

TEST_F(Drift, ARestartedReplicaNeedsNothing) {
  (*topology_)["db2"].restart();
  topology_->expect_replicates("db1", "db2");
  EXPECT_EQ(topology_->gtidops("plan", {"--detailed-exitcode"}).code, 0);
}

// ---------------------------------------------------------------- what starting again does not
// cure

// Destroys some bytes of the file to which the receiver wrote last.
void damage_relay_log(sandbox::Server& server) {
  const std::filesystem::path base = value(server, "SELECT @@relay_log_basename");
  std::filesystem::path last;
  for (const auto& file : std::filesystem::directory_iterator(base.parent_path())) {
    const std::string name = file.path().filename();
    if (name.rfind(base.filename().string() + ".0", 0) == 0 && file.path() > last)
      last = file.path();
  }
  std::fstream bytes(last, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(-900, std::ios::end);
  bytes << std::string(200, '\xa5');
}

TEST_F(Drift, ADamagedRelayLogIsFetchedAgain) {
  sandbox::Server& primary = (*topology_)["db1"];
  sandbox::Server& replica = (*topology_)["db2"];
  sql(primary, "CREATE DATABASE relay; CREATE TABLE relay.t (id INT PRIMARY KEY, v CHAR(40))");
  topology_->expect_replicates("db1", "db2");
  sql(replica, "STOP REPLICA SQL_THREAD");
  for (int i = 1; i <= 9; ++i)
    sql(primary, "INSERT INTO relay.t VALUES (" + std::to_string(i) + ", REPEAT('x', 40))");
  const std::string all = topology_->gtid_executed("db1");
  const auto received = [&] {
    return value(replica, "SELECT GTID_SUBSET('" + all +
                              "', CONCAT(@@gtid_executed, ',', RECEIVED_TRANSACTION_SET)) FROM "
                              "performance_schema.replication_connection_status");
  };
  for (int i = 0; i < 100 && received() != "1"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_EQ(received(), "1");
  sql(replica, "STOP REPLICA");
  damage_relay_log(replica);
  sql(replica, "START REPLICA");
  const auto error = [&] {
    return value(replica,
                 "SELECT MAX(LAST_ERROR_NUMBER) FROM "
                 "performance_schema.replication_applier_status_by_coordinator");
  };
  for (int i = 0; i < 100 && error() == "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ASSERT_EQ(error(), "13121");
  expect_repaired("replication.applier");
  EXPECT_EQ(value(replica, "SELECT COUNT(*) FROM relay.t"), "9");
}

// ---------------------------------------------------------------- who is in the way

TEST_F(Drift, WhoLocksTheInstanceForABackupIsNamed) {
  sql((*topology_)["db3"],
      "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 1; START REPLICA");
  {
    sandbox::Connection backup((*topology_)["db3"]);
    backup.sql("LOCK INSTANCE FOR BACKUP");
    const std::string id =
        value((*topology_)["db3"],
              "SELECT MAX(PROCESSLIST_ID) FROM performance_schema.threads t JOIN "
              "performance_schema.metadata_locks m ON m.OWNER_THREAD_ID = "
              "t.THREAD_ID WHERE m.OBJECT_TYPE = 'BACKUP LOCK'");
    // Seen before anything is touched.
    const Ran ran = topology_->apply();
    EXPECT_EQ(ran.code, 3) << ran.out;
    EXPECT_NE(
        ran.out.find("connection " + id + " of root@localhost holds LOCK INSTANCE FOR BACKUP"),
        std::string::npos)
        << ran.out;
  }
  expect_repaired("replication.delay");
}

TEST_F(Drift, WhoHoldsAGlobalReadLockIsNamed) {
  sql((*topology_)["db1"], "DROP USER 'repl'@'127.0.0.1'");
  {
    sandbox::Connection backup((*topology_)["db1"]);
    backup.sql("FLUSH TABLES WITH READ LOCK");
    const Ran ran = topology_->apply();
    EXPECT_EQ(ran.code, 1) << ran.out;
    EXPECT_NE(ran.out.find("of root@localhost holds FLUSH TABLES WITH READ LOCK"),
              std::string::npos)
        << ran.out;
  }
  expect_repaired("replication.user");
}

}  // namespace
}  // namespace gtidops::testing
