// The arithmetic of intervals within one source of a GtidSet, where a set is a sorted run of
// intervals that neither overlap nor touch. For gtid_set.cc and gtid_text.cc; everybody else uses
// GtidSet.
//
// Thread-safety: pure functions. Nothing fails.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/gtid_set.h"

namespace gtidops::intervals {

using Interval = GtidSet::Interval;
using Intervals = std::span<const Interval>;

inline bool touches(const Interval& before, const Interval& next) {
  return next.first <= before.last + 1;
}

// Appends to the run from `begin` to the end of `out`. REQUIRES: next.first is not less than any
// first number there.
inline void append(std::vector<Interval>& out, std::size_t begin, const Interval& next) {
  if (out.size() > begin && touches(out.back(), next)) {
    out.back().last = std::max(out.back().last, next.last);
  } else {
    out.push_back(next);
  }
}

// Makes what stands from `begin` to the end a run, whatever its order.
void tidy(std::vector<Interval>& all, std::size_t begin);

// seek(), when `from` is known to end before `number`: in growing steps, then by halving.
std::size_t gallop(Intervals in, std::size_t from, std::int64_t number);

// The index of the first interval at or behind `from` that does not end before `number`; in.size()
// when there is none. Where two sets are alike that is this one or the next; where one is far
// smaller, a search.
inline std::size_t seek(Intervals in, std::size_t from, std::int64_t number) {
  if (from == in.size() || in[from].last >= number) return from;
  if (from + 1 == in.size() || in[from + 1].last >= number) return from + 1;
  return gallop(in, from + 1, number);
}

// Where the intervals of a result go that may well be empty (what is missing, what is errant):
// nothing is allocated before the first, and then at once for `most`, which is for all sources
// together.
struct Output {
  std::vector<Interval>& all;
  std::size_t most;

  void put(const Interval& next) {
    if (all.capacity() == 0) all.reserve(most);
    all.push_back(next);
  }
};

// Append the run of a + b, a - b.
void unite(Intervals a, Intervals b, std::vector<Interval>& out);
void subtract(Intervals a, Intervals b, Output out);

// Is all of b in a?
bool covers(Intervals a, Intervals b);

// Calls visit(interval) for each piece that both have, until it returns false.
template <class Visit>
void common(Intervals a, Intervals b, Visit visit) {
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const Interval piece{std::max(a[i].first, b[j].first), std::min(a[i].last, b[j].last)};
    if (piece.first <= piece.last) {
      if (!visit(piece)) return;
      ++(a[i].last < b[j].last ? i : j);
    } else if (a[i].last < b[j].first) {
      i = seek(a, i, b[j].first);
    } else {
      j = seek(b, j, a[i].first);
    }
  }
}

}  // namespace gtidops::intervals
