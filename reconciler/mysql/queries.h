// The statements with which gtidops looks at a server, by server version. Everything here only
// reads.
//
// Thread-safety: pure functions, constant data.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/version.h"

namespace gtidops::mysql {

// The schema of gtidops' own (its heartbeat), which counts as nobody's data.
inline constexpr std::string_view kOwnSchema = "gtidops";

// Two result sets: SHOW REPLICA STATUS, then one row in the order of enum IdentityColumn.
std::string state_query(const Version& version);

enum IdentityColumn : std::size_t {
  kVersionText,
  kServerUuid,
  kServerId,
  kHostname,
  kPort,
  kDatadir,
  kGtidMode,
  kEnforceGtidConsistency,
  kLogBin,
  kLogReplicaUpdates,
  kReadOnly,
  kSuperReadOnly,
  kGtidPurged,
  kGtidOwned,
  kGtidExecuted,
  kIdentityColumns,
};

// A variable that is judged: compared with a specification, or a condition of safe replication.
struct JudgedVariable {
  std::string_view name;
  Version since;   // the first version that has it
  Version before;  // the first version that has it no more
  bool boolean;    // SELECT shows 1 and 0 where SHOW shows ON and OFF
};
// Those of the server itself.
std::vector<const JudgedVariable*> judged_variables(const Version& version);
// Those of a semi-synchronous plugin, which are there when it is loaded: one list a plugin.
std::vector<std::vector<const JudgedVariable*>> plugin_variables(const Version& version);
// SELECT @@global.a, @@global.b, ...; several times cheaper than
// performance_schema.global_variables. A name that the server does not know is error 1193.
std::string select_variables(std::span<const JudgedVariable* const> variables);
// Two columns, name and value, of those among `names` that exist.
std::string select_named_variables(const std::set<std::string>& names);

std::string persisted_query();
// User, host, plugin, account_locked, password_expired.
std::string accounts_query(std::string_view user);
std::string all_accounts_query();
// Name, number of tables, bytes; every schema but the server's and gtidops' own.
std::string schemas_query();
// Schema, name, definer, status.
std::string events_query();
// Server_uuid, beat.
std::string heartbeat_query(std::string_view topology);
// SHOW BINARY LOG STATUS, by its name of that version.
std::string binary_log_status_query(const Version& version);
std::string binary_logs_query();
// One row, one column: 'Yes' when TLS is on; no row when performance_schema is off.
std::string tls_query();
// The same without performance_schema: the second column holds the date until which the server's
// certificate is good.
std::string certificate_query();
// One row, one column: how many rows say that this server is a member of a group.
std::string group_replication_query();
// One row a replica that is connected.
std::string replicas_query();
// Name and value: how many sessions there are.
std::string connections_query();
// Of a clone into this server itself; at most one row.
std::string last_clone_query();
// One row a session that holds LOCK INSTANCE FOR BACKUP: its id, and user@host.
std::string backup_locks_query();
// Channel, filter, rule; the channel is NULL for those of the whole applier.
std::string filters_query();
// Channel, and what only the performance schema shows, by SourceOption::shown_as.
std::string channel_options_query(const Version& version);
// Channel, and a digest of the stored password with this salt before it. Only the salt stands in
// the statement, so a log that holds the statement tells nothing of the password.
std::string channel_secrets_query(std::string_view salt);
// The privileges of the account that asks, with those of its active roles.
// Name and value: what the semi-synchronous plugins that are loaded say of themselves.
std::string semi_sync_status_query();
std::string own_grants_query();
std::string grants_query(std::string_view user, std::string_view host);

}  // namespace gtidops::mysql
