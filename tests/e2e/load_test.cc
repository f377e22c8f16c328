// The load client: whether it sees what other tests rely on it to see.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "load/load.h"
#include "load/verify.h"
#include "sandbox/sandbox.h"

namespace gtidops::load {
namespace {

using sandbox::Server;
using sandbox::sql;
using std::chrono::milliseconds;
using std::chrono::seconds;

// db1 is writable; db2 follows it, or is on its own.
class LoadTest : public ::testing::Test {
 protected:
  LoadTest()
      : servers(box.up_all({"db1", "db2"},
                           {.mysqld = {"--gtid-mode=ON", "--enforce-gtid-consistency=ON"}})),
        db1(*servers[0]),
        db2(*servers[1]),
        ports{db1.port(), db2.port()} {}

  void replicate() {
    follow(db2, db1);
    sql(db2, "SET GLOBAL super_read_only = ON");
    prepare(db1.port());
  }

  // For as long as it takes: as 9.7 is shipped, a receiver gives up for good after ten attempts:
  // here ten seconds, and on a busy machine a source that is restarted is away for longer.
  static void follow(const Server& replica, const Server& source) {
    sql(replica, "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=" +
                     std::to_string(source.port()) +
                     ", SOURCE_USER='root', SOURCE_AUTO_POSITION=1, SOURCE_CONNECT_RETRY=1, "
                     "SOURCE_RETRY_COUNT=86400; START REPLICA");
  }

