// Actions on a channel that has a name: their statements and their judgement keep to that channel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "model/plan.h"
#include "report/plan_json.h"
#include "unit/support/points.h"

namespace gtidops {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kUuid1 = "00000001-0000-4000-8000-000000000001";
constexpr const char* kEast = "east";

template <class A>
A on_east(A action) {
  action.channel_name = kEast;
  return action;
}

std::vector<Action> actions_on_channels() {
  PointReplica again = moved();
  again.fetch_again();
  return {on_east(first_attachment()),
          on_east(moved()),
          on_east(applier_alone()),
          on_east(both_stopped()),
          on_east(with_another_user()),
          on_east(again),
          on_east(StartReplica{"db2", true}),
          on_east(StartReplica{"db2", false, true}),
          on_east(DetachSource{"db2", "db1"}),
          on_east(RestartReceiver{"db2", "db1"})};
}

TEST(ChannelName, EveryStatementOnAChannelNamesIt) {
  for (const Action& action : actions_on_channels()) {
    const Texts texts = printable(statements(action, Version{}));
    ASSERT_FALSE(texts.empty());
    EXPECT_THAT(texts, Each(AllOf(HasSubstr("'east'"), Not(HasSubstr("CHANNEL ''")))))
        << name_of(action);
    EXPECT_EQ(channel_of(action), kEast);
    EXPECT_THAT(describe(action), HasSubstr("(channel east)")) << name_of(action);
    const auto* point = std::get_if<PointReplica>(&action);
    if (point == nullptr) continue;
    EXPECT_THAT(printable(point->put_back()),
                Each(AnyOf(HasSubstr("'east'"), HasSubstr("gtidops_change"))));
  }
  EXPECT_EQ(describe(Action(StartReplica{"db2"})), "start both replication threads");
  EXPECT_EQ(channel_of(Action(SetGtidMode{})), "");
}

// The default channel runs, and the one named east is stopped.
Observation two_channels() {
  ServerState state;
  state.super_read_only = state.read_only = true;
  Channel& ours = state.channels.emplace_back();
  ours.receiver = ours.applier = ThreadState::kOn;
  Channel& east = state.channels.emplace_back();
  east.name = kEast;
  east.retrieved = GtidSet::of(kUuid1, 1, 5);
  Observation seen;
  seen.servers.emplace("db2", state);
  ServerState source;
  seen.servers.emplace("db1", source);
  return seen;
}

TEST(ChannelName, TheStateOfAnotherChannelIsNotJudged) {
  const Observation seen = two_channels();
  EXPECT_TRUE(StartReplica{"db2"}.postcondition(seen));
  EXPECT_FALSE(on_east(StartReplica{"db2"}).postcondition(seen));
  EXPECT_FALSE((StartReplica{"db2", false, false, "west"}.precondition(seen)));
  EXPECT_TRUE((DetachSource{"db2", "db1", true}.precondition(seen)));
  EXPECT_FALSE((DetachSource{"db2", "db1", true, kEast}.precondition(seen)));
  EXPECT_FALSE((DetachSource{"db2", "db1", true}.postcondition(seen)));
  EXPECT_TRUE((DetachSource{"db2", "db1", true, "west"}.postcondition(seen)));
  EXPECT_TRUE((AwaitReplication{"db2", "db1", true}.postcondition(seen)));
  EXPECT_FALSE((AwaitReplication{"db2", "db1", true, kEast}.postcondition(seen)));
  EXPECT_FALSE(keeps_received(*seen.state("db2"), "db2", kEast));
  EXPECT_TRUE(keeps_received(*seen.state("db2"), "db2"));
}

TEST(ChannelName, StandsInThePlanAsJson) {
  Plan plan;
  plan.steps.push_back({1, on_east(StartReplica{"db2"}), Risk::kSafe, "it is stopped"});
  plan.steps.push_back({2, StartReplica{"db2"}, Risk::kSafe, "it is stopped"});
  const auto json = nlohmann::json::parse(plans_json({{&plan}}));
  const auto& steps = json.at("plans").at(0).at("steps");
  EXPECT_EQ(steps.at(0).at("channel"), kEast);
  EXPECT_FALSE(steps.at(1).contains("channel"));
}

}  // namespace
}  // namespace gtidops
