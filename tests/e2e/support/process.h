// Runs a command and waits for it, with a limit; what it wrote, and how it ended.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace gtidops::testing {

struct Ran {
  int code = -1;  // the exit code; 128 + the signal when one ended it; -1 when it was ended for
                  // taking too long
  std::string out, err;
  double seconds = 0;
};

// Standard input is empty. `environment`: added to this process's own.
Ran run_process(const std::vector<std::string>& command,
                const std::vector<std::pair<std::string, std::string>>& environment = {},
                double limit_seconds = 60);

}  // namespace gtidops::testing
