// Cron: a schedule in the five fields of cron: minute, hour, day of the month, month, day of the
// week.
//
// Thread-safety: plain values, pure functions. Errors: nullopt for text that is not a schedule.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gtidops {

struct CronField {
  std::string_view name;
  int least;
  int most;
  std::string_view names;  // three letters each; the first name stands for `least`
};
inline constexpr std::array<CronField, 5> kCronFields{{
    {"minute", 0, 59, ""},
    {"hour", 0, 23, ""},
    {"day of the month", 1, 31, ""},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"day of the week", 0, 7, "sunmontuewedthufrisat"},
}};

// The values that a field names, one bit each: "*", "5", "1-5", "*/15", "8-18/2", "1,3"; names
// (JAN, MON) in any case.
std::optional<std::uint64_t> parse_cron_field(std::string_view text, const CronField& field);

struct Cron {
  std::uint64_t minutes = 0, hours = 0, days = 0, months = 0, weekdays = 0;
  // Neither the day of the month nor the day of the week begins with "*". As in cron, a day then
  // matches when one of the two does.
  bool day_or_weekday = false;

  static std::optional<Cron> parse(std::string_view text);
  [[nodiscard]] bool on_day(std::chrono::year_month_day day) const;
  [[nodiscard]] bool at_minute(int hour, int minute) const {
    return ((hours >> hour) & 1U) != 0 && ((minutes >> minute) & 1U) != 0;
  }
};

}  // namespace gtidops
