// Notifier: whoever is to be told that a condition has changed, or how far a commit has come.
//
// Thread-safety: any thread; tell() never waits for a receiver and never throws for one. Errors:
// none: a receiver that cannot be told is the log's business.
#pragma once

#include <optional>
#include <string>

#include "base/quantity.h"

namespace gtidops {

struct Notice {
  enum class Severity { kInfo, kWarning, kCritical };
  std::string topology;
  std::string condition;  // Ready, Synced, ...
  std::string status;     // True, False, Unknown
  std::string reason, message;
  std::optional<Moment> since;
  std::string previous;  // the status before; empty: nobody had watched
  std::optional<std::string> revision;
  Severity severity = Severity::kInfo;
};

struct RevisionEvent {
  enum class State { kPending, kSuccess, kFailure };
  std::string topology;  // empty: the commit as a whole, which is not valid
  std::string revision;  // the commit
  State state = State::kPending;
  std::string description;
};

class Notifier {
 public:
  Notifier() = default;
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  virtual ~Notifier() = default;

  virtual void tell(const Notice& notice) = 0;
  virtual void tell(const RevisionEvent& event) = 0;
};

}  // namespace gtidops
