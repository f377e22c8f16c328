// One connection of the stand-in: bytes in and out, through TLS when the client asked for it.
//
// Thread-safety: one thread at a time. Errors: false: it is over.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

#include "bench/fleet/stand_in.h"

namespace gtidops::fleet {

class StandIn::Client {
 public:
  Client(int socket, Place place) : socket_(socket), place_(place) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] Place place() const { return place_; }
  // Takes all that has come.
  bool receive();
  // The next packet's body; nullopt: it has not all come.
  std::optional<std::string> next();
  void send(const std::string& bytes) { out_ += bytes; }
  // Sends what it can.
  bool flush();
  [[nodiscard]] bool has_output() const { return !out_.empty(); }
  // The next bytes are TLS.
  void start_tls(SSL_CTX* context);

  bool logged_in = false, waits_for_output = false;
  std::uint8_t sequence = 0;  // of the packet that was taken last

 private:
  bool shake_hands();

  const int socket_;
  const Place place_;
  std::unique_ptr<SSL, void (*)(SSL*)> tls_{nullptr, SSL_free};
  std::string in_, out_;
};

}  // namespace gtidops::fleet
