#include "http/connections.h"

#include <sys/socket.h>

namespace gtidops {

void Connections::add(int socket) {
  const std::lock_guard lock(mutex_);
  if (closed_) ::shutdown(socket, SHUT_RDWR);
  sockets_[socket] = {true, Clock::now()};
}

void Connections::forget(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_.erase(socket);
}

void Connections::waits(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_[socket] = {true, Clock::now()};
}

void Connections::works(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_[socket].waiting = false;
}

bool Connections::evict(Millis patience) {
  const std::lock_guard lock(mutex_);
  const auto latest = Clock::now() - patience;
  auto* oldest = static_cast<std::pair<const int, One>*>(nullptr);
  for (auto& entry : sockets_)
    if (entry.second.waiting && entry.second.since <= latest &&
        (oldest == nullptr || entry.second.since < oldest->second.since))
      oldest = &entry;
  if (oldest == nullptr) return false;
  oldest->second.waiting = false;
  ::shutdown(oldest->first, SHUT_RDWR);
  return true;
}

void Connections::close_all() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& [socket, one] : sockets_) ::shutdown(socket, SHUT_RDWR);
}

}  // namespace gtidops
