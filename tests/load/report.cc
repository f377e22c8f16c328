#include "load/report.h"

#include <algorithm>

namespace gtidops::load {
namespace {

using Iterator = std::vector<Ack>::const_iterator;

// The first that was acknowledged after that time.
Iterator after(const std::vector<Ack>& acks, Micros time) {
  return std::upper_bound(acks.begin(), acks.end(), time,
                          [](Micros t, const Ack& ack) { return t < ack.acked; });
}

// The one change of the primary in a window: the old server is who took the last row before it.
void find_change(Window& window, Iterator begin, Iterator end, Port old_port) {
  const auto first = std::find_if(begin, end, [&](const Ack& ack) { return ack.port != old_port; });
  if (first == end) return;
  window.old_port = old_port;
  window.new_port = first->port;
  Micros last_old = 0;
  for (auto ack = begin; ack != end; ++ack) {
    if (ack->port != old_port) continue;
    if (ack < first) last_old = ack->acked;
    if (ack > first) ++(ack->sent > first->acked ? window.overlap : window.late);
  }
  if (window.overlap > 0) return;
  window.handover_ms = static_cast<double>(first->acked - last_old) / 1e3;
}

Window look_at(const std::vector<Ack>& acks, Micros from, Micros to) {
  Window window{.from = from, .to = to};
  const auto begin = after(acks, from);
  const auto end = after(acks, to);
  window.rows = static_cast<std::size_t>(end - begin);
  window.gap = longest_gap(acks, from, to);
  if (begin == end) return window;
  // Back to the last row before the window, so that a hand-over that straddles the mark has both
  // ends.
  const auto known = begin == acks.begin() ? begin : begin - 1;
  find_change(window, known, end, known->port);
  return window;
}

}  // namespace

std::size_t Report::overlap() const {
  std::size_t rows = 0;
  for (const Window& window : windows) rows += window.overlap;
  return rows;
}

Gap longest_gap(const std::vector<Ack>& acks, Micros from, Micros to) {
  Gap longest;
  const auto consider = [&](const Gap& gap) {
    if (gap.to - gap.from > longest.to - longest.from) longest = gap;
  };
  const auto begin = after(acks, from);
  const auto end = after(acks, to);
  for (auto ack = begin; ack != end; ++ack) {
    if (ack == acks.begin()) continue;  // what was before the first row is the client's start
    const auto before = ack - 1;
    consider({before->acked, ack->acked, before->port, ack->port});
  }
  if (end != acks.begin()) consider({(end - 1)->acked, to, (end - 1)->port, 0});
  return longest;
}

void conclude(Report& report, const std::vector<Micros>& marks, Micros end) {
  const auto earlier = [](const Ack& a, const Ack& b) { return a.acked < b.acked; };
  std::sort(report.acks.begin(), report.acks.end(), earlier);
  report.rows_of_server.clear();
  std::vector<Key> keys;
  keys.reserve(report.acks.size());
  for (const Ack& ack : report.acks) {
    ++report.rows_of_server[ack.port];
    keys.push_back(ack.key);
  }
  std::sort(keys.begin(), keys.end());
  report.acked_twice = static_cast<std::size_t>(keys.end() - std::unique(keys.begin(), keys.end()));
  report.windows.clear();
  Micros from = 0;
  for (const Micros mark : marks) {
    report.windows.push_back(look_at(report.acks, from, mark));
    from = mark;
  }
  // Rows that were under way at the end belong to the last window.
  const Micros last = report.acks.empty() ? 0 : report.acks.back().acked;
  report.windows.push_back(look_at(report.acks, from, std::max({from, end, last})));
}

void add_rows(Report& all, const Report& more) {
  all.table = more.table;
  all.acks.insert(all.acks.end(), more.acks.begin(), more.acks.end());
  all.doubtful.insert(all.doubtful.end(), more.doubtful.begin(), more.doubtful.end());
}

}  // namespace gtidops::load
