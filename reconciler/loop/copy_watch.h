// CopyWatch: tells which copies into a server of the topology have ended since the look before, by
// what each recipient itself shows (performance_schema.clone_status), whoever began them.
//
// A copy that was there at the first look is not told: it may have ended long ago, and an earlier
// process may have told it.
//
// Thread-safety: one thread at a time. Errors: none; a server that is not seen tells nothing, and
// is asked again at the next look.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/observation.h"

namespace gtidops {

struct EndedCopy {
  std::string server;  // the recipient
  std::string source;  // the donor's address: "10.0.0.1:3306"
  bool done = false;
  std::optional<double> seconds;
  std::string error;  // of a failed one
};

class CopyWatch {
 public:
  std::vector<EndedCopy> ended_since(const Observation& seen);

 private:
  // By the recipient's name.
  std::map<std::string, CloneStatus> last_;
};

}  // namespace gtidops
