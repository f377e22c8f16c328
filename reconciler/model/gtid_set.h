// GtidSet: a set of MySQL global transaction identifiers, as a value.
//
// The text form is MySQL's own (manual, "GTID Sets"): uuid:interval[:interval]...[,uuid:...],
// since 8.3 with tags: uuid:interval...:tag:interval.... Parsing accepts what GTID_SUBSET() and
// GTID_SUBTRACT() of MySQL 9.7 accept; printing gives exactly what the server prints after
// normalisation, but without the newline that the server puts behind each comma.
//
// Accepted besides the normal form: upper case, a UUID without dashes or in {braces}, white space
// around every part, empty items ("a,,b"), a UUID or a tag without any interval (nothing),
// intervals in any order, that overlap, or that run backwards (5-3 is nothing), leading zeros. SET
// @@gtid_purged has an older parser in the server that differs at the edges (no braces, 010 is
// octal, 0x10 a number): so what goes to a server is always to_string(), never a text as it came.
//
// One text is accepted by those functions and refused here: a byte beyond ASCII inside a tag, which
// 9.7.4 turns into 0xFF.
//
// Thread-safety: a plain value; const functions may run side by side. Errors: parse() says what is
// wrong and where; nothing else fails.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gtidops {

class GtidSet {
 public:
  // The greatest transaction number. The server counts intervals half open in 64 bits, so it
  // refuses 2^63-1 itself.
  static constexpr std::int64_t kMaxNumber = INT64_MAX - 1;

  struct Interval {
    std::int64_t first;  // inclusive, at least 1
    std::int64_t last;   // inclusive, at least first, at most kMaxNumber
    friend bool operator==(const Interval&, const Interval&) = default;
  };

  // The empty set.
  GtidSet() = default;

  // Code kInvalid; the message says what was expected after how many characters.
  static Result<GtidSet> parse(std::string_view text);
  // uuid:first-last of one server; for tests and small sets. Empty when last < first.
  // REQUIRES: a valid `uuid`, a valid `tag` (or none), 1 <= first, last <= kMaxNumber; a caller
  // that breaks this is stopped (abort), so text from outside goes through parse().
  static GtidSet of(std::string_view uuid, std::int64_t first, std::int64_t last,
                    std::string_view tag = {});

  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] bool empty() const { return ranges_.empty(); }
  // How many transactions; saturates at 2^63-1.
  [[nodiscard]] std::int64_t count() const;
  // Is every transaction of `other` in this set? Without an allocation; O(n + m) in intervals, and
  // less where one side has few: those of the other are then searched, not walked.
  [[nodiscard]] bool contains(const GtidSet& other) const;
  // Is any transaction of `other` in this set? Costs as much as contains().
  [[nodiscard]] bool intersects(const GtidSet& other) const;

  // O(n + m) in intervals; memory is allocated for the result as a whole, never for an interval.
  [[nodiscard]] GtidSet united(const GtidSet& other) const;
  [[nodiscard]] GtidSet intersected(const GtidSet& other) const;
  [[nodiscard]] GtidSet subtracted(const GtidSet& other) const;
  // For each source (UUID and tag), the numbers below its greatest one that this set lacks.
  [[nodiscard]] GtidSet gaps() const;
  // The part of this set that was first committed on the server with this UUID (all tags). Empty
  // when `uuid` is not a UUID.
  [[nodiscard]] GtidSet of_server(std::string_view uuid) const;

  friend bool operator==(const GtidSet&, const GtidSet&) = default;

 private:
  // Who numbered the transactions. Compared byte by byte, which is the server's order of printing.
  struct Source {
    std::array<unsigned char, 16> uuid{};
    std::array<unsigned char, 32> tag{};  // lower case, padded with zeros; all zeros: no tag
    // Below, equal to or above 0, as memcmp.
    [[nodiscard]] int compare(const Source& other) const;
    friend bool operator==(const Source&, const Source&) = default;
  };
  struct Range {
    Source source;
    std::size_t end;  // where its intervals end in intervals_; they begin where those of the range
                      // before end
    friend bool operator==(const Range&, const Range&) = default;
  };
  class Parser;
  class Printer;
  class Cursor;

  // Calls visit(source, intervals of a, intervals of b) for each source of either, in order, until
  // it returns false.
  template <class Visit>
  static void walk(const GtidSet& a, const GtidSet& b, Visit visit);
  // Makes a range of `source` out of what was appended to intervals_ since the last range; none
  // when nothing was appended.
  void close(const Source& source);

  // Canonical, so that equality is memberwise: ranges ascend strictly by source and none is empty;
  // within one, intervals ascend and neither overlap nor touch. Two flat vectors, so that a set of
  // any size is two allocations.
  std::vector<Range> ranges_;
  std::vector<Interval> intervals_;
};

// The set as text for people. Text longer than `longest` characters is cut to its first intervals,
// each of them whole and at least one, and says how many transactions are left out:
// "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7-9 and 40 transactions more".
std::string shortened(const GtidSet& set, std::size_t longest = 200);

}  // namespace gtidops
