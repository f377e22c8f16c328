#include "base/time_zone.h"

#include <date/tz.h>

#include <exception>

namespace gtidops {
namespace {

const date::time_zone& rules(const void* zone) {
  return *static_cast<const date::time_zone*>(zone);
}

Moment moment_of(date::sys_seconds seconds) {
  return Moment(std::chrono::duration_cast<Millis>(seconds.time_since_epoch()));
}

}  // namespace

std::optional<TimeZone> TimeZone::find(const std::string& name) {
  if (name == "UTC") return TimeZone(nullptr);
  try {
    return TimeZone(date::locate_zone(name));
  } catch (const std::exception&) {
    return std::nullopt;  // no such zone, or no database
  }
}

std::vector<std::string> TimeZone::names() {
  std::vector<std::string> names;
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones) names.push_back(zone.name());
  } catch (const std::exception&) {
    names.clear();
  }
  return names;
}

WallMinutes TimeZone::wall(Moment moment) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(moment);
  const auto offset =
      zone_ == nullptr ? std::chrono::seconds{0} : rules(zone_).get_info(seconds).offset;
  return std::chrono::floor<std::chrono::minutes>(seconds.time_since_epoch() + offset);
}

TimeZone::Moments TimeZone::moments(WallMinutes wall) const {
  if (zone_ == nullptr) return {Moment(wall), std::nullopt, false};
  const date::local_seconds local{wall};
  const date::local_info info = rules(zone_).get_info(local);
  const auto with = [&](const date::sys_info& part) {
    return moment_of(date::sys_seconds(local.time_since_epoch() - part.offset));
  };
  if (info.result == date::local_info::nonexistent)
    return {moment_of(info.first.end), std::nullopt, true};
  if (info.result == date::local_info::ambiguous)
    return {with(info.first), with(info.second), false};
  return {with(info.first), std::nullopt, false};
}

}  // namespace gtidops
