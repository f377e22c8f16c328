#include "sim/evidence.h"

#include <utility>

namespace gtidops::sim {

void Evidence::lost(int server, GtidSet gtids) {
  lost_on_ = server;
  lost_ = std::move(gtids);
}

void Evidence::add(Known& to, const Known& more) {
  for (const auto& [server, held] : more.held) to.held[server] = to.held[server].united(held);
  to.loss = to.loss || more.loss;
  to.filter = to.filter || more.filter;
}

bool Evidence::shows_loss(const std::map<int, const ServerState*>& seen,
                          const GtidSet& held) const {
  const auto self = seen.find(lost_on_);
  if (self == seen.end()) return false;
  if (held.intersected(lost_).intersects(held.subtracted(self->second->gtid_executed))) return true;
  // While it is open, what others have beyond it may be under way.
  if (!self->second->fenced()) return false;
  for (const auto& [server, state] : seen) {
    GtidSet theirs = state->gtid_executed;
    for (const Channel& channel : state->channels) theirs = theirs.united(channel.retrieved);
    if (theirs.intersected(lost_).intersects(lost_.subtracted(self->second->gtid_executed)))
      return true;
  }
  return false;
}

void Evidence::looked(int process, int disk, const std::map<int, const ServerState*>& seen,
                      bool in_depth) {
  disks_[process] = disk;
  Known& news = unwritten_[process];
  Known all = folders_[disk];
  add(all, news);
  if (lost_on_ >= 0 && shows_loss(seen, all.held[lost_on_])) news.loss = true;
  if (const auto filtered = seen.find(filtered_); in_depth && filtered != seen.end())
    for (const Channel& channel : filtered->second->channels)
      news.filter = news.filter || !channel.filters.empty();
  for (const auto& [server, state] : seen)
    news.held[server] = news.held[server].united(state->gtid_executed);
}

void Evidence::went_on(int process) {
  const auto news = unwritten_.find(process);
  if (news == unwritten_.end()) return;
  const Known& seen = news->second;
  add(folders_[disk_of(process)], {{}, seen.loss, seen.filter});
}

void Evidence::ended(int process) {
  const auto news = unwritten_.find(process);
  if (news == unwritten_.end()) return;
  add(folders_[disk_of(process)], news->second);
  unwritten_.erase(news);
}

bool Evidence::nobody_could_know(int disk, const GtidSet& gtid) const {
  const auto folder = folders_.find(disk);
  return lost_.intersects(gtid) && (folder == folders_.end() || !folder->second.loss);
}

bool Evidence::nobody_saw_the_filter(int disk, int server) const {
  const auto folder = folders_.find(disk);
  return filtered_ == server && (folder == folders_.end() || !folder->second.filter);
}

}  // namespace gtidops::sim
