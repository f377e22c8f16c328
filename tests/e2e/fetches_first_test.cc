// What a copy lacks in its binary logs, and what an empty server lacks altogether: faults that a
// million seeds of the simulation and a fresh pair of eyes found, on real servers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "e2e/support/histories.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

bool has_received(Topology& topology, const std::string& server, const std::string& gtids) {
  return eventually([&] {
    return value(topology[server],
                 fmt::format("SELECT GTID_SUBSET('{}', CONCAT(@@GLOBAL.gtid_executed, ',', "
                             "received_transaction_set)) FROM "
                             "performance_schema.replication_connection_status WHERE "
                             "channel_name = ''",
                             gtids)) == "1";
  });
}

// db3 is late when the roles change, and the new primary's binary logs do not reach back to what it
// lacks. It goes on with the old primary, and with its relay log when that one is gone, too.
TEST(FetchesFirst, AReplicaAppliesWhatItHasBeforeItIsMoved) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 2);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  sandbox::Connection lock(topology["db3"]);
  lock.sql("LOCK TABLES d.t READ");
  write_rows(topology, "db1", 2);
  const std::string all = topology.gtid_executed("db1");
  ASSERT_TRUE(arrives(topology, "db1", {"db1", "db2"}));
  ASSERT_TRUE(has_received(topology, "db3", all));
  // As if its binary logs began at a copy that was made lately.
  purge_logs(topology, "db2");

  topology.set_primary("db2");
  const Ran switched = topology.apply();
  // It is not waited for.
  EXPECT_EQ(switched.code, 2) << switched.out;
  EXPECT_NE(switched.out.find("read on db1"), std::string::npos) << switched.out;
  EXPECT_EQ(writable(topology, kThree), "db2 ") << switched.out;
  EXPECT_NE(switched.out.find("db3: fetches-first"), std::string::npos) << switched.out;
  EXPECT_EQ(topology.replica_status("db3", "PORT"), std::to_string(topology["db1"].port()));

  // The lock goes with its server, and the relay log stays.
  sql(topology["db3"], "SET PERSIST_ONLY skip_replica_start = ON");
  const int run = topology["db3"].runs();
  topology["db3"].kill();
  topology["db1"].kill();
  topology["db3"].start();
  topology["db3"].wait_ready(run + 1);
  EXPECT_EQ(value(topology["db3"], "SELECT COUNT(*) FROM d.t"), "2");
  const Ran started = topology.apply();
  EXPECT_NE(started.out.find("start the applier"), std::string::npos) << started.out;
  EXPECT_TRUE(
      eventually([&] { return value(topology["db3"], "SELECT COUNT(*) FROM d.t") == "4"; }));
  (void)topology.apply();
  topology.expect_replica("db3", "db2");
}

// The declared primary was installed anew, and this gtidops remembers no other one.
TEST(FetchesFirst, NoEmptyPrimaryIsOpenedBesideAClosedServerWithData) {
  Topology topology(2);
  sql(topology["db2"],
      "CREATE SCHEMA d; CREATE TABLE d.t (n INT PRIMARY KEY); INSERT INTO d.t VALUES (1); "
      "SET GLOBAL super_read_only = ON");
  // A schema without a table is no data.
  sql(topology["db1"], "SET sql_log_bin = OFF; CREATE SCHEMA d; SET GLOBAL super_read_only = ON");
  const Ran refused = topology.apply({"-o", "json"});
  EXPECT_EQ(refused.code, 3) << refused.out << refused.err;
  EXPECT_TRUE(refuses(refused, "db1:primary-behind")) << refused.out;
  EXPECT_EQ(writable(topology, {"db1", "db2"}), "");

  topology.set_primary("db2");
  (void)topology.apply();
  EXPECT_EQ(writable(topology, {"db1", "db2"}), "db2 ");
}

// The new primary was opened, and the run died before it took its channel off; its memory is lost,
// and somebody declares the third server. Nobody else holds what db2 has committed.
TEST(FetchesFirst, TheOnlyOpenServerIsNotClosedByWhoKnowsNothing) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 2);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  sql(topology["db1"], "SET GLOBAL super_read_only = ON");
  sql(topology["db2"], "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
  sql(topology["db2"], "INSERT INTO d.t (a) VALUES (2)");
  std::filesystem::remove_all(topology.folder() / "state");
  topology.set_primary("db3");
  const Ran refused = topology.apply({"-o", "json"});
  EXPECT_EQ(refused.code, 3) << refused.out << refused.err;
  EXPECT_EQ(writable(topology, kThree), "db2 ");
}

}  // namespace
}  // namespace gtidops::testing
