// TimeZone: how the clock on the wall goes in a place, by its IANA name (Europe/Madrid), from the
// system's time zone database. That is read once and then as constant as the program itself.
//
// Thread-safety: a plain value; its functions are pure. Errors: nullopt for a name that the
// database does not have. UTC is known without one.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"

namespace gtidops {

// What the clock on the wall shows, in minutes since it showed 1970-01-01 00:00.
using WallMinutes = std::chrono::minutes;

class TimeZone {
 public:
  static std::optional<TimeZone> find(const std::string& name);
  // All that the database has; none without one.
  static std::vector<std::string> names();

  [[nodiscard]] WallMinutes wall(Moment moment) const;

  // When the clock shows this.
  struct Moments {
    Moment first{};
    // The clock is put back, and shows it once more.
    std::optional<Moment> second;
    // The clock is put forward and never shows it: `first` is when that happens.
    bool skipped = false;
  };
  [[nodiscard]] Moments moments(WallMinutes wall) const;

 private:
  explicit TimeZone(const void* zone) : zone_(zone) {}
  const void* zone_;  // the library's; nullptr is UTC. Never freed while the program runs
};

}  // namespace gtidops
