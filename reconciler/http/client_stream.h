// ClientStream: one client's connection, with or without TLS, as cpp-httplib wants it, with limits
// of its own: a request must have come in whole before a deadline, however slowly its bytes drip,
// and may not be longer than allowed.
//
// Thread-safety: one thread. Errors: read() and write() give -1, and from then on always.
#pragma once

#include <httplib.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>

#include "http/tls.h"
#include "system/deadline.h"

namespace gtidops {

class ClientStream : public httplib::Stream {
 public:
  // The socket stays the caller's, and must not block.
  ClientStream(int socket, TlsContext tls);
  ~ClientStream() override;

  // The TLS handshake, if there is one to make.
  bool greet(Deadline deadline);
  // Is there the first byte of another request before the deadline?
  bool awaits_request(Deadline deadline);
  // From now on at most so many bytes may come, and until then.
  void allow(std::size_t bytes, Deadline deadline);
  // An answer must have gone out by then.
  void answer_by(Deadline deadline) { deadline_ = deadline; }
  // Tells the client that it is over.
  void say_goodbye();

  [[nodiscard]] bool is_readable() const override { return !broken_; }
  [[nodiscard]] bool is_writable() const override { return !broken_; }
  ssize_t read(char* at, size_t size) override;
  ssize_t write(const char* at, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  [[nodiscard]] socket_t socket() const override { return socket_; }

 private:
  bool fill();
  // What a call gave that could not go on: waits for it, or gives up.
  bool wait_for(int result, bool writing);

  int socket_;
  TlsContext tls_;  // outlives ssl_
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
  Deadline deadline_;
  std::size_t allowed_ = 0;
  bool broken_ = false;
  std::array<char, 8192> buffer_{};
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace gtidops
