// Parts that actions and rules are made of: what would change an event, how an xid is printed, when
// a server is closed.
#include <gtest/gtest.h>

#include "model/actions/events.h"
#include "model/open_transaction.h"

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

TEST(PreparedXaTest, IsPrintedAsXaCommitTakesIt) {
  EXPECT_EQ(printed_xids({{"7", "2", "2", "0x67316231"}, {"1", "1", "0", "0x27"}}).value(),
            (std::vector<std::string>{"'g1','b1',7", "X'27','',1"}));
  EXPECT_FALSE(printed_xids({{"7", "2", "2", "0x6731"}}));
  EXPECT_FALSE(printed_xids({{"7", "2", "2", "g1b1"}}));
  EXPECT_FALSE(printed_xids({{"7", std::nullopt, "2", "0x6731"}}));
}

}  // namespace
}  // namespace gtidops
