#include "system/spawn.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigset_t

namespace gtidops {

int spawn_apart(const char* program, char* const* arguments, char* const* environment,
                posix_spawn_file_actions_t& files, pid_t* pid) {
  posix_spawn_file_actions_addclosefrom_np(&files, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const int error = posix_spawnp(pid, program, &files, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace gtidops
