#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "git_world/servers.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): glibc has it only for GNU

namespace gtidops::testing {
namespace {

namespace fs = std::filesystem;

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const int result = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  ::close(fd);
  return result;
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(fd, generic, size) == 0 && ::getsockname(fd, generic, &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

std::string first_words(const std::string& file) {
  std::ifstream in(file);
  std::string type;
  std::string key;
  in >> type >> key;
  return type + " " + key;
}

bool takes_connections(const std::string& socket) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  const bool taken = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return taken;
}

pid_t started(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t process = -1;
  if (::posix_spawn(&process, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0)
    throw std::runtime_error(words[0] + " cannot be started");
  return process;
}

void end(pid_t process) {
  ::kill(process, SIGTERM);
  ::waitpid(process, nullptr, 0);
}

}  // namespace

SshServer::SshServer(const GitWorld& world) : world_(world), port_(free_port()) {
  const auto key = [&](const char* name, const char* type, const char* phrase) {
    world.run({"ssh-keygen", "-q", "-t", type, "-N", phrase, "-C", name, "-f", world.path(name)});
  };
  key("host_ed25519", "ed25519", "");
  key("host_ecdsa", "ecdsa", "");
  key("client", "ed25519", "");
  key("locked", "ed25519", "open sesame");
  std::ofstream(world.path("authorized_keys")) << first_words(world.path("client.pub")) << "\n"
                                               << first_words(world.path("locked.pub")) << "\n";
  std::ofstream(world.path("sshd_config"))
      << "ListenAddress 127.0.0.1\nPort " << port_ << "\nHostKey " << world.path("host_ed25519")
      << "\nHostKey " << world.path("host_ecdsa") << "\nAuthorizedKeysFile "
      << world.path("authorized_keys")
      << "\nStrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\n"
         "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
         "MaxStartups 100\n";
  // Root's sshd wants this folder, which the system's service would have made.
  if (::geteuid() == 0) fs::create_directories("/run/sshd");
  process_ = started(
      {"/usr/sbin/sshd", "-D", "-E", world.path("sshd.log"), "-f", world.path("sshd_config")});
  for (int tries = 0; connect_to(port_) != 0; ++tries) {
    if (tries > 1'000) throw std::runtime_error("sshd does not listen");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

SshServer::~SshServer() { end(process_); }

std::string SshServer::user() const { return ::getpwuid(::geteuid())->pw_name; }

std::string SshServer::url() const {
  return "ssh://" + user() + "@127.0.0.1:" + std::to_string(port_) + world_.remote();
}

std::string SshServer::known_as(const std::string& kind) const {
  return "[127.0.0.1]:" + std::to_string(port_) + " " +
         first_words(world_.path("host_" + kind + ".pub")) + "\n";
}

SshAgent::SshAgent(std::string socket)
    : process_(started({"/usr/bin/ssh-agent", "-D", "-a", socket})) {
  // The socket has its name when it is bound, and takes connections when it listens.
  for (int tries = 0; !takes_connections(socket); ++tries) {
    if (tries > 1'000) throw std::runtime_error("ssh-agent does not listen");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

SshAgent::~SshAgent() { end(process_); }

}  // namespace gtidops::testing
