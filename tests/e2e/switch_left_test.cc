// A change of roles that was cut off, and a file that names another primary since: faults that a
// million seeds of the simulation found, on real servers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "e2e/support/histories.h"
#include "model/statement.h"
#include "ports/state.h"
#include "wiring.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

std::string uuid(Topology& topology, const std::string& server) {
  return value(topology[server], "SELECT @@server_uuid");
}

// What a gtidops that was killed in a change of roles from db1 to db2 had saved.
void save_unfinished(Topology& topology, Intent::Phase phase) {
  const auto state = open_state((topology.folder() / "state").string(), "shop");
  ASSERT_TRUE(state);
  const StatePorts ports = (*state)->ports();
  auto intent = ports.intents.load();
  ASSERT_TRUE(intent);
  intent->phase = phase;
  intent->from = "db1";
  intent->to = "db2";
  intent->from_uuid = uuid(topology, "db1");
  intent->to_uuid = uuid(topology, "db2");
  if (phase == Intent::Phase::kCommitted) {
    intent->frozen_at = GtidSet::parse(topology.gtid_executed("db1")).value();
    intent->established_primary_uuid = intent->to_uuid;
  }
  ASSERT_TRUE(ports.intents.save(*intent));
}

// As a switch to db2 does it before it opens db2.
void move_the_old_primary(Topology& topology) {
  sql(topology["db1"],
      fmt::format("SET GLOBAL super_read_only = ON; CHANGE REPLICATION SOURCE TO "
                  "SOURCE_HOST = '127.0.0.1', SOURCE_PORT = {}, SOURCE_USER = 'repl', "
                  "SOURCE_PASSWORD = {}, SOURCE_AUTO_POSITION = 1, SOURCE_SSL = 1; "
                  "START REPLICA",
                  topology["db2"].port(), quote_string(Topology::repl_password())));
}

// The channel is taken off before the switch, so the switch sets it up with all its options.
TEST(SwitchLeft, AnOldPrimaryThatHadBeenMovedAlreadyFollowsAThirdServer) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 2);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  move_the_old_primary(topology);
  save_unfinished(topology, Intent::Phase::kSwitching);

  topology.set_primary("db3");
  topology.converge();
  topology.expect_replica("db1", "db3");
  topology.expect_replica("db2", "db3");
  topology.expect_replicates("db3", "db1");
}

// db2 had been opened, and a client prepared a transaction there. Closed, db2 still lets the
// coordinator commit it: then it would be on db2 alone, if db1 were open by then.
TEST(SwitchLeft, TheOldPrimaryIsNotOpenedBesideAPreparedTransaction) {
  Topology topology(2);
  topology.converge();
  write_rows(topology, "db1", 2);
  ASSERT_TRUE(arrives(topology, "db1", {"db1", "db2"}));
  move_the_old_primary(topology);
  save_unfinished(topology, Intent::Phase::kCommitted);
  sql(topology["db2"],
      "SET GLOBAL super_read_only = OFF, read_only = OFF; XA START 'x'; "
      "INSERT INTO d.t (a) VALUES (100); XA END 'x'; XA PREPARE 'x'");
  sql(topology["db2"], "SET GLOBAL super_read_only = ON");
  ASSERT_TRUE(arrives(topology, "db2", {"db1"}));

  const Ran refused = topology.apply();
  EXPECT_EQ(refused.code, 3) << refused.out;
  EXPECT_EQ(writable(topology, {"db1", "db2"}), "") << refused.out;
  EXPECT_NE(refused.out.find("prepared-xa"), std::string::npos) << refused.out;
  EXPECT_NE(refused.out.find("'x'"), std::string::npos) << refused.out;

  sql(topology["db2"], "XA COMMIT 'x'");
  topology.converge();
  EXPECT_EQ(value(topology["db1"], "SELECT COUNT(*) FROM d.t WHERE a = 100"), "1");
  EXPECT_EQ(writable(topology, {"db1", "db2"}), "db1 ");
  topology.expect_replica("db2", "db1");
}

}  // namespace
}  // namespace gtidops::testing
