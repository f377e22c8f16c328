// intervals: the arithmetic of intervals within one source of a GtidSet, where a set is a run:
// sorted intervals that neither overlap nor touch. For gtid_set.cc and gtid_text.cc; all other code
// uses GtidSet.
//
// Thread-safety: pure functions. Errors: none.
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

// Appends `next` to the run from `begin` to the end of `out`. REQUIRES: next.first is not less than
// the first number of any interval there.
inline void append(std::vector<Interval>& out, std::size_t begin, const Interval& next) {
  if (out.size() > begin && touches(out.back(), next)) {
    out.back().last = std::max(out.back().last, next.last);
  } else {
    out.push_back(next);
  }
}

// Sorts and merges the intervals from `begin` on, so that they are a run.
void tidy(std::vector<Interval>& all, std::size_t begin);

// seek() where the interval at `from` ends before `number`: in growing steps, then by halving.
std::size_t gallop(Intervals in, std::size_t from, std::int64_t number);

// The index of the first interval at or behind `from` that does not end before `number`; in.size()
// when there is none. For sets that are alike, it is `from` or the next one; where one set is far
// smaller, gallop() skips many intervals at once.
inline std::size_t seek(Intervals in, std::size_t from, std::int64_t number) {
  if (from == in.size() || in[from].last >= number) return from;
  if (from + 1 == in.size() || in[from + 1].last >= number) return from + 1;
  return gallop(in, from + 1, number);
}

// Collects a result that is often empty (what is missing, what is errant). It allocates nothing
// before the first interval, and then once for `most` intervals, enough for all sources together.
struct Output {
  std::vector<Interval>& all;
  std::size_t most;

  void put(const Interval& next) {
    if (all.capacity() == 0) all.reserve(most);
    all.push_back(next);
  }
};

// Appends to `out` the run of a + b (unite) or of a - b (subtract).
void unite(Intervals a, Intervals b, std::vector<Interval>& out);
void subtract(Intervals a, Intervals b, Output out);

// Is all of b in a?
bool covers(Intervals a, Intervals b);

// Calls visit(interval) for each piece that is in both, until it returns false.
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
