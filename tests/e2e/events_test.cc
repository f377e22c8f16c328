// Scheduled events over a change of roles: they run on the new primary, and do there what they did
// on the old one.
#include <gtest/gtest.h>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

// All that an event is, but for whether it runs, and when it was altered or ran last.
std::string what_it_is(sandbox::Server& server, const std::string& name) {
  return value(server,
               "SELECT CONCAT_WS(' | ', DEFINER, TIME_ZONE, EVENT_BODY, EVENT_DEFINITION, "
               "EVENT_TYPE, IFNULL(EXECUTE_AT, '-'), IFNULL(INTERVAL_VALUE, '-'), "
               "IFNULL(INTERVAL_FIELD, '-'), SQL_MODE, IFNULL(STARTS, '-'), IFNULL(ENDS, '-'), "
               "ON_COMPLETION, EVENT_COMMENT, CHARACTER_SET_CLIENT, COLLATION_CONNECTION, "
               "DATABASE_COLLATION) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'cal' AND "
               "EVENT_NAME = '" +
                   name + "'");
}

std::string status_of(sandbox::Server& server, const std::string& name) {
  return value(server,
               "SELECT STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = 'cal' "
               "AND EVENT_NAME = '" +
                   name + "'");
}

class Events : public ::testing::Test {
 protected:
  Events() : topology(2) {
    topology.converge();
    sql(topology["db1"],
        "CREATE DATABASE cal CHARACTER SET latin1 COLLATE latin1_general_cs; CREATE TABLE cal.t (a "
        "INT AUTO_INCREMENT PRIMARY KEY, same BOOLEAN, server CHAR(36)) CHARACTER SET latin1; "
        "CREATE DATABASE late COLLATE latin1_general_cs; CREATE USER other@'127.%'; GRANT ALL ON "
        "*.* TO other@'127.%'");
  }
  Topology topology;
};

// Issue 9, 6: after a switch, it compared by another collation, and deleted other rows.
TEST_F(Events, AreWhatTheyWere) {
  sandbox::Connection maker(topology["db1"]);
  maker.sql(
      "USE cal; SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT', character_set_client = latin1, "
      "collation_connection = latin1_general_cs, time_zone = '+05:30'; CREATE DEFINER = "
      "other@'127.%' EVENT cal.cased ON SCHEDULE EVERY 1 SECOND STARTS '2026-01-01 10:00:00' ENDS "
      "'2037-01-01 10:00:00' ON COMPLETION PRESERVE COMMENT 'it''s' DO INSERT INTO cal.t (same, "
      "server) VALUES ('a' || 'b' = 'AB', @@server_uuid); CREATE EVENT cal.once ON SCHEDULE AT "
      "'2037-01-01 10:00:00' ON COMPLETION PRESERVE DO DO 1; CREATE EVENT cal.off ON SCHEDULE "
      "EVERY "
      "1 HOUR DISABLE DO DO 1");
  sql(topology["db1"],
      "SET NAMES utf8mb4; CREATE EVENT cal.plain ON SCHEDULE EVERY 1 HOUR DO DO 1");
  topology.expect_replicates("db1", "db2");
  std::map<std::string, std::string> before;
  for (const char* name : {"cased", "once", "off", "plain"})
    before[name] = what_it_is(topology["db1"], name);
  EXPECT_NE(before["cased"].find("latin1_general_cs"), std::string::npos) << before["cased"];

  topology.set_primary("db2");
  topology.converge();
  for (const auto& [name, was] : before) {
    EXPECT_EQ(what_it_is(topology["db2"], name), was) << name;
    EXPECT_EQ(status_of(topology["db2"], name) == "ENABLED", name != "off") << name;
  }
  // And it does what it did: compares with regard to case.
  const std::string uuid = value(topology["db2"], "SELECT @@server_uuid");
  EXPECT_TRUE(eventually([&] {
    return value(topology["db2"], "SELECT COUNT(*) > 1 FROM cal.t WHERE server = '" + uuid + "'") ==
           "1";
  }));
  EXPECT_EQ(value(topology["db2"], "SELECT COUNT(*) FROM cal.t WHERE same"), "0");
  expect_synced(topology);
  // There and back: the old primary's own are as they were, too.
  topology.set_primary("db1");
  topology.converge();
  for (const auto& [name, was] : before) EXPECT_EQ(what_it_is(topology["db1"], name), was) << name;
}

// The schema has another default collation by now, which ALTER EVENT would store with it.
TEST_F(Events, ThatWouldBecomeOthersAreLeftToAPerson) {
  sql(topology["db1"],
      "CREATE EVENT cal.moved ON SCHEDULE EVERY 1 HOUR DO DO 1; ALTER DATABASE cal COLLATE "
      "latin1_swedish_ci; CREATE EVENT cal.fine ON SCHEDULE EVERY 1 HOUR DO DO 1");
  topology.expect_replicates("db1", "db2");
  const std::string was = what_it_is(topology["db1"], "moved");
  topology.set_primary("db2");
  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(writable(topology, {"db1", "db2"}), "db2 ") << ran.out;
  EXPECT_EQ(what_it_is(topology["db2"], "moved"), was);
  EXPECT_NE(status_of(topology["db2"], "moved"), "ENABLED");
  EXPECT_EQ(status_of(topology["db2"], "fine"), "ENABLED");
  const Ran plan = topology.gtidops("plan", {"-o", "json"});
  EXPECT_EQ(rules_in(plan_in(plan)), "db2:events-disabled ") << plan.out;
}

}  // namespace
}  // namespace gtidops::testing
