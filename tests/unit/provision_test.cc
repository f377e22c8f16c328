// The actions of a copy, and which steps need which.
#include "model/actions/provision.h"

#include <gtest/gtest.h>

#include "decide/edges.h"
#include "model/action.h"
#include "unit/support/fleet_builder.h"

namespace gtidops {
namespace {

using testing::FleetBuilder;
using State = CloneStatus::State;

class ProvisionTest : public ::testing::Test {
 protected:
  ProvisionTest() {
    for (const char* name : {"db1", "db2", "db3"}) fleet_.server(name);
    fleet_.server("db3").no_channel().no_schemas();
    copy_.server = "db3";
    copy_.server_uuid = FleetBuilder::uuid_of("db3");
    copy_.donor = "db2";
    copy_.donor_host = "10.0.0.2";
    copy_.before = "then";
    copy_.password.kind = SecretRef::Kind::kOneTime;
    copy_.password.name = "the copies";
  }
  FleetBuilder& db3() { return fleet_.server("db3"); }
  void clone_is(State state, const std::string& began) {
    db3().edit_details([&](Details& details) {
      details.clone->state = state;
      details.clone->began = began;
      details.clone->error = "error 3862: no donor";
    });
  }
  std::string before() { return copy_.precondition(fleet_.observation()).why; }
  std::string after() { return copy_.postcondition(fleet_.observation()).why; }

  FleetBuilder fleet_;
  StartCopy copy_;
};

TEST_F(ProvisionTest, ACopyBeginsOnAClosedAndEmptyServerOnly) {
  EXPECT_EQ(before(), "");
  const FleetBuilder fit = fleet_;
  db3().schema("shop", 1, 1);
  EXPECT_EQ(before(), "db3 holds the schema shop");
  fleet_ = fit;
  db3().schemas_unreadable();
  EXPECT_EQ(before(), "the schemas of db3 cannot be read");
  fleet_ = fit;
  db3().writable();
  EXPECT_EQ(before(), "db3 is not super_read_only");
  fleet_ = fit;
  db3().persisted("super_read_only", "OFF");
  EXPECT_EQ(before(), "db3 would not boot read-only");
  fleet_ = fit;
  db3().uuid(FleetBuilder::uuid_of("other"));
  EXPECT_EQ(before(), "db3 is another server by now");
  fleet_ = fit;
  clone_is(State::kRunning, "now");
  EXPECT_EQ(before(), "another copy into db3 is under way");
  fleet_ = fit;
  fleet_.server("db2").unreachable();
  EXPECT_EQ(before(), "db2 cannot be read");
  copy_.server = "db2";
  copy_.donor = "db1";
  fleet_ = fit;
  EXPECT_NE(before(), "");  // it replicates, and holds a schema
}

TEST_F(ProvisionTest, ItIsDoneWhenTheServerShowsThatItRuns) {
  EXPECT_EQ(after(), "no copy into db3 has begun");
  clone_is(State::kCompleted, "then");
  EXPECT_EQ(after(), "no copy into db3 has begun");
  clone_is(State::kRunning, "now");
  EXPECT_EQ(after(), "");
  clone_is(State::kCompleted, "now");
  EXPECT_EQ(after(), "");
  clone_is(State::kFailed, "now");
  EXPECT_EQ(after(), "the copy failed: error 3862: no donor");
  db3().edit_details([](Details& details) { details.clone.reset(); });
  EXPECT_EQ(after(), "whether a copy into db3 runs cannot be read");
}

TEST_F(ProvisionTest, TheStatementsNameNoPassword) {
  const std::vector<Statement> list = copy_.statements({8, 4, 3});
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].printable(), "SET GLOBAL clone_valid_donor_list = '10.0.0.2:3306'");
  EXPECT_EQ(list[1].printable(),
            "CLONE INSTANCE FROM 'gtidops_clone'@'10.0.0.2':3306 IDENTIFIED BY '<secret made up "
            "for the copies>' REQUIRE NO SSL");
  copy_.tls = true;
  EXPECT_NE(copy_.statements({8, 4, 3})[1].printable().find(" REQUIRE SSL"), std::string::npos);
}

