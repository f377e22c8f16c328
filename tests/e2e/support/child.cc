#include "e2e/support/child.h"
#include "support/text.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace gtidops::testing {

using Clock = std::chrono::steady_clock;

Child::Child(const std::vector<std::string>& command, std::filesystem::path log,
             const Environment& environment)
    : log_(std::move(log)) {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int out = open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (nothing < 0 || out < 0) throw std::runtime_error("cannot write " + log_.string());
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t test = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    // Not left behind when the test is killed.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != test) _exit(127);
    dup2(nothing, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    execvp(words[0], words.data());
    _exit(127);
  }
  close(nothing);
  close(out);
  if (pid_ < 0) throw std::runtime_error("fork");
}

Child::~Child() {
  if (!running()) return;
  signal(SIGKILL);
  wait(10);
}

std::string Child::log() const { return text_of(log_); }

bool Child::running() {
  if (over_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  over_ = true;
  code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void Child::signal(int number) const {
  if (!over_) kill(pid_, number);
}

int Child::wait(double limit_seconds) {
  const auto until = Clock::now() + std::chrono::duration<double>(limit_seconds);
  while (running() && Clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return code_;
}

}  // namespace gtidops::testing
