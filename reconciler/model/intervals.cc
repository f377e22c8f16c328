#include "model/intervals.h"

namespace gtidops::intervals {

void tidy(std::vector<Interval>& all, std::size_t begin) {
  const auto from = all.begin() + static_cast<std::ptrdiff_t>(begin);
  std::sort(from, all.end(),
            [](const Interval& a, const Interval& b) { return a.first < b.first; });
  auto kept = from;
  for (auto next = from; next != all.end(); ++next) {
    if (next == from) continue;
    if (touches(*kept, *next)) {
      kept->last = std::max(kept->last, next->last);
    } else {
      *++kept = *next;
    }
  }
  if (from != all.end()) all.erase(kept + 1, all.end());
}

std::size_t gallop(Intervals in, std::size_t from, std::int64_t number) {
  std::size_t step = 1;
  while (from + step < in.size() && in[from + step].last < number) {
    from += step;
    step *= 2;
  }
  const auto rest = in.subspan(from + 1, std::min(step, in.size() - from) - 1);
  const auto ends_before = [](const Interval& one, std::int64_t wanted) {
    return one.last < wanted;
  };
  const auto found = std::lower_bound(rest.begin(), rest.end(), number, ends_before);
  return from + 1 + static_cast<std::size_t>(found - rest.begin());
}

void unite(Intervals a, Intervals b, std::vector<Interval>& out) {
  const std::size_t begin = out.size();
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size())
    append(out, begin, a[i].first <= b[j].first ? a[i++] : b[j++]);
  Intervals rest = i < a.size() ? a.subspan(i) : b.subspan(j);
  while (!rest.empty() && out.size() > begin && touches(out.back(), rest.front())) {
    append(out, begin, rest.front());
    rest = rest.subspan(1);
  }
  out.insert(out.end(), rest.begin(), rest.end());
}

void subtract(Intervals a, Intervals b, Output out) {
  std::size_t j = 0;
  for (Interval left : a) {
    j = seek(b, j, left.first);
    for (; j < b.size() && b[j].first <= left.last; ++j) {
      if (left.first < b[j].first) out.put({left.first, b[j].first - 1});
      left.first = b[j].last + 1;
      if (left.first > left.last) break;  // b[j] may cut the next interval of a, too
    }
    if (left.first <= left.last) out.put(left);
  }
}

bool covers(Intervals a, Intervals b) {
  std::size_t i = 0;
  for (const Interval& wanted : b) {
    i = seek(a, i, wanted.first);
    if (i == a.size() || wanted.first < a[i].first || a[i].last < wanted.last) return false;
  }
  return true;
}

}  // namespace gtidops::intervals
