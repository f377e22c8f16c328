// Durations, sizes, moments, and which name was meant.
#include <gtest/gtest.h>

#include "base/host.h"
#include "base/nearest.h"
#include "base/position.h"
#include "base/quantity.h"

namespace gtidops {
namespace {

TEST(Duration, IsOneNumberAndOneUnit) {
  EXPECT_EQ(parse_duration("500ms"), Millis(500));
  EXPECT_EQ(parse_duration("10s"), Millis(10'000));
  EXPECT_EQ(parse_duration("5m"), Millis(300'000));
  EXPECT_EQ(parse_duration("1h"), Millis(3'600'000));
  EXPECT_EQ(parse_duration("7d"), Millis(604'800'000));
  EXPECT_EQ(parse_duration("0s"), Millis(0));
  EXPECT_EQ(parse_duration("3653d"), Millis(3'653LL * 86'400'000));
}

TEST(Duration, IsNothingElse) {
  for (const char* text :
       {"", "10", "s", "-1s", "+1s", " 1s", "1s ", "1 s", "1.5s", "1h30m", "1S", "1w", "1us",
        "0x1s", "3654d", "99999999999999999999s", "9223372036854775807d"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Duration, PrintsAsShortAsItCan) {
  EXPECT_EQ(print_duration(Millis(0)), "0s");
  EXPECT_EQ(print_duration(Millis(1)), "1ms");
  EXPECT_EQ(print_duration(Millis(1'500)), "1500ms");
  EXPECT_EQ(print_duration(Millis(60'000)), "1m");
  EXPECT_EQ(print_duration(Millis(90'000)), "90s");
  EXPECT_EQ(print_duration(Millis(86'400'000)), "1d");
  for (const char* text : {"1ms", "999ms", "59s", "61s", "59m", "23h", "365d"})
    EXPECT_EQ(print_duration(*parse_duration(text)), text);
}

TEST(Size, HasPowersOf1024) {
  EXPECT_EQ(parse_size("0"), 0);
  EXPECT_EQ(parse_size("1024"), 1024);
  EXPECT_EQ(parse_size("64K"), 65'536);
  EXPECT_EQ(parse_size("64M"), 67'108'864);
  EXPECT_EQ(parse_size("4G"), 4'294'967'296);
  EXPECT_EQ(parse_size("2T"), 2'199'023'255'552);
  EXPECT_EQ(parse_size("9223372036854775807"), 9'223'372'036'854'775'807);
}

TEST(Size, IsNothingElse) {
  for (const char* text :
       {"", "M", "-1", "1.5G", "4GB", "4 G", "4g", "1P", "9223372036854775808", "8388608T"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
}

TEST(Size, PrintsForPeople) {
  EXPECT_EQ(print_size(0), "0 B");
  EXPECT_EQ(print_size(532), "532 B");
  EXPECT_EQ(print_size(1'288'490'188), "1.2 GiB");
}

TEST(Moment, IsRfc3339) {
  EXPECT_EQ(print_moment(*parse_moment("2026-12-01T06:00:00Z")), "2026-12-01T06:00:00.000Z");
  EXPECT_EQ(print_moment(*parse_moment("2026-12-01T06:00:00.5+01:00")), "2026-12-01T05:00:00.500Z");
  EXPECT_EQ(print_moment(*parse_moment("2026-12-01 06:00:00.123456-00:30")),
            "2026-12-01T06:30:00.123Z");
  EXPECT_EQ(print_moment(*parse_moment("2026-12-01")), "2026-12-01T00:00:00.000Z");
  EXPECT_EQ(print_moment(*parse_moment("2028-02-29")), "2028-02-29T00:00:00.000Z");
  EXPECT_EQ(print_moment(*parse_moment("1969-12-31T23:59:59.999Z")), "1969-12-31T23:59:59.999Z");
}

TEST(Moment, IsNothingElse) {
  for (const char* text :
       {"", "tomorrow", "2026", "2026-13-01", "2026-02-29", "2026-1-1", "2026-12-01T06:00:00",
        "2026-12-01T24:00:00Z", "2026-12-01T06:60:00Z", "2026-12-01T06:00:00.Z",
        "2026-12-01T06:00:00Zx", "2026-12-01T06:00:00+1:00", "2026-12-01T06:00Z", " 2026-12-01"})
    EXPECT_EQ(parse_moment(text), std::nullopt) << text;
}

TEST(Nearest, FindsSlips) {
  const std::vector<std::string> names{"source", "servers", "primary", "promotion"};
  EXPECT_EQ(nearest("soruce", names), "source");
  EXPECT_EQ(nearest("PRIMARY", names), "primary");
  EXPECT_EQ(nearest("server", names), "servers");
  EXPECT_EQ(nearest("promote", names), "promotion");
}

TEST(Nearest, FindsNothingWhereNothingIsNear) {
  const std::vector<std::string> names{"source", "servers"};
  EXPECT_EQ(nearest("elephant", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
  EXPECT_EQ(nearest("x", names), std::nullopt);
  EXPECT_EQ(nearest("source", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(1'000'000, 's'), names), std::nullopt);
}

TEST(Nearest, TakesTheFirstOfEquals) { EXPECT_EQ(nearest("db9", {"db1", "db2"}), "db1"); }

TEST(CanonicalHost, HasOneTextForEachHost) {
  const struct {
    const char *host, *canonical;
  } rows[] = {
      {"DB1.Example", "db1.example"},   {"10.0.0.1", "10.0.0.1"},
      {"127.1", "127.0.0.1"},           {"0x7f.1", "127.0.0.1"},
      {"0:0:0:0:0:0:0:1", "::1"},       {"::1", "::1"},
      {"2001:DB8::0:1", "2001:db8::1"}, {"2001:0db8:0:0:0:0:0:1", "2001:db8::1"},
      {"::FFFF:10.0.0.1", "10.0.0.1"},  {"::ffff:a00:1", "10.0.0.1"},
      {"fe80::1%eth0", "fe80::1%eth0"}, {"", ""},
      {"10.0.0.1 x", "10.0.0.1 x"},     {"dead.beef", "dead.beef"},
  };
  for (const auto& row : rows) EXPECT_EQ(canonical_host(row.host), row.canonical) << row.host;
  EXPECT_TRUE(same_host("::1", "0::1"));
  EXPECT_FALSE(same_host("localhost", "127.0.0.1"));
}

TEST(Letters, ChangeCaseInAsciiOnly) {
  EXPECT_EQ(lower("ABC-\xC3\x89z_1"), "abc-\xC3\x89z_1");
  EXPECT_EQ(upper("abc-\xC3\xA9Z_1"), "ABC-\xC3\xA9Z_1");
}

TEST(Positions, AreEqualByValue) {
  EXPECT_EQ((Position{1, 2}), (Position{1, 2}));
  EXPECT_NE((Position{1, 2}), (Position{2, 1}));
  EXPECT_EQ(Position{}.line, 0);
}

}  // namespace
}  // namespace gtidops
