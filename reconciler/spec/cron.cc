#include "spec/cron.h"

#include <array>
#include <charconv>
#include <vector>

#include "base/nearest.h"
#include "spec/wording.h"

namespace gtidops {
namespace {

struct CronField {
  std::string_view name;
  int least;
  int most;
  std::string_view names;  // three letters each, the first one for `least`
};

constexpr std::array<CronField, 5> kFields{{
    {"minute", 0, 59, ""},
    {"hour", 0, 23, ""},
    {"day of the month", 1, 31, ""},
    {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {"day of the week", 0, 7, "sunmontuewedthufrisat"},
}};

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
bool is_part(std::string_view text, const CronField& field) {
  const std::size_t slash = text.find('/');
  const std::string_view range = text.substr(0, slash);
  if (slash != std::string_view::npos) {
    const auto step = number(text.substr(slash + 1));
    if (!step || *step < 1 || *step > field.most) return false;
    if (range != "*" && range.find('-') == std::string_view::npos) return false;
  }
  if (range == "*") return true;
  const std::size_t dash = range.find('-');
  const auto first = field_value(range.substr(0, dash), field);
  if (dash == std::string_view::npos) return first.has_value();
  const auto last = field_value(range.substr(dash + 1), field);
  return first && last && *first <= *last;
}

}  // namespace

std::optional<std::string> check_cron(std::string_view text) {
  std::vector<std::string_view> fields;
  for (const std::string_view word : split(text, ' '))
    if (!word.empty()) fields.push_back(word);
  if (fields.size() != kFields.size())
    return show(text) +
           " is no schedule: write five fields, minute hour day month weekday, like \"0 8 * * "
           "1-5\"";
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    for (const std::string_view part : split(fields[i], ','))
      if (!is_part(part, kFields.at(i)))
        return show(fields[i]) + " is no " + std::string(kFields.at(i).name) +
               " of a schedule: " + std::to_string(kFields.at(i).least) + " to " +
               std::to_string(kFields.at(i).most) + ", *, ranges a-b, lists a,b, steps */n";
  }
  return std::nullopt;
}

}  // namespace gtidops
