// Somebody else on a port where a MySQL server is expected.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace gtidops::sandbox {

// Listens on a free port of 127.0.0.1 until it is destroyed.
class Listener {
 public:
  enum class Speaks {
    Nothing,  // accepts, and is silent for ever
    Garbage,  // bytes that are no protocol
    Ssh,      // an OpenSSH banner
    Http,     // answers 400 and hangs up
    MariaDb,  // a MariaDB server without TLS: everybody may log in, each query is answered with
              // error 1193
  };

  explicit Listener(Speaks speaks);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }  // accepted so far

 private:
  void serve();
  void greet(int client) const;
  bool answer(int client);  // false: hang up

  Speaks speaks_;
  std::uint16_t port_ = 0;
  int listening_ = -1;
  int stop_ = -1;  // an eventfd that ends the thread
  std::vector<int> clients_;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

// A port of 127.0.0.1 on which nobody listens (just now).
std::uint16_t closed_port();

}  // namespace gtidops::sandbox
