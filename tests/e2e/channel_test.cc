// Changes of a channel on real servers: the least is changed, what was received and not applied
// stays, and what cannot work is said before anything is touched.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <functional>
#include <thread>

#include "e2e/support/histories.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

bool comes_true(const std::function<bool()>& holds) {
  for (int i = 0; i < 300; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

void declare_password(Topology& topology, const std::string& password) {
  std::ofstream(topology.folder() / "repl.secret") << password;
}

std::string received(sandbox::Server& server) {
  return value(server,
               "SELECT RECEIVED_TRANSACTION_SET FROM "
               "performance_schema.replication_connection_status");
}

std::string stored_password(sandbox::Server& server) {
  return value(server, "SELECT User_password FROM mysql.slave_master_info");
}

std::string unapplied(sandbox::Server& server) {
  return value(server,
               "SELECT GTID_SUBTRACT((SELECT RECEIVED_TRANSACTION_SET FROM "
               "performance_schema.replication_connection_status), @@GLOBAL.gtid_executed)");
}

// A replica with an hour's delay that has received three rows which it will not apply for long.
class Delayed : public ::testing::Test {
 protected:
  Delayed() {
    topology_.set_server("db2", ", delay: 1h");
    topology_.converge();
    sql(topology_["db1"],
        "CREATE DATABASE kept; CREATE TABLE kept.t (a INT PRIMARY KEY); INSERT INTO kept.t VALUES "
        "(1), (2), (3)");
    const std::string all = topology_.gtid_executed("db1");
    EXPECT_TRUE(comes_true([&] {
      return value(topology_["db2"], "SELECT GTID_SUBTRACT('" + all + "', '" +
                                         received(topology_["db2"]) + "') = '' OR GTID_SUBSET('" +
                                         all + "', CONCAT(@@GLOBAL.gtid_executed, ',', '" +
                                         received(topology_["db2"]) + "'))") == "1";
    }));
    held_ = unapplied(topology_["db2"]);
    EXPECT_FALSE(held_.empty());
  }
  // The source is gone: what was received is all that there is.
  void expect_that_it_is_all_there() {
    EXPECT_EQ(value(topology_["db2"],
                    "SELECT GTID_SUBSET('" + held_ + "', '" + unapplied(topology_["db2"]) + "')"),
              "1")
        << held_;
    topology_["db1"].kill();
    sql(topology_["db2"],
        "STOP REPLICA SQL_THREAD; CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 0; START REPLICA "
        "SQL_THREAD");
    EXPECT_TRUE(comes_true([&] {
      try {
        return value(topology_["db2"], "SELECT COUNT(*) FROM kept.t") == "3";
      } catch (const std::exception&) {
        return false;  // the table is not there yet
      }
    }));
  }

  Topology topology_{2};
  std::string held_;
};

TEST_F(Delayed, ARefusedLoginIsRepairedAndWhatWasReceivedStays) {
  sql(topology_["db1"], "ALTER USER 'repl'@'127.0.0.1' IDENTIFIED BY 'a new one'");
  declare_password(topology_, "a new one");
  sql(topology_["db2"], "STOP REPLICA IO_THREAD; START REPLICA IO_THREAD");
  ASSERT_TRUE(comes_true([&] {
    return value(
               topology_["db2"],
               "SELECT LAST_ERROR_NUMBER FROM performance_schema.replication_connection_status") ==
           "1045";
  }));
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(stored_password(topology_["db2"]), "a new one");
  EXPECT_EQ((ran.out + ran.err).find("a new one"), std::string::npos);
  expect_that_it_is_all_there();
}

TEST_F(Delayed, AnotherDelayAndOptionKeepWhatWasReceivedThoughTheSourceHasPurged) {
  purge_logs(topology_, "db1");
  topology_.set_server("db2", ", delay: 2h");
  topology_.set_options(", SOURCE_RETRY_COUNT: 77");
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(value(topology_["db2"],
                  "SELECT DESIRED_DELAY FROM performance_schema.replication_applier_configuration"),
            "7200");
  EXPECT_EQ(topology_.gtidops("plan", {"--detailed-exitcode"}).code, 0);
  expect_that_it_is_all_there();
}

TEST_F(Delayed, BothThreadsStoppedBySomebodyAndAnOptionToChange) {
  sql(topology_["db2"], "STOP REPLICA");
  topology_.set_options(", SOURCE_RETRY_COUNT: 77");
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_that_it_is_all_there();
}

TEST_F(Delayed, WhatNeedsBothThreadsStoppedIsRefused) {
  topology_.set_options(", REQUIRE_ROW_FORMAT: 1");
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("unapplied-relay-log"), std::string::npos) << ran.out;
  expect_that_it_is_all_there();
}

TEST(ReplicationPassword, AWrongOneIsNotSyncedAndStopsASwitchBeforeAnythingIsTouched) {
  Topology topology(3);
  topology.converge();
  declare_password(topology, "not it");
  const Ran plan = topology.gtidops("plan", {"-o", "json", "--detailed-exitcode"});
  EXPECT_EQ(plan.code, 3) << plan.out << plan.err;
  const json document = json::parse(plan.out)["plans"][0];
  EXPECT_FALSE(document["synced"].get<bool>());
  EXPECT_EQ(document["refusals"][0]["rule"], "replication-password") << plan.out;
  EXPECT_TRUE(document["steps"].empty()) << plan.out;
  topology.set_primary("db2");
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("replication-password"), std::string::npos) << ran.out;
  EXPECT_EQ((ran.out + ran.err + plan.out).find("not it"), std::string::npos);
  for (const char* replica : {"db2", "db3"}) {
    topology.expect_replica(replica, "db1");
    EXPECT_EQ(stored_password(topology[replica]), Topology::repl_password());
  }
  EXPECT_EQ(value(topology["db1"], "SELECT @@super_read_only"), "0");
  // And it is no more than that: with the right one the same file goes through.
  declare_password(topology, Topology::repl_password());
  topology.converge();
  topology.expect_replica("db1", "db2");
}

