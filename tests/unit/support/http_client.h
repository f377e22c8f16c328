// http_client: the rudest of HTTP clients, for the tests of http/: sends bytes as they are given,
// and can be slow, silent or gone. With TLS when asked.
//
// Thread-safety: one thread a client. Errors: std::runtime_error.
#pragma once

#include <map>
#include <memory>
#include <string>

namespace gtidops::testing {

struct HttpAnswer {
  int status = 0;                              // 0: the connection ended without an answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct HttpAsk {
  std::string method = "GET", path = "/", body;
  std::map<std::string, std::string> headers;
};

class HttpClient {
 public:
  struct Tls {
    std::string ca_file, cert_file, key_file;  // empty: none
    int most = 0;                              // the newest version that is offered; 0: any
  };
  explicit HttpClient(int port);
  HttpClient(int port, const Tls& tls);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  void send(const std::string& bytes);
  // The next answer on this connection. `body`: does one belong to it (not to HEAD)?
  HttpAnswer receive(bool body = true);
  HttpAnswer ask(const HttpAsk& ask);

 private:
  int read_byte();
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

// On a connection of its own.
HttpAnswer http(int port, const HttpAsk& ask);
HttpAnswer http_get(int port, const std::string& path);

}  // namespace gtidops::testing
