// Receiver: somebody to whom webhooks are sent: an HTTP server on a free port of 127.0.0.1 that
// answers what it is told to, and remembers what it got.
//
// Thread-safety: any thread. Errors: none; what is not POST is answered with 404.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace gtidops::testing {

class Receiver {
 public:
  struct Got {
    std::string path, body, signature, type;  // headers X-Gtidops-Signature and Content-Type
  };
  Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  ~Receiver();

  // The next so many requests are answered with this status, those behind them with 200.
  void fail(int times, int status);
  std::vector<Got> got();
  // With a path that is nobody else's business.
  [[nodiscard]] std::string url() const;

 private:
  struct Server;
  std::unique_ptr<Server> server_;
};

// HMAC-SHA256 of the body, in small hexadecimal digits.
std::string hex_hmac_of(const std::string& secret, const std::string& body);

}  // namespace gtidops::testing
