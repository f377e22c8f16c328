// Text for people: what a terminal would obey does not get there, and columns line up.
#include "report/style.h"

#include <gtest/gtest.h>

#include <string>

#include "base/words.h"
#include "unit/support/fleet_builder.h"

namespace gtidops {
namespace {

using testing::FleetBuilder;

TEST(Printable, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(printable("db1: 'a' \\ \"b\" <c> ~"), "db1: 'a' \\ \"b\" <c> ~");
  EXPECT_EQ(printable("Ünïcödé 日本 😀"), "Ünïcödé 日本 😀");
  EXPECT_EQ(printable(""), "");
}

TEST(Printable, WritesOutWhatATerminalWouldObey) {
  EXPECT_EQ(printable("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(printable("\x1b[2J\x07\x7f"), "\\x1b[2J\\x07\\x7f");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\x00b");
  // C1 controls: some terminals take U+009B for ESC [.
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m");
  // Text that reads from right to left, and characters that nobody sees.
  EXPECT_EQ(printable("\xe2\x80\xae"), "\\u202e");
  EXPECT_EQ(printable("\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf"), "\\u2066\\u200b\\ufeff");
  EXPECT_EQ(printable("\xe2\x80\xa8"), "\\u2028");
}

TEST(Printable, WritesOutWhatIsNoUtf8) {
  EXPECT_EQ(printable("a\xff"), "a\\xff");
  EXPECT_EQ(printable("\x80\xbf"), "\\x80\\xbf");
  EXPECT_EQ(printable("\xe2\x80"), "\\xe2\\x80");                    // cut off
  EXPECT_EQ(printable("\xc0\x9b"), "\\xc0\\x9b");                    // overlong ESC
  EXPECT_EQ(printable("\xe0\x80\x9b"), "\\xe0\\x80\\x9b");           // the same
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond Unicode
}

TEST(Table, LinesUpAndEndsWithoutSpaces) {
  const std::vector<Line> lines{
      {{"NAME"}, {"ROLE"}, {"NOTES"}}, {{"db1"}, {"primary"}, {""}}, {{"dä2"}, {"x"}, {"a\nb"}}};
  EXPECT_EQ(table(lines, 2, {}),
            "  NAME  ROLE     NOTES\n"
            "  db1   primary\n"
            "  dä2   x        a\\nb\n");
}

TEST(Table, ColoursOnlyTheTextOfACell) {
  const std::vector<Line> lines{{{"a", Paint::kGood}, {"b", Paint::kBad}}, {{"long"}, {"c"}}};
  EXPECT_EQ(table(lines, 0, {true}), "\x1b[32ma\x1b[0m     \x1b[1;31mb\x1b[0m\nlong  c\n");
}

TEST(Counted, KnowsSingularAndPlural) {
  EXPECT_EQ(counted(0, "step"), "0 steps");
  EXPECT_EQ(counted(1, "step"), "1 step");
  EXPECT_EQ(counted(2, "step"), "2 steps");
}

TEST(Shortened, LeavesAShortSetAlone) {
  EXPECT_EQ(shortened(FleetBuilder::gtids("db1:1-5:7")),
            "00000001-0000-4000-8000-000000000001:1-5:7");
  EXPECT_EQ(shortened(GtidSet{}), "");
}

TEST(Shortened, CutsBehindAnInterval) {
  const GtidSet set = FleetBuilder::gtids("db1:1-5:7-9:11-13,db2:1-5,db3:1:blue:1-3");
  const std::string first = "00000001-0000-4000-8000-000000000001:1-5";
  const std::string fifteen = first + " and 15 transactions more";
  EXPECT_EQ(shortened(set, 1), fifteen);  // the first interval is always told
  EXPECT_EQ(shortened(set, first.size()), fifteen);
  EXPECT_EQ(shortened(set, first.size() + 3), fifteen);
  EXPECT_EQ(shortened(set, first.size() + 4), first + ":7-9 and 12 transactions more");
  // Never behind a UUID or a tag, though a UUID may be all digits.
  EXPECT_EQ(shortened(set, first.size() + 4 + 6 + 37),
            first + ":7-9:11-13 and 9 transactions more");
  const std::string all = set.to_string();
  EXPECT_EQ(shortened(set, all.size()), all);
  EXPECT_EQ(shortened(set, all.size() - 1),
            all.substr(0, all.find(":blue")) + " and 3 transactions more");
}

TEST(Shortened, TellsTheFirstIntervalBehindATag) {
  const GtidSet set = FleetBuilder::gtids("db1:blue:1-3:5,db2:1");
  EXPECT_EQ(shortened(set, 10),
            "00000001-0000-4000-8000-000000000001:blue:1-3 and 2 transactions more");
}

TEST(ShortHash, ShowsTwelveDigits) {
  EXPECT_EQ(short_hash("sha256:3f786850e387550fdab8"), "sha256:3f786850e387");
  EXPECT_EQ(short_hash("3f786850e387550fdab8"), "3f786850e387");
  EXPECT_EQ(short_hash("short"), "short");
  EXPECT_EQ(short_hash(""), "");
}

TEST(PrintMilliseconds, ShowsOneDigit) {
  EXPECT_EQ(print_milliseconds(0), "0.0 ms");
  EXPECT_EQ(print_milliseconds(12.345), "12.3 ms");
  EXPECT_EQ(print_milliseconds(61234.56), "61234.6 ms");
}

}  // namespace
}  // namespace gtidops
