// spawn_apart: starts a program in a process group of its own, so that everything it starts can be
// killed with it. The program gets only the open files of `files` (the MySQL client library does
// not mark its sockets close-on-exec), and none of our signal settings.
//
// Thread-safety: any number of calls side by side. Errors: an errno; 0 when it was started.
#pragma once

#include <spawn.h>
#include <sys/types.h>

namespace gtidops {

// `program`: a path, or a name to be looked for in PATH. `files`: its descriptors 0, 1 and 2; the
// caller destroys it.
int spawn_apart(const char* program, char* const* arguments, char* const* environment,
                posix_spawn_file_actions_t& files, pid_t* pid);

}  // namespace gtidops
