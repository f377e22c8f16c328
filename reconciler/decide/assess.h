// assess: who is what. Roles, who follows whom, which transactions are errant, missing or gone for
// good.
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
  // Whom the default channel names: a server of the specification, or host:port of a stranger.
  // Empty: no channel.
  std::string observed_source;
  bool source_is_stranger = false;
  std::vector<std::string>
      followers;  // servers of the specification whose default channel names this one
  // It replicates, or shares transactions with the reference: it belongs to this topology.
  bool kin = false;
  // Against the reference; nullopt when either cannot be read.
  std::optional<GtidSet> errant;
  GtidSet in_flight;  // held here, and still being committed there: not errant
  std::optional<std::int64_t> missing;
  // The declared source has purged what this one lacks.
  std::optional<bool> unrecoverable;
};

struct Assessment {
  std::map<std::string, ServerAssessment> servers;
  // The server that takes the topology's writes, or would: nullopt when none can be told.
  std::optional<std::string> observed_primary;
  // Whose history the others' is measured by: the declared primary's; or, as long as that one is
  // read-only and replicates, that of the server that acts as the primary: the one that is open; if
  // none is, the one that was when roles last changed; else the top of the declared one's chain.
  std::string reference;
  // More than one server is open that could be it.
  std::vector<std::string> rivals;

  [[nodiscard]] const ServerAssessment& of(const std::string& server) const {
    return servers.at(server);
  }
};

// `goal` and `intent`: of a plan, Plan::goal and Plan::intent, so that whoever shows something
// judges by the same reference as the planner.
Assessment assess(const Spec& spec, const Goal& goal, const Observation& seen,
                  const Intent& intent);

// What `source` holds and a replica of it lacks, and a channel that runs will not bring: of its own
// transactions those that it has not received (MySQL's receiver leaves out what bears its own
// server_id), and of others those below the newest that it holds. Where several workers commit in
// any order, what it has received may still come.
GtidSet never_arrives(const ServerState& replica, const ServerState& source);

// The server of the specification that answers at this address (its `address` or
// `replicationAddress`); empty when none.
std::string server_at(const Spec& spec, const Address& address);

// May gtidops.heartbeat be written? A beat on the primary reaches all replicas, so one table that
// is not as gtidops makes it forbids that.
bool heartbeat_is_safe(const Spec& spec, const Observation& seen);

}  // namespace gtidops
