// Somebody who speaks MySQL's protocol and is not MySQL: a man in the middle, or a hostile server.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace gtidops::sandbox {

// One connection to a fake server, for what plays the server. Everything that was read is kept.
class Conversation {
 public:
  Conversation(int client, std::function<void(std::string_view)> keep)
      : client_(client), keep_(std::move(keep)) {}

  // False: the client has gone.
  bool send(std::string_view bytes) const;
  // With a header in front of it.
  bool send_packet(int sequence, std::string_view payload) const;
  // The next packet's payload; nullopt: the client has gone.
  std::optional<std::string> read_packet();
  // Hands every byte on, both ways, until one side has gone. What the server says first goes
  // through `change` (a whole packet, with its header).
  void relay(std::uint16_t server_port, const std::function<void(std::string&)>& change);

 private:
  int client_;
  std::function<void(std::string_view)> keep_;
};

// Listens on a free port of 127.0.0.1; each connection is played by `script`, on a thread of its
// own. The destructor hangs up on all.
class FakeServer {
 public:
  using Script = std::function<void(Conversation&)>;

  explicit FakeServer(Script script);
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer();

  std::uint16_t port() const { return port_; }
  // All that clients have said to it.
  std::string heard() const;

 private:
  struct Client {
    int socket;
    std::thread thread;
  };
  void serve();

  Script script_;
  std::uint16_t port_ = 0;
  int listening_ = -1;
  mutable std::mutex mutex_;
  std::string heard_;
  std::list<Client> clients_;
  std::thread thread_;
};

// The greeting of a MySQL 9.7.4 with caching_sha2_password, as the payload of a packet.
std::string mysql_greeting(bool tls);
// Plays a login without a password, up to the first statement; false: it was not finished.
bool let_in(Conversation& client);
// A packet that says how a column is called.
std::string column(const std::string& name);
// Takes the bit "I can do TLS" from a server's greeting, a whole packet.
void hide_tls(std::string& greeting);

}  // namespace gtidops::sandbox