TEST(ReplicationPassword, AChangedOneReachesEveryChannelByTheReceiverAlone) {
  Topology topology(2);
  topology.converge();
  sql(topology["db1"], "ALTER USER 'repl'@'127.0.0.1' IDENTIFIED BY 'it''s new'");
  declare_password(topology, "it's new");
  sql(topology["db2"], "SET GLOBAL general_log = ON, GLOBAL log_output = 'TABLE'");
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(stored_password(topology["db2"]), "it's new");
  EXPECT_EQ(topology.gtidops("plan", {"--detailed-exitcode"}).code, 0);
  topology.expect_replicates("db1", "db2");
  // The old one, kept in a variable for the way back, is not left there for others to read.
  EXPECT_EQ(value(topology["db2"],
                  "SELECT COUNT(*) FROM mysql.general_log WHERE argument = 'SET "
                  "@gtidops_previous_password = NULL, @gtidops_change = NULL'"),
            "1");
  // Neither the password nor a digest of it stands in what the server logs of the comparison.
  EXPECT_EQ(value(topology["db2"],
                  "SELECT COUNT(*) FROM mysql.general_log WHERE argument LIKE '%it%s new%' AND "
                  "argument NOT LIKE '%general_log%'"),
            "0");
  EXPECT_EQ(value(topology["db2"],
                  "SELECT COUNT(*) FROM mysql.general_log WHERE argument LIKE 'STOP REPLICA FOR%' "
                  "OR argument LIKE 'STOP REPLICA SQL%'"),
            "0");
}

// The channels' copy is compared in whatever language it is: both passwords are let in here, so
// nothing but the comparison can tell.
TEST(ReplicationPassword, AChangedOneIsSeenThoughItIsNotAscii) {
  Topology topology(2);
  topology.set_replication_password("p\u00e4\u20acw");
  topology.converge();
  EXPECT_EQ(topology.gtidops("plan", {"--detailed-exitcode"}).code, 0);
  sql(topology["db1"],
      "SET NAMES utf8mb4; ALTER USER 'repl'@'127.0.0.1' IDENTIFIED BY 'p\u00f6\u20acw' RETAIN "
      "CURRENT PASSWORD");
  topology.set_replication_password("p\u00f6\u20acw");
  EXPECT_EQ(topology.gtidops("plan", {"--detailed-exitcode"}).code, 2);
  topology.converge();
  EXPECT_EQ(value(topology["db2"], "SELECT HEX(User_password) FROM mysql.slave_master_info"),
            "70C3B6E282AC77");
  EXPECT_EQ(topology.gtidops("plan", {"--detailed-exitcode"}).code, 0);
}

