// What a load client concludes from the rows that were acknowledged.
#include "load/report.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace gtidops::load {
namespace {

constexpr Port kA = 1, kB = 2;

struct At {
  Port port;
  Micros sent, acked;
};

Report report(std::initializer_list<At> rows, const std::vector<Micros>& marks, Micros end) {
  Report made;
  std::uint32_t number = 0;
  for (const At& row : rows) made.acks.push_back({{1, ++number}, row.port, row.sent, row.acked});
  conclude(made, marks, end);
  return made;
}

TEST(LoadReport, GapsBeforeAndAfterTheMark) {
  const Report made =
      report({{kA, 0, 100}, {kA, 100, 200}, {kA, 200, 500}, {kA, 500, 600}, {kB, 1000, 1400}},
             {650}, 1500);
  EXPECT_EQ(made.rows(), 5U);
  EXPECT_EQ(made.noise().to - made.noise().from, 300);
  EXPECT_EQ(made.gap().from, 600);  // the last row before the mark is where the gap begins
  EXPECT_EQ(made.gap().to, 1400);
  EXPECT_EQ(made.gap().from_port, kA);
  EXPECT_EQ(made.gap().to_port, kB);
  EXPECT_EQ(made.windows[0].rows, 4U);
  EXPECT_EQ(made.windows[1].rows, 1U);
  EXPECT_EQ(made.rows_of_server.at(kA), 4U);
}

TEST(LoadReport, SilenceUpToTheEndIsAGap) {
  const Report made = report({{kA, 0, 100}, {kA, 100, 200}}, {150}, 5000);
  EXPECT_EQ(made.gap().from, 200);
  EXPECT_EQ(made.gap().to, 5000);
  EXPECT_EQ(made.gap().to_port, 0);
}

TEST(LoadReport, WithoutARowAllIsZero) {
  const Report made = report({}, {10}, 20);
  ASSERT_EQ(made.windows.size(), 2U);
  EXPECT_EQ(made.gap().ms(), 0);
  EXPECT_EQ(made.windows[1].new_port, 0);
}

TEST(LoadReport, AHandOverIsFromTheLastOfTheOldToTheFirstOfTheNew) {
  const Report made =
      report({{kA, 0, 100}, {kA, 100, 200}, {kB, 260, 900}, {kB, 900, 950}}, {150}, 1000);
  const Window& window = made.windows[1];
  EXPECT_EQ(window.old_port, kA);
  EXPECT_EQ(window.new_port, kB);
  EXPECT_DOUBLE_EQ(window.handover_ms, 0.7);
  EXPECT_EQ(made.overlap(), 0U);
  EXPECT_EQ(made.windows[0].new_port, 0);
}

TEST(LoadReport, AHandOverWhoseOldRowsAreAllBeforeTheMark) {
  const Report made = report({{kA, 0, 100}, {kB, 260, 900}}, {150}, 1000);
  EXPECT_EQ(made.windows[1].old_port, kA);
  EXPECT_DOUBLE_EQ(made.windows[1].handover_ms, 0.8);
}

TEST(LoadReport, ARowOfTheOldServerSentAfterTheFirstOfTheNewIsOverlap) {
  const Report made =
      report({{kA, 0, 100}, {kB, 150, 300}, {kA, 250, 320}, {kA, 310, 400}}, {120}, 500);
  EXPECT_EQ(made.windows[1].overlap, 1U);
  EXPECT_EQ(made.windows[1].late, 1U);  // sent at 250: its commit may have been before that of B
}

TEST(LoadReport, ThereAndBackWithAMarkEachIsNoOverlap) {
  const Report made =
      report({{kA, 0, 100}, {kB, 200, 300}, {kB, 300, 400}, {kA, 500, 600}, {kA, 600, 700}},
             {150, 450}, 800);
  EXPECT_EQ(made.overlap(), 0U);
  EXPECT_EQ(made.windows[1].new_port, kB);
  EXPECT_EQ(made.windows[2].new_port, kA);
}

TEST(LoadReport, RowsUnderWayAtTheEndBelongToTheLastWindow) {
  const Report made = report({{kA, 0, 100}, {kB, 190, 300}, {kA, 310, 330}}, {150}, 200);
  EXPECT_EQ(made.windows[1].rows, 2U);
  EXPECT_EQ(made.overlap(), 1U);
}

TEST(LoadReport, AKeyThatWasAcknowledgedTwiceIsTold) {
  Report made;
  made.acks = {{{1, 7}, kB, 5, 9}, {{1, 7}, kA, 0, 4}};
  conclude(made, {}, 10);
  EXPECT_EQ(made.acked_twice, 1U);
  EXPECT_EQ(made.acks[0].acked, 4);
}

}  // namespace
}  // namespace gtidops::load
