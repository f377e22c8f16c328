// assess: what each server is: its role, its source, and which transactions are errant, missing or
// unrecoverable.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/goal.h"
#include "model/intent.h"
#include "model/observation.h"
#include "model/spec.h"

namespace gtidops {

enum class Role { kPrimary, kReplica, kStandalone, kUnknown };
std::string_view role_name(Role role);

struct ServerAssessment {
  Role role = Role::kUnknown;
  // What the default channel names: a server of the specification, or host:port of a stranger.
  // Empty: there is no channel.
  std::string observed_source;
  bool source_is_stranger = false;
  std::vector<std::string>
      followers;  // servers of the specification whose default channel names this one
  // It replicates, or shares transactions with the reference: it belongs to this topology.
  bool shares_history = false;
  // Compared with the reference; nullopt when either server cannot be read.
  std::optional<GtidSet> errant;
  GtidSet in_flight;  // this server holds it, the reference is still committing it: not errant
  std::optional<std::int64_t> missing;
  // The declared source has purged transactions that this server lacks.
  std::optional<bool> unrecoverable;
};

struct Assessment {
  std::map<std::string, ServerAssessment> servers;
  // The server that takes the topology's writes, or would if it were open. nullopt: it cannot be
  // told.
  std::optional<std::string> observed_primary;
  // The server whose history the others are compared with. It is the declared primary, unless that
  // one is read-only and replicates, or is read-only and we opened another server last. Then it is
  // the server that acts as the primary: the open one; if none is open, the primary of the last
  // change of roles; else the top of the declared primary's replication chain.
  std::string reference;
  // Several servers are open, and each could be the reference.
  std::vector<std::string> rivals;

  [[nodiscard]] const ServerAssessment& of(const std::string& server) const {
    return servers.at(server);
  }
};

// `goal` and `intent` come from the plan (Plan::goal, Plan::intent) when a plan is shown, so that
// the reference is the one that the planner used.
Assessment assess(const Spec& spec, const Goal& goal, const Observation& seen,
                  const Intent& intent);

// What `source` holds, `replica` lacks, and a running channel will not bring. Of the replica's own
// transactions: those that it has not received, since MySQL's receiver skips events with its own
// server_id. Of others: those below the newest that it holds. When several workers commit in any
// order, what was received may still be applied, and is left out.
GtidSet never_arrives(const ServerState& replica, const ServerState& source);

// The server of the specification with this address (`address` or `replicationAddress`); empty:
// none.
std::string server_at(const Spec& spec, const Address& address);

// May gtidops.heartbeat be written? A write on the primary reaches all replicas, so a single table
// that differs from the one that gtidops creates forbids it.
bool heartbeat_is_safe(const Spec& spec, const Observation& seen);

}  // namespace gtidops
