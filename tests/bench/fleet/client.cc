#include "bench/fleet/client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace gtidops::fleet {

StandIn::Client::~Client() {
  tls_.reset();
  ::close(socket_);
}

void StandIn::Client::start_tls(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  SSL_set_fd(tls_.get(), socket_);
  SSL_set_accept_state(tls_.get());
}

bool StandIn::Client::shake_hands() {
  if (SSL_is_init_finished(tls_.get()) != 0) return true;
  const int done = SSL_do_handshake(tls_.get());
  if (done == 1) return true;
  const int why = SSL_get_error(tls_.get(), done);
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

bool StandIn::Client::receive() {
  std::array<char, 16384> bytes{};
  if (tls_ && !shake_hands()) return false;
  if (tls_ && SSL_is_init_finished(tls_.get()) == 0) return true;
  for (;;) {
    // Before the login packet by packet: what follows the wish for TLS is not for us.
    std::size_t most = bytes.size();
    if (!logged_in && !tls_)
      most = in_.size() < kHeader ? kHeader - in_.size()
                                  : kHeader + static_cast<unsigned char>(in_[0]) +
                                        256UL * static_cast<unsigned char>(in_[1]) - in_.size();
    if (most == 0) return true;
    const long got = tls_ ? SSL_read(tls_.get(), bytes.data(), static_cast<int>(most))
                          : ::recv(socket_, bytes.data(), std::min(most, bytes.size()), 0);
    if (got > 0) {
      in_.append(bytes.data(), static_cast<std::size_t>(got));
      continue;
    }
    if (tls_) return SSL_get_error(tls_.get(), static_cast<int>(got)) == SSL_ERROR_WANT_READ;
    return got < 0 && (errno == EAGAIN || errno == EINTR);
  }
}

std::optional<std::string> StandIn::Client::next() {
  const auto packet = first_packet(in_);
  if (!packet) return std::nullopt;
  std::string body(packet->substr(kHeader));
  sequence = static_cast<std::uint8_t>((*packet)[3]);
  in_.erase(0, packet->size());
  return body;
}

bool StandIn::Client::flush() {
  while (!out_.empty()) {
    const long sent = tls_ ? SSL_write(tls_.get(), out_.data(), static_cast<int>(out_.size()))
                           : ::send(socket_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      out_.erase(0, static_cast<std::size_t>(sent));
      continue;
    }
    if (!tls_) return errno == EAGAIN || errno == EINTR;
    const int why = SSL_get_error(tls_.get(), static_cast<int>(sent));
    return why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ;
  }
  return true;
}

}  // namespace gtidops::fleet
