// Which copies have ended since the look before.
#include "loop/copy_watch.h"

#include <gtest/gtest.h>

namespace gtidops {
namespace {

using CopyState = CloneStatus::State;

Observation look(const CloneStatus& clone) {
  ServerState state;
  state.details.emplace().clone = clone;
  Observation seen;
  seen.servers.emplace("db3", state);
  return seen;
}

CloneStatus clone(CopyState state, const std::string& began, const std::string& ended = {}) {
  CloneStatus status;
  status.state = state;
  status.source = "10.0.0.1:3306";
  status.began = began;
  status.ended = ended;
  if (state == CopyState::kFailed) status.error = "error 3862: the donor is gone";
  return status;
}

constexpr const char* kFirst = "2026-11-29 23:59:58.500";
constexpr const char* kSecond = "2026-11-30 00:10:00.000";

TEST(CopyWatch, TellsTheEndOfOneThatRanAtTheLookBefore) {
  CopyWatch watch;
  EXPECT_TRUE(watch.ended_since(look(clone(CopyState::kRunning, kFirst))).empty());
  EXPECT_TRUE(watch.ended_since(look(clone(CopyState::kRunning, kFirst))).empty());
  // mysqld restarts at the end of a copy.
  Observation away;
  away.servers.emplace("db3", Unreachable{});
  EXPECT_TRUE(watch.ended_since(away).empty());
  const Observation done = look(clone(CopyState::kCompleted, kFirst, "2026-11-30 00:00:08.750"));
  const auto list = watch.ended_since(done);
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].server, "db3");
  EXPECT_EQ(list[0].source, "10.0.0.1:3306");
  EXPECT_TRUE(list[0].done);
  EXPECT_DOUBLE_EQ(list[0].seconds.value_or(0), 10.25);
  EXPECT_EQ(list[0].error, "");
  EXPECT_TRUE(watch.ended_since(done).empty());
}

TEST(CopyWatch, TellsOneThatBeganAndEndedBetweenTwoLooks) {
  CopyWatch watch;
  EXPECT_TRUE(watch.ended_since(look(clone(CopyState::kNone, ""))).empty());
  const auto first = watch.ended_since(look(clone(CopyState::kFailed, kFirst)));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_FALSE(first[0].done);
  EXPECT_FALSE(first[0].seconds);
  EXPECT_EQ(first[0].error, "error 3862: the donor is gone");
  const auto second =
      watch.ended_since(look(clone(CopyState::kCompleted, kSecond, "2026-11-30 00:10:01.000")));
  ASSERT_EQ(second.size(), 1U);
  EXPECT_TRUE(second[0].done);
}

TEST(CopyWatch, DoesNotTellWhatHadEndedBeforeTheFirstLook) {
  CopyWatch watch;
  const Observation old = look(clone(CopyState::kFailed, kFirst, kSecond));
  EXPECT_TRUE(watch.ended_since(old).empty());
  EXPECT_TRUE(watch.ended_since(old).empty());
  Observation shallow;
  shallow.servers.emplace("db3", ServerState{});
  EXPECT_TRUE(watch.ended_since(shallow).empty());
}

}  // namespace
}  // namespace gtidops
