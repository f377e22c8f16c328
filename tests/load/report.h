// What a load client saw, and what follows from it: gaps, hand-overs, two servers that took rows at
// the same time.
//
// Thread-safety: values and pure functions. Errors: none; an empty report gives gaps of zero.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gtidops::load {

using Micros = std::int64_t;  // steady clock, since the load began
using Port = std::uint16_t;

// The primary key of a row.
struct Key {
  std::uint32_t writer = 0;
  std::uint32_t number = 0;
  auto operator<=>(const Key&) const = default;
};

// A row whose OK has arrived: the client may rely on it from then on.
struct Ack {
  Key key;
  Port port = 0;     // of the server that took it
  Micros sent = 0;   // before the statement was sent
  Micros acked = 0;  // after its OK was read
};

// Between two acknowledged rows, whoever took them. A port of 0: nothing came before, or nothing
// after.
struct Gap {
  Micros from = 0, to = 0;
  Port from_port = 0, to_port = 0;
  [[nodiscard]] double ms() const { return static_cast<double>(to - from) / 1e3; }
};

// The time from one mark to the next, with at most one change of the primary in it.
struct Window {
  Micros from = 0, to = 0;
  std::size_t rows = 0;
  Gap gap = {};  // the longest that ends in the window; silence up to its end counts

  // The change, when another server than before took rows: which, and from the last row of the old
  // one to the first of the new one. Zero when both took rows at the same time.
  Port old_port = 0, new_port = 0;
  double handover_ms = 0;
  // Rows that the old server took although they were sent after the new one's first
  // acknowledgement: both were writable at once, without a doubt.
  std::size_t overlap = 0;
  // Rows of the old server that were sent before that moment and acknowledged after it: this may be
  // no more than a client thread that had to wait for a CPU.
  std::size_t late = 0;
};

struct Report {
  std::string table;
  std::vector<Ack> acks;  // in the order of acknowledgement
  // Sent, and no answer that tells: the connection was lost. They may be there or not.
  std::vector<Key> doubtful;
  std::map<Port, std::size_t> rows_of_server;
  std::map<std::string, std::size_t> errors;  // what servers said, 1290 left out
  std::size_t refused = 0;                    // how often a server said 1290
  std::size_t acked_twice = 0;  // keys with more than one acknowledgement: a fault of the client
  // [0] is the time before the first mark. There is always one.
  std::vector<Window> windows;
  std::string cut_short;  // why the load ended by itself; empty: it did not

  [[nodiscard]] std::size_t rows() const { return acks.size(); }
  [[nodiscard]] const Gap& noise() const { return windows.front().gap; }
  [[nodiscard]] const Gap& gap() const { return windows.back().gap; }
  [[nodiscard]] std::size_t overlap() const;
};

// The longest gap that ends after `from` and by `to`, with the silence up to `to`.
// REQUIRES: acks in the order of acknowledgement.
Gap longest_gap(const std::vector<Ack>& acks, Micros from, Micros to);

// Sorts the acknowledgements and fills in what follows from them and the marks; `end` is when the
// load was told to end.
void conclude(Report& report, const std::vector<Micros>& marks, Micros end);

// The rows of several loads on one table, for verify(): nothing else of it means anything.
void add_rows(Report& all, const Report& more);

}  // namespace gtidops::load
