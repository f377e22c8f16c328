// What fresh eyes found: histories that only look like those of a copy, servers that a restart or a
// change of roles half-way leaves to nobody, and hints that would have made it worse.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "e2e/support/histories.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

void filter_for_a_row(Topology& topology, const std::string& server) {
  const auto filter = [&](const std::string& tables) {
    sql(topology[server],
        "STOP REPLICA SQL_THREAD; CHANGE REPLICATION FILTER REPLICATE_IGNORE_TABLE = (" + tables +
            "); START REPLICA SQL_THREAD");
  };
  filter("d.t");
  write_rows(topology, "db1", 1);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  EXPECT_TRUE(
      refuses(topology.apply({"-o", "json"}), fmt::format("{}:replication-filter", server)));
  filter("");
  EXPECT_TRUE(refuses(topology.apply({"-o", "json"}), fmt::format("{}:filtered-once", server)));
}

// A CLONE into a running server keeps its server_uuid; and so do binary logs that begin anew.
TEST(HistoryAgain, OnlyACloneFromASoundServerMakesAServerSound) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 2);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  filter_for_a_row(topology, "db2");
  const std::string held = topology.gtid_executed("db2");
  // What a renamed log_bin does, and files that were removed.
  sql(topology["db2"],
      "STOP REPLICA; SET GLOBAL super_read_only = OFF; RESET BINARY LOGS AND GTIDS; SET GLOBAL "
      "gtid_purged = '" +
          held + "'; SET GLOBAL super_read_only = ON; START REPLICA");
  const Ran renamed = topology.apply({"-o", "json"});
  EXPECT_TRUE(refuses(renamed, "db2:filtered-once")) << renamed.out;

  sql(topology["db1"],
      "CREATE USER clone@'127.0.0.1' IDENTIFIED WITH caching_sha2_password BY 'a copy'; GRANT "
      "BACKUP_ADMIN ON *.* TO clone@'127.0.0.1'; INSTALL PLUGIN clone SONAME 'mysql_clone.so'");
  const int run = topology["db2"].runs();
  sql(topology["db2"],
      "SET GLOBAL super_read_only = OFF; STOP REPLICA; INSTALL PLUGIN clone SONAME "
      "'mysql_clone.so'; SET GLOBAL clone_valid_donor_list = '" +
          topology["db1"].address() + "'");
  sql(topology["db2"],
      fmt::format("CLONE INSTANCE FROM clone@'127.0.0.1':{} IDENTIFIED BY 'a copy'",
                  topology["db1"].port()));
  topology["db2"].wait_ready(run + 1);
  topology.converge();
  topology.expect_replicates("db1", "db2");
  topology.set_primary("db2");
  topology.converge();
  EXPECT_EQ(writable(topology, kThree), "db2 ");
}

TEST(HistoryAgain, WhatAServerHoldsByDecreeItDoesNotHold) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 2);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  topology.converge();
  sql(topology["db2"], "STOP REPLICA SQL_THREAD");
  write_rows(topology, "db1", 3);
  sql(topology["db2"],
      "STOP REPLICA; SET GLOBAL super_read_only = OFF; RESET BINARY LOGS AND GTIDS; SET GLOBAL "
      "gtid_purged = '" +
          topology.gtid_executed("db1") + "'; SET GLOBAL super_read_only = ON; START REPLICA");
  topology.set_primary("db2");
  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, "db2:filtered-once")) << ran.out;
  EXPECT_EQ(writable(topology, kThree), "db1 ");
}

