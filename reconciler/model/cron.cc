#include "model/cron.h"

#include <charconv>
#include <string>
#include <vector>

#include "base/nearest.h"

namespace gtidops {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || rest != end || text.front() == '-') return std::nullopt;
  return value;
}

std::optional<int> field_value(std::string_view text, const CronField& field) {
  if (text.size() == 3) {
    const std::size_t at = field.names.find(lower(text));
    if (at != std::string_view::npos && at % 3 == 0) return static_cast<int>(at / 3) + field.least;
  }
  const auto value = number(text);
  if (!value || *value < field.least || *value > field.most) return std::nullopt;
  return value;
}

// "*", "5", "1-5", "*/15", "8-18/2".
std::optional<std::uint64_t> parse_part(std::string_view text, const CronField& field) {
  const std::size_t slash = text.find('/');
  const std::string_view range = text.substr(0, slash);
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto given = number(text.substr(slash + 1));
    if (!given || *given < 1 || *given > field.most) return std::nullopt;
    if (range != "*" && range.find('-') == std::string_view::npos) return std::nullopt;
    step = *given;
  }
  std::optional<int> first = field.least;
  std::optional<int> last = field.most;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    first = field_value(range.substr(0, dash), field);
    last = dash == std::string_view::npos ? first : field_value(range.substr(dash + 1), field);
  }
  if (!first || !last || *first > *last) return std::nullopt;
  std::uint64_t bits = 0;
  for (int value = *first; value <= *last; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

}  // namespace

std::optional<std::uint64_t> parse_cron_field(std::string_view text, const CronField& field) {
  std::uint64_t bits = 0;
  for (const std::string_view part : split(text, ',')) {
    const auto more = parse_part(part, field);
    if (!more) return std::nullopt;
    bits |= *more;
  }
  return bits;
}

std::optional<Cron> Cron::parse(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty()) words.push_back(word);
  if (words.size() != kCronFields.size()) return std::nullopt;
  std::array<std::uint64_t, kCronFields.size()> bits{};
  for (std::size_t i = 0; i < kCronFields.size(); ++i) {
    const auto field = parse_cron_field(words[i], kCronFields.at(i));
    if (!field) return std::nullopt;
    bits.at(i) = *field;
  }
  Cron cron{bits[0], bits[1], bits[2], bits[3], bits[4], false};
  cron.weekdays |= (cron.weekdays >> 7) & 1U;  // 7 is Sunday, as 0 is
  cron.day_or_weekday = words[2].front() != '*' && words[4].front() != '*';
  return cron;
}

bool Cron::on_day(std::chrono::year_month_day day) const {
  const auto has = [](std::uint64_t bits, unsigned value) { return ((bits >> value) & 1U) != 0; };
  if (!has(months, static_cast<unsigned>(day.month()))) return false;
  const bool by_day = has(days, static_cast<unsigned>(day.day()));
  const bool by_weekday =
      has(weekdays, std::chrono::weekday(std::chrono::sys_days(day)).c_encoding());
  return day_or_weekday ? by_day || by_weekday : by_day && by_weekday;
}

}  // namespace gtidops
