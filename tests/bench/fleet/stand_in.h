// StandIn: thousands of healthy MySQL servers in one thread: it listens on one port of all of
// 127.0.0.0/8, and knows by the address that was dialled which server it is. It answers within
// microseconds and replicates nothing, so it measures what gtidops costs, not what mysqld does.
//
// It remembers when each server was looked at, and servers can be made to hang.
//
// Thread-safety: yes. Errors: std::runtime_error from the constructor; a client that does not speak
// the protocol is hung up on.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "bench/fleet/healthy.h"
#include "system/event.h"

namespace gtidops::fleet {

using Clock = std::chrono::steady_clock;

enum class Hang {
  kSilent,   // connections stay, and are accepted, and nothing is ever said on them
  kDropped,  // connections break, and a new one is not even answered by the kernel
};

struct StandInCounts {
  std::size_t connections = 0;          // at this moment
  std::uint64_t opened = 0, looks = 0;  // ever
};

class StandIn {
 public:
  StandIn(std::size_t topologies, std::size_t servers, bool tls);
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;
  ~StandIn();

  [[nodiscard]] int port() const { return port_; }
  void hang(const std::vector<Place>& places, Hang how);
  void heal();
  [[nodiscard]] StandInCounts counts() const;
  // Of each server (topology * servers + server), since the last call.
  std::vector<std::vector<Clock::time_point>> take_looks();
  // What was asked and is not known, a line each; empty when all was.
  [[nodiscard]] std::string unknown() const;

 private:
  class Client;
  struct Filled {  // a socket that listens, and whose queue is full
    std::vector<int> sockets;
  };

  void serve();
  void accept_all();
  void forget(int descriptor);
  void read_from(Client& client);
  std::string reply_to(Client& client, std::string_view body);
  [[nodiscard]] bool is_silent(Place place) const { return silent_.count(index(place)) > 0; }
  [[nodiscard]] std::size_t index(Place place) const {
    return place.topology * servers_ + place.server;
  }
  void close_clients(const std::set<std::size_t>& of);
  Filled fill(Place place) const;
  void make_tls_context();

  const std::size_t topologies_, servers_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls_{nullptr, SSL_CTX_free};
  int listener_ = -1, epoll_ = -1, port_ = 0;
  Event stop_;

  mutable std::mutex mutex_;  // for all that follows
  HealthyFleet fleet_;
  std::map<int, std::unique_ptr<Client>> clients_;
  std::set<std::size_t> silent_;
  std::vector<Filled> filled_;
  std::vector<std::vector<Clock::time_point>> looks_;
  StandInCounts counts_;
  std::thread thread_;
};

}  // namespace gtidops::fleet
