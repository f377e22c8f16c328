// main: turns argv into a command, after process-wide settings that must come before everything
// else.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "commands/commands.h"
#include "commands/exit_code.h"

int main(int argc, char** argv) {
  // This process handles passwords, so core dumps are disabled: one could contain them.
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // Without this, writing to a connection that the server has closed would kill the process
  // (SIGPIPE). With it, the write returns an error.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return gtidops::run_cli(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gtidops: %s\n", error.what());
    return gtidops::kExitFailed;
  }
}
