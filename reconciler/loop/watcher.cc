#include "loop/watcher.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "system/quiet_thread.h"

namespace gtidops {
namespace {

// A host that vanishes does not close its connections. With keepalive the kernel probes the host
// and gives the connection up after some 6 s.
void ask_whether_alive(int socket) {
  constexpr int kOn = 1;
  constexpr int kIdleSeconds = 3;
  constexpr int kBetweenSeconds = 1;
  constexpr int kProbes = 3;
  (void)::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &kOn, sizeof kOn);
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &kIdleSeconds, sizeof kIdleSeconds);
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &kBetweenSeconds, sizeof kBetweenSeconds);
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &kProbes, sizeof kProbes);
}

}  // namespace

Watcher::Watcher(std::function<void(const std::string& name)> lost)
    : lost_(std::move(lost)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = stop_.descriptor();
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_.descriptor(), &event);
  thread_ = quiet_thread([this] { serve(); });
}

Watcher::~Watcher() {
  stop_.set();
  if (thread_.joinable()) thread_.join();
  for (const auto& [name, descriptor] : watched_) ::close(descriptor);
  ::close(epoll_);
}

void Watcher::watch(const std::string& name, int descriptor) {
  forget(name);
  if (descriptor < 0) return;
  ask_whether_alive(descriptor);
  const std::lock_guard lock(mutex_);
  epoll_event event{};
  event.events = EPOLLRDHUP | EPOLLONESHOT;  // EPOLLERR and EPOLLHUP are always reported
  event.data.fd = descriptor;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    ::close(descriptor);
    return;
  }
  watched_[name] = descriptor;
  names_[descriptor] = name;
}

void Watcher::forget(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (const auto found = watched_.find(name); found != watched_.end()) drop(found);
}

void Watcher::drop(std::map<std::string, int>::iterator one) {
  // The session has another descriptor of this socket, so close() alone does not remove it from
  // epoll.
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, one->second, nullptr);
  ::close(one->second);
  names_.erase(one->second);
  watched_.erase(one);
}

void Watcher::serve() {
  std::array<epoll_event, 16> events{};
  while (true) {
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    std::vector<std::string> lost;
    for (int i = 0; i < count; ++i) {
      const int descriptor = events.at(static_cast<std::size_t>(i)).data.fd;
      if (descriptor == stop_.descriptor()) return;
      const std::lock_guard lock(mutex_);
      const auto found = names_.find(descriptor);
      if (found == names_.end()) continue;  // forgotten meanwhile
      lost.push_back(found->second);
      drop(watched_.find(found->second));
    }
    for (const std::string& name : lost) lost_(name);
  }
}

}  // namespace gtidops
