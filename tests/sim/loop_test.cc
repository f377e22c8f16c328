// A day of the daemon's loop, in a moment: what it does, what it keeps, and that it comes to rest.
#include <gtest/gtest.h>

#include "decide/assess.h"
#include "sim/looped.h"
#include "sim/process.h"
#include "sim/scenario.h"
#include "sim/world.h"

namespace gtidops::sim {
namespace {

constexpr Micros kHour = 3'600 * kSecond;

class Day : public ::testing::Test {
 protected:
  Day() : world_(7, 3, false), rng_(7), host_(world_, kFirstHost, world_.disk, none_) {
    world_.looped = true;
    Scenario scenario;
    prepare(world_, scenario, rng_);
    world_.checkers = all_checkers();
    pass();
  }

  void pass() { ASSERT_EQ(host_.pass(), Host::Result::kDone) << host_.why(); }
  // Passes, each when it is due, until then.
  void run_until(Micros moment) {
    while (world_.time.now() < moment) {
      const Micros due = loop().schedule().due().count() * kMillisecond;
      world_.time.run_until(std::min(moment, std::max(due, world_.time.now() + kMillisecond)));
      if (world_.time.now() < due) break;
      pass();
      ++passes_;
    }
  }
  void run_for_nothing(Micros time) { world_.time.run_until(world_.time.now() + time); }
  void run_for(Micros time) { run_until(world_.time.now() + time); }
  TopologyLoop& loop() { return host_.process()->looped()->loop(); }
  [[nodiscard]] std::shared_ptr<const TopologySnapshot> known() { return loop().snapshot(); }
  Condition::Status condition(const std::string& type) {
    for (const Condition& one : known()->conditions)
      if (one.type == type) return one.status;
    return Condition::Status::kUnknown;
  }

