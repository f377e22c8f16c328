// resolve: a host's numeric addresses, within a time. The system's resolver has no time limit that
// could be relied on, so a name is looked up on a thread that is left behind when it takes too
// long; it holds nothing of ours.
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

// Numeric addresses, in the order in which they should be tried. A numeric `host` is its own,
// without a thread. `cancelled` is a descriptor whose readability ends the wait, or -1.
Result<std::vector<std::string>> resolve(const std::string& host, Deadline deadline, int cancelled);

}  // namespace gtidops::mysql
