#include "fake_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace gtidops::sandbox {
namespace {

using namespace std::string_literals;

constexpr std::size_t kHeader = 4;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool read_all(int socket, std::string& bytes, std::size_t size) {
  bytes.resize(size);
  for (std::size_t at = 0; at < size;) {
    const ssize_t got = ::recv(socket, bytes.data() + at, size - at, 0);
    if (got <= 0) return false;
    at += static_cast<std::size_t>(got);
  }
  return true;
}

std::size_t length_of(const std::string& header) {
  const auto byte = [&](std::size_t at) -> std::size_t {
    return static_cast<unsigned char>(header[at]);
  };
  return byte(0) + (byte(1) << 8U) + (byte(2) << 16U);
}

// A packet with its header.
std::optional<std::string> whole_packet(int socket) {
  std::string header;
  std::string body;
  if (!read_all(socket, header, kHeader) || !read_all(socket, body, length_of(header)))
    return std::nullopt;
  return header + body;
}

}  // namespace

bool Conversation::send(std::string_view bytes) const { return send_all(client_, bytes); }

bool Conversation::send_packet(int sequence, std::string_view payload) const {
  std::string head(kHeader, '\0');
  head[0] = static_cast<char>(payload.size() & 0xffU);
  head[1] = static_cast<char>(payload.size() >> 8U & 0xffU);
  head[2] = static_cast<char>(payload.size() >> 16U & 0xffU);
  head[3] = static_cast<char>(sequence);
  return send(head + std::string(payload));
}

std::optional<std::string> Conversation::read_packet() {
  auto packet = whole_packet(client_);
  if (!packet) return packet;
  keep_(*packet);
  return packet->substr(kHeader);
}

void Conversation::relay(std::uint16_t server_port,
                         const std::function<void(std::string&)>& change) {
  const int server = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  const sockaddr_in address = loopback(server_port);
  auto greeting =
      ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0
          ? whole_packet(server)
          : std::nullopt;
  if (greeting) {
    change(*greeting);
    send(*greeting);
  }
  std::array<char, 4096> bytes{};
  while (greeting) {
    std::array<pollfd, 2> ends{{{client_, POLLIN, 0}, {server, POLLIN, 0}}};
    ::poll(ends.data(), ends.size(), -1);
    const bool from_client = ends[0].revents != 0;
    const ssize_t got = ::recv(from_client ? client_ : server, bytes.data(), bytes.size(), 0);
    if (got <= 0) break;
    const std::string_view said(bytes.data(), static_cast<std::size_t>(got));
    if (from_client) keep_(said);
    if (!send_all(from_client ? server : client_, said)) break;
  }
  ::close(server);
}

FakeServer::FakeServer(Script script) : script_(std::move(script)) {
  listening_ = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  checked(::bind(listening_, generic, size), "bind");
  checked(::getsockname(listening_, generic, &size), "getsockname");
  checked(::listen(listening_, 64), "listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

FakeServer::~FakeServer() {
  ::shutdown(listening_, SHUT_RDWR);  // ends accept()
  thread_.join();
  for (Client& client : clients_) ::shutdown(client.socket, SHUT_RDWR);
  for (Client& client : clients_) {
    client.thread.join();
    ::close(client.socket);
  }
  ::close(listening_);
}

void FakeServer::serve() {
  for (;;) {
    const int socket = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    Client& client = clients_.emplace_back();
    client.socket = socket;
    client.thread = std::thread([this, socket] {
      Conversation conversation(socket, [this](std::string_view bytes) {
        const std::lock_guard lock(mutex_);
        heard_ += bytes;
      });
      script_(conversation);
      ::shutdown(socket, SHUT_RDWR);
    });
  }
}

std::string FakeServer::heard() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

std::string mysql_greeting(bool tls) {
  return "\x0a"
         "9.7.4\0"s +                         //
         "\x07\0\0\0"s +                      // connection id
         "abcdefgh\0"s +                      // first part of the challenge
         (tls ? "\xff\xff"s : "\xff\xf7"s) +  // capabilities, low
         "\xff\x02\0"s +                      // character set, status (autocommit)
         "\xff\xde"s +                        // capabilities, high; without CLIENT_DEPRECATE_EOF
         "\x15\0\0\0\0\0\0\0\0\0\0"s +        // length of the challenge, reserved
         "ijklmnopqrst\0caching_sha2_password\0"s;
}

bool let_in(Conversation& client) {
  if (!client.send_packet(0, mysql_greeting(false)) || !client.read_packet()) return false;
  return client.send_packet(2, "\0\0\0\x02\0\0\0"s);
}

std::string column(const std::string& name) {
  const std::string sized = static_cast<char>(name.size()) + name;
  return "\x03"
         "def\0\0\0"s +
         sized + "\0\x0c\xff\0\xff\xff\0\0\xfd\0\0\0\0\0"s;
}

void hide_tls(std::string& greeting) {
  const std::size_t version_ends = greeting.find('\0', kHeader + 1);
  // Behind the version: the connection's number, eight bytes of the challenge, a zero,
  // capabilities.
  greeting[version_ends + 15] = static_cast<char>(greeting[version_ends + 15] & ~0x08);
}

}  // namespace gtidops::sandbox
