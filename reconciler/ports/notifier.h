// Notifier: tells a receiver that a condition has changed, or how far a commit has come.
//
// Thread-safety: any thread; tell() never waits for a receiver and never throws because of one.
// Errors: none; a receiver that cannot be reached is logged.
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
  std::string previous;  // the status before; empty: this is the first one known
  std::optional<std::string> revision;
  Severity severity = Severity::kInfo;
};

struct RevisionEvent {
  enum class State { kPending, kSuccess, kFailure };
  std::string topology;  // empty: it concerns the whole commit, which is not valid
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
