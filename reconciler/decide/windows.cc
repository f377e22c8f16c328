#include "decide/windows.h"

#include <algorithm>
#include <chrono>

#include "base/time_zone.h"
#include "model/cron.h"

namespace gtidops {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr days kHorizon{3653};

bool is_deny(const WindowSpec& window) { return window.deny.declared; }

// The openings of one window.
class Openings {
 public:
  Openings(const Cron& cron, const TimeZone& zone, bool twice)
      : cron_(cron), zone_(zone), twice_(twice) {}

  // The last opening that is after `at - at_most` and not after `at`.
  [[nodiscard]] std::optional<Moment> last(Moment at, Millis at_most) const {
    std::optional<Moment> found;
    // Around midnight the clock may be put back into the day before. So the search takes one more
    // day at both ends, and one more behind the first day that has an opening.
    int more = 1;
    const sys_days first = day_of(at - at_most) - days{1};
    for (sys_days day = day_of(at) + days{1}; day >= first && more >= 0; day -= days{1}) {
      for (const Moment opening : on(day))
        if (opening <= at && (!found || opening > *found)) found = opening;
      if (found) --more;
    }
    if (found && *found + at_most <= at) return std::nullopt;
    return found;
  }

  // The first opening after `at`, within kHorizon.
  [[nodiscard]] std::optional<Moment> next(Moment at) const {
    std::optional<Moment> found;
    int more = 1;
    const sys_days end = day_of(at) + kHorizon;
    for (sys_days day = day_of(at) - days{1}; day <= end && more >= 0; day += days{1}) {
      for (const Moment opening : on(day))
        if (opening > at && (!found || opening < *found)) found = opening;
      if (found) --more;
    }
    return found;
  }

 private:
  [[nodiscard]] sys_days day_of(Moment at) const {
    return sys_days(std::chrono::floor<days>(zone_.wall(at)));
  }

  // The openings on this day of the local calendar.
  [[nodiscard]] std::vector<Moment> on(sys_days day) const {
    std::vector<Moment> openings;
    if (!cron_.on_day(std::chrono::year_month_day(day))) return openings;
    for (int hour = 0; hour < 24; ++hour) {
      for (int minute = 0; minute < 60; ++minute) {
        if (!cron_.at_minute(hour, minute)) continue;
        const auto moments = zone_.moments(
            WallMinutes(day.time_since_epoch() + std::chrono::minutes(60 * hour + minute)));
        openings.push_back(moments.first);
        if (twice_ && moments.second) openings.push_back(*moments.second);
      }
    }
    return openings;
  }

  Cron cron_;
  TimeZone zone_;
  bool twice_;
};

std::string told(const WindowSpec& window) {
  return "\"" + (is_deny(window) ? *window.deny : *window.allow) + "\" for " +
         print_duration(*window.duration) + " in " + *window.time_zone;
}

struct Judged {
  std::string why;             // empty: allowed
  std::optional<Moment> next;  // when that may change
};

bool is_about(const WindowSpec& window, Risk risk) {
  const std::string& least = *window.risk;
  const Risk from = least == risk_name(Risk::kSafe)         ? Risk::kSafe
                    : least == risk_name(Risk::kDisruptive) ? Risk::kDisruptive
                                                            : Risk::kDestructive;
  return risk >= from;
}

std::optional<Openings> openings_of(const WindowSpec& window) {
  const auto cron = Cron::parse(is_deny(window) ? *window.deny : *window.allow);
  const auto zone = TimeZone::find(*window.time_zone);
  if (!cron || !zone) return std::nullopt;
  return Openings(*cron, *zone, is_deny(window));
}

Judged judge(const std::vector<WindowSpec>& windows, Moment at, Risk risk) {
  bool some_allow = false;
  bool allowed = false;
  std::string closed;
  std::optional<Moment> opens;
  for (const WindowSpec& window : windows) {
    if (!is_about(window, risk)) continue;
    const auto openings = openings_of(window);
    if (!openings) return {"this machine does not know the time zone of " + told(window), {}};
    const auto opened = openings->last(at, *window.duration);
    if (is_deny(window)) {
      if (opened)
        return {"the deny window " + told(window) + " is open", *opened + *window.duration};
      continue;
    }
    some_allow = true;
    allowed = allowed || opened;
    closed += (closed.empty() ? "" : ", ") + told(window);
    if (const auto next = openings->next(at); next && (!opens || *next < *opens)) opens = next;
  }
  if (!some_allow || allowed) return {};
  return {"no allow window is open (" + closed + ")", opens};
}

}  // namespace

WindowVerdict judge_windows(const std::vector<WindowSpec>& windows, Moment at, Risk risk) {
  const Judged now = judge(windows, at, risk);
  if (now.why.empty()) return {};
  WindowVerdict verdict{false, now.why, std::nullopt};
  // When one window ends another may be in the way, so each end is judged anew.
  constexpr int kMostWindows = 200;
  std::optional<Moment> next = now.next;
  for (int i = 0; i < kMostWindows && next && *next <= at + kHorizon; ++i) {
    const Judged then = judge(windows, *next, risk);
    if (then.why.empty()) {
      verdict.until = next;
      break;
    }
    next = then.next;
  }
  return verdict;
}

}  // namespace gtidops
