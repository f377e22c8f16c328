// Cron: a schedule in the five fields of cron: minute, hour, day of the month, month, day of the
// week.
//
// Thread-safety: plain values, pure functions. Errors: nullopt for what is no schedule.
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
  std::string_view names;  // three letters each, the first one for `least`
};
inline constexpr std::array<CronField, 5> kCronFields{{
    {"minute", 0, 59, ""},
    {"hour", 0, 23, ""},
    {"day of the month", 1, 31, ""},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"day of the week", 0, 7, "sunmontuewedthufrisat"},
}};

// Which values a field names, bit by bit: "*", "5", "1-5", "*/15", "8-18/2", "1,3"; names (JAN,
// MON) in any case.
std::optional<std::uint64_t> parse_cron_field(std::string_view text, const CronField& field);

struct Cron {
  std::uint64_t minutes = 0, hours = 0, days = 0, months = 0, weekdays = 0;
  // Both are restricted: then, as cron has it, a day is meant that is one or the other.
  bool day_or_weekday = false;

  static std::optional<Cron> parse(std::string_view text);
  [[nodiscard]] bool on_day(std::chrono::year_month_day day) const;
  [[nodiscard]] bool at_minute(int hour, int minute) const {
    return ((hours >> hour) & 1U) != 0 && ((minutes >> minute) & 1U) != 0;
  }
};

}  // namespace gtidops
