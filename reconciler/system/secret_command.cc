#include "system/secret_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill(2) and sigset_t
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "system/environment.h"
#include "system/files.h"
#include "system/socket_wait.h"
#include "system/spawn.h"

namespace gtidops {
namespace {

struct Child {
  pid_t pid = -1;
  int output = -1;
};

int spawn(const std::string& command, int write_end, pid_t* pid) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, write_end, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string shell = "sh";
  std::string option = "-c";
  std::string text = command;
  const std::array<char*, 4> arguments{shell.data(), option.data(), text.data(), nullptr};
  std::vector<std::string> environment = child_environment();
  std::vector<char*> variables;
  variables.reserve(environment.size() + 1);
  for (std::string& entry : environment) variables.push_back(entry.data());
  variables.push_back(nullptr);
  const int error = spawn_apart("/bin/sh", arguments.data(), variables.data(), files, pid);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

Result<Child> start(const std::string& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::kFailed, "no pipe for the command: " + system_text(errno));
  Child child;
  const int error = spawn(command, ends[1], &child.pid);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    return fail(ErrorCode::kFailed, "the command cannot be started: " + system_text(error));
  }
  child.output = ends[0];
  return child;
}

enum class Reading { kEnd, kTooMuch, kTimeout };

Reading read_all(int output, Deadline deadline, int cancelled, Secret& into) {
  std::array<char, 1024> buffer{};
  auto result = Reading::kEnd;
  for (;;) {
    if (wait_socket(output, POLLIN, deadline, cancelled) != Waited::kReady) {
      result = Reading::kTimeout;
      break;
    }
    const ssize_t got = ::read(output, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    into.append({buffer.data(), static_cast<std::size_t>(got)});
    if (into.size() > kSecretLimit) {
      result = Reading::kTooMuch;
      break;
    }
  }
  wipe_memory(buffer.data(), buffer.size());
  return result;
}

// False when the command has not ended by the deadline. Its output is closed already, so it usually
// has ended at the first check.
bool ended(pid_t pid, Deadline deadline, int cancelled, int& status) {
  for (;;) {
    const pid_t done = ::waitpid(pid, &status, WNOHANG);
    if (done == pid) return true;
    if (done < 0 && errno != EINTR) {
      status = -1;  // another waitpid() took the status: it is not known
      return true;
    }
    if (deadline.over() ||
        wait_socket(-1, 0, Deadline::after(Millis{1}), cancelled) == Waited::kCancelled)
      return false;
  }
}

void kill_group(pid_t pid) {
  int status = 0;
  ::kill(-pid, SIGKILL);
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
}

std::string describe_end(int status) {
  if (status == -1) return "the command's exit status is not known";
  if (WIFSIGNALED(status))
    return "the command was ended by signal " + std::to_string(WTERMSIG(status));
  return "the command ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Result<Secret> run_secret_command(const std::string& command, Deadline deadline, int cancelled) {
  auto child = start(command);
  if (!child) return tl::unexpected(child.error());
  Secret secret;
  const Reading reading = read_all(child->output, deadline, cancelled, secret);
  ::close(child->output);
  int status = 0;
  if (reading == Reading::kEnd && ended(child->pid, deadline, cancelled, status)) {
    if (status == 0) return secret;
    return fail(ErrorCode::kFailed, describe_end(status));
  }
  kill_group(child->pid);
  if (reading == Reading::kTooMuch)
    return fail(ErrorCode::kFailed, "the command prints more than 4096 bytes");
  return fail(ErrorCode::kUnknown,
              "the command did not end in time: it has 10 s, and where a look at a server waits "
              "for it no more than that look (3 s, or --timeout)");
}

}  // namespace gtidops
