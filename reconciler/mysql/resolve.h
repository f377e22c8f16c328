// resolve: a host's numeric addresses, within a time limit. The system's resolver has no reliable
// limit of its own, so a thread looks the name up. When that takes too long the thread is left
// behind; it holds nothing of ours.
//
// Thread-safety: any number of calls side by side. Errors: kNotFound (no such name), kUnknown (no
// answer in time, or `cancelled` became readable).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "system/deadline.h"

namespace gtidops::mysql {

bool is_numeric_address(const std::string& host);

// Numeric addresses, in the order in which to try them. A numeric `host` is returned as it is,
// without a thread. `cancelled`: a descriptor that ends the wait when it becomes readable, or -1.
Result<std::vector<std::string>> resolve(const std::string& host, Deadline deadline, int cancelled);

}  // namespace gtidops::mysql
