// argv -> a command. What the process must be before anything else happens is set here.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "commands/commands.h"
#include "commands/exit_code.h"

int main(int argc, char** argv) {
  // Passwords pass through this process: no core dump may hold one.
  const rlimit none{0, 0};
  (void)setrlimit(RLIMIT_CORE, &none);
  (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // A server that goes away while it is written to is an error, not an end.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return gtidops::run_cli(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gtidops: %s\n", error.what());
    return gtidops::kExitFailed;
  }
}
