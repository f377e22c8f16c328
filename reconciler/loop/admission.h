// Admission: how many passes may begin side by side. A thousand topologies that are due at once
// (the daemon starts, or its host was overloaded for a while) would share the CPUs so that no look
// ends before its deadline: every server would be called unreachable, again and again, for what
// timed out is begun anew. So only some are let in at a time, and the others begin late.
//
// A pass that waits for a server needs no CPU, and is not to keep the others out: one counts for a
// moment only, and those that took long the last time have places of their own.
//
// Thread-safety: one thread at a time. Errors: none. No clock: times are given, on a clock that
// never goes back.
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
  // When the next one stops to count; nullopt: none counts.
  [[nodiscard]] std::optional<Millis> next() const;

 private:
  const std::size_t most_;
  const Millis moment_;
  std::map<std::string, Millis> began_;  // those under way
  std::map<std::string, Millis> young_;  // those of them that count
  std::set<std::string> slow_;           // those that took long the last time
};

}  // namespace gtidops
