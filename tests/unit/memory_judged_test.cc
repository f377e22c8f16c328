// What no person's word and no brief look may take from the memory, and that all of it is kept.
#include <gtest/gtest.h>

#include "model/rules.h"
#include "state/memory_json.h"
#include "unit/support/memory_fixture.h"

namespace gtidops {
namespace {

using testing::FleetBuilder;
using testing::MemoryTest;

CloneStatus completed_clone(const char* ended, const char* source) {
  CloneStatus clone;
  clone.state = CloneStatus::State::kCompleted;
  clone.ended = ended;
  clone.source = source;
  return clone;
}

// db2 holds numbers that db1 has lost and not given anew yet: it would skip what will bear them, so
// that nobody's word that the data are equal now makes it a replica (208 rows were missing, and
// "synced").
TEST_F(MemoryTest, NumbersThatThePrimaryHasYetToGiveAnewAreNotJudgedAway) {
  look();
  for (const char* name : {"db2", "db3"}) fleet_.server(name).executed("db1:1-100");
  fleet_.server("db1").executed("db1:1-5");
  look();
  intent_ = *say("db1", rule::kHistoryShrunk);
  EXPECT_NE(rules().find("db2:history-shrunk "), std::string::npos) << rules();
  const auto refused = say("db2", rule::kHistoryShrunk);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("95 transactions under numbers that db1 will give"),
            std::string::npos)
      << refused.error().message;
  // As the hint says: its numbers are db1's when the data were compared.
  fleet_.server("db2").executed("db1:1-5").purged("db1:1-5").first_binary_log("binlog.000001");
  look();
  EXPECT_NE(rules().find("db2:history-shrunk "), std::string::npos) << rules();
  intent_ = *say("db2", rule::kHistoryShrunk);
  fleet_.server("db1").executed("db1:1-150").server("db2").executed("db1:1-150");
  look();
  EXPECT_EQ("db3:history-shrunk ", rules());
}

// db3 fetched what db1 then lost behind every look, and was down when a person judged the loss: it
// skipped the numbers that were given anew, and was made the primary (10 rows).
TEST_F(MemoryTest, WhoIsAwayWhenALossIsJudgedIsJudgedWhenItIsBack) {
  fleet_.server("db1").executed("db1:1-12").server("db2").executed("db1:1-12");
  fleet_.server("db3").executed("db1:1-12");
  look();
  fleet_.server("db1").executed("db1:1-22").server("db2").executed("db1:1-22");
  fleet_.server("db3").unreachable(Unreachable::Reason::kConnectionRefused, "nobody listens there");
  look();
  fleet_.server("db1").executed("db1:1-12");
  look();
  intent_ = *say("db1", rule::kHistoryShrunk);
  fleet_.server("db1").executed("db1:1-27");
  look();
  EXPECT_EQ(rules(), "db3:unreachable db2:history-shrunk ");
  fleet_ = FleetBuilder();
  fleet_.server("db1").executed("db1:1-27").server("db2").executed("db1:1-22");
  fleet_.server("db3").executed("db1:1-22");
  look();
  EXPECT_NE(rules().find("db3:history-shrunk "), std::string::npos) << rules();
  // A word about it is a word: it is not asked for again.
  fleet_.server("db3").executed("db1:1-27");
  look();
  intent_ = *say("db3", rule::kHistoryShrunk);
  look();
  EXPECT_EQ(rules(), "db2:history-shrunk ");
}

// db3 was cloned from db2, which was made anew itself before anybody looked again: db3 is a copy of
// the db2 that was (2 rows). The look that claims the right to act sees the new db2 first.
TEST_F(MemoryTest, TheDonorIsWhoHadTheNameAtTheLookBefore) {
  look();
  intent_.memory.servers.at(uuid("db2")).filters = {"Replicate_Ignore_Table=shop.items"};
  fleet_.server("db2").edit([](ServerState& state) { state.server_uuid = "rebuilt"; });
  fleet_.server("db2").purged("db1:1-100").executed("db1:1-100");
  fleet_.server("db3").executed("db1:1-100").purged("db1:1-100").edit_details([](Details& details) {
    details.clone = completed_clone("2026-11-29 20:00:00.123", "10.0.0.2:3306");
  });
  const FleetBuilder deep = fleet_;
  for (const char* name : {"db1", "db2", "db3"}) fleet_.server(name).no_details();
  look();
  fleet_ = deep;
  look();
  EXPECT_EQ(rules(), "db3:filtered-once ");
  look();
  EXPECT_EQ(rules(), "db3:filtered-once ");
}

// The first look at it, and the first behind its copying, do not go deep enough to see a CLONE.
TEST_F(MemoryTest, ACopyThatWasFirstLookedAtBrieflyIsACopyStill) {
  look();
  intent_.memory.servers.at(uuid("db3")).filters = {"Replicate_Ignore_DB=shop"};
  const auto cloned = [](Details& details) {
    details.clone = completed_clone("2026-11-29 20:00:00.123", "10.0.0.3:3306");
  };
  intent_.memory.servers.erase(uuid("db2"));
  FleetBuilder well = fleet_;
  fleet_.server("db2").no_details();
  look();
  EXPECT_TRUE(known("db2").filters.empty());
  fleet_ = well;
  fleet_.server("db2").edit_details(cloned);
  EXPECT_EQ(rules(), "db2:filtered-once db3:filtered-once ");

  // And where the clone plugin is gone.
  well.server("db2").first_binary_log("binlog.000002");
  fleet_ = well;
  intent_.memory.servers.erase(uuid("db2"));
  look();
  EXPECT_EQ(rules(), "db3:filtered-once ");
  fleet_.server("db2").executed("db1:1-100").purged("db1:1-100").no_details();
  look();
  fleet_ = well;
  fleet_.server("db2").purged("db1:1-100").first_binary_log("binlog.000001");
  EXPECT_EQ(rules(), "db2:filtered-once db3:filtered-once ");
}

// The look reads gtid_executed and the binary logs one after the other, and between the two a
// transaction was applied and the logs were purged (seed 712246): nobody has set gtid_purged.
TEST_F(MemoryTest, APurgeInTheMiddleOfALookIsNoGtidPurgedThatSomebodySet) {
  const auto seen = [this](const char* executed, const char* purged, const char* first) {
    fleet_ = FleetBuilder();
    fleet_.server("db1").server("db2").server("db3");
    fleet_.server("db2").executed(executed).purged(purged).first_binary_log(first);
  };
  seen("db1:1-14", "db1:1-2", "binlog.000003");
  look();
  seen("db1:1-14", "db1:1-2", "binlog.000016");
  look();
  seen("db1:1-17", "db1:1-15", "binlog.000016");
  fleet_.server("db2").no_details();
  look();
  seen("db1:1-17", "db1:1-15", "binlog.000016");
  EXPECT_EQ(rules(), "");
  look();
  // This is one.
  seen("db1:1-20", "db1:1-20", "binlog.000016");
  EXPECT_EQ(rules(), "db2:filtered-once ");
}

// The look behind a purge shows all of it, after a brief look has shown gtid_purged alone: what is
// purged beyond that, with the same first binary log, somebody has set.
TEST_F(MemoryTest, AGtidPurgedIsSeenRightBehindAPurge) {
  const auto seen = [this](const char* executed, const char* purged, const char* first) {
    fleet_ = FleetBuilder();
    fleet_.server("db1").server("db2").server("db3");
    fleet_.server("db2").executed(executed).purged(purged).first_binary_log(first);
  };
  seen("db1:1-14", "db1:1-2", "binlog.000003");
  look();
  seen("db1:1-14", "db1:1-12", "binlog.000016");
  fleet_.server("db2").no_details();
  look();
  seen("db1:1-14", "db1:1-12", "binlog.000016");
  look();
  seen("db1:1-17", "db1:1-12:17", "binlog.000016");
  EXPECT_EQ(rules(), "db2:filtered-once ");
}

// Whatever a server is remembered for outlives the process.
TEST_F(MemoryTest, AllOfItIsWrittenDown) {
  KnownServer all;
  all.name = "db2";
  all.addresses = {"10.0.0.2:3306", "10.1.0.2:3306"};
  all.executed = FleetBuilder::gtids("db1:1-9");
  all.lost = FleetBuilder::gtids("db1:2");
  all.shrunk = FleetBuilder::gtids("db1:3");
  all.written_since = all.was_primary = all.wrote_unseen = all.closed_by_hand = true;
  all.boots_writable = all.unlogged = all.perhaps_open = all.last_open = all.all_purged =
      all.purged_in_the_look = true;
  all.filters = {"Replicate_Do_DB=shop"};
  all.perhaps_primarys = FleetBuilder::gtids("db2:1");
  all.open_since_start = Moment(Millis{1'000});
  all.renumbered = FleetBuilder::gtids("db1:4");
  all.perhaps_renumbered = FleetBuilder::gtids("db1:8");
  all.passed_over = FleetBuilder::gtids("db1:5");
  all.lacks_schemas = {"shop"};
  all.decreed = FleetBuilder::gtids("db1:6");
  all.purged_ahead = FleetBuilder::gtids("db1:7");
  all.purged_at_first_log = FleetBuilder::gtids("db1:1-3");
  all.purged = FleetBuilder::gtids("db1:1-6");
  all.first_log = "binlog.000004";
  all.last_clone = "2026-11-29 20:00:00.123";
  all.copied_from = "10.0.0.1:3306";
  Memory memory;
  memory.servers[uuid("db2")] = all;
  memory.servers[uuid("db3")] = KnownServer{};
  const auto read = read_memory(memory_json(memory));
  ASSERT_TRUE(read);
  EXPECT_TRUE(*read == memory);
}

}  // namespace
}  // namespace gtidops
