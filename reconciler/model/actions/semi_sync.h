// semi_sync: actions on semi-synchronous replication. Each does one small thing, so that a change
// of roles can use them too. What MySQL does, tried on 9.7:
// - The source counts the replicas that would acknowledge (Rpl_semi_sync_source_clients) even while
//   its own side is off. When its side is on with too few of them, every commit waits for the
//   time-out.
// - A receiver agrees to acknowledge when it connects. The source's plugin must be loaded by then,
//   and a change of the replica side does not reach a receiver that runs.
// - On a replica whose source side is on, the applier waits for acknowledgements like a client.
// - INSTALL PLUGIN writes mysql.plugin, which super_read_only forbids (error 1290) and read_only
//   does not.
// `old_names`: the plugin that is loaded, or will be, is that of before 8.0.26.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include <cstdint>

#include "model/actions/common.h"

namespace gtidops {

// The first version with the plugins rpl_semi_sync_source and rpl_semi_sync_replica.
inline constexpr Version kNewSemiSyncNames{8, 0, 26};
// "rpl_semi_sync_source_enabled", or "rpl_semi_sync_master_enabled".
std::string semi_sync_source_enabled(bool old_names);
std::string semi_sync_timeout(bool old_names);
std::string semi_sync_wait_count(bool old_names);
std::string semi_sync_replica_enabled(bool old_names);
// The persisted value, flags as ON and OFF; nullopt: it is not persisted, or cannot be read.
std::optional<std::string> persisted_value(const Details& details, const std::string& name);
// Does this server use the old names: those of the plugin that is loaded, else those of its
// version?
bool old_semi_sync_source(const ServerState& state);
bool old_semi_sync_replica(const ServerState& state);
// Are at least `count` replicas connected that would acknowledge?
Check acknowledgers_connected(const Observation& seen, const std::string& server, int count);

// INSTALL PLUGIN. On a closed server super_read_only is lifted for these statements (some
// milliseconds, in which an administrator's session could write) and put back by the executor
// whatever happens; read_only stays ON.
struct LoadSemiSync {
  static constexpr std::string_view kName = "load_semi_sync";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  bool source = true, replica = true;  // which of the two plugins are missing
  bool lift_super_read_only = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return lift_super_read_only ? Risk::kDisruptive : Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
  // What must be run when statements() did not all run.
  [[nodiscard]] std::vector<Statement> put_back() const;
};

// Persists how many acknowledgements a commit waits for, and how long. Persists also that the
// source side is off after a restart, whatever my.cnf says: a primary that crashed, or a replica,
// must not come back with it on.
struct ConfigureSemiSync {
  static constexpr std::string_view kName = "configure_semi_sync";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  int wait_count = 1;
  std::uint64_t timeout_ms = 0;
  bool old_names = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Switches the replica side, persistently. It takes effect when the receiver connects next.
struct SetSemiSyncReplica {
  static constexpr std::string_view kName = "set_semi_sync_replica";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  bool on = false;
  bool old_names = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Restarts a running receiver, which agrees to acknowledge when it connects.
struct RestartReceiver {
  static constexpr std::string_view kName = "restart_receiver";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::string source;
  std::string channel_name = {};

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kDisruptive; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server, source}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Waits until enough replicas are connected that will acknowledge.
struct AwaitAcknowledgers {
  static constexpr std::string_view kName = "await_acknowledgers";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  int count = 1;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Switches the source side: on at run time only, when enough acknowledgers are connected; off
// persistently.
struct SetSemiSyncSource {
  static constexpr std::string_view kName = "set_semi_sync_source";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  bool on = false;
  int wait_count = 1;  // as it is or will be configured; unused when `on` is false
  bool old_names = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

}  // namespace gtidops
