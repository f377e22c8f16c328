// Snapshot: what the running daemon knows at one moment, as values. The metrics, the API, the page
// and the notifications are made from it. The loop (loop/) publishes a new one after each pass; a
// published one never changes.
//
// Thread-safety: plain values; share them by shared_ptr to const. Errors: none.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decide/conditions.h"
#include "model/observation.h"
#include "model/plan.h"
#include "model/spec.h"
#include "report/history.h"

namespace gtidops {

struct TopologySnapshot {
  std::shared_ptr<const Spec> spec;
  std::optional<std::string> revision;  // the commit that is enforced
  // False until the first pass has ended. Until then, nothing is known about the servers.
  bool looked = false;
  Observation seen;
  Plan plan;  // what is still to be done
  std::vector<Condition> conditions;
  // By server: how far its default channel is behind, in seconds; absent when it is unknown.
  std::map<std::string, double> lag;
  bool leader = false;  // this process holds the lease
  std::string lease_error;
  std::optional<Moment> last_success;
  Moment last_pass{};
  int consecutive_failures = 0;
  Millis interval{0};
  Millis lateness{0};  // how much later than planned the last pass began
  std::string last_error;
  History history;
};

struct SourceSnapshot {
  std::string where;  // the URL (without credentials) or the folder
  bool git = false;
  std::optional<Moment> last_success;        // the remote answered, or the folder could be read
  std::string error;                         // of the last try; empty when it went well
  bool spec_valid = false;                   // the newest revision seen is valid
  std::optional<std::string> revision;       // the one that is enforced
  std::optional<std::string> seen_revision;  // the newest one, whether it was accepted or not
  std::string author;                        // of the enforced revision
  bool signature_rejected = false;           // of the newest revision
  std::vector<std::string> errors;  // of the newest revision: "FILE:LINE:COL: PATH: what is wrong"
  bool rewritten = false;           // the branch was rewritten before the last accepted revision
};

struct DaemonSnapshot {
  Moment started{};
  SourceSnapshot source;
  bool reload_successful = true;  // the configuration file, when it was last read
  std::vector<std::shared_ptr<const TopologySnapshot>> topologies;  // by name
  std::vector<std::string> released;  // topologies whose file was deleted: let go, not torn down
};

}  // namespace gtidops
