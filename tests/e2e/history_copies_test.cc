// Copies of copies, and who is left open: what a server has from another one by a CLONE or by
// gtid_purged, whoever that was; and what a change of roles or a lost primary leaves behind. The
// second round of what fresh eyes found.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "e2e/support/histories.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

// From `donor`, dialled as `host`; as deploy/README has it, the plugin taken off in the end.
void make_a_copy(Topology& topology, const std::string& server, const std::string& donor,
                 const std::string& host) {
  const int run = topology[server].runs();
  sql(topology[server],
      fmt::format("SET GLOBAL super_read_only = OFF; STOP REPLICA; INSTALL PLUGIN clone SONAME "
                  "'mysql_clone.so'; SET GLOBAL clone_valid_donor_list = '{}:{}'",
                  host, topology[donor].port()));
  sql(topology[server], fmt::format("CLONE INSTANCE FROM clone@'{}':{} IDENTIFIED BY 'a copy'",
                                    host, topology[donor].port()));
  topology[server].wait_ready(run + 1);
}

void set_donor_up(Topology& topology, const std::string& donor) {
  sql(topology[donor],
      "SET GLOBAL super_read_only = OFF; SET sql_log_bin = 0; CREATE USER clone@'127.0.0.1' "
      "IDENTIFIED WITH caching_sha2_password BY 'a copy'; GRANT BACKUP_ADMIN ON *.* TO "
      "clone@'127.0.0.1'; INSTALL PLUGIN clone SONAME 'mysql_clone.so'; SET GLOBAL super_read_only "
      "= ON");
}

// db3 once left rows out. db2 is a copy of it, from "localhost", which no file declares, and tells
// of no CLONE any more when it is looked at.
TEST(HistoryCopies, ACopyIsJudgedByADonorThatNobodyNames) {
  for (const bool taken_off : {false, true}) {
    Topology topology(3);
    topology.converge();
    write_rows(topology, "db1", 2);
    ASSERT_TRUE(arrives(topology, "db1", kThree));
    sql(topology["db3"],
        "STOP REPLICA SQL_THREAD; CHANGE REPLICATION FILTER REPLICATE_IGNORE_TABLE = (d.t); START "
        "REPLICA SQL_THREAD");
    write_rows(topology, "db1", 3);
    ASSERT_TRUE(arrives(topology, "db1", kThree));
    EXPECT_TRUE(refuses(topology.apply({"-o", "json"}), "db3:replication-filter"));
    sql(topology["db3"],
        "STOP REPLICA SQL_THREAD; CHANGE REPLICATION FILTER REPLICATE_IGNORE_TABLE = (); START "
        "REPLICA SQL_THREAD");
    set_donor_up(topology, "db3");
    make_a_copy(topology, "db2", "db3", "localhost");
    if (taken_off)
      sql(topology["db2"],
          "SET GLOBAL super_read_only = OFF; SET sql_log_bin = 0; UNINSTALL PLUGIN clone");
    topology.set_primary("db2");
    const Ran ran = topology.apply({"-o", "json"});
    EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
    EXPECT_TRUE(refuses(ran, "db2:filtered-once")) << ran.out;
    EXPECT_EQ(writable(topology, kThree), "db1 ");
  }
}

// The usual way to skip a transaction, on a server whose old binary logs are long gone.
TEST(HistoryCopies, GtidPurgedIsSeenOnAServerWhoseLogsWerePurgedOnce) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 2);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  purge_logs(topology, "db2");
  topology.converge();
  sql(topology["db2"], "STOP REPLICA SQL_THREAD");
  write_rows(topology, "db1", 1);
  const std::string skipped =
      sql(topology["db2"],
          fmt::format("STOP REPLICA; SELECT GTID_SUBTRACT('{}', @@GLOBAL.gtid_executed)",
                      topology.gtid_executed("db1")))
          .front()
          .front()
          .value();
  sql(topology["db2"], fmt::format("SET GLOBAL gtid_purged = '+{}'; START REPLICA", skipped));
  topology.set_primary("db2");
  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, "db2:filtered-once")) << ran.out;
  EXPECT_EQ(writable(topology, kThree), "db1 ");
}

// It does not answer, which is no sign that it is closed: db2 was down, so a person opened it
// again.
TEST(HistoryCopies, ACommittedSwitchIsNotEndedWhileTheOldPrimaryHangs) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 1);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  leave_committed(topology);
  topology["db2"].kill();
  sql(topology["db3"], "STOP REPLICA");
  sql(topology["db1"], "SET GLOBAL super_read_only = OFF, read_only = OFF");
  write_rows(topology, "db1", 5);
  topology["db1"].pause();
  topology["db2"].start();
  topology.set_primary("db2");
  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, ":primary-change")) << ran.out;
  EXPECT_EQ(writable(topology, {"db2", "db3"}), "");
  topology["db1"].resume();
  EXPECT_TRUE(eventually([&] { return topology.apply().code == 0; }, 60));
  EXPECT_EQ(writable(topology, kThree), "db2 ");
  EXPECT_EQ(value(topology["db2"], "SELECT COUNT(*) FROM d.t"), "6") << "what db1 took meanwhile";
}

// db1 is lost for good, and declared no more. The next reboot of the one that was made the primary
// by hand is like any other.
TEST(HistoryCopies, ALostPrimaryThatIsDeclaredNoMoreKeepsTheNewOneFromNothing) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 1);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  topology["db1"].kill();
  sql(topology["db2"],
      "STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = OFF, read_only = OFF");
  topology.set_primary("db2");
  (void)topology.apply();
  topology.set_declared({"db2", "db3"});
  topology.converge();
  for (int reboots = 0; reboots < 2; ++reboots) {
    // Uptime counts in whole seconds.
    std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
    topology["db2"].kill();
    topology["db2"].start();
    EXPECT_TRUE(eventually([&] { return topology.apply().code == 0; }, 60));
    EXPECT_EQ(writable(topology, {"db2", "db3"}), "db2 ");
  }
}

// A person opened db3; then its name is given to another host, and it cannot be seen any more.
TEST(HistoryCopies, WhoWasLeftOpenIsRememberedWhateverItsNameIsGivenTo) {
  Topology topology(4);
  topology.set_declared({"db1", "db2", "db3"});
  topology.converge();
  write_rows(topology, "db1", 1);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  topology["db1"].kill();
  sql(topology["db3"],
      "STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = OFF, read_only = OFF; INSERT "
      "INTO d.t (a) VALUES (77)");
  topology.set_server("db3", ", maintenance: {reason: \"opened by hand\"}");
  (void)topology.apply();
  topology["db3"].pause();
  topology["db1"].start();
  topology.set_declared({"db1", "db2", "db4"});
  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, "db1:another-may-be-writable")) << ran.out;
  topology["db3"].resume();
  EXPECT_EQ(writable(topology, {"db1", "db2", "db3"}), "db3 ");
}

}  // namespace
}  // namespace gtidops::testing
