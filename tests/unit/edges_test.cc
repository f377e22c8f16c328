// Which steps rest on which others (decide/edges.h), of plans that a planner would make and of some
// that it would not.
#include "decide/edges.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace gtidops {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class A>
A on(const std::string& server) {
  A action;
  action.server = server;
  return action;
}

PointReplica point(const std::string& server, const std::string& source) {
  auto action = on<PointReplica>(server);
  action.source = source;
  return action;
}

class Edges : public ::testing::Test {
 public:
  Edges() { plan_.goal.primary = "db1"; }

  Edges& then(Action action) {
    plan_.steps.push_back(
        {static_cast<int>(plan_.steps.size()) + 1, std::move(action), Risk::kSafe, "why"});
    link_steps(plan_);
    return *this;
  }
  // Whom the last step rests on.
  [[nodiscard]] std::set<int> needs() const {
    std::set<int> ids;
    for (const Need& need : plan_.steps.back().needs)
      if (need.refusal.empty()) ids.insert(need.one_of.front());
    return ids;
  }
  [[nodiscard]] const std::vector<Need>& all_needs() const { return plan_.steps.back().needs; }

  Plan plan_;
};

TEST_F(Edges, AStepRestsOnWhatIsDoneToItsServerBefore) {
  then(on<PersistReadOnly>("db2")).then(on<PersistReadOnly>("db3")).then(point("db2", "db1"));
  EXPECT_THAT(needs(), ElementsAre(1));
}

// What is persisted on the primary, its semi-synchronous side and its heartbeat are its own affair:
// that they fail keeps no replica from being repaired.
TEST_F(Edges, ARepairOfAReplicaRestsOnTheAccountAndNotOnTheRestOfThePrimary) {
  then(on<PersistReadOnly>("db1"))
      .then(on<SetSemiSyncSource>("db1"))
      .then(on<MendHeartbeat>("db1"));
  then(StartReplica{"db2", false});
  EXPECT_THAT(needs(), IsEmpty());
  then(on<CreateReplicationUser>("db1")).then(point("db3", "db1"));
  EXPECT_THAT(needs(), ElementsAre(5));
}

TEST_F(Edges, NobodyIsMovedBelowAPrimaryThatCouldNotBeOpened) {
  then(on<OpenWrites>("db1")).then(point("db2", "db1"));
  EXPECT_THAT(needs(), ElementsAre(1));
}

TEST_F(Edges, AReplicaBelowAReplicaRestsOnThat) {
  then(point("db2", "db1")).then(point("db3", "db2"));
  EXPECT_THAT(needs(), ElementsAre(1));
}

// These look at the others themselves, right before they open.
TEST_F(Edges, AnOpeningRestsOnItsOwnServerAlone) {
  auto open = on<OpenWrites>("db1");
  open.others = {"db2", "db3"};
  then(SetReadOnly{"db2", true}).then(on<PersistReadOnly>("db1")).then(open);
  EXPECT_THAT(needs(), ElementsAre(2));
}

TEST_F(Edges, NothingRestsOnWhatGoesAway) {
  then(on<RevokePrivileges>("db1")).then(on<Canary>("db1"));
  EXPECT_THAT(needs(), IsEmpty());
}

// One replica that could be moved below the candidate has shown that it can be followed.
TEST_F(Edges, ASwitchRestsOnOneReplicaThatWasMovedAndOnEveryOptionThatWasTried) {
  PointReplica option = point("db3", "db2");
  option.before_switch = true;
  auto change = on<SwitchPrimary>("db1");
  change.from = "db2";
  then(option).then(point("db3", "db1")).then(point("db4", "db1")).then(change);
  ASSERT_EQ(all_needs().size(), 2U);
  EXPECT_THAT(all_needs()[0].one_of, ElementsAre(1));
  EXPECT_THAT(all_needs()[1].one_of, ElementsAre(2, 3));
  EXPECT_EQ(all_needs()[1].refusal, "no replica could be moved below db1");

  // Frozen by an earlier run: whether anybody could be moved decides nothing any more.
  change.frozen_at = GtidSet();
  then(change);
  EXPECT_EQ(all_needs().front().one_of, std::vector<int>{1});
  for (const Need& need : all_needs()) EXPECT_EQ(need.one_of.size(), 1U);
}

}  // namespace
}  // namespace gtidops
