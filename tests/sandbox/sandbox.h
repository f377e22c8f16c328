// Real MySQL servers for tests, which are gone when the test is: see README.md.
//
//   Sandbox sandbox;
//   Server& db1 = sandbox.up("db1", {.mysqld = {"--sync-binlog=1"}});
//   sql(db1, "CREATE DATABASE d");
//   db1.kill();
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "client.h"

namespace gtidops::sandbox {

class Sandbox;

// What `mysql-sandbox up` may be told about a server.
struct Options {
  std::vector<std::string> mysqld =
      {};                  // more options of mysqld, as "--name=value"; they win over ours
  bool memory = true;      // data in /dev/shm, where there is room; false: on the disk
  bool own_certs = false;  // TLS certificates that no other server has
};

// One server. Every command waits until it has come true (start: until it accepts connections), and
// throws std::runtime_error with what the script said when it does not.
class Server {
 public:
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  const std::string& name() const { return name_; }
  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  const std::string& socket() const { return socket_; }
  std::filesystem::path folder() const;
  std::string log() const;    // mysqld's error log
  std::string state() const;  // running, starting, paused, stopped, killed or failed(STATUS)

  void stop();     // clean shutdown
  void start();    // after stop and kill
  void restart();  // stop and start
  void kill();     // kill -9; it stays down
  void pause();    // it hangs: connections stay open, nothing is answered
  void resume();

  // How often its mysqld was started; and a wait until it is ready for that time. Both are for what
  // restarts a server from within: RESTART and CLONE.
  int runs() const;
  void wait_ready(int run);

 private:
  friend class Sandbox;
  Server(const Sandbox& sandbox, std::string name);
  void command(const char* verb);

  const Sandbox* sandbox_;
  std::string name_;
  std::string socket_;
  std::uint16_t port_ = 0;
};

// A folder with servers. The destructor ends them and removes the folder; when this process dies
// without it, the sandbox's janitor does so within a second or two.
class Sandbox {
 public:
  Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;
  ~Sandbox();

  // The reference stays valid until down(name), or the end of the sandbox.
  Server& up(const std::string& name, const Options& options = {});
  // All at once: takes as long as the slowest. In the order of the names.
  std::vector<Server*> up_all(const std::vector<std::string>& names, const Options& options = {});

  Server& operator[](const std::string& name);
  void down(const std::string& name);  // ends it and removes its data

  // Tests may keep files of their own here.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  friend class Server;
  // Runs mysql-sandbox; what it printed.
  std::string run(const std::vector<std::string>& arguments) const;

  std::filesystem::path folder_;
  std::vector<std::unique_ptr<Server>> servers_;
};

}  // namespace gtidops::sandbox
