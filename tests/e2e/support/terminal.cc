#include "e2e/support/terminal.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>

namespace gtidops::testing {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point in(double seconds) {
  return Clock::now() + std::chrono::milliseconds(static_cast<long>(seconds * 1000));
}

}  // namespace

Terminal::Terminal(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
  if (pid_ < 0) throw std::runtime_error("no terminal can be made");
  if (pid_ == 0) {
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
}

Terminal::~Terminal() {
  if (code_ < 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(terminal_);
}

bool Terminal::read_more() {
  std::array<char, 4096> buffer{};
  pollfd input{terminal_, POLLIN, 0};
  if (::poll(&input, 1, 100) <= 0) return false;
  const ssize_t got = ::read(terminal_, buffer.data(), buffer.size());
  if (got > 0) written_.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

bool Terminal::await(const std::string& text, double limit_seconds) {
  const auto limit = in(limit_seconds);
  while (written_.find(text) == std::string::npos)
    if (!read_more() && (wait(0) >= 0 || Clock::now() > limit)) break;
  return written_.find(text) != std::string::npos;
}

void Terminal::type(const std::string& keys) const {
  if (::write(terminal_, keys.data(), keys.size()) < 0) throw std::runtime_error("cannot type");
}

int Terminal::wait(double limit_seconds) {
  const auto limit = in(limit_seconds);
  while (code_ < 0) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_)
      code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    else if (Clock::now() >= limit)
      break;
    else if (!read_more())
      ::usleep(1'000);
  }
  while (code_ >= 0 && read_more()) continue;
  return code_;
}

}  // namespace gtidops::testing