  sandbox::Sandbox box;
  std::vector<Server*> servers;
  Server& db1;
  Server& db2;
  std::vector<Port> ports;
};

TEST_F(LoadTest, WhatWasAcknowledgedSurvivesARestartAndAKill) {
  replicate();
  Load load(ports, {.rate = 1000});
  ASSERT_TRUE(load.wait_rows(300, seconds(20)));
  load.mark();
  db1.restart();
  ASSERT_TRUE(load.wait_rows(300, seconds(20)));
  load.mark();
  db1.kill();
  db1.start();
  ASSERT_TRUE(load.wait_rows(300, seconds(20)));
  const Report report = load.stop();

  EXPECT_GE(report.rows(), 900U);
  EXPECT_EQ(report.rows_of_server.size(), 1U);
  ASSERT_EQ(report.windows.size(), 3U);
  EXPECT_GT(report.windows[1].gap.ms(), 50);  // mysqld does not start faster
  EXPECT_GT(report.windows[2].gap.ms(), 50);
  EXPECT_LT(report.noise().ms(), report.gap().ms());
  EXPECT_FALSE(report.errors.empty());
  EXPECT_EQ(report.acked_twice, 0U);
  const Verdict verdict = verify(report, ports);
  EXPECT_TRUE(verdict.good()) << verdict.text();
  EXPECT_GE(verdict.servers[1].rows, report.rows());
}

TEST_F(LoadTest, ARowThatIsMissingOrOfAnotherServerIsLost) {
  replicate();
  Load load(ports, {.rate = 500});
  ASSERT_TRUE(load.wait_rows(100, seconds(20)));
  const Report report = load.stop();
  ASSERT_TRUE(verify(report, ports).good()) << verify(report, ports).text();

  const Key gone = report.acks[50].key;
  const Key changed = report.acks[60].key;
  const auto where = [](const Key& key) {
    return " WHERE writer = " + std::to_string(key.writer) +
           " AND number = " + std::to_string(key.number);
  };
  sql(db2,
      "SET GLOBAL super_read_only = OFF; SET sql_log_bin = 0; DELETE FROM load_client.written" +
          where(gone) + "; UPDATE load_client.written SET port = 1" + where(changed) +
          "; INSERT INTO load_client.written VALUES (1, 4000000, 1)");
  const Verdict verdict = verify(report, ports);
  EXPECT_FALSE(verdict.good());
  EXPECT_FALSE(verdict.identical());
  EXPECT_EQ(verdict.servers[0].lost, 0U);
  EXPECT_EQ(verdict.servers[1].lost, 2U);
  const auto& lost = verdict.servers[1].lost_rows;
  EXPECT_NE(std::find(lost.begin(), lost.end(), gone), lost.end());
  EXPECT_NE(std::find(lost.begin(), lost.end(), changed), lost.end());
  EXPECT_EQ(verdict.servers[1].unexpected, 1U);
  EXPECT_EQ(verdict.lost(), 2U);
}

TEST_F(LoadTest, AServerThatLagsForEverOrIsDownIsNotGood) {
  replicate();
  Load load(ports);
  ASSERT_TRUE(load.wait_rows(100, seconds(20)));
  // A replica that had not even begun would lack the table, and not lag.
  const std::string set = sandbox::value(db1, "SELECT @@GLOBAL.gtid_executed");
  ASSERT_EQ(sandbox::value(db2, "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + set + "', 60)"), "0");
  sql(db2, "STOP REPLICA");
  ASSERT_TRUE(load.wait_rows(100, seconds(20)));
  const Report report = load.stop();
  const Verdict lagging = verify(report, ports, milliseconds(300));
  EXPECT_FALSE(lagging.good());
  EXPECT_NE(lagging.servers[1].trouble.find("did not catch up"), std::string::npos)
      << lagging.text();
  EXPECT_GT(lagging.servers[1].lost, 0U);
  EXPECT_EQ(lagging.servers[0].lost, 0U);
  db2.stop();
  const Verdict down = verify(report, ports, milliseconds(300));
  EXPECT_FALSE(down.good());
  EXPECT_FALSE(down.servers[1].trouble.empty());
}

TEST_F(LoadTest, AHandOverIsMeasuredAndIsNoOverlap) {
  replicate();
  Load load(ports, {.rate = 1000});
  ASSERT_TRUE(load.wait_rows(300, seconds(20)));
  load.mark();
  sql(db1, "SET GLOBAL super_read_only = ON");
  const std::string set = sandbox::value(db1, "SELECT @@GLOBAL.gtid_executed");
  sql(db2, "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + set + "', 20)");
  std::this_thread::sleep_for(milliseconds(150));
  sql(db2, "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
  EXPECT_TRUE(load.wait_rows(300, seconds(20)));
  const Report report = load.stop();
  follow(db1, db2);
  const Window& window = report.windows.back();
  EXPECT_EQ(window.old_port, db1.port());
  EXPECT_EQ(window.new_port, db2.port());
  EXPECT_GT(window.handover_ms, 150);
  EXPECT_GE(window.gap.ms(), window.handover_ms);
  EXPECT_EQ(report.overlap(), 0U);
  EXPECT_GT(report.refused, 0U);
  EXPECT_GE(report.rows_of_server.at(db2.port()), 300U);
  const Verdict verdict = verify(report, ports);
  EXPECT_TRUE(verdict.good()) << verdict.text();
}

TEST_F(LoadTest, TwoWritableServersAreOverlap) {
  prepare(db1.port());
  prepare(db2.port());
  sql(db2, "SET GLOBAL super_read_only = ON");
  Load load(ports, {.rate = 400});
  ASSERT_TRUE(load.wait_rows(100, seconds(20)));
  load.mark();
  sql(db2, "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
  ASSERT_TRUE(load.wait_rows(100, seconds(20)));
  const Report report = load.stop();
  EXPECT_EQ(report.windows[0].overlap, 0U);
  EXPECT_GT(report.windows[1].overlap, 0U);
  EXPECT_FALSE(verify(report, ports, milliseconds(200)).good());
}

TEST_F(LoadTest, ItKeepsItsRateAndItsLimits) {
  prepare(db1.port());
  sql(db2, "SET GLOBAL super_read_only = ON");
  Load paced(ports, {.rate = 200, .limit = seconds(2)});
  std::this_thread::sleep_for(milliseconds(2300));
  const Report slow = paced.stop();
  EXPECT_FALSE(slow.cut_short.empty());
  EXPECT_LE(slow.rows(), 405U);
  EXPECT_GT(slow.rows(), 100U);

  Load counted(ports, {.first_writer = 100, .max_rows = 200});
  EXPECT_FALSE(counted.wait_rows(1000, seconds(20)));
  const Report few = counted.stop();
  EXPECT_FALSE(few.cut_short.empty());
  EXPECT_GE(few.rows(), 200U);
  EXPECT_LT(few.rows(), 210U);
}

}  // namespace
}  // namespace gtidops::load
