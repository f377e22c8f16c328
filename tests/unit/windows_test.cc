// Windows: when they are open, also on the nights when the clock jumps.
#include "decide/windows.h"

#include <gtest/gtest.h>

#include "base/time_zone.h"
#include "model/cron.h"

namespace gtidops {
namespace {

Moment at(const std::string& text) { return parse_moment(text).value(); }

WindowSpec window(const std::string& schedule, const std::string& duration, bool deny,
                  const std::string& zone, const std::string& risk = "disruptive") {
  WindowSpec window;
  (deny ? window.deny : window.allow) = Field<std::string>(schedule, {1, 1});
  window.duration = Field<Millis>(parse_duration(duration).value(), {1, 1});
  window.time_zone = Field<std::string>(zone, {1, 1});
  window.risk = Field<std::string>(risk, {1, 1});
  return window;
}
WindowSpec deny(const std::string& schedule, const std::string& duration,
                const std::string& zone = "UTC", const std::string& risk = "disruptive") {
  return window(schedule, duration, true, zone, risk);
}
WindowSpec allow(const std::string& schedule, const std::string& duration,
                 const std::string& zone = "UTC", const std::string& risk = "disruptive") {
  return window(schedule, duration, false, zone, risk);
}

// "open", or the moment until which it is forbidden, or "never".
std::string when(const std::vector<WindowSpec>& windows, const std::string& moment,
                 Risk risk = Risk::kDisruptive) {
  const WindowVerdict verdict = judge_windows(windows, at(moment), risk);
  EXPECT_EQ(verdict.allowed, verdict.why.empty());
  if (verdict.allowed) return "allowed";
  return verdict.until ? print_moment(*verdict.until) : "never";
}

TEST(Cron, Days) {
  using namespace std::chrono;  // NOLINT: for the calendar's words
  const auto on = [](const char* text, year_month_day day) {
    return Cron::parse(text).value().on_day(day);
  };
  const year_month_day friday = 2026y / November / 13;
  const year_month_day saturday = 2026y / November / 14;
  EXPECT_TRUE(on("0 8 * * 1-5", friday));
  EXPECT_FALSE(on("0 8 * * 1-5", saturday));
  EXPECT_TRUE(on("0 8 13 * *", friday));
  EXPECT_FALSE(on("0 8 13 * *", saturday));
  // Both are restricted: one or the other.
  EXPECT_TRUE(on("0 8 13 * SAT", friday));
  EXPECT_TRUE(on("0 8 13 * SAT", saturday));
  EXPECT_FALSE(on("0 8 13 * SAT", 2026y / November / 15));
  // Steps of all are no restriction, as cron has it.
  EXPECT_FALSE(on("0 8 */2 * SAT", friday));
  EXPECT_TRUE(on("0 8 * * 7", 2026y / November / 15));
  EXPECT_TRUE(on("0 8 * * 0", 2026y / November / 15));
  EXPECT_TRUE(on("0 8 29 FEB *", 2028y / February / 29));
  EXPECT_FALSE(on("0 8 * jan *", friday));
}

TEST(Cron, Minutes) {
  const Cron cron = Cron::parse("*/20,5 8-18/5 * * *").value();
  for (const int minute : {0, 5, 20, 40}) EXPECT_TRUE(cron.at_minute(8, minute)) << minute;
  for (const int minute : {1, 10, 59}) EXPECT_FALSE(cron.at_minute(8, minute)) << minute;
  for (const int hour : {8, 13, 18}) EXPECT_TRUE(cron.at_minute(hour, 0)) << hour;
  for (const int hour : {0, 9, 23}) EXPECT_FALSE(cron.at_minute(hour, 0)) << hour;
  for (const char* wrong : {"", "* * * *", "60 * * * *", "* * 0 * *", "5-1 * * * *", "x * * * *"})
    EXPECT_FALSE(Cron::parse(wrong)) << wrong;
}

TEST(TimeZone, KnowsThePlacesOfThisMachineAndNoOthers) {
  for (const char* name : {"UTC", "Europe/Madrid", "America/New_York", "Etc/GMT+5"})
    EXPECT_TRUE(TimeZone::find(name)) << name;
  for (const char* name : {"", "Europe/Madridd", "../../etc/passwd", "europe/madrid"})
    EXPECT_FALSE(TimeZone::find(name)) << name;
}

TEST(TimeZone, TheClockOnTheWall) {
  const TimeZone madrid = *TimeZone::find("Europe/Madrid");
  const auto wall = [](const char* text) {
    return std::chrono::duration_cast<WallMinutes>(at(text).time_since_epoch());
  };
  EXPECT_EQ(madrid.wall(at("2026-07-01T10:00:59.999Z")), wall("2026-07-01T12:00:00Z"));
  EXPECT_EQ(madrid.wall(at("2026-12-01T10:00:00Z")), wall("2026-12-01T11:00:00Z"));
  const auto once = madrid.moments(wall("2026-07-01T12:00:00Z"));
  EXPECT_EQ(once.first, at("2026-07-01T10:00:00Z"));
  EXPECT_FALSE(once.second || once.skipped);
  // Put forward: from 02:00 to 03:00.
  const auto never = madrid.moments(wall("2027-03-28T02:30:00Z"));
  EXPECT_TRUE(never.skipped);
  EXPECT_EQ(never.first, at("2027-03-28T01:00:00Z"));
  // Put back: 02:30 comes twice.
  const auto twice = madrid.moments(wall("2026-10-25T02:30:00Z"));
  EXPECT_EQ(twice.first, at("2026-10-25T00:30:00Z"));
  EXPECT_EQ(twice.second, at("2026-10-25T01:30:00Z"));
}

TEST(Windows, NoneAllowsEverything) { EXPECT_EQ(when({}, "2026-11-23T10:00:00Z"), "allowed"); }

TEST(Windows, ADenyWindowForbidsWhileItIsOpen) {
  const std::vector<WindowSpec> office{deny("0 8 * * 1-5", "10h", "Europe/Madrid")};
  EXPECT_EQ(when(office, "2026-11-23T06:59:59.999Z"), "allowed");  // a Monday, 07:59 in Madrid
  EXPECT_EQ(when(office, "2026-11-23T07:00:00Z"), "2026-11-23T17:00:00.000Z");
  EXPECT_EQ(when(office, "2026-11-23T16:59:59.999Z"), "2026-11-23T17:00:00.000Z");
  EXPECT_EQ(when(office, "2026-11-23T17:00:00Z"), "allowed");
  EXPECT_EQ(when(office, "2026-11-22T10:00:00Z"), "allowed");  // a Sunday
  // In summer the same clock is another moment.
  EXPECT_EQ(when(office, "2026-07-06T06:00:00Z"), "2026-07-06T16:00:00.000Z");
  // What it forbids is said.
  const WindowVerdict verdict =
      judge_windows(office, at("2026-11-23T07:00:00Z"), Risk::kDisruptive);
  EXPECT_EQ(verdict.why, "the deny window \"0 8 * * 1-5\" for 10h in Europe/Madrid is open");
}

TEST(Windows, AreAboutTheirRiskAndAbove) {
  const std::vector<WindowSpec> office{deny("0 8 * * *", "10h")};
  EXPECT_EQ(when(office, "2026-11-23T09:00:00Z", Risk::kSafe), "allowed");
  EXPECT_NE(when(office, "2026-11-23T09:00:00Z", Risk::kDisruptive), "allowed");
  EXPECT_NE(when(office, "2026-11-23T09:00:00Z", Risk::kDestructive), "allowed");
  const std::vector<WindowSpec> freeze{deny("0 0 * * *", "7d", "UTC", "safe")};
  EXPECT_NE(when(freeze, "2026-11-23T09:00:00Z", Risk::kSafe), "allowed");
  const std::vector<WindowSpec> careful{deny("0 8 * * *", "10h", "UTC", "destructive")};
  EXPECT_EQ(when(careful, "2026-11-23T09:00:00Z", Risk::kDisruptive), "allowed");
}

TEST(Windows, OutsideOfAllAllowWindowsItIsForbidden) {
  const std::vector<WindowSpec> nights{allow("0 2 * * SAT", "4h"), allow("30 3 * * WED", "1h")};
  EXPECT_EQ(when(nights, "2026-11-23T09:00:00Z"), "2026-11-25T03:30:00.000Z");  // a Monday
  EXPECT_EQ(when(nights, "2026-11-25T03:30:00Z"), "allowed");
  EXPECT_EQ(when(nights, "2026-11-25T04:30:00Z"), "2026-11-28T02:00:00.000Z");
  EXPECT_EQ(when(nights, "2026-11-28T05:59:59Z"), "allowed");
  EXPECT_EQ(when(nights, "2026-11-23T09:00:00Z", Risk::kSafe), "allowed");
  const WindowVerdict verdict =
      judge_windows(nights, at("2026-11-23T09:00:00Z"), Risk::kDisruptive);
  EXPECT_EQ(verdict.why,
            "no allow window is open (\"0 2 * * SAT\" for 4h in UTC, \"30 3 * * WED\" for 1h in "
            "UTC)");
}

TEST(Windows, ADenyWindowWinsOverAnAllowWindow) {
  const std::vector<WindowSpec> both{allow("0 0 * * *", "6h"), deny("0 2 * * *", "1h")};
  EXPECT_EQ(when(both, "2026-11-23T01:00:00Z"), "allowed");
  EXPECT_EQ(when(both, "2026-11-23T02:30:00Z"), "2026-11-23T03:00:00.000Z");
  // The deny window opens as the allow window does: the end of both is told.
  const std::vector<WindowSpec> late{allow("0 2 * * *", "4h"), deny("0 2 * * *", "1h")};
  EXPECT_EQ(when(late, "2026-11-23T01:00:00Z"), "2026-11-23T03:00:00.000Z");
}

TEST(Windows, OneThatOpensAsAnotherEndsIsOneLongOne) {
  const std::vector<WindowSpec> shifts{deny("0 8 * * *", "4h"), deny("0 12 * * *", "6h")};
  EXPECT_EQ(when(shifts, "2026-11-23T09:00:00Z"), "2026-11-23T18:00:00.000Z");
  // Longer than its own period: it never closes.
  EXPECT_EQ(when({deny("0 * * * *", "2h")}, "2026-11-23T09:00:00Z"), "never");
  // An allow window on a day that does not come.
  EXPECT_EQ(when({allow("0 0 31 FEB *", "2h")}, "2026-11-23T09:00:00Z"), "never");
  EXPECT_EQ(when({allow("0 0 29 FEB *", "2h")}, "2026-11-23T09:00:00Z"),
            "2028-02-29T00:00:00.000Z");
}

TEST(Windows, OneMayLastForWeeks) {
  const std::vector<WindowSpec> christmas{deny("0 0 20 DEC *", "14d", "Europe/Berlin", "safe")};
  EXPECT_EQ(when(christmas, "2026-12-31T12:00:00Z"), "2027-01-02T23:00:00.000Z");
  EXPECT_EQ(when(christmas, "2027-01-02T23:00:00Z"), "allowed");
  EXPECT_EQ(when(christmas, "2026-12-19T22:59:59Z"), "allowed");
}

// In Madrid the clock goes from 02:00 to 03:00 on 2027-03-28, at 01:00Z.
TEST(Windows, WhatTheClockSkipsOpensWhenItJumps) {
  for (const bool denied : {true, false}) {
    const std::vector<WindowSpec> night{window("30 2 * * *", "1h", denied, "Europe/Madrid")};
    const std::string inside = "2027-03-28T01:30:00Z";
    EXPECT_EQ(when(night, "2027-03-28T00:59:59Z") == "allowed", denied);
    EXPECT_EQ(when(night, inside) == "allowed", !denied);
    EXPECT_EQ(when(night, "2027-03-28T02:00:00Z") == "allowed", denied);
  }
  EXPECT_EQ(when({deny("30 2 * * *", "1h", "Europe/Madrid")}, "2027-03-28T01:00:00Z"),
            "2027-03-28T02:00:00.000Z");
  // One that is open then lasts its duration, not till the hour on the wall.
  EXPECT_EQ(when({deny("0 1 * * *", "3h", "Europe/Madrid")}, "2027-03-28T00:30:00Z"),
            "2027-03-28T03:00:00.000Z");
}

// In Madrid 02:30 comes twice on 2026-10-25: at 00:30Z and at 01:30Z.
TEST(Windows, WhatTheClockShowsTwiceIsDeniedTwiceAndAllowedOnce) {
  const std::vector<WindowSpec> denied{deny("30 2 * * *", "30m", "Europe/Madrid")};
  EXPECT_EQ(when(denied, "2026-10-25T00:30:00Z"), "2026-10-25T01:00:00.000Z");
  EXPECT_EQ(when(denied, "2026-10-25T01:15:00Z"), "allowed");
  EXPECT_EQ(when(denied, "2026-10-25T01:30:00Z"), "2026-10-25T02:00:00.000Z");
  const std::vector<WindowSpec> allowed{allow("30 2 * * *", "30m", "Europe/Madrid")};
  EXPECT_EQ(when(allowed, "2026-10-25T00:45:00Z"), "allowed");
  EXPECT_EQ(when(allowed, "2026-10-25T01:45:00Z"), "2026-10-26T01:30:00.000Z");
  EXPECT_EQ(when(allowed, "2026-10-24T23:00:00Z"), "2026-10-25T00:30:00.000Z");
}

TEST(Windows, AnUnknownTimeZoneForbids) {
  const WindowVerdict verdict = judge_windows({deny("0 8 * * *", "1h", "Mars/Olympus")},
                                              at("2026-11-23T03:00:00Z"), Risk::kDisruptive);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_FALSE(verdict.until);
  EXPECT_EQ(when({deny("0 8 * * *", "1h", "Mars/Olympus")}, "2026-11-23T03:00:00Z", Risk::kSafe),
            "allowed");
}

// The same, found by trying every minute of two weeks around both jumps.
TEST(Windows, TheMomentThatIsToldIsTheFirstThatIsAllowed) {
  const std::vector<WindowSpec> windows{deny("*/45 1-3 * * *", "20m", "Europe/Madrid"),
                                        allow("15 0 * * *", "5h", "America/New_York")};
  for (const char* begin : {"2026-10-24T00:00:00Z", "2027-03-27T00:00:00Z"}) {
    std::optional<Moment> told;
    for (Moment now = at(begin); now < at(begin) + std::chrono::hours(48);
         now += std::chrono::minutes(5)) {
      const WindowVerdict verdict = judge_windows(windows, now, Risk::kDisruptive);
      if (told) {
        EXPECT_EQ(verdict.allowed, now >= *told) << print_moment(now);
      }
      told = verdict.allowed ? std::nullopt : verdict.until;
      if (!verdict.allowed) {
        ASSERT_TRUE(verdict.until) << print_moment(now);
      }
    }
  }
}

}  // namespace
}  // namespace gtidops
