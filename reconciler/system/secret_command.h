// run_secret_command: runs the command that prints a secret.
//
// Thread-safety: any number of calls side by side. Errors: kFailed (it could not be started, ended
// badly, or printed too much), kUnknown (it did not end before the deadline, or before the
// descriptor `cancelled` became readable, and was killed with all that it had started). No message
// contains its output.
#pragma once

#include <string>

#include "base/result.h"
#include "system/deadline.h"
#include "system/secret.h"

namespace gtidops {

Result<Secret> run_secret_command(const std::string& command, Deadline deadline, int cancelled);

}  // namespace gtidops
