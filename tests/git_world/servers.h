// Servers in front of a GitWorld's repositories: a real sshd, its agent, and git's own http-backend
// behind a small http(s) server. On free ports of 127.0.0.1, until they are destroyed.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "git_world/git_world.h"

namespace gtidops::testing {

// Runs as the user who runs the test, with keys of its own; the client's key is
// world.path("client") without and world.path("locked") with the passphrase "open sesame".
class SshServer {
 public:
  explicit SshServer(const GitWorld& world);
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;
  ~SshServer();

  std::string url() const;  // of the world's remote
  std::string user() const;
  // A line of known_hosts with the server's key of that kind (ed25519, ecdsa), or with any text.
  std::string known_as(const std::string& kind) const;
  int port() const { return port_; }

 private:
  const GitWorld& world_;
  int port_ = 0;
  pid_t process_ = -1;
};

// An ssh-agent without keys that listens at `socket`. It is our own child and stays in the
// foreground: one that puts itself into the background under run_child() is killed with the group
// of its parent, unless it has a session of its own by then.
class SshAgent {
 public:
  explicit SshAgent(std::string socket);
  SshAgent(const SshAgent&) = delete;
  SshAgent& operator=(const SshAgent&) = delete;
  ~SshAgent();

 private:
  pid_t process_ = -1;
};

// Serves the world's folder; with a user, only to who gives that and the password.
class HttpGitServer {
 public:
  struct Options {
    std::string user, password;
    bool tls = false;         // with world.path("ca.pem"), for the name localhost only
    std::string redirect_to;  // everything is answered with 301 to there
  };
  HttpGitServer(const GitWorld& world, Options options);
  HttpGitServer(const HttpGitServer&) = delete;
  HttpGitServer& operator=(const HttpGitServer&) = delete;
  ~HttpGitServer();

  int port() const;
  // "https://USER_INFO@HOST:PORT/remote.git"
  std::string url(const std::string& user_info = "", const std::string& host = "") const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace gtidops::testing
