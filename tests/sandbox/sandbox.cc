#include "sandbox.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace gtidops::sandbox {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const std::string& what, int error) {
  throw std::system_error(error, std::generic_category(), what);
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string first_line(const fs::path& path) {
  const std::string text = read_file(path);
  return text.substr(0, text.find('\n'));
}

// Starts a program whose output and error output go to `output`.
pid_t spawn(const std::vector<std::string>& words, int output) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail(words[0], error);
  return pid;
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t got = 0;
  while ((got = read(fd, buffer.data(), buffer.size())) > 0 || (got < 0 && errno == EINTR)) {
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return text;
}

// Runs a program to its end; what it printed. Throws that when it failed.
std::string run_program(const std::vector<std::string>& words) {
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) fail("pipe", errno);
  pid_t pid = 0;
  try {
    pid = spawn(words, pipe_ends[1]);
  } catch (...) {
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    throw;
  }
  close(pipe_ends[1]);
  std::string output = read_all(pipe_ends[0]);
  close(pipe_ends[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) fail("waitpid", errno);
  }
  if (status != 0) throw std::runtime_error(output.empty() ? words[0] + " failed" : output);
  return output;
}

fs::path make_folder() {
  const char* parent = std::getenv("TMPDIR");
  std::string path = (fs::path(parent != nullptr ? parent : "/tmp") / "gtidops-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) fail(path, errno);
  return path;
}

}  // namespace

// ---------------------------------------------------------------- Server

Server::Server(const Sandbox& sandbox, std::string name)
    : sandbox_(&sandbox), name_(std::move(name)) {
  socket_ = first_line(folder() / "socket");
  port_ = static_cast<std::uint16_t>(std::stoi(first_line(folder() / "port")));
}

fs::path Server::folder() const { return sandbox_->folder() / name_; }

std::string Server::log() const { return read_file(folder() / "error.log"); }

std::string Server::state() const {
  std::string state = sandbox_->run({"state", name_});
  state.pop_back();
  return state;
}

int Server::runs() const { return std::stoi(sandbox_->run({"runs", name_})); }

void Server::wait_ready(int run) { sandbox_->run({"wait", name_, std::to_string(run)}); }

void Server::command(const char* verb) { sandbox_->run({verb, name_}); }
void Server::stop() { command("stop"); }
void Server::start() { command("start"); }
void Server::restart() { command("restart"); }
void Server::kill() { command("kill"); }
void Server::pause() { command("pause"); }
void Server::resume() { command("resume"); }

// ---------------------------------------------------------------- Sandbox

Sandbox::Sandbox() : folder_(make_folder()) {
  try {
    run({"init", "--owner-pid", std::to_string(getpid())});
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
    throw;
  }
}

Sandbox::~Sandbox() {
  try {
    run({"down"});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
}

Server& Sandbox::up(const std::string& name, const Options& options) {
  return *up_all({name}, options).front();
}

std::vector<Server*> Sandbox::up_all(const std::vector<std::string>& names,
                                     const Options& options) {
  std::vector<std::string> words{"up"};
  words.insert(words.end(), names.begin(), names.end());
  if (options.memory) words.emplace_back("--memory");
  if (options.own_certs) words.emplace_back("--own-certs");
  words.emplace_back("--");
  words.insert(words.end(), options.mysqld.begin(), options.mysqld.end());
  run(words);
  std::vector<Server*> servers;
  for (const std::string& name : names) {
    servers_.emplace_back(new Server(*this, name));
    servers.push_back(servers_.back().get());
  }
  return servers;
}

Server& Sandbox::operator[](const std::string& name) {
  for (const auto& server : servers_) {
    if (server->name() == name) return *server;
  }
  throw std::out_of_range("there is no server " + name);
}

void Sandbox::down(const std::string& name) {
  run({"down", name});
  std::erase_if(servers_, [&](const auto& server) { return server->name() == name; });
}

std::string Sandbox::run(const std::vector<std::string>& arguments) const {
  std::vector<std::string> words{GTIDOPS_SOURCE_DIR "/tests/sandbox/mysql-sandbox", "--dir",
                                 folder_.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run_program(words);
}

}  // namespace gtidops::sandbox
