// Actions on semi-synchronous replication. Each does one small thing, so that a role change can use
// them too. What the servers do, tried on 9.7:
// - The source counts those that would acknowledge (Rpl_semi_sync_source_clients) while its own
//   side is off. Switched on with too few of them, every commit waits until the time-out.
// - A receiver agrees on it with the source when it connects: the source's plugin must be loaded by
//   then, and a change of the replica side means nothing to a receiver that runs.
// - On a replica whose source side is on, the applier waits for acknowledgements like a client.
// - INSTALL PLUGIN writes mysql.plugin, which super_read_only forbids (error 1290) and read_only
//   does not.
// `old_names`: the plugin that is loaded, or will be, is that of before 8.0.26.
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
// As it was made persistent, flags as ON and OFF; nullopt: it was not, or cannot be read.
std::optional<std::string> persisted_value(const Details& details, const std::string& name);
// Which names this server goes by: those of the plugin that is loaded, else those of its version.
bool old_semi_sync_source(const ServerState& state);
bool old_semi_sync_replica(const ServerState& state);
// Are so many replicas connected to it that would acknowledge?
Check acknowledgers_connected(const Observation& seen, const std::string& server, int count);

// INSTALL PLUGIN. On a server that is super_read_only, this is lifted for these statements (some
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

// How many acknowledgements and how long, persistent; and that the source side is off after a
// restart, whatever my.cnf says: a primary that crashed, or a replica, must not come back with it
// on.
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

// The replica side, persistent. It takes effect when the receiver connects next.
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

// Lets a running receiver connect anew, so that it acknowledges.
struct RestartReceiver {
  static constexpr std::string_view kName = "restart_receiver";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::string source;

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

// The source side: on at run time only, and only with enough acknowledgers connected; off for good.
struct SetSemiSyncSource {
  static constexpr std::string_view kName = "set_semi_sync_source";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  bool on = false;
  int wait_count = 1;  // as it is or will be configured; of no meaning when off
  bool old_names = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

}  // namespace gtidops