  World world_;
  Rng rng_;
  Decorators none_;
  Host host_;
  int passes_ = 0;
};

TEST_F(Day, NothingIsDoneAndNothingGrowsWhenNothingIsWrong) {
  run_for(kHour);
  const std::size_t page = host_.process()->looped()->metrics().scrape({}).size();
  const std::size_t log = host_.process()->looped()->log().size();
  passes_ = 0;
  run_for(23 * kHour);
  EXPECT_NEAR(passes_, 23 * 360, 23 * 360 / 20);
  EXPECT_EQ(host_.process()->looped()->log().size(), log) << "nothing happened, so nothing is said";
  EXPECT_LT(host_.process()->looped()->metrics().scrape({}).size(), page + page / 10);
  EXPECT_LE(known()->history.passes.size(), 2U);
  EXPECT_EQ(condition("Ready"), Condition::Status::kTrue);
  EXPECT_LT(known()->lag.at("db2"), 0.1);
}

TEST_F(Day, EveryHourSomethingBreaksAndIsMended) {
  for (int hour = 0; hour < 24; ++hour) {
    SimServer& hit = world_.server(static_cast<int>(rng_.between(0, 2)));
    switch (hour % 4) {
      case 0:
        hit.crash();
        run_for(60 * kSecond);
        EXPECT_EQ(condition("Healthy"), Condition::Status::kFalse) << "hour " << hour;
        hit.boot();
        break;
      case 1:
        drift(world_, rng_);
        break;
      case 2:
        hit.crash();
        hit.boot();
        break;
      default:
        declare_primary(world_, (declared_primary(world_) + 1) % 3);
    }
    run_for(900 * kSecond);
    EXPECT_EQ(condition("Ready"), Condition::Status::kTrue) << "hour " << hour;
    EXPECT_EQ(condition("Synced"), Condition::Status::kTrue) << "hour " << hour;
    EXPECT_EQ(known()->consecutive_failures, 0) << "hour " << hour;
    run_for(2'700 * kSecond);
  }
  EXPECT_EQ(known()->history.primary_changes.size(), 6U);
  EXPECT_LE(known()->history.passes.size(), 50U);
  EXPECT_GE(known()->history.passes.size(), 12U);
}

TEST_F(Day, AServerThatIsAwayIsToldOnceAndNotEveryTenSeconds) {
  world_.server(2).crash();
  run_for(60 * kSecond);
  const std::size_t log = host_.process()->looped()->log().size();
  run_for(12 * kHour);
  EXPECT_EQ(host_.process()->looped()->log().size(), log);
}

TEST_F(Day, AReplicaThatIsBehindIsMeasured) {
  // Cut off from its source, and so it knows nothing of being behind.
  world_.network.cut(0, 2);
  run_for(300 * kSecond);
  ASSERT_EQ(known()->lag.count("db3"), 1U);
  EXPECT_GT(known()->lag.at("db3"), 200.0);
  EXPECT_LT(known()->lag.at("db3"), 301.0);
  EXPECT_LT(known()->lag.at("db2"), 0.1);
  world_.network.mend_all();
  run_for(120 * kSecond);
  EXPECT_LT(known()->lag.at("db3"), 1.0);
}

// A look is of one moment: what is seen while the beat is waited for stands beside it.
TEST_F(Day, WhatIsSeenLaterIsNotMixedIntoTheLook) {
  run_for(20 * kSecond);
  world_.server(1).replication.apply_time = 20 * kMillisecond;
  pass();
  const ServerState* primary = known()->seen.state("db1");
  const ServerState* replica = known()->seen.state("db2");
  ASSERT_TRUE(replica->executed_later);
  EXPECT_NE(replica->gtid_executed, *replica->executed_later);
  EXPECT_EQ(primary->gtid_executed.subtracted(replica->gtid_executed).count(), 1)
      << "the beat, which the look itself has not found there";
  EXPECT_TRUE(replica->executed_later->contains(primary->gtid_executed));
  const Assessment assessed =
      assess(world_.spec, known()->plan.goal, known()->seen, known()->plan.intent);
  EXPECT_EQ(assessed.of("db2").missing, 0);
}

// As long as somebody else's session holds the right, whoever that is and wherever its state is.
TEST_F(Day, WhoFindsTheRightHeldOnlyLooksAndTellsWhoHasIt) {
  host_.stop();
  run_for_nothing(kSecond);
  SimServer& db2 = world_.server(1);
  const int other = db2.connect(0, kFirstClient, "somebody");
  db2.right = other;
  SimServer& opened = world_.server(2);
  opened.read_only = opened.super_read_only = false;
  const std::size_t written = world_.server(0).binlog.size();
  for (int i = 0; i < 3; ++i) pass();
  EXPECT_FALSE(known()->leader);
  EXPECT_NE(known()->lease_error.find("is held on db2 by"), std::string::npos)
      << known()->lease_error;
  EXPECT_FALSE(opened.fenced());
  EXPECT_EQ(world_.server(0).binlog.size(), written) << "not even a beat";
  EXPECT_EQ(world_.server(0).right, 0) << "what it had taken elsewhere it has let go";
  EXPECT_EQ(db2.sessions.count(other), 1U) << "nobody's session is ended";
  db2.kill_connection(other);
  pass();
  EXPECT_TRUE(known()->leader);
  EXPECT_EQ(known()->lease_error, "");
  EXPECT_TRUE(opened.fenced());
}

TEST_F(Day, WhoHasLostTheLeaseOnlyLooks) {
  run_for(60 * kSecond);
  world_.disk.holder = 99;
  SimServer& opened = world_.server(2);
  opened.read_only = opened.super_read_only = false;
  const std::size_t written = world_.server(0).binlog.size();
  for (int i = 0; i < 3; ++i) loop().pass("interval");
  EXPECT_FALSE(known()->leader);
  EXPECT_NE(known()->lease_error, "");
  EXPECT_FALSE(opened.fenced());
  EXPECT_EQ(world_.server(0).binlog.size(), written) << "not even a beat";
  EXPECT_EQ(condition("Synced"), Condition::Status::kFalse);
  world_.disk.holder = 0;
  loop().pass("interval");
  EXPECT_TRUE(known()->leader);
  EXPECT_TRUE(opened.fenced());
}

TEST_F(Day, SuspendedItOnlyLooks) {
  SuspendSpec& suspend = world_.spec.suspend;
  suspend.enabled = Field<bool>(true);
  suspend.reason = Field<std::string>(std::string("a migration"));
  suspend.until = Field<std::optional<Moment>>(
      Moment(Millis(1'795'359'600'000 + (world_.time.now() + kHour) / kMillisecond)));
  declare_primary(world_, 0);
  host_.stop();  // another file
  pass();
  SimServer& opened = world_.server(2);
  opened.read_only = opened.super_read_only = false;
  const std::size_t written = world_.server(0).binlog.size();
  run_for(kHour / 2);
  EXPECT_EQ(condition("Suspended"), Condition::Status::kTrue);
  EXPECT_EQ(condition("Synced"), Condition::Status::kFalse);
  EXPECT_FALSE(opened.fenced());
  EXPECT_EQ(world_.server(0).binlog.size(), written) << "not even a beat";
  run_for(kHour);
  EXPECT_EQ(condition("Suspended"), Condition::Status::kFalse);
  EXPECT_TRUE(opened.fenced()) << "until was over";
}

}  // namespace
}  // namespace gtidops::sim
