// Who stands in the way of a freeze, out of a performance schema that is no snapshot.
#include "execute/sessions.h"

#include <gtest/gtest.h>

#include <deque>

namespace gtidops {
namespace {

// Answers with what it was given, in that order.
class ScriptedFleet : public Fleet {
 public:
  explicit ScriptedFleet(std::deque<Result<Rows>> answers) : answers_(std::move(answers)) {}
  Observation look(const std::vector<std::string>&, Depth, Millis) override { return {}; }
  Result<Rows> run(const Statement&, Millis) override {
    if (answers_.empty()) return fail(ErrorCode::kFailed, "asked once too often");
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }
  [[nodiscard]] std::size_t left() const { return answers_.size(); }

 private:
  std::deque<Result<Rows>> answers_;
};

// id, who, a read lock?, idle?, waits for an acknowledgement?, seconds, the statement's number.
Row holder(const char* id, bool idle, const char* statement, const char* seconds = "0") {
  return {id, "app@10.0.0.9", "0", idle ? "1" : "0", "0", seconds, statement};
}

std::string ids_of(const Result<std::vector<Blocker>>& found) {
  if (!found) return found.error().message;
  std::string ids;
  for (const Blocker& one : *found) ids += (ids.empty() ? "" : " ") + one.id;
  return ids;
}

TEST(FindBlockers, OneThatHasJustEndedItsStatementIsNoneOfThem) {
  const Rows first{holder("5", true, "10"), holder("6", true, "4", "7"), holder("7", true, "8"),
                   holder("8", false, "2", "3")};
  const Rows second{holder("5", true, "11"), holder("6", true, "4", "7"), holder("7", false, "8")};
  ScriptedFleet fleet({first, second, Rows{}});
  EXPECT_EQ(ids_of(find_blockers(fleet, "db1", Millis{100})), "6 8");
  EXPECT_EQ(fleet.left(), 0U);
}

TEST(FindBlockers, NobodyIdleIsAskedForOnce) {
  ScriptedFleet fleet({Rows{holder("8", false, "2", "3")}, Rows{}});
  EXPECT_EQ(ids_of(find_blockers(fleet, "db1", Millis{100})), "8");
}

TEST(FindBlockers, WhatCannotBeReadIsAnError) {
  ScriptedFleet fleet({Rows{holder("5", true, "10")}, fail(ErrorCode::kUnknown, "no answer")});
  EXPECT_EQ(ids_of(find_blockers(fleet, "db1", Millis{100})), "no answer");
}

// ---------------------------------------------------------------- who holds a lock

TEST(WhoHoldsTheLock, IsToldInASentence) {
  ScriptedFleet fleet({Rows{{"12", "backup@localhost", "35", "1", "0", std::nullopt},
                            {"13", "root@10.0.0.9", "4", "0", "1", std::nullopt},
                            {"14", "app@10.0.0.7", "2", "0", "0", "gtidops.heartbeat"}}});
  EXPECT_EQ(who_holds_the_lock(fleet, "db1", Millis{100}),
            "connection 12 of backup@localhost holds LOCK INSTANCE FOR BACKUP (for 35 s so far); "
            "connection 13 of root@10.0.0.9 holds FLUSH TABLES WITH READ LOCK (for 4 s so far); "
            "connection 14 of app@10.0.0.7 holds a lock on gtidops.heartbeat (for 2 s so far)");
}

TEST(WhoHoldsTheLock, NothingIsSaidWhenNobodyIsSeenOrNobodyAnswers) {
  ScriptedFleet nobody({Rows{}});
  EXPECT_EQ(who_holds_the_lock(nobody, "db1", Millis{100}), "");
  ScriptedFleet silent({fail(ErrorCode::kUnknown, "no answer")});
  EXPECT_EQ(who_holds_the_lock(silent, "db1", Millis{100}), "");
}

TEST(WhoHoldsTheLock, IsAskedAfterTheseErrors) {
  for (const int number : {1205, 1223, 3857}) EXPECT_TRUE(is_lock_trouble(number));
  for (const int number : {0, 1290, 1213, 1062}) EXPECT_FALSE(is_lock_trouble(number));
}

// ---------------------------------------------------------------- copies into a server

// A connection that was opened for a CLONE and has not begun it may begin it when the server is
// open: it is ended.
TEST(EndCopies, WhatHasNotBegunIsEndedAndWhatRunsIsInTheWay) {
  ScriptedFleet idle({Rows{{"17", "0"}, {"18", "0"}}, Rows{}, Rows{}});
  EXPECT_TRUE(end_copies(idle, "db1", Millis{100}));
  EXPECT_EQ(idle.left(), 0U);
  ScriptedFleet none({Rows{}});
  EXPECT_TRUE(end_copies(none, "db1", Millis{100}));
  ScriptedFleet runs({Rows{{"17", "1"}}});
  const Status refused = end_copies(runs, "db1", Millis{100});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "another server is being copied into db1 (connection 17)");
  ScriptedFleet away({fail(ErrorCode::kUnreachable, "no connection")});
  EXPECT_FALSE(end_copies(away, "db1", Millis{100}));
}

}  // namespace
}  // namespace gtidops
