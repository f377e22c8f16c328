// GtidSet: a set of MySQL global transaction identifiers, as a value.
//
// The text form is MySQL's own (manual, "GTID Sets"): uuid:interval[:interval]...[,uuid:...], since 8.3 with tags:
// uuid:interval...:tag:interval.... Parsing accepts what the server accepts in gtid_executed, GTID_SUBSET() and
// SET @@gtid_purged; printing gives exactly what the server prints after normalisation, but without the
// newline that the server puts behind each comma.
//
// Thread-safety: a plain value; const functions may run side by side. Errors: parse() says what is wrong and where;
// nothing else fails.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gtidops {

class GtidSet {
 public:
  // The greatest transaction number: 2^63 - 2 in an interval's end as the server counts (GTID numbers are 1 to 2^63-2;
  // see the implementation and the contract test for what the server takes at the limit).
  struct Interval {
    std::int64_t first;  // inclusive, at least 1
    std::int64_t last;   // inclusive, at least first
    friend auto operator<=>(const Interval&, const Interval&) = default;
  };

  // The empty set.
  GtidSet() = default;

  static Result<GtidSet> parse(std::string_view text);
  // uuid:sequence of one server without a tag; for tests and small sets. `uuid` must be a valid UUID.
  static GtidSet of(std::string_view uuid, std::int64_t first, std::int64_t last, std::string_view tag = {});

  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] bool empty() const;
  // How many transactions; saturates at 2^63-1.
  [[nodiscard]] std::int64_t count() const;
  // Is every transaction of `other` in this set? O(n + m) in intervals.
  [[nodiscard]] bool contains(const GtidSet& other) const;
  [[nodiscard]] bool intersects(const GtidSet& other) const;

  [[nodiscard]] GtidSet united(const GtidSet& other) const;
  [[nodiscard]] GtidSet intersected(const GtidSet& other) const;
  [[nodiscard]] GtidSet subtracted(const GtidSet& other) const;
  // The part of this set that was first committed on the server with this UUID (all tags).
  [[nodiscard]] GtidSet of_server(std::string_view uuid) const;

  friend bool operator==(const GtidSet&, const GtidSet&) = default;
};

}  // namespace gtidops
