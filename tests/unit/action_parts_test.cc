// Parts that actions and rules are made of: what would change an event, how an xid is printed, when
// a server is closed, whether a source is in sight.
#include <gtest/gtest.h>

#include "model/actions/events.h"
#include "model/actions/read_only.h"
#include "model/open_transaction.h"
#include "unit/support/fleet_builder.h"

namespace gtidops {
namespace {

TEST(EnableEventsTest, SaysWhatWouldChange) {
  ScheduledEvent event{"shop", "tick", "app@%", {}};
  event.character_set_client = "latin1";
  event.schema_collation = event.database_collation = "utf8mb4_bin";
  EXPECT_FALSE(changes_when_enabled(event));
  event.name = "caf\xc3\xa9";
  EXPECT_EQ(changes_when_enabled(event),
            "its name or definer is not ASCII, and its character_set_client is latin1");
  event.character_set_client = "utf8mb4";
  EXPECT_FALSE(changes_when_enabled(event));
  event.schema_collation = "latin1_swedish_ci";
  EXPECT_EQ(changes_when_enabled(event),
            "the default collation of its schema has become latin1_swedish_ci since, and it has "
            "utf8mb4_bin");
}

TEST(ServerStateTest, IsNotFencedWhileTheFreezeStillWaits) {
  ServerState state;
  EXPECT_TRUE(state.writable());
  state.super_read_only = true;
  EXPECT_FALSE(state.fenced());
  EXPECT_FALSE(state.writable());
  state.read_only = true;
  EXPECT_TRUE(state.fenced());
}

// Right before the opening it is looked at once more, whatever the plan knew.
class OpenBesideALiveSourceTest : public ::testing::Test {
 protected:
  using FleetBuilder = testing::FleetBuilder;

  OpenBesideALiveSourceTest() {
    fleet_.server("db1").super_read_only().server("db2").server("db3");
  }
  [[nodiscard]] Check may_open(const std::vector<std::string>& may_stay_unseen = {}) const {
    return OpenWrites{"db1", {"db2", "db3"}, may_stay_unseen, {}}.precondition(
        fleet_.observation());
  }

  FleetBuilder fleet_;
};

TEST_F(OpenBesideALiveSourceTest, IsRefusedWhileNobodySeesThatSource) {
  fleet_.server("db2").source_uuid(FleetBuilder::uuid_of("stranger"));
  EXPECT_EQ(may_open().verdict, Check::Verdict::kDoesNot);
  EXPECT_EQ(may_open().why, "db2 is connected to the server " + FleetBuilder::uuid_of("stranger") +
                                ", which is alive, is none of the servers seen, and may take "
                                "writes");
}

TEST_F(OpenBesideALiveSourceTest, NeedsAReceiverThatRuns) {
  fleet_.server("db2")
      .source_uuid(FleetBuilder::uuid_of("stranger"))
      .receiver(ThreadState::kConnecting);
  EXPECT_TRUE(may_open()) << may_open().why;
}

TEST_F(OpenBesideALiveSourceTest, EachServerThatMayStayUnseenAccountsForOneSource) {
  fleet_.server("db2").unreachable();
  fleet_.server("db3").source_uuid(FleetBuilder::uuid_of("db2"));
  EXPECT_TRUE(may_open({"db2"})) << may_open({"db2"}).why;
  fleet_.server("db3").edit([](ServerState& state) {
    Channel more = state.channels.front();
    more.name = "more";
    more.source_uuid = FleetBuilder::uuid_of("stranger");
    state.channels.push_back(more);
  });
  EXPECT_EQ(may_open({"db2"}).verdict, Check::Verdict::kDoesNot);
}

TEST(PreparedXaTest, IsPrintedAsXaCommitTakesIt) {
  EXPECT_EQ(printed_xids({{"7", "2", "2", "0x67316231"}, {"1", "1", "0", "0x27"}}).value(),
            (std::vector<std::string>{"'g1','b1',7", "X'27','',1"}));
  EXPECT_FALSE(printed_xids({{"7", "2", "2", "0x6731"}}));
  EXPECT_FALSE(printed_xids({{"7", "2", "2", "g1b1"}}));
  EXPECT_FALSE(printed_xids({{"7", std::nullopt, "2", "0x6731"}}));
}

}  // namespace
}  // namespace gtidops
