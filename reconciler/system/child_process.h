// Runs a command without a shell and waits for it, with a limit: input over its standard input,
// bounded output, and its whole process group killed when it is over, however it came to that.
//
// The command gets none of our open files, none of our signal settings, and of our environment what
// system/environment.h passes on.
//
// Thread-safety: any number of calls side by side. Errors: kNotFound (there is no such command),
// kFailed (it could not be started), kUnknown (it did not end before the deadline, or before
// `cancelled` became readable), kInvalid (it said more than it may). That it ended badly is no
// error: see ChildEnd. No message holds a byte of its input or output.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "system/deadline.h"

namespace gtidops {

struct ChildCommand {
  std::vector<std::string> arguments;  // the first: a path, or a name to be looked for in PATH
  std::string_view input;              // must stay until run_child() returns
  std::vector<std::pair<std::string, std::string>> environment;  // added to what is passed on
  std::size_t output_limit = 65'536;  // of standard output; of standard error the end is kept
};

struct ChildEnd {
  int code = -1;  // the exit code; 128 + the signal when one ended it
  std::string out;
  std::string err;  // its last 2048 bytes
};

// `cancelled`: a descriptor whose readability ends it all; -1: none.
Result<ChildEnd> run_child(const ChildCommand& command, Deadline deadline, int cancelled = -1);

}  // namespace gtidops
