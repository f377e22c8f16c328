#include "system/socket_wait.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace gtidops {

Waited wait_socket(int socket, short events, Deadline deadline, int cancelled) {
  for (;;) {
    std::array<pollfd, 2> waiting{{{socket, events, 0}, {cancelled, POLLIN, 0}}};
    const int ready = ::poll(waiting.data(), waiting.size(), deadline.poll_timeout());
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return Waited::kReady;
    if (waiting[1].revents != 0) return Waited::kCancelled;
    if (ready > 0) return Waited::kReady;
    if (deadline.over()) return Waited::kTimeout;
  }
}

int take_socket_error(int socket) {
  int error = 0;
  socklen_t size = sizeof(error);
  return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void prepare_socket(int socket) {
  (void)::fcntl(socket, F_SETFD, FD_CLOEXEC);
  const int on = 1;
  const int idle = 4;
  const int interval = 2;
  const int count = 3;
  (void)::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
}

bool is_unacknowledged(int socket) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return true;
  // A kernel may delay an acknowledgement by 40 ms. So a missing one proves nothing while the data
  // was sent a moment ago, and only once.
  constexpr std::uint32_t kKeptBack = 50;  // ms
  const bool late = info.tcpi_retransmits > 0 || info.tcpi_last_data_sent > kKeptBack;
  return (info.tcpi_unacked > 0 && late) || info.tcpi_probes > 0;
}

bool is_connected(int socket) {
  sockaddr_storage peer{};
  socklen_t size = sizeof(peer);
  return ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

bool has_input(int socket) {
  pollfd waiting{socket, POLLIN | POLLRDHUP, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

bool peer_closed(int socket) {
  pollfd waiting{socket, POLLRDHUP, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

}  // namespace gtidops
