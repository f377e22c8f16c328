// What is remembered of who the primary is: enough to open it again after a crash while another
// server is away, and never so much that two servers take writes.
#include "model/intent.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "decide/planner.h"
#include "unit/support/fleet_builder.h"

namespace gtidops {
namespace {

using testing::FleetBuilder;

// Three servers; db1 is declared the primary.
class IntentTest : public ::testing::Test {
 protected:
  IntentTest() { fleet_.server("db1").server("db2").server("db3"); }

  // Whom the topology counts as established after this look; "" for nobody.
  std::string learned(const std::string& known = "") {
    Intent intent;
    if (!known.empty()) intent.established_primary_uuid = FleetBuilder::uuid_of(known);
    intent = intent_after_look(fleet_.spec(), fleet_.observation(), intent);
    for (const char* name : {"db1", "db2", "db3"})
      if (intent.established_primary_uuid == FleetBuilder::uuid_of(name)) return name;
    EXPECT_EQ("", intent.established_primary_uuid);
    return "";
  }

  FleetBuilder fleet_;
};

TEST_F(IntentTest, OneWriterAndAllOthersSeenReadOnly) { EXPECT_EQ("db1", learned()); }

TEST_F(IntentTest, NobodyWhileOneIsAway) {
  fleet_.server("db3").unreachable();
  EXPECT_EQ("", learned());
}

TEST_F(IntentTest, NobodyWhileAnotherMayBeWrittenByAnAdministrator) {
  fleet_.server("db3").read_only();
  EXPECT_EQ("", learned());
}

TEST_F(IntentTest, NobodyWhileThePrimaryIsClosedOrReplicates) {
  fleet_.server("db1").super_read_only();
  EXPECT_EQ("", learned());
  fleet_.server("db1").writable().follows_stranger("10.9.9.9", 3306);
  EXPECT_EQ("", learned());
}

TEST_F(IntentTest, IsKeptWhileServersAreAwayOrClosed) {
  fleet_.server("db1").super_read_only();
  fleet_.server("db2").unreachable();
  EXPECT_EQ("db1", learned("db1"));
}

TEST_F(IntentTest, IsKeptWhileThePrimaryIsAway) {
  fleet_.server("db1").unreachable();
  EXPECT_EQ("db1", learned("db1"));
}

// db2 was promoted by hand. When it goes away next, db1 must not be opened because of what was once
// known.
TEST_F(IntentTest, IsForgottenWhenAnotherServerTakesWrites) {
  fleet_.server("db1").super_read_only();
  fleet_.server("db2").writable();
  EXPECT_EQ("", learned("db1"));
}

TEST_F(IntentTest, IsForgottenWhenAnotherOneIsDeclaredAndOpenWhileAThirdIsAway) {
  fleet_.server("db2").primary();
  fleet_.server("db3").unreachable();
  EXPECT_EQ("", learned("db1"));
}

TEST_F(IntentTest, GoesOverToTheNextPrimary) {
  fleet_.server("db2").primary();
  EXPECT_EQ("db2", learned("db1"));
}

// The same name, but a server made anew: what was known of the old one is not known of it.
TEST_F(IntentTest, IsOfTheServerAndNotOfItsName) {
  fleet_.server("db1").uuid(FleetBuilder::uuid_of("rebuilt"));
  fleet_.server("db3").unreachable();
  EXPECT_EQ("", learned("db1"));
}

TEST_F(IntentTest, ALiftedServerIsRememberedUntilItIsSeenFenced) {
  Intent intent;
  intent.super_read_only_off = {"db2", "db3", "gone"};
  fleet_.server("db2").unreachable();
  fleet_.server("db3").read_only();
  intent = intent_after_look(fleet_.spec(), fleet_.observation(), intent);
  // db1 takes writes, and is not established.
  EXPECT_EQ((std::set<std::string>{"db1", "db2", "db3", "gone"}), intent.super_read_only_off);
  fleet_.server("db3").super_read_only();
  intent = intent_after_look(fleet_.spec(), fleet_.observation(), intent);
  EXPECT_EQ((std::set<std::string>{"db1", "db2", "gone"}), intent.super_read_only_off)
      << "to take a server out of the file closes it on no machine";
}

TEST_F(IntentTest, AServerThatIsSeenHalfOpenIsRememberedUntilItIsSeenFenced) {
  Intent intent;
  intent.established_primary_uuid = FleetBuilder::uuid_of("db1");
  fleet_.server("db1").read_only();  // the primary itself may be so
  fleet_.server("db2").read_only();
  intent = intent_after_look(fleet_.spec(), fleet_.observation(), intent);
  EXPECT_EQ(std::set<std::string>{"db2"}, intent.super_read_only_off);
  fleet_.server("db2").unreachable();
  intent = intent_after_look(fleet_.spec(), fleet_.observation(), intent);
  EXPECT_TRUE(intent.may_be_open("db2"));
  FleetBuilder healthy;
  healthy.server("db1").server("db2").server("db3");
  intent = intent_after_look(healthy.spec(), healthy.observation(), intent);
  EXPECT_FALSE(intent.may_be_open("db2"));
}

TEST_F(IntentTest, AReplicaThatSomebodyOpensBesideThePrimaryIsRememberedAsOpen) {
  Intent intent;
  intent.established_primary_uuid = FleetBuilder::uuid_of("db1");
  fleet_.server("db1").writable();
  fleet_.server("db2").writable();
  intent = intent_after_look(fleet_.spec(), fleet_.observation(), intent);
  EXPECT_EQ(FleetBuilder::uuid_of("db1"), intent.established_primary_uuid);
  fleet_.server("db2").unreachable();
  intent = intent_after_look(fleet_.spec(), fleet_.observation(), intent);
  EXPECT_TRUE(intent.may_be_open("db2"));
}

TEST_F(IntentTest, AReplicaThatIsOpenWhileThePrimaryIsNotMayBeThePrimary) {
  Intent intent;
  intent.established_primary_uuid = FleetBuilder::uuid_of("db1");
  fleet_.server("db1").super_read_only();
  fleet_.server("db2").writable();
  intent = intent_after_look(fleet_.spec(), fleet_.observation(), intent);
  EXPECT_EQ("", intent.established_primary_uuid);
}

}  // namespace
}  // namespace gtidops