TEST_F(ProvisionTest, ThePluginIsLoadedWithSuperReadOnlyLiftedWhereItIsOn) {
  const LoadClone closed{"db3", true};
  const LoadClone open{"db1", false};
  EXPECT_EQ(closed.risk(), Risk::kDisruptive);
  EXPECT_EQ(open.risk(), Risk::kSafe);
  EXPECT_EQ(closed.statements({8, 4, 3}).size(), 3U);
  EXPECT_EQ(closed.put_back().size(), 1U);
  EXPECT_TRUE(open.put_back().empty());
  EXPECT_TRUE(closed.precondition(fleet_.observation()));
  EXPECT_TRUE(open.precondition(fleet_.observation()));
  EXPECT_FALSE(closed.postcondition(fleet_.observation()));
  db3().edit_details([](Details& details) { details.clone_plugin = true; });
  EXPECT_TRUE(closed.postcondition(fleet_.observation()));
  const FleetBuilder fit = fleet_;
  db3().edit_details([](Details& details) { details.backup_locks = {"connection 17"}; });
  EXPECT_EQ(closed.precondition(fleet_.observation()).why,
            "LOCK INSTANCE FOR BACKUP is held on db3");
  fleet_ = fit;
  db3().writable();
  EXPECT_EQ(closed.precondition(fleet_.observation()).why, "db3 is not super_read_only any more");
  EXPECT_EQ(closed.postcondition(fleet_.observation()).why, "db3 is not super_read_only again");
}

TEST_F(ProvisionTest, TheAccountIsReplacedAndThenDropped) {
  const CreateCopyAccount create{"db1", "10.0.0.%", copy_.password};
  const DropCopyAccount drop{"db1", {"10.0.0.%"}};
  EXPECT_TRUE(runs_even_if_so(create));
  EXPECT_EQ(create.statements({8, 4, 3})[0].printable(),
            "DROP USER IF EXISTS 'gtidops_clone'@'10.0.0.%'");
  EXPECT_EQ(create.postcondition(fleet_.observation()).why,
            "'gtidops_clone'@'10.0.0.%' does not exist");
  EXPECT_TRUE(drop.postcondition(fleet_.observation()));
  fleet_.server("db1").edit_details([](Details& details) { details.copy_accounts = {"10.0.0.%"}; });
  EXPECT_TRUE(create.postcondition(fleet_.observation()));
  EXPECT_EQ(drop.postcondition(fleet_.observation()).why,
            "'gtidops_clone'@'10.0.0.%' still exists");
  fleet_.server("db1").super_read_only();
  EXPECT_FALSE(create.precondition(fleet_.observation()));
  EXPECT_FALSE(drop.precondition(fleet_.observation()));
}

// Only the copy needs the account and the plugin: other repairs do not wait for them.
TEST_F(ProvisionTest, NobodyElseNeedsWhatACopyNeeds) {
  Plan plan;
  plan.goal.primary = "db1";
  const auto add = [&](Action action) {
    const int id = static_cast<int>(plan.steps.size()) + 1;
    plan.steps.push_back({id, std::move(action), Risk::kSafe, "why", Stage::kCopies});
  };
  add(LoadClone{"db2", true});
  add(CreateCopyAccount{"db1", "%", {}});
  add(copy_);
  add(StartReplica{"db2", false});
  link_steps(plan);
  const auto needs = [&](int id) {
    std::string ids;
    for (const Need& need : plan.steps[static_cast<std::size_t>(id) - 1].needs)
      for (const int one : need.one_of) ids += std::to_string(one) + " ";
    return ids;
  };
  EXPECT_EQ(needs(2), "1 ");
  EXPECT_EQ(needs(3), "1 2 ");
  EXPECT_EQ(needs(4), "");
}

}  // namespace
}  // namespace gtidops
