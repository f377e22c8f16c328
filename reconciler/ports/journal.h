// Journal: the history of a topology: what was about to be done, and what came of it.
//
// Thread-safety: one thread at a time. Errors: append() fails if the line is not on the disk; then
// the step that it tells of must not be run.
#pragma once

#include <string>

#include "base/result.h"

namespace gtidops {

class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  virtual Status append(const std::string& line) = 0;
};

}  // namespace gtidops
