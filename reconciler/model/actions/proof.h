// proof: actions that prove that replication works. They change nothing but gtidops' own heartbeat
// table.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include "model/actions/common.h"

namespace gtidops {

// Waits until both threads of the replica run without an error and it holds all that its source had
// when the wait began. Of a delayed replica only the threads are judged.
struct AwaitReplication {
  static constexpr std::string_view kName = "await_replication";
  static constexpr Depth kDepth = Depth::kState;
  static constexpr bool kProof = true;  // of this moment: never skipped because it held before
  std::string server;
  std::string source;
  bool delayed = false;
  std::string channel_name = {};

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server, source}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Writes this topology's row of gtidops.heartbeat on the primary, and reads it on every replica
// that is not delayed.
struct Canary {
  static constexpr std::string_view kName = "canary";
  static constexpr Depth kDepth = Depth::kDetails;
  static constexpr bool kProof = true;
  std::string server;  // the primary
  std::string server_uuid;
  std::string topology;  // the row's key: one row a topology, so that the table does not grow
  std::vector<std::string> replicas;
  bool create_table = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
  // Reads the row on one server: server_uuid, beat; no row when it has not arrived.
  [[nodiscard]] Statement read_on(const std::string& where) const;
};

// Creates gtidops' table and row on a replica that lacks them, such as one that was restored
// without the schema gtidops: else the next heartbeat of the primary stops its applier. The
// statements are not written to the binary log, so that they are no errant transactions.
// super_read_only is lifted for them (some milliseconds, in which an administrator's session could
// write) and put back by the executor whatever happens; read_only stays ON.
struct MendHeartbeat {
  static constexpr std::string_view kName = "mend_heartbeat";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::string server_uuid;  // of the primary that writes it
  std::string topology;
  bool lift_super_read_only = true;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kDisruptive; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
  // What must be run when statements() did not all run.
  [[nodiscard]] std::vector<Statement> put_back() const;
};

// `server_uuid` is the primary's. Right before a switch freezes the primary it is the candidate's
// (the announcement): whoever sees the old primary closed then knows which server may be open.
Statement write_heartbeat(const std::string& server, const std::string& topology,
                          const std::string& server_uuid);

// Has the applier stopped at a heartbeat that finds neither table nor row?
bool stopped_at_heartbeat(const ServerState& state);

}  // namespace gtidops
