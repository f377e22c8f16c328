#include "system/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill(2) and sigset_t
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "system/environment.h"
#include "system/files.h"
#include "system/spawn.h"

namespace gtidops {
namespace {

constexpr std::size_t kErrorTail = 2048;
// How often to check whether the command has ended: a process that it started may keep its pipes
// open.
constexpr int kLookMs = 50;

struct Pipe {
  File read, write;
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read = File(ends[0]);
    write = File(ends[1]);
    return true;
  }
};

// While it exists, writing to a pipe without a reader gives an error and no SIGPIPE, whatever the
// process does with that signal.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;
  ~NoBrokenPipe() {
    const timespec now{0, 0};
    if (sigismember(&before_, SIGPIPE) == 0) (void)sigtimedwait(&pipe_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{}, before_{};
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

int spawn(const ChildCommand& command, int in, int out, int err, pid_t* pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
  std::vector<std::string> arguments = command.arguments;
  std::vector<std::string> environment = child_environment(command.environment);
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  const int error = spawn_apart(argv[0], argv.data(), envp.data(), files, pid);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

class Running {
 public:
  Running(const ChildCommand& command, Deadline deadline, int cancelled)
      : command_(command), deadline_(deadline), cancelled_(cancelled) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (pid_ > 0) (void)reap();
  }

  Status start();
  Result<ChildEnd> finish();

 private:
  [[nodiscard]] bool ended() const;
  int reap();
  void feed();
  bool take(File& from, std::string& into, bool is_error);
  Status look(int wait_ms);

  const ChildCommand& command_;
  Deadline deadline_;
  int cancelled_;
  pid_t pid_ = -1;
  File in_, out_, err_;
  std::string_view unsent_;
  ChildEnd end_;
};

Status Running::start() {
  if (command_.arguments.empty()) return fail(ErrorCode::kInvalid, "no command was given");
  Pipe in;
  Pipe out;
  Pipe err;
  if (!in.open() || !out.open() || !err.open())
    return fail(ErrorCode::kFailed, "no pipe for the command: " + system_text(errno));
  const int error = spawn(command_, in.read.get(), out.write.get(), err.write.get(), &pid_);
  if (error != 0) {
    pid_ = -1;
    return fail(error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kFailed,
                command_.arguments[0] + " cannot be started: " + system_text(error));
  }
  in_ = File(::fcntl(in.write.get(), F_DUPFD_CLOEXEC, 3));
  out_ = File(::fcntl(out.read.get(), F_DUPFD_CLOEXEC, 3));
  err_ = File(::fcntl(err.read.get(), F_DUPFD_CLOEXEC, 3));
  if (in_.get() < 0 || out_.get() < 0 || err_.get() < 0)
    return fail(ErrorCode::kFailed, "no descriptor for the command: " + system_text(errno));
  for (const int fd : {in_.get(), out_.get(), err_.get()}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  unsent_ = command_.input;
  return {};
}

// Has the command ended? Its status is left (WNOWAIT), so that its process id is not reused before
// its process group is killed.
bool Running::ended() const {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid == pid_;
}

int Running::reap() {
  ::kill(-pid_, SIGKILL);
  int status = 0;
  pid_t done = 0;
  while ((done = ::waitpid(pid_, &status, 0)) < 0 && errno == EINTR) {
  }
  const bool known = done == pid_;
  pid_ = -1;
  if (!known) return -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Running::feed() {
  while (!unsent_.empty()) {
    const ssize_t sent = ::write(in_.get(), unsent_.data(), unsent_.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) break;  // the command has closed its standard input
    unsent_.remove_prefix(static_cast<std::size_t>(sent));
  }
  in_.close();
}

// False when the command prints more than output_limit.
bool Running::take(File& from, std::string& into, bool is_error) {
  std::array<char, 16'384> buffer{};
  for (;;) {
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return true;
    if (got <= 0) {
      from.close();
      return true;
    }
    into.append(buffer.data(), static_cast<std::size_t>(got));
    if (is_error) {
      if (into.size() > kErrorTail) into.erase(0, into.size() - kErrorTail);
      if (deadline_.over()) return true;
    } else if (into.size() > command_.output_limit) {
      return false;
    }
  }
}

Status Running::look(int wait_ms) {
  std::array<pollfd, 4> watched{{{in_.get(), POLLOUT, 0},
                                 {out_.get(), POLLIN, 0},
                                 {err_.get(), POLLIN, 0},
                                 {cancelled_, POLLIN, 0}}};
  (void)::poll(watched.data(), watched.size(), wait_ms);
  if (watched[3].revents != 0)
    return fail(ErrorCode::kUnknown, command_.arguments[0] + " was stopped");
  if (in_.get() >= 0 && watched[0].revents != 0) feed();
  if (out_.get() >= 0 && watched[1].revents != 0 && !take(out_, end_.out, false))
    return fail(ErrorCode::kInvalid, command_.arguments[0] + " prints more than it may");
  if (err_.get() >= 0 && watched[2].revents != 0) (void)take(err_, end_.err, true);
  return {};
}

Result<ChildEnd> Running::finish() {
  const NoBrokenPipe quiet;
  if (unsent_.empty()) in_.close();
  for (;;) {
    const bool silent = out_.get() < 0 && err_.get() < 0;
    const int wait_ms = std::min(deadline_.poll_timeout(), silent ? 1 : kLookMs);
    if (auto status = look(wait_ms); !status) return tl::unexpected(status.error());
    if (ended()) {
      // The last output of the command may still be in the pipes.
      if (auto status = look(0); !status) return tl::unexpected(status.error());
      break;
    }
    if (deadline_.over())
      return fail(ErrorCode::kUnknown, command_.arguments[0] + " did not end in time");
  }
  end_.code = reap();
  return std::move(end_);
}

}  // namespace

Result<ChildEnd> run_child(const ChildCommand& command, Deadline deadline, int cancelled) {
  Running running(command, deadline, cancelled);
  if (auto status = running.start(); !status) return tl::unexpected(status.error());
  return running.finish();
}

}  // namespace gtidops
