// Admission: how many passes may begin side by side. When a thousand topologies are due at once
// (the daemon starts, or its host was overloaded), they would share the CPUs so that no look ends
// before its deadline. Every server would be called unreachable, again and again, because a look
// that timed out is begun anew. So only some passes are let in at a time, and the others begin
// late.
//
// A pass that waits for a server needs no CPU, and must not keep the others out. So a pass counts
// only for a moment after it began, and topologies whose last pass took long have places of their
// own.
//
// Thread-safety: one thread at a time. Errors: none. It has no clock: times are passed in, from a
// clock that never goes back.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/quantity.h"

namespace gtidops {

class Admission {
 public:
  explicit Admission(std::size_t most, Millis moment = Millis{1'000})
      : most_(most), moment_(moment) {}

  [[nodiscard]] bool admits(const std::string& name, Millis now);
  void began(const std::string& name, Millis now);
  void ended(const std::string& name, Millis now);
  void forget(const std::string& name);
  // When the next pass stops counting; nullopt: none counts.
  [[nodiscard]] std::optional<Millis> next() const;

 private:
  const std::size_t most_;
  const Millis moment_;
  std::map<std::string, Millis> began_;  // passes under way, and when they began
  std::map<std::string, Millis> young_;  // those of them that count
  std::set<std::string> slow_;           // those that took long the last time
};

}  // namespace gtidops
