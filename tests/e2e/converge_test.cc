// From empty servers to verified replication, on real servers.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "e2e/support/switching.h"
#include "e2e/support/topology.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

TEST(Converge, ThreeEmptyServersBecomeOneTopologyInOneCommand) {
  Topology topology(3);
  const Ran ran = topology.apply({"-o", "json"});
  ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
  RecordProperty("apply_seconds", std::to_string(ran.seconds));
  std::printf("apply of three empty servers: %.2f s\n", ran.seconds);

  topology.expect_replica("db2", "db1");
  topology.expect_replica("db3", "db1");
  EXPECT_EQ(value(topology["db1"], "SELECT @@read_only"), "0");
  EXPECT_EQ(value(topology["db1"],
                  "SELECT variable_value FROM performance_schema.persisted_variables WHERE "
                  "variable_name = 'super_read_only'"),
            "ON");
  topology.expect_replicates("db1", "db2");
  topology.expect_replicates("db1", "db3");

  const json document = json::parse(ran.out);
  for (const json& step : document["plans"][0]["steps"]) EXPECT_EQ(step["result"], "done") << step;
  EXPECT_EQ(document["plans"][0]["steps"].back()["action"], "canary");
}

TEST(Converge, TheReplicationUserIsMadeOnceAndHasReplicationSlaveAlone) {
  Topology topology(3);
  topology.converge();
  for (const char* name : {"db1", "db2", "db3"}) {
    const auto grants = sql(topology[name], "SHOW GRANTS FOR 'repl'@'127.0.0.1'");
    ASSERT_EQ(grants.size(), 1U) << name;
    EXPECT_EQ(grants[0][0], "GRANT REPLICATION SLAVE ON *.* TO `repl`@`127.0.0.1`");
  }
  // Nothing was written anywhere but on the primary.
  const std::string uuid = value(topology["db1"], "SELECT @@server_uuid");
  for (const char* name : {"db2", "db3"})
    EXPECT_EQ(value(topology[name],
                    "SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, '" + uuid + ":1-1000000')"),
              "")
        << name;
}

TEST(Converge, ASecondApplyDoesNothingAndSaysSo) {
  Topology topology(3);
  topology.converge();
  const std::string before = topology.gtid_executed("db1");
  const Ran again = topology.apply();
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_NE(again.out.find("nothing to do"), std::string::npos) << again.out;
  EXPECT_EQ(topology.gtid_executed("db1"), before);
  const Ran plan = topology.gtidops("plan", {"-o", "json", "--detailed-exitcode"});
  EXPECT_EQ(plan.code, 0);
  const json document = json::parse(plan.out);
  EXPECT_TRUE(document["plans"][0]["synced"]);
  EXPECT_TRUE(document["plans"][0]["steps"].empty());
  EXPECT_TRUE(document["plans"][0]["differences"].empty());
}

TEST(Converge, PlansStayEmptyUnderWriteLoad) {
  Topology topology(3);
  topology.converge();
  sql(topology["db1"],
      "CREATE DATABASE load_; CREATE TABLE load_.t (a INT AUTO_INCREMENT PRIMARY KEY, b "
      "CHAR(100))");
  std::atomic<bool> stop{false};
  std::atomic<int> written{0};
  const auto writer = [&] {
    sandbox::Connection connection(topology["db1"]);
    for (int i = 0; i < 200'000 && !stop; ++i, ++written)
      connection.sql("INSERT INTO load_.t (b) VALUES (REPEAT('x', 100))");
  };
  std::thread one(writer);
  std::thread two(writer);
  int empty = 0;
  for (int i = 0; i < 50; ++i) {
    const Ran plan = topology.gtidops("plan", {"--detailed-exitcode"});
    EXPECT_EQ(plan.code, 0) << plan.out << plan.err;
    empty += plan.code == 0 ? 1 : 0;
  }
  stop = true;
  one.join();
  two.join();
  EXPECT_EQ(empty, 50);
  EXPECT_GT(written, 100);
}

TEST(Converge, CascadesAndDelaysAreAsDeclared) {
  Topology topology(4);
  topology.set_server("db3", ", delay: 1h, promotion: never");
  topology.set_server("db4", ", source: db2");
  topology.converge();
  topology.expect_replica("db2", "db1");
  topology.expect_replica("db3", "db1");
  topology.expect_replica("db4", "db2");
  EXPECT_EQ(topology.replica_status("db3", "a.DESIRED_DELAY"), "3600");
  topology.expect_replicates("db1", "db4");
  EXPECT_EQ(topology.gtidops("plan", {"--detailed-exitcode"}).code, 0);
}

TEST(Converge, GtidModeIsSwitchedOnWhereNothingStandsInTheWay) {
  Topology topology(3, {.mysqld = {"--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"}});
  topology.converge();
  for (const char* name : {"db1", "db2", "db3"})
    EXPECT_EQ(value(topology[name], "SELECT CONCAT(@@gtid_mode, @@enforce_gtid_consistency)"),
              "ONON")
        << name;
  topology.expect_replicates("db1", "db3");
  topology["db2"].restart();
  EXPECT_EQ(value(topology["db2"], "SELECT CONCAT(@@gtid_mode, @@super_read_only)"), "ON1");
  topology.converge();
}

TEST(Converge, ServerIdsAreMadeDistinct) {
  Topology topology(3, {.mysqld = {"--server-id=1"}});
  topology.converge();
  std::set<std::string> ids;
  for (const char* name : {"db1", "db2", "db3"})
    ids.insert(value(topology[name], "SELECT @@server_id"));
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(topology.gtidops("plan", {"--detailed-exitcode"}).code, 0);
}

TEST(Converge, DataOfTheSourceIsToldBeforeAnythingIsAttachedAndArrives) {
  Topology topology(2);
  sql(topology["db1"],
      "CREATE DATABASE shop; CREATE TABLE shop.t (a INT PRIMARY KEY); INSERT INTO shop.t VALUES "
      "(1), (2)");
  const Ran plan = topology.gtidops("plan");
  EXPECT_NE(plan.out.find("shop"), std::string::npos) << plan.out;
  topology.converge();
  EXPECT_EQ(value(topology["db2"], "SELECT COUNT(*) FROM shop.t"), "2");
}

TEST(Converge, APrimaryThatCrashedComesBackReadOnlyAndIsOpenedAgain) {
  Topology topology(3);
  topology.converge();
  // Uptime counts in whole seconds: one that has just been started is not known to be another
  // process than the one before.
  ASSERT_TRUE(eventually([&] {
    return std::stoi(value(topology["db1"],
                           "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE "
                           "VARIABLE_NAME = 'Uptime'")) >= 4;
  }));
  topology["db1"].kill();
  const Ran down = topology.apply();
  EXPECT_EQ(down.code, 3) << down.out;
  EXPECT_EQ(value(topology["db2"], "SELECT @@super_read_only"), "1");
  topology["db1"].start();
  EXPECT_EQ(value(topology["db1"], "SELECT @@super_read_only"), "1")
      << "it must not come back writable by itself";
  // A replica that is away must not keep the primary closed for ever: this one was established
  // before.
  topology["db3"].stop();
  const Ran opened = topology.apply();
  EXPECT_EQ(opened.code, 3) << opened.out << opened.err;
  EXPECT_EQ(value(topology["db1"], "SELECT @@read_only"), "0") << opened.out;
  topology["db3"].start();
  topology.converge();
  topology.expect_replicates("db1", "db3");
}

}  // namespace
}  // namespace gtidops::testing
