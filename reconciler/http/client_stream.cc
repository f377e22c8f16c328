#include "http/client_stream.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "system/socket_wait.h"

namespace gtidops {
namespace {

void name_of(const sockaddr_storage& address, std::string& ip, int& port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
    port = ntohs(four.sin_port);
  } else if (address.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
    port = ntohs(six.sin6_port);
  }
  ip = text.data();
}

}  // namespace

ClientStream::ClientStream(int socket, TlsContext tls)
    : socket_(socket), tls_(std::move(tls)), deadline_(Deadline::after(Millis{0})) {
  if (!tls_) return;
  ssl_.reset(SSL_new(tls_.get()));
  broken_ = !ssl_ || SSL_set_fd(ssl_.get(), socket_) != 1;
}

ClientStream::~ClientStream() = default;

bool ClientStream::wait_for(int result, bool writing) {
  short events = writing ? POLLOUT : POLLIN;
  if (ssl_) {
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_WRITE)
      events = POLLOUT;
    else if (error == SSL_ERROR_WANT_READ)
      events = POLLIN;
    else
      broken_ = true;
  } else if (result == 0 || (errno != EAGAIN && errno != EINTR)) {
    broken_ = true;
  }
  if (!broken_) broken_ = wait_socket(socket_, events, deadline_) != Waited::kReady;
  return !broken_;
}

bool ClientStream::greet(Deadline deadline) {
  deadline_ = deadline;
  while (ssl_ && !broken_) {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    if (result == 1) break;
    wait_for(result, false);
  }
  return !broken_;
}

bool ClientStream::awaits_request(Deadline deadline) {
  deadline_ = deadline;
  allowed_ = buffer_.size();
  return begin_ < end_ || fill();
}

void ClientStream::allow(std::size_t bytes, Deadline deadline) {
  // What is in the buffer has come already, and counts.
  allowed_ = bytes > end_ - begin_ ? bytes - (end_ - begin_) : 0;
  deadline_ = deadline;
}

bool ClientStream::fill() {
  begin_ = end_ = 0;
  while (!broken_) {
    const std::size_t size = std::min(buffer_.size(), allowed_);
    if (size == 0) return false;  // too much; an answer may still be given
    if (deadline_.over()) {
      broken_ = true;
      break;
    }
    ERR_clear_error();
    const ssize_t got = ssl_ ? SSL_read(ssl_.get(), buffer_.data(), static_cast<int>(size))
                             : ::recv(socket_, buffer_.data(), size, 0);
    if (got > 0) {
      end_ = static_cast<std::size_t>(got);
      allowed_ -= end_;
      return true;
    }
    wait_for(static_cast<int>(got), false);
  }
  return false;
}

ssize_t ClientStream::read(char* at, size_t size) {
  if (begin_ == end_ && !fill()) return -1;
  const std::size_t count = std::min(size, end_ - begin_);
  std::memcpy(at, buffer_.data() + begin_, count);
  begin_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t ClientStream::write(const char* at, size_t size) {
  constexpr std::size_t kMost = 1U << 20U;
  while (!broken_ && !deadline_.over()) {
    ERR_clear_error();
    const std::size_t part = std::min(size, kMost);
    const ssize_t sent = ssl_ ? SSL_write(ssl_.get(), at, static_cast<int>(part))
                              : ::send(socket_, at, part, MSG_NOSIGNAL);
    if (sent > 0) return sent;
    wait_for(static_cast<int>(sent), true);
  }
  broken_ = true;
  return -1;
}

void ClientStream::say_goodbye() {
  if (ssl_ && !broken_) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void ClientStream::get_remote_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getpeername(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0)
    name_of(address, ip, port);
}

void ClientStream::get_local_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0)
    name_of(address, ip, port);
}

}  // namespace gtidops
