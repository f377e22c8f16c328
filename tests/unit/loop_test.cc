// The parts of the loop that need no server: when, how far behind, and what is looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "loop/admission.h"
#include "loop/frugal_fleet.h"
#include "loop/lag.h"
#include "loop/pool.h"
#include "loop/schedule.h"
#include "loop/watcher.h"
#include "unit/support/fleet_builder.h"
#include "unit/support/manual_clock.h"

namespace gtidops {
namespace {

using ::testing::ElementsAre;

constexpr Millis kInterval{10'000};

// --- Schedule.

TEST(Schedule, IsDueAtOnceAndThenOnceAnInterval) {
  Schedule schedule(1);
  EXPECT_EQ(schedule.due(), Millis{0});
  for (Millis now{5'000}; now < Millis{500'000}; now = schedule.due()) {
    schedule.began(now);
    schedule.ended(now + Millis{300}, kInterval);
    EXPECT_GE(schedule.due(), now + kInterval - kInterval / 20);
    EXPECT_LE(schedule.due(), now + kInterval + kInterval / 20);
  }
}

TEST(Schedule, TwoTopologiesDoNotMarchInStep) {
  Schedule a(1);
  Schedule b(2);
  a.ended(Millis{0}, kInterval);
  b.ended(Millis{0}, kInterval);
  EXPECT_NE(a.due(), b.due());
}

TEST(Schedule, APassThatTakesLongerThanTheIntervalIsFollowedAtOnce) {
  Schedule schedule(1);
  schedule.began(Millis{0});
  schedule.ended(Millis{60'000}, kInterval);
  EXPECT_EQ(schedule.due(), Millis{60'000});
}

TEST(Schedule, WaitsLongerAfterEachFailureAndNeverForEver) {
  Schedule schedule(1);
  Millis now{0};
  for (const int seconds : {10, 20, 40, 80, 160, 300, 300}) {
    schedule.did(now, kInterval, "x", true);
    EXPECT_FALSE(schedule.may_act(now + Millis{seconds * 1'000 - 1}, "x")) << seconds;
    now += Millis{seconds * 1'000};
    EXPECT_TRUE(schedule.may_act(now, "x")) << seconds;
  }
  EXPECT_EQ(schedule.failures(), 7);
  schedule.did(now, kInterval, "x", false);
  EXPECT_EQ(schedule.failures(), 0);
  EXPECT_TRUE(schedule.may_act(now, "x"));
}

TEST(Schedule, ANewCommitOrSomethingElseToDoIsTriedAtOnce) {
  Schedule schedule(1);
  schedule.did(Millis{0}, kInterval, "x", true);
  EXPECT_TRUE(schedule.may_act(Millis{1}, "y"));
  EXPECT_FALSE(schedule.may_act(Millis{1}, "x"));
  schedule.ended(Millis{1}, kInterval);
  schedule.new_commit(Millis{2});
  EXPECT_TRUE(schedule.may_act(Millis{2}, "x"));
  EXPECT_EQ(schedule.due(), Millis{2});
}

// --- LagTracker.

Heartbeat beat(std::uint64_t number) { return {"uuid", number}; }

TEST(LagTracker, WithoutABeatTheServersWordIsAllThereIs) {
  const LagTracker tracker;
  EXPECT_EQ(tracker.lag(beat(3), 7, 0), 7.0);
  EXPECT_EQ(tracker.lag(std::nullopt, std::nullopt, 0), std::nullopt);
}

TEST(LagTracker, WhoHasTheNewestBeatIsNotBehind) {
  LagTracker tracker;
  tracker.wrote(beat(5), 1'000);
  EXPECT_EQ(tracker.lag(beat(5), std::nullopt, 9'000), 0.0);
  EXPECT_TRUE(tracker.has_newest(beat(5)));
  EXPECT_FALSE(tracker.has_newest(beat(4)));
  EXPECT_FALSE(tracker.has_newest(std::nullopt));
}

// Suspended, only looking, or without a primary: no beat follows the newest one, so to hold it says
// nothing of what was committed since.
TEST(LagTracker, WhoHasAnOldBeatIsBehindAsTheServerSays) {
  LagTracker tracker;
  tracker.wrote(beat(5), 1'000);
  tracker.next_pass();
  EXPECT_EQ(tracker.lag(beat(5), std::nullopt, 11'000), std::nullopt);  // its threads are stopped
  EXPECT_EQ(tracker.lag(beat(5), 7, 11'000), 7.0);
  tracker.wrote(beat(5), 11'000);  // seen again, not written again
  EXPECT_EQ(tracker.lag(beat(5), std::nullopt, 11'000), std::nullopt);
  tracker.wrote(beat(6), 12'000);
  EXPECT_EQ(tracker.lag(beat(6), std::nullopt, 12'000), 0.0);
  // What it lacks was written then, whoever writes now.
  tracker.next_pass();
  EXPECT_EQ(tracker.lag(beat(5), std::nullopt, 21'000), 9.0);
}

// A replica that is cut off from its source says 0 or NULL.
TEST(LagTracker, GrowsWhenTheServerDoesNotKnowThatItIsBehind) {
  LagTracker tracker;
  for (int i = 1; i <= 5; ++i) tracker.wrote(beat(static_cast<std::uint64_t>(i)), i * 10'000.0);
  // It has the second, so it is at least as far behind as the third is old.
  EXPECT_EQ(tracker.lag(beat(2), std::nullopt, 51'000), 21.0);
  EXPECT_EQ(tracker.lag(beat(2), 0, 51'000), 21.0);
}

TEST(LagTracker, BetweenTwoBeatsTheServersWordDecides) {
  LagTracker tracker;
  tracker.wrote(beat(1), 0);
  tracker.wrote(beat(2), 10'000);
  EXPECT_EQ(tracker.lag(beat(1), 4, 10'100), 4.0);
  EXPECT_DOUBLE_EQ(tracker.lag(beat(1), 400, 10'100).value(), 10.1);
  EXPECT_DOUBLE_EQ(tracker.lag(beat(1), 0, 10'100).value(), 0.1);
}

TEST(LagTracker, ARowThatCountsFromTheBeginningAgainIsBelieved) {
  LagTracker tracker;
  tracker.wrote(beat(100), 0);
  tracker.wrote(beat(1), 10'000);
  EXPECT_EQ(tracker.lag(beat(1), 50, 20'000), 0.0);
}

// --- FrugalFleet.

class CountingFleet : public Fleet {
 public:
  Observation look(const std::vector<std::string>& servers, Depth depth, Millis) override {
    depths.push_back(depth);
    Observation all = builder.observation();
    Observation seen;
    for (const std::string& name : servers) {
      seen.servers[name] = all.servers.at(name);
      auto* state = std::get_if<ServerState>(&seen.servers[name]);
      if (state == nullptr) continue;
      if (depth == Depth::kPulse) state->pulse = state->details->heartbeat;
      if (depth != Depth::kDetails) state->details.reset();
    }
    return seen;
  }
  Result<Rows> run(const Statement&, Millis) override { return Rows{}; }

  testing::FleetBuilder builder;
  std::vector<Depth> depths;
};

class Frugal : public ::testing::Test {
 protected:
  Frugal() { inner_.builder.server("db1").server("db2").server("db3"); }
  Observation look() { return fleet_.look({"db1", "db2", "db3"}, Depth::kDetails, Millis{1'000}); }

  CountingFleet inner_;
  ManualClock clock_;
  FrugalFleet fleet_{inner_, clock_};
};

TEST_F(Frugal, ReadsTheDetailsOnceAMinute) {
  for (int i = 0; i < 12; ++i) {
    const Observation seen = look();
    ASSERT_TRUE(seen.state("db2")->details) << i;
    ASSERT_TRUE(seen.state("db2")->pulse) << i;
    clock_.at += Millis{10'000};
  }
  EXPECT_EQ(std::count(inner_.depths.begin(), inner_.depths.end(), Depth::kDetails), 2);
  EXPECT_EQ(std::count(inner_.depths.begin(), inner_.depths.end(), Depth::kPulse), 10);
}

TEST_F(Frugal, ReadsThemAgainWhenSomethingHasChanged) {
  look();
  inner_.builder.server("db3").writable();
  const Observation seen = look();
  EXPECT_THAT(inner_.depths, ElementsAre(Depth::kDetails, Depth::kPulse, Depth::kDetails));
  EXPECT_TRUE(seen.state("db3")->writable());
  fleet_.forget();
  look();
  EXPECT_EQ(inner_.depths.back(), Depth::kDetails);
}

// How far a copy is changes all the time, and so does that it is over.
TEST_F(Frugal, ReadsThemEachTimeWhileACopyIsUnderWay) {
  inner_.builder.server("db3").edit_details(
      [](Details& details) { details.clone->state = CloneStatus::State::kRunning; });
  look();
  look();
  inner_.builder.server("db3").edit_details(
      [](Details& details) { details.clone->state = CloneStatus::State::kCompleted; });
  look();
  look();
  EXPECT_THAT(inner_.depths,
              ElementsAre(Depth::kDetails, Depth::kDetails, Depth::kDetails, Depth::kPulse));
}

// Which binary log is the first one is a detail, by which a purge is told from a copy.
TEST_F(Frugal, ReadsThemAgainWhenBinaryLogsWerePurged) {
  look();
  inner_.builder.server("db3").purged("db1:1-50");
  look();
  EXPECT_EQ(inner_.depths.back(), Depth::kDetails);
}

TEST_F(Frugal, AServerThatIsAwayIsNoReasonToReadAllOthersInDepth) {
  inner_.builder.server("db3").unreachable();
  look();
  const Observation seen = look();
  EXPECT_EQ(inner_.depths.back(), Depth::kPulse);
  EXPECT_EQ(seen.state("db3"), nullptr);
  EXPECT_TRUE(seen.state("db1")->details);
}

TEST_F(Frugal, AServerThatComesBackIsReadInDepth) {
  inner_.builder.server("db3").unreachable();
  look();
  CountingFleet whole;
  whole.builder.server("db1").server("db2").server("db3");
  inner_.builder = whole.builder;
  const Observation seen = look();
  EXPECT_EQ(inner_.depths.back(), Depth::kDetails);
  EXPECT_TRUE(seen.state("db3")->details);
}

// --- Admission.

TEST(Admission, LetsInAsManyAsMayBeUnderWayAndTheNextWhenOneHasEnded) {
  Admission admission(2);
  for (const char* name : {"a", "b"}) {
    EXPECT_TRUE(admission.admits(name, Millis{0}));
    admission.began(name, Millis{0});
  }
  EXPECT_FALSE(admission.admits("c", Millis{10}));
  EXPECT_EQ(admission.next(), Millis{1'000});
  admission.ended("a", Millis{20});
  EXPECT_TRUE(admission.admits("c", Millis{20}));
}

TEST(Admission, APassThatHangsCountsForAMomentAndTheNextTimeNotAtAll) {
  Admission admission(1);
  admission.began("hangs", Millis{0});
  EXPECT_FALSE(admission.admits("other", Millis{999}));
  EXPECT_TRUE(admission.admits("other", Millis{1'000}));
  admission.ended("hangs", Millis{3'000});
  admission.began("hangs", Millis{5'000});
  EXPECT_TRUE(admission.admits("other", Millis{5'000}));
  admission.began("other", Millis{5'000});
  EXPECT_TRUE(admission.admits("hangs", Millis{5'000}));
}

// Else an overload would make all of them slow, and let in all at once, so that it never ends.
TEST(Admission, ThoseThatTookLongAreLimitedToo) {
  Admission admission(1);
  for (int i = 0; i < 20; ++i) {
    admission.began(std::to_string(i), Millis{0});
    admission.ended(std::to_string(i), Millis{2'000});
  }
  int admitted = 0;
  for (int i = 0; i < 20; ++i) {
    if (!admission.admits(std::to_string(i), Millis{5'000})) continue;
    admission.began(std::to_string(i), Millis{5'000});
    ++admitted;
  }
  EXPECT_EQ(admitted, 4);
  EXPECT_TRUE(admission.admits("other", Millis{5'000}));
}

TEST(Admission, OneThatHasRecoveredCountsAgain) {
  Admission admission(1);
  admission.began("one", Millis{0});
  admission.ended("one", Millis{2'000});
  admission.began("one", Millis{5'000});
  admission.ended("one", Millis{5'010});
  admission.began("one", Millis{9'000});
  EXPECT_FALSE(admission.admits("other", Millis{9'001}));
  admission.forget("one");
  EXPECT_TRUE(admission.admits("other", Millis{9'001}));
  EXPECT_EQ(admission.next(), std::nullopt);
}

// --- Pool and Watcher.

TEST(Pool, AJobThatHangsHoldsUpNoOther) {
  std::mutex mutex;
  std::condition_variable changed;
  bool release = false;
  int done = 0;
  {
    Pool pool(8);
    pool.submit([&] {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return release; });
    });
    for (int i = 0; i < 20; ++i)
      pool.submit([&] {
        const std::lock_guard lock(mutex);
        ++done;
        changed.notify_all();
      });
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return done == 20; }));
    EXPECT_GE(pool.threads(), 1U);
    release = true;
    changed.notify_all();
  }
  EXPECT_EQ(done, 20);
}

TEST(Watcher, SeesTheOtherSideHangUpAndNothingElse) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> lost;
  Watcher watcher([&](const std::string& name) {
    const std::lock_guard lock(mutex);
    lost.push_back(name);
    changed.notify_all();
  });
  std::array<int, 2> kept{};
  std::array<int, 2> broken{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, kept.data()), 0);
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, broken.data()), 0);
  watcher.watch("kept", ::dup(kept[0]));
  watcher.watch("broken", ::dup(broken[0]));
  watcher.watch("forgotten", ::dup(broken[0]));
  watcher.forget("forgotten");
  watcher.watch("none", -1);
  ASSERT_EQ(::write(kept[1], "x", 1), 1);  // something to read is no hang-up
  ::close(broken[1]);
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return !lost.empty(); }));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const std::lock_guard lock(mutex);
  EXPECT_THAT(lost, ElementsAre("broken"));
  for (const int one : {kept[0], kept[1], broken[0]}) ::close(one);
}

}  // namespace
}  // namespace gtidops