// Without a primary key, each row that is replicated again is there twice.
TEST(HistoryAgain, AReplicaThatHasShrunkIsNotStarted) {
  Topology topology(2);
  topology.converge();
  sql(topology["db1"], "CREATE DATABASE d; CREATE TABLE d.n (a INT); INSERT INTO d.n VALUES (1)");
  ASSERT_TRUE(arrives(topology, "db1", {"db1", "db2"}));
  const std::string before = topology.gtid_executed("db1");
  sql(topology["db1"], "INSERT INTO d.n VALUES (2); INSERT INTO d.n VALUES (3)");
  ASSERT_TRUE(arrives(topology, "db1", {"db1", "db2"}));
  topology.converge();
  sql(topology["db2"],
      "STOP REPLICA; SET GLOBAL super_read_only = OFF; RESET REPLICA; RESET BINARY LOGS AND GTIDS; "
      "SET GLOBAL gtid_purged = '" +
          before + "'");
  for (int pass = 0; pass < 2; ++pass) {
    const Ran ran = topology.apply({"-o", "json"});
    EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
    EXPECT_TRUE(refuses(ran, "db2:history-shrunk")) << ran.out;
  }
  EXPECT_EQ(topology.replica_status("db2", "t.SERVICE_STATE"), "OFF");
  EXPECT_EQ(value(topology["db2"], "SELECT COUNT(*) FROM d.n"), "3");
  EXPECT_EQ(value(topology["db2"], "SELECT @@super_read_only"), "1") << "it is closed all the same";
}

TEST(HistoryAgain, AServerThatDoesNotReadWhatIsPersistedIsNotLeftClosed) {
  Topology topology(2, {.mysqld = {"--persisted-globals-load=OFF"}});
  const Ran first = topology.apply({"-o", "json"});
  EXPECT_TRUE(refuses(first, "db1:persisted-globals-load")) << first.out;
  EXPECT_TRUE(refuses(first, "db2:persisted-globals-load")) << first.out;
  topology.expect_replica("db2", "db1");
  topology.set_primary("db2");
  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_EQ(writable(topology, {"db1", "db2"}), "db1 ");
}

TEST(HistoryAgain, UntilAChangeOfRolesCanBeDoneThePrimaryComesBackFromARestart) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 1);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  sql(topology["db2"],
      "STOP REPLICA; SET GLOBAL super_read_only = OFF; SET sql_log_bin = 0; DROP TABLE d.t; SET "
      "GLOBAL super_read_only = ON; START REPLICA");
  sql(topology["db1"], "INSERT INTO d.t (a) VALUES (1)");
  topology.set_primary("db2");
  EXPECT_EQ(topology.apply().code, 3);
  EXPECT_EQ(writable(topology, kThree), "db1 ");
  // Uptime counts in whole seconds.
  std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
  topology["db1"].kill();
  topology["db1"].start();
  EXPECT_EQ(writable(topology, kThree), "");
  const Ran ran = topology.apply();
  EXPECT_NE(ran.code, 0) << "db2 cannot take over";
  EXPECT_EQ(writable(topology, kThree), "db1 ") << ran.out << ran.err;
}

TEST(HistoryAgain, ACommittedSwitchIsNotEndedWhenTheOldPrimaryWasOpenedAgain) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 1);
  leave_committed(topology);
  sql(topology["db2"], "STOP REPLICA IO_THREAD");
  sql(topology["db1"], "SET GLOBAL super_read_only = OFF, read_only = OFF");
  write_rows(topology, "db1", 5);
  ASSERT_TRUE(arrives(topology, "db1", {"db1", "db3"}));
  topology["db1"].kill();
  topology.set_primary("db2");
  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, ":primary-change")) << ran.out;
  EXPECT_EQ(writable(topology, {"db2", "db3"}), "");
  // With nobody's word against it, it is ended.
  topology["db1"].start();
  sql(topology["db2"], "START REPLICA IO_THREAD");
  topology.converge();
  EXPECT_EQ(value(topology["db2"], "SELECT COUNT(*) FROM d.t"), "6");
}

// The hint names whoever holds the most, not whoever was declared.
TEST(HistoryAgain, TheHintOfALostPrimaryNamesTheServerThatHoldsTheMost) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 1);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  sql(topology["db2"], "STOP REPLICA IO_THREAD");
  write_rows(topology, "db1", 4);
  ASSERT_TRUE(arrives(topology, "db1", {"db1", "db3"}));
  topology["db1"].kill();
  topology.set_primary("db2");
  const Ran ran = topology.gtidops("plan");
  EXPECT_NE(ran.out.find("not db2, for db3 holds 6 transactions that it lacks"), std::string::npos)
      << ran.out;
  EXPECT_NE(ran.out.find("declare primary: db3"), std::string::npos) << ran.out;
}

}  // namespace
}  // namespace gtidops::testing
