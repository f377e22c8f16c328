// START REPLICA that is accepted, and threads that stop right afterwards.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

class StartReplicaStep : public ::testing::Test {
 protected:
  StartReplicaStep() {
    topology_.converge();
    sql(topology_["db1"],
        "CREATE DATABASE shop; CREATE TABLE shop.t (a INT PRIMARY KEY); INSERT INTO shop.t VALUES "
        "(1)");
    topology_.expect_replicates("db1", "db2");
  }
  // "start_replica:failed "
  static std::string results_in(const nlohmann::json& plan) {
    std::string text;
    for (const auto& step : plan["steps"])
      text += step["action"].get<std::string>() + ":" + step["result"].get<std::string>() + " ";
    return text;
  }
  Topology topology_{2};
};

TEST_F(StartReplicaStep, TheApplierStopsRightAfterwards) {
  sql(topology_["db2"],
      "STOP REPLICA SQL_THREAD; SET sql_log_bin = 0; SET GLOBAL super_read_only = OFF; INSERT INTO "
      "shop.t VALUES (2); SET GLOBAL super_read_only = ON");
  sql(topology_["db1"], "INSERT INTO shop.t VALUES (2)");
  ASSERT_TRUE(eventually([&] {
    return value(topology_["db2"],
                 "SELECT GTID_SUBSET('" + topology_.gtid_executed("db1") +
                     "', CONCAT(@@GLOBAL.gtid_executed, ',', (SELECT RECEIVED_TRANSACTION_SET FROM "
                     "performance_schema.replication_connection_status)))") == "1";
  }));
  const Ran ran = topology_.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_EQ(results_in(plan_in(ran)).find("start_replica:failed "), 0U) << ran.out;
}

// The error log holds what the receiver met at another address before the run: it is no reason for
// a wait that a lock causes.
TEST_F(StartReplicaStep, AWaitThatIsOverQuotesNoErrorFromBeforeTheRun) {
  const auto point = [&](int port) {
    sql(topology_["db2"],
        fmt::format("STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_PORT = {}", port));
  };
  point(1);
  sql(topology_["db2"], "START REPLICA");
  ASSERT_TRUE(eventually([&] {
    return value(topology_["db2"],
                 "SELECT COUNT(*) > 0 FROM performance_schema.error_log WHERE PRIO = 'Error' AND "
                 "SUBSYSTEM = 'Repl'") == "1";
  }));
  point(topology_["db1"].port());
  sandbox::Connection lock(topology_["db2"]);
  lock.sql("LOCK TABLES shop.t READ");
  sql(topology_["db1"], "INSERT INTO shop.t VALUES (2)");
  const Ran ran = topology_.apply({"--timeout", "8s"});
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("still lacks 1 transaction of db1 when the time was over"),
            std::string::npos)
      << ran.out;
  EXPECT_EQ(ran.out.find(" says: "), std::string::npos) << ran.out;
}

}  // namespace
}  // namespace gtidops::testing
