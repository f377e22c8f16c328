#include "model/gtid_set.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "model/intervals.h"

namespace gtidops {

using intervals::Intervals;

int GtidSet::Source::compare(const Source& other) const {
  static_assert(sizeof(Source) == sizeof(uuid) + sizeof(tag),
                "no padding, or memcmp would compare it");
  return std::memcmp(this, &other, sizeof(Source));
}

// Goes through the ranges of a set.
class GtidSet::Cursor {
 public:
  explicit Cursor(const GtidSet& set) : set_(set) {}
  [[nodiscard]] bool done() const { return range_ == set_.ranges_.size(); }
  [[nodiscard]] const Source& source() const { return set_.ranges_[range_].source; }
  Intervals take() {
    const std::size_t end = set_.ranges_[range_++].end;
    const Intervals taken = Intervals(set_.intervals_).subspan(begin_, end - begin_);
    begin_ = end;
    return taken;
  }

 private:
  const GtidSet& set_;
  std::size_t range_ = 0;
  std::size_t begin_ = 0;
};

template <class Visit>
void GtidSet::walk(const GtidSet& a, const GtidSet& b, Visit visit) {
  Cursor left(a);
  Cursor right(b);
  while (!left.done() || !right.done()) {
    int order = left.done() ? 1 : -1;
    if (!left.done() && !right.done()) order = left.source().compare(right.source());
    const Source& source = order <= 0 ? left.source() : right.source();
    const Intervals of_a = order <= 0 ? left.take() : Intervals();
    const Intervals of_b = order >= 0 ? right.take() : Intervals();
    if (!visit(source, of_a, of_b)) return;
  }
}

void GtidSet::close(const Source& source) {
  if (intervals_.size() > (ranges_.empty() ? 0 : ranges_.back().end))
    ranges_.push_back({source, intervals_.size()});
}

std::int64_t GtidSet::count() const {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  std::int64_t total = 0;
  for (const Interval& one : intervals_) {
    const std::int64_t more = one.last - one.first + 1;
    if (more > kMost - total) return kMost;
    total += more;
  }
  return total;
}

bool GtidSet::contains(const GtidSet& other) const {
  bool all = true;
  walk(*this, other,
       [&](const Source&, Intervals a, Intervals b) { return all = intervals::covers(a, b); });
  return all;
}

bool GtidSet::intersects(const GtidSet& other) const {
  bool any = false;
  walk(*this, other, [&](const Source&, Intervals a, Intervals b) {
    intervals::common(a, b, [&](const Interval&) { return !(any = true); });
    return !any;
  });
  return any;
}

GtidSet GtidSet::united(const GtidSet& other) const {
  GtidSet result;
  result.intervals_.reserve(intervals_.size() + other.intervals_.size());
  result.ranges_.reserve(std::max(ranges_.size(), other.ranges_.size()));
  walk(*this, other, [&](const Source& source, Intervals a, Intervals b) {
    intervals::unite(a, b, result.intervals_);
    result.close(source);
    return true;
  });
  return result;
}

GtidSet GtidSet::intersected(const GtidSet& other) const {
  GtidSet result;
  intervals::Output out{result.intervals_, intervals_.size() + other.intervals_.size()};
  walk(*this, other, [&](const Source& source, Intervals a, Intervals b) {
    intervals::common(a, b, [&](const Interval& piece) {
      out.put(piece);
      return true;
    });
    result.close(source);
    return true;
  });
  return result;
}

GtidSet GtidSet::subtracted(const GtidSet& other) const {
  GtidSet result;
  const intervals::Output out{result.intervals_, intervals_.size() + other.intervals_.size()};
  walk(*this, other, [&](const Source& source, Intervals a, Intervals b) {
    intervals::subtract(a, b, out);
    result.close(source);
    return true;
  });
  return result;
}

}  // namespace gtidops
