// Goal: what this plan makes of the topology: which server is the primary and why, what every
// server replicates from, and whether it takes writes.
//
// Thread-safety: a plain value. Errors: none.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "model/spec.h"

namespace gtidops {

struct ChannelGoal {
  std::string name;    // MySQL's name of the channel; empty: the default channel
  std::string source;  // a server of the specification
  Millis delay{0};     // whole seconds
  friend bool operator==(const ChannelGoal&, const ChannelGoal&) = default;
};

struct ServerGoal {
  std::vector<ChannelGoal> channels;  // none: it is the primary
  bool writable = false;
  // Semi-synchronous replication, where it is declared: do commits here wait for acknowledgements,
  // and does this server acknowledge?
  bool semi_sync_source = false;
  bool semi_sync_replica = false;
  friend bool operator==(const ServerGoal&, const ServerGoal&) = default;
};

// Why this server is to be the primary.
enum class PrimaryBecause {
  kDeclared,  // the file names it
  // A change of roles to it was begun. It is finished before the file's `primary` counts again.
  kUnfinishedChange,
};

struct Goal {
  std::string primary;
  PrimaryBecause because = PrimaryBecause::kDeclared;
  std::map<std::string, ServerGoal> servers;  // those of the specification

  [[nodiscard]] bool is_primary(const std::string& server) const { return server == primary; }
  // The source of the server's default channel; empty: the server has none.
  [[nodiscard]] std::string source_of(const std::string& server) const;
  [[nodiscard]] std::string source_of(const ServerSpec& server) const {
    return source_of(*server.name);
  }
  // SOURCE_DELAY of the default channel; 0 where there is none.
  [[nodiscard]] Millis delay_of(const std::string& server) const;
  friend bool operator==(const Goal&, const Goal&) = default;
};

}  // namespace gtidops
