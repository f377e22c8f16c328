#include "http/guests.h"

namespace gtidops {

// A guest calls left() when it is destroyed, so no iterator into `all_` is used after leave().
template <class May>
bool Guests::evict_oldest(May may) {
  auto oldest = all_.end();
  for (auto at = all_.begin(); at != all_.end(); ++at)
    if (at->second.waiting && may(*at) &&
        (oldest == all_.end() || at->second.since < oldest->second.since))
      oldest = at;
  if (oldest == all_.end()) return false;
  Guest* const guest = oldest->first;
  guest->leave();
  left(*guest);
  return true;
}

bool Guests::enter(Guest& guest) {
  while (all_.size() >= kMost)
    if (!evict()) return false;
  all_[&guest] = {true, Clock::now(), 0};
  return true;
}

void Guests::left(Guest& guest) {
  const auto found = all_.find(&guest);
  if (found == all_.end()) return;
  bytes_ -= found->second.bytes;
  all_.erase(found);
}

void Guests::waits(Guest& guest) {
  const auto found = all_.find(&guest);
  if (found == all_.end()) return;
  found->second.waiting = true;
  found->second.since = Clock::now();
}

void Guests::works(Guest& guest) {
  const auto found = all_.find(&guest);
  if (found != all_.end()) found->second.waiting = false;
}

void Guests::holds(Guest& guest, std::size_t bytes) {
  const auto found = all_.find(&guest);
  if (found == all_.end()) return;
  bytes_ += bytes;
  bytes_ -= found->second.bytes;
  found->second.bytes = bytes;
  while (bytes_ > kMostBytes)
    if (!evict_oldest([&](const auto& one) { return one.first != &guest && one.second.bytes > 0; }))
      return;
}

bool Guests::evict() {
  return evict_oldest([](const auto&) { return true; });
}

void Guests::evict_all() {
  while (!all_.empty()) {
    Guest* const guest = all_.begin()->first;
    guest->leave();
    left(*guest);
  }
}

}  // namespace gtidops
