// ExitCode: the exit codes of the contract.
#pragma once

namespace gtidops {

enum ExitCode : int {
  kExitDone = 0,
  kExitFailed = 1,
  kExitChangesPending = 2,
  kExitRefused = 3,
  kExitUsage = 64,
  kExitInvalidSpec = 78,
};

}  // namespace gtidops
