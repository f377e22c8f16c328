// queries: the statements with which gtidops looks at a server, by its version. All of them only
// read.
//
// Thread-safety: pure functions, constant data. Errors: none.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/version.h"

namespace gtidops::mysql {

// gtidops' own schema (its heartbeat); it does not count as anybody's data.
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

// A variable that is judged: compared with the specification, or a condition of safe replication.
struct JudgedVariable {
  std::string_view name;
  Version since;   // the first version that has it
  Version before;  // the first version that no longer has it
  bool boolean;    // SELECT shows 1 and 0 where SHOW shows ON and OFF
};
// The judged variables of the server itself.
std::vector<const JudgedVariable*> judged_variables(const Version& version);
// The judged variables of the semi-synchronous plugins, one list a plugin; they exist while it is
// loaded.
std::vector<std::vector<const JudgedVariable*>> plugin_variables(const Version& version);
// SELECT @@global.a, @@global.b, ...; several times cheaper than
// performance_schema.global_variables. A name that the server does not know is error 1193.
std::string select_variables(std::span<const JudgedVariable* const> variables);
// Two columns, name and value, for the variables among `names` that exist.
std::string select_named_variables(const std::set<std::string>& names);

std::string persisted_query();
// User, host, plugin, account_locked, password_expired.
std::string accounts_query(std::string_view user);
std::string all_accounts_query();
// Name, number of tables, bytes, a table that is not InnoDB's or NULL; every schema but the
// server's and gtidops' own.
std::string schemas_query();
// Schema, name, definer, status, and the other properties of each event.
std::string events_query();
// Server_uuid, beat.
std::string heartbeat_query(std::string_view topology);
// SHOW BINARY LOG STATUS, or its older name.
std::string binary_log_status_query(const Version& version);
std::string binary_logs_query();
// One row, one column: 'Yes' when TLS is on; no row when performance_schema is off.
std::string tls_query();
// The same without performance_schema: the second column is the date until which the server's
// certificate is valid.
std::string certificate_query();
// One row, one column: not 0 when this server is an active member of a replication group.
std::string group_replication_query();
// One row for each connected replica.
std::string replicas_query();
// Name and value: the number of sessions, and when mysqld was started.
std::string connections_query();
// The newest CLONE into this server, how it ended or how far it is; at most one row.
std::string clone_query();
// The hosts of kCopyUser, and whether gtidops has created that account.
std::string copy_accounts_query();
// One row for each session that holds LOCK INSTANCE FOR BACKUP: its id, and user@host.
std::string backup_locks_query();
// Channel, filter, rule; the channel is NULL for global filters.
std::string filters_query();
// Channel, and the options that only the performance schema shows, by SourceOption::shown_as.
std::string channel_options_query(const Version& version);
// Channel, and a digest of the salt followed by the stored password. A log that holds the statement
// shows only the salt.
std::string channel_secrets_query(std::string_view salt);
// What the loaded semi-synchronous plugins report: name and value.
std::string semi_sync_status_query();
// The privileges of the account that asks, with those of its active roles.
std::string own_grants_query();
std::string grants_query(std::string_view user, std::string_view host);

}  // namespace gtidops::mysql
