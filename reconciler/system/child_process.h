// run_child: runs a command without a shell and waits for it until a deadline. The input goes to
// its standard input, its output is bounded, and its whole process group is killed at the end in
// every case.
//
// The command gets none of our open files, none of our signal settings, and only the part of our
// environment that system/environment.h passes on.
//
// Thread-safety: any number of calls side by side. Errors: kNotFound (there is no such command),
// kFailed (it could not be started), kUnknown (it did not end before the deadline, or before
// `cancelled` became readable), kInvalid (no command was given, or it printed more than the limit).
// A bad exit code is no error: see ChildEnd. No message contains a byte of the input or output.
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

// `cancelled`: a descriptor; when it becomes readable, the command is killed. -1: none.
Result<ChildEnd> run_child(const ChildCommand& command, Deadline deadline, int cancelled = -1);

}  // namespace gtidops
