#include "e2e/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace gtidops::testing {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void become(const std::vector<std::string>& command,
                         const std::vector<std::pair<std::string, std::string>>& environment,
                         int out, int err) {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

// Reads both pipes until they are closed; false when the limit was reached first.
bool drain(std::array<pollfd, 2>& pipes, Ran& ran, Clock::time_point until) {
  int open_pipes = 2;
  std::array<char, 65536> buffer{};
  while (open_pipes > 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    if (poll(pipes.data(), pipes.size(), static_cast<int>(left)) <= 0) continue;
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      if (pipes.at(i).fd < 0 || pipes.at(i).revents == 0) continue;
      const ssize_t got = read(pipes.at(i).fd, buffer.data(), buffer.size());
      if (got > 0) {
        (i == 0 ? ran.out : ran.err).append(buffer.data(), static_cast<std::size_t>(got));
      } else {
        pipes.at(i).fd = -1;
        --open_pipes;
      }
    }
  }
  return true;
}

}  // namespace

Ran run_process(const std::vector<std::string>& command,
                const std::vector<std::pair<std::string, std::string>>& environment,
                double limit_seconds) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("pipe");
  const auto since = Clock::now();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child == 0) become(command, environment, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  Ran ran;
  std::array<pollfd, 2> pipes{{{out[0], POLLIN, 0}, {err[0], POLLIN, 0}}};
  const auto limit =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(limit_seconds));
  const bool ended = drain(pipes, ran, since + limit);
  if (!ended) kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  close(out[0]);
  close(err[0]);
  ran.seconds = std::chrono::duration<double>(Clock::now() - since).count();
  if (ended) ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

}  // namespace gtidops::testing
