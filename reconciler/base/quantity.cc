#include "base/quantity.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace gtidops {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 5> kTimes{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 5> kSizes{
    {{"", 1}, {"K", 1LL << 10}, {"M", 1LL << 20}, {"G", 1LL << 30}, {"T", 1LL << 40}}};
constexpr std::int64_t kTenYears = 3'653LL * 86'400'000;

template <std::size_t N>
std::optional<std::int64_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units,
                                            std::int64_t limit) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || number < 0 || text.front() == '-') return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& known : units) {
    if (known.name != unit) continue;
    if (number > limit / known.factor) return std::nullopt;
    return number * known.factor;
  }
  return std::nullopt;
}

std::optional<int> digits(std::string_view& text, std::size_t count) {
  int value = 0;
  if (text.size() < count) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool eat(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// The offset after a time: "Z", "+01:00", "-03:30", in milliseconds east of UTC.
std::optional<Millis> parse_offset(std::string_view& text) {
  if (eat(text, 'Z')) return Millis{0};
  const bool east = eat(text, '+');
  if (!east && !eat(text, '-')) return std::nullopt;
  const auto hours = digits(text, 2);
  if (!hours || !eat(text, ':')) return std::nullopt;
  const auto minutes = digits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const Millis offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return east ? offset : -offset;
}

std::optional<Millis> parse_clock(std::string_view& text) {
  const auto hour = digits(text, 2);
  if (!hour || !eat(text, ':')) return std::nullopt;
  const auto minute = digits(text, 2);
  if (!minute || !eat(text, ':')) return std::nullopt;
  const auto second = digits(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  Millis value =
      std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
  if (!eat(text, '.')) return value;
  int scale = 100;
  bool any = false;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += Millis((text.front() - '0') * scale);
    scale /= 10;
    any = true;
    text.remove_prefix(1);
  }
  return any ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto value = parse_with_unit(text, kTimes, kTenYears);
  if (!value) return std::nullopt;
  return Millis(*value);
}

std::string print_duration(Millis value) {
  if (value.count() == 0) return "0s";
  for (const Unit& unit : kTimes) {
    if (value.count() % unit.factor == 0)
      return std::to_string(value.count() / unit.factor) + std::string(unit.name);
  }
  return std::to_string(value.count()) + "ms";
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return parse_with_unit(text, kSizes, std::numeric_limits<std::int64_t>::max());
}

std::string print_size(std::int64_t bytes) {
  constexpr std::array<const char*, 5> kNames{"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kNames.size()) {
    value /= 1024;
    ++unit;
  }
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value,
                kNames.at(unit));
  return text.data();
}

std::optional<Moment> parse_moment(std::string_view text) {
  const auto year = digits(text, 4);
  if (!year || !eat(text, '-')) return std::nullopt;
  const auto month = digits(text, 2);
  if (!month || !eat(text, '-')) return std::nullopt;
  const auto day = digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const Moment midnight = std::chrono::sys_days(date);
  if (text.empty()) return midnight;
  if (!eat(text, 'T') && !eat(text, ' ')) return std::nullopt;
  const auto clock = parse_clock(text);
  if (!clock) return std::nullopt;
  const auto offset = parse_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return midnight + *clock - *offset;
}

std::string print_moment(Moment value) {
  const auto day = std::chrono::floor<std::chrono::days>(value);
  const std::chrono::year_month_day date(day);
  const auto ms = (value - day).count();
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(ms / 3'600'000),
                static_cast<int>(ms / 60'000 % 60), static_cast<int>(ms / 1'000 % 60),
                static_cast<int>(ms % 1'000));
  return text.data();
}

std::string print_milliseconds(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.1f ms", value);
  return text.data();
}

}  // namespace gtidops
