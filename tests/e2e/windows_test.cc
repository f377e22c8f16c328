// Windows on real servers: what one forbids now is not done, what it does not forbid is.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "e2e/support/topology.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;

std::string declared(const std::string& window) {
  return "  reconcile: {windows: [{" + window + "}]}\n";
}

TEST(Windows, HoldBackAMoveAndASwitchAndNotARepair) {
  Topology topology(3);
  topology.converge();
  sql(topology["db2"], "STOP REPLICA SQL_THREAD");
  sql(topology["db3"], "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_PORT = " +
                           std::to_string(topology["db2"].port()) + "; START REPLICA");
  // A move of a channel that does not run yet would be safe.
  const auto receives = [&] {
    return sandbox::value(topology["db3"],
                          "SELECT SERVICE_STATE FROM "
                          "performance_schema.replication_connection_status") == "ON";
  };
  for (int i = 0; i < 300 && !receives(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  ASSERT_TRUE(receives());
  topology.set_more(declared("deny: \"* * * * *\", duration: 1h, timeZone: Europe/Madrid"));
  const Ran held = topology.apply();
  EXPECT_EQ(held.code, 3) << held.out << held.err;
  EXPECT_NE(held.out.find("window: point_replica (disruptive) is held back"), std::string::npos)
      << held.out;
  topology.expect_replica("db2", "db1");
  topology.expect_replica("db3", "db2");
  const Ran again = topology.apply();
  EXPECT_EQ(again.code, 3) << again.out;

  // A switch, as a whole.
  topology.set_primary("db2");
  const Ran switched = topology.apply();
  EXPECT_EQ(switched.code, 3) << switched.out << switched.err;
  EXPECT_NE(switched.out.find("window: switch_primary"), std::string::npos) << switched.out;
  EXPECT_EQ(sandbox::value(topology["db1"], "SELECT @@read_only"), "0");
  topology.expect_replica("db2", "db1");
  topology.expect_replica("db3", "db2");

  topology.set_primary("db1");
  topology.set_more(declared("allow: \"* * * * *\", duration: 1h"));
  topology.converge();
  topology.expect_replica("db3", "db1");
  topology.expect_replicates("db1", "db3");
}

}  // namespace
}  // namespace gtidops::testing
