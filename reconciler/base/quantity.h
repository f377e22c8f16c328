// quantity: durations (500ms 10s 5m 1h 7d), sizes (64M 4G), and moments in time (RFC 3339, UTC) as
// people write them.
//
// Thread-safety: pure functions. Errors: nullopt for any text that is not exactly of the form.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gtidops {

using Millis = std::chrono::milliseconds;
// A moment of wall-clock time, in milliseconds since 1970-01-01T00:00:00Z.
using Moment = std::chrono::time_point<std::chrono::system_clock, Millis>;

// "500ms", "10s", "5m", "1h", "7d": one number, one unit, nothing else; at most 10 years.
std::optional<Millis> parse_duration(std::string_view text);
// The shortest of the forms above that is exact: 60s prints as "1m".
std::string print_duration(Millis value);
// "3.8 ms": a measured time.
std::string print_milliseconds(double value);

// "1024", "64K", "64M", "4G", "2T" (powers of 1024, as MySQL reads them), in bytes; at most 2^63-1.
std::optional<std::int64_t> parse_size(std::string_view text);
// For people: "532 B", "1.2 GiB".
std::string print_size(std::int64_t bytes);

// "2026-12-01T06:00:00Z", "2026-12-01T06:00:00.5+01:00", "2026-12-01".
std::optional<Moment> parse_moment(std::string_view text);
// "2026-11-22T15:00:00.123Z".
std::string print_moment(Moment value);

}  // namespace gtidops
