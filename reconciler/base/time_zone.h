// TimeZone: the local time of a place, by its IANA name (Europe/Madrid), from the system's time
// zone database. The database is read once and does not change while the program runs.
//
// Thread-safety: a plain value; its functions are pure. Errors: nullopt for a name that the
// database does not have. UTC is known without a database.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"

namespace gtidops {

// A local time, in minutes since 1970-01-01 00:00 local time.
using WallMinutes = std::chrono::minutes;

class TimeZone {
 public:
  static std::optional<TimeZone> find(const std::string& name);
  // The names of all zones in the database; empty without one.
  static std::vector<std::string> names();

  [[nodiscard]] WallMinutes wall(Moment moment) const;

  // The moments at which the local clock shows a given time.
  struct Moments {
    Moment first{};
    // Set when the clock is put back, and shows the time a second time.
    std::optional<Moment> second;
    // The clock is put forward and never shows the time: `first` is the moment of that change.
    bool skipped = false;
  };
  [[nodiscard]] Moments moments(WallMinutes wall) const;

 private:
  explicit TimeZone(const void* zone) : zone_(zone) {}
  const void* zone_;  // the library's zone, which is never freed; nullptr is UTC
};

}  // namespace gtidops
