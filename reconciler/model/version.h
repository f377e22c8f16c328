// Version: the MySQL version of a server, on which its statements and variables depend.
//
// Thread-safety: a plain value. Errors: none.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace gtidops {

struct Version {
  int major = 0, minor = 0, patch = 0;

  // From "8.0.36", "9.7.4-0ubuntu1", "8.4.3-3 Percona"; nullopt when the text does not begin with
  // three numbers.
  static std::optional<Version> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const Version&, const Version&) = default;
};

// The first version with CHANGE REPLICATION SOURCE TO; gtidops works with this and all later ones.
inline constexpr Version kOldestSupported{8, 0, 23};

}  // namespace gtidops
