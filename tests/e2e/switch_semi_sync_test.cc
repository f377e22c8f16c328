// Semi-synchronous replication through a planned switch, with an endless time-out: a commit that
// waited for an acknowledger which is not there yet would hang for ever, and the load with it.
#include <gtest/gtest.h>

#include <csignal>
#include <future>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

class SwitchSemiSync : public ::testing::Test {
 protected:
  static std::string variable(Topology& topology, const std::string& server,
                              const std::string& name) {
    return value(topology[server], "SELECT @@GLOBAL." + name);
  }

  static void expect_sides(Topology& topology, const std::string& primary, const Names& replicas) {
    EXPECT_EQ(variable(topology, primary, "rpl_semi_sync_source_enabled"), "1") << primary;
    EXPECT_EQ(variable(topology, primary, "rpl_semi_sync_replica_enabled"), "0") << primary;
    EXPECT_EQ(value(topology[primary],
                    "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE "
                    "VARIABLE_NAME = 'Rpl_semi_sync_source_status'"),
              "ON");
    for (const std::string& replica : replicas) {
      EXPECT_EQ(variable(topology, replica, "rpl_semi_sync_source_enabled"), "0") << replica;
      EXPECT_EQ(variable(topology, replica, "rpl_semi_sync_replica_enabled"), "1") << replica;
    }
  }

  // Commits that were not acknowledged. An applier's may be among them: it waits until its server,
  // the old primary, is told not to wait any more.
  static std::string unacknowledged(Topology& topology, const std::string& server) {
    return value(
        topology[server],
        "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = "
        "'Rpl_semi_sync_source_no_tx'");
  }

  // There and back under load; that no commit of the new primary's was without its acknowledgements
  // proves that it was semi-synchronous from the first one on.
  static void there_and_back(int servers, int count) {
    Topology topology(servers);
    topology.set_more("  switchover: {maxLag: 10m, drainTimeout: 20s}\n");
    topology.set_replication("    semiSync: {enabled: true, waitForReplicas: " +
                             std::to_string(count) + ", timeout: 1000d}\n");
    topology.converge();
    Names all;
    for (int i = 1; i <= servers; ++i) all.push_back("db" + std::to_string(i));
    expect_sides(topology, "db1", Names(all.begin() + 1, all.end()));
    const auto load = start_load(topology, all, 200);
    std::string from = "db1";
    for (const std::string to : {"db2", "db1"}) {
      topology.set_primary(to);
      const std::string before = unacknowledged(topology, to);
      load->mark();
      const Ran ran = topology.apply({"-o", "json"});
      ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
      EXPECT_EQ(ran.out.find("without semi-synchronous"), std::string::npos) << ran.out;
      std::printf("writes blocked %.1f ms\n",
                  plan_in(ran)["primary_change"]["writes_blocked_ms"].get<double>());
      Names replicas = all;
      std::erase(replicas, to);
      expect_sides(topology, to, replicas);
      EXPECT_EQ(unacknowledged(topology, to), before);
      expect_synced(topology, "after the switch to " + to);
      EXPECT_TRUE(load->wait_rows(20, std::chrono::seconds(20)));
    }
    expect_nothing_lost(*load, topology, all);
  }
};

TEST_F(SwitchSemiSync, OneOfThree) { there_and_back(4, 1); }

// One replica must stay with the old primary until it is frozen.
TEST_F(SwitchSemiSync, TwoOfThree) { there_and_back(4, 2); }

// All of them: the old primary must follow before the new one opens.
TEST_F(SwitchSemiSync, ThreeOfThree) { there_and_back(4, 3); }

TEST_F(SwitchSemiSync, TwoServers) { there_and_back(2, 1); }

// With two servers the old primary follows the new one before that one opens. When this one dies
// then, or an earlier gtidops has moved it and died, the way back ends with an old primary that
// follows nobody, and takes writes: at once, or after the time-out for acknowledgements, if the
// death of its only replica has not been noticed there.
TEST_F(SwitchSemiSync, TheCandidateDiesAfterTheOldPrimaryWasMoved) {
  const Names both{"db1", "db2"};
  Topology topology(2);
  topology.set_more("  switchover: {maxLag: 10m, drainTimeout: 5s}\n");
  topology.set_replication("    semiSync: {enabled: true, waitForReplicas: 1, timeout: 1s}\n");
  topology.converge();
  const auto load = start_load(topology, both, 30);
  const std::string moved = "after db1: CHANGE REPLICATION SOURCE";
  const std::vector<std::string> kill_db2 = kill_command(topology, "db2");
  for (const bool by_one_that_died : {false, true}) {
    topology.set_primary("db2");
    load->mark();
    if (by_one_that_died) {
      ASSERT_EQ(fused_apply(topology, {moved}).code, 128 + SIGKILL);
      ASSERT_EQ(channels_of(topology, "db1"), "1");
    }
    const Ran ran = fused_apply(
        topology,
        {by_one_that_died ? "after db1: SET GLOBAL super_read_only = ON" : moved, 1, kill_db2});
    EXPECT_NE(ran.out.find("undone"), std::string::npos) << ran.out;
    EXPECT_EQ(writable(topology, {"db1"}), "db1 ") << ran.out;
    EXPECT_EQ(channels_of(topology, "db1"), "0") << ran.out;
    EXPECT_TRUE(load->wait_rows(5, std::chrono::seconds(20))) << "db1 takes no writes";

    topology["db2"].start();
    for (const std::string to : {"db2", "db1"}) {
      topology.set_primary(to);
      load->mark();
      for (int pass = 0; pass < 3 && topology.apply().code != 0; ++pass) load->mark();
      EXPECT_EQ(writable(topology, both), to + " ");
      expect_synced(topology, "after a switch to " + to);
      EXPECT_TRUE(load->wait_rows(5, std::chrono::seconds(20)));
    }
  }
  expect_nothing_lost(*load, topology, both);
}

// A commit that waits for an acknowledgement holds up the freeze, until it is let go.
TEST_F(SwitchSemiSync, ACommitThatWaitsForAnAcknowledgementIsLetGo) {
  Topology topology(3);
  topology.set_more("  switchover: {maxLag: 10m, drainTimeout: 10s}\n");
  topology.set_replication("    semiSync: {enabled: true, waitForReplicas: 1, timeout: 1000d}\n");
  topology.converge();
  sql(topology["db1"], "CREATE DATABASE shop; CREATE TABLE shop.t (a INT PRIMARY KEY)");
  // Nobody acknowledges any more, although they replicate on.
  sql(topology["db1"], "SET GLOBAL rpl_semi_sync_source_wait_for_replica_count = 3");
  auto waiting = std::async(std::launch::async, [&] {
    sandbox::Connection session(topology["db1"], {.timeout_seconds = 60});
    session.sql("INSERT INTO shop.t VALUES (1)");
  });
  EXPECT_TRUE(eventually([&] {
    return value(topology["db1"],
                 "SELECT COUNT(*) FROM performance_schema.processlist WHERE STATE LIKE 'Waiting "
                 "for semi-sync ACK%'") == "1";
  }));
  topology.set_primary("db2");
  for (int pass = 0; pass < 3; ++pass) topology.apply();
  waiting.get();
  expect_synced(topology);
  EXPECT_EQ(writable(topology, {"db1", "db2", "db3"}), "db2 ");
  for (const char* server : {"db1", "db2", "db3"})
    EXPECT_EQ(value(topology[server], "SELECT COUNT(*) FROM shop.t"), "1") << server;
}

}  // namespace
}  // namespace gtidops::testing
