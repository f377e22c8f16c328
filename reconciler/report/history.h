// History: the last passes that did something, and the last changes of the primary. They are kept
// on the disk beside the intent, so that `status` and a restarted daemon know them.
//
// Thread-safety: plain values and pure functions. Errors: nullopt for a text that is no history.
#pragma once

#include <cstddef>
#include <deque>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "decide/conditions.h"
#include "model/outcome.h"

namespace gtidops {

// One pass that did something, or whose result differs from that of the pass before it.
struct PassRecord {
  Moment at{};
  double seconds = 0;
  std::string result;   // synced|changed|failed|refused|pending: as gtidops_reconciles_total has it
  std::string trigger;  // interval|commit|connection-lost|start|apply
  std::optional<std::string> revision;
  std::vector<std::string> steps;  // "set_read_only db2: done"
  std::string error;
};

struct PrimaryChangeRecord {
  Moment at{};
  std::string type;    // switchover|failover
  std::string result;  // done|undone|failed
  double seconds = 0;
  std::optional<std::string> revision;
  PrimaryChange change;
};

inline constexpr std::size_t kHistoryLimit = 50;

struct History {
  std::deque<PassRecord> passes;  // the newest first, at most kHistoryLimit
  std::deque<PrimaryChangeRecord> primary_changes;
  // The conditions as the daemon last saw them, each with the moment since when it has its status.
  std::vector<Condition> conditions;

  void add(PassRecord pass);
  void add(PrimaryChangeRecord change);
};

// {"history": [...], "primary_changes": [...]}, without the conditions: a status prints them in
// another place, and only print_history() adds them, for the file on the disk.
nlohmann::ordered_json json_of(const History& history);
std::string print_history(const History& history);
std::optional<History> parse_history(const std::string& text);

}  // namespace gtidops
