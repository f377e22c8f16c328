#include "listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace gtidops::sandbox {
namespace {

using namespace std::string_literals;

int bind_loopback(std::uint16_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "bind");
  }
  port = ntohs(address.sin_port);
  return fd;
}

// A packet of MySQL's protocol: three bytes of length, one that counts, the payload.
std::string packet(int sequence, const std::string& payload) {
  std::string head(4, '\0');
  head[0] = static_cast<char>(payload.size() & 0xff);
  head[1] = static_cast<char>(payload.size() >> 8 & 0xff);
  head[3] = static_cast<char>(sequence);
  return head + payload;
}

// The greeting of protocol version 10. MariaDB puts 5.5.5- before its version for old replicas'
// sake.
std::string mariadb_greeting() {
  return packet(0,
                "\x0a"
                "5.5.5-10.11.14-MariaDB-0+deb12u2\0"s +
                    "\x2a\0\0\0"s +                // connection id
                    "abcdefgh\0"s +                // first part of the scramble
                    "\x0e\xa2"s +                  // capabilities, low: 4.1, no TLS, transactions
                    "\x2d\x02\0"s +                // character set, status (autocommit)
                    "\x3f\x80"s +                  // capabilities, high: plugin authentication
                    "\x15\0\0\0\0\0\0\0\0\0\0"s +  // length of the scramble, reserved
                    "ijklmnopqrst\0mysql_native_password\0"s);
}

std::string ok(int sequence) { return packet(sequence, "\0\0\0\x02\0\0\0"s); }

std::string unknown_variable() {
  return packet(1, "\xff\xa9\x04#HY000Unknown system variable 'gtid_executed'"s);
}

void send_text(int fd, std::string_view text) {
  // MSG_NOSIGNAL: the other side may be gone, which is no matter here.
  (void)!send(fd, text.data(), text.size(), MSG_NOSIGNAL);
}

}  // namespace

Listener::Listener(Speaks speaks) : speaks_(speaks) {
  listening_ = bind_loopback(port_);
  stop_ = eventfd(0, EFD_CLOEXEC);
  if (stop_ < 0 || listen(listening_, 64) != 0) {
    throw std::system_error(errno, std::generic_category(), "listen");
  }
  thread_ = std::thread([this] { serve(); });
}

Listener::~Listener() {
  const std::uint64_t one = 1;
  (void)!write(stop_, &one, sizeof one);
  thread_.join();
  for (const int client : clients_) close(client);
  close(listening_);
  close(stop_);
}

void Listener::serve() {
  while (true) {
    std::vector<pollfd> watched{{stop_, POLLIN, 0}, {listening_, POLLIN, 0}};
    for (const int client : clients_) watched.push_back({client, POLLIN, 0});
    if (poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[0].revents != 0) return;
    std::vector<int> staying;
    for (std::size_t i = 2; i < watched.size(); ++i) {
      if (watched[i].revents == 0 || answer(watched[i].fd)) {
        staying.push_back(watched[i].fd);
      } else {
        close(watched[i].fd);
      }
    }
    clients_ = std::move(staying);
    if (watched[1].revents != 0) {
      const int client = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      ++connections_;
      clients_.push_back(client);
      greet(client);
    }
  }
}

void Listener::greet(int client) const {
  switch (speaks_) {
    case Speaks::Nothing:
      break;
    case Speaks::Garbage:
      send_text(client, "\xfe\xff\x01\x02\x80garbage\xff\xff\xff\xff\x7f\x03\r\n"s);
      break;
    case Speaks::Ssh:
      send_text(client, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7\r\n");
      break;
    case Speaks::Http:
      // A real one waits for the request first, which to us looks like Nothing.
      send_text(client,
                "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      shutdown(client, SHUT_WR);
      break;
    case Speaks::MariaDb:
      send_text(client, mariadb_greeting());
      break;
  }
}

bool Listener::answer(int client) {
  std::array<char, 4096> request{};
  const ssize_t size = recv(client, request.data(), request.size(), MSG_DONTWAIT);
  if (size <= 0) return false;
  if (speaks_ != Speaks::MariaDb || size < 5) return true;
  const int sequence = static_cast<unsigned char>(request[3]);
  const int command = static_cast<unsigned char>(request[4]);
  constexpr int com_quit = 1;
  constexpr int com_query = 3;
  if (sequence == 0 && command == com_quit) return false;
  if (sequence == 0 && command == com_query) {
    send_text(client, unknown_variable());
  } else {
    send_text(client, ok(sequence + 1));  // the login, a ping
  }
  return true;
}

std::uint16_t closed_port() {
  std::uint16_t port = 0;
  close(bind_loopback(port));
  return port;
}

}  // namespace gtidops::sandbox