TEST(ChannelOptions, TheEightThatOnlyThePerformanceSchemaShowsComeIntoForce) {
  Topology topology(2);
  topology.converge();
  sql(topology["db1"],
      "CREATE USER applier@'%' IDENTIFIED BY 'x'; GRANT ALL ON *.* TO applier@'%'; GRANT "
      "REPLICATION_APPLIER ON *.* TO applier@'%'");
  topology.expect_replicates("db1", "db2");
  topology.set_options(
      ", SOURCE_HEARTBEAT_PERIOD: 12.5, GTID_ONLY: 1, REQUIRE_ROW_FORMAT: 1, "
      "SOURCE_COMPRESSION_ALGORITHMS: \"zstd,uncompressed\", SOURCE_ZSTD_COMPRESSION_LEVEL: 5, "
      "REQUIRE_TABLE_PRIMARY_KEY_CHECK: \"ON\", PRIVILEGE_CHECKS_USER: \"applier@%\", "
      "SOURCE_TLS_CIPHERSUITES: \"TLS_AES_256_GCM_SHA384\"");
  const Ran plan = topology.gtidops("plan", {"-o", "json", "--detailed-exitcode"});
  EXPECT_EQ(plan.code, 2) << plan.out << plan.err;
  EXPECT_EQ(json::parse(plan.out)["plans"][0]["differences"].size(), 8U) << plan.out;
  topology.converge();
  EXPECT_EQ(topology.gtidops("plan", {"--detailed-exitcode"}).code, 0);
  EXPECT_EQ(value(topology["db2"],
                  "SELECT CONCAT_WS(' ', HEARTBEAT_INTERVAL, GTID_ONLY, COMPRESSION_ALGORITHM, "
                  "ZSTD_COMPRESSION_LEVEL, TLS_CIPHERSUITES) FROM "
                  "performance_schema.replication_connection_configuration"),
            "12.500 1 zstd,uncompressed 5 TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(value(topology["db2"],
                  "SELECT CONCAT_WS(' ', PRIVILEGE_CHECKS_USER, REQUIRE_ROW_FORMAT, "
                  "REQUIRE_TABLE_PRIMARY_KEY_CHECK) FROM "
                  "performance_schema.replication_applier_configuration"),
            "'applier'@'%' YES ON");
  topology.expect_replicates("db1", "db2");
}

class HeartbeatTable : public ::testing::Test {
 protected:
  HeartbeatTable() {
    topology_.converge();
    sql(topology_["db1"], "UPDATE gtidops.heartbeat SET beat = beat + 1");
    topology_.expect_replicates("db1", "db2");
  }
  void drop_on_the_replica() {
    sql(topology_["db2"],
        "SET sql_log_bin = 0; SET GLOBAL super_read_only = OFF; DROP SCHEMA gtidops; SET GLOBAL "
        "super_read_only = ON");
  }
  void expect_well() {
    topology_.expect_replica("db2", "db1");
    topology_.expect_replicates("db1", "db2");
    EXPECT_EQ(value(topology_["db2"], "SELECT @@super_read_only"), "1");
    EXPECT_EQ(value(topology_["db2"], "SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, '" +
                                          topology_.gtid_executed("db1") + "')"),
              "");
    EXPECT_EQ(topology_.gtidops("plan", {"--detailed-exitcode"}).code, 0);
  }
  Topology topology_{2};
};

TEST_F(HeartbeatTable, AReplicaThatLacksItIsMendedBeforeTheNextBeatStopsIt) {
  drop_on_the_replica();
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_well();
}

TEST_F(HeartbeatTable, AReplicaThatStoppedAtABeatIsHealed) {
  drop_on_the_replica();
  sql(topology_["db1"], "UPDATE gtidops.heartbeat SET beat = beat + 1");
  ASSERT_TRUE(comes_true([&] {
    return value(topology_["db2"],
                 "SELECT SERVICE_STATE FROM performance_schema.replication_applier_status") ==
           "OFF";
  }));
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_well();
}

}  // namespace
}  // namespace gtidops::testing
