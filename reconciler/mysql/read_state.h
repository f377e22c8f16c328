// read_state, read_channel, ...: from the rows of mysql/queries.h to the model's values. A value
// that is missing or of another form is an error, never a default.
//
// Thread-safety: pure functions. Errors: kFailed, naming the column.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/observation.h"
#include "mysql/client_library.h"
#include "mysql/queries.h"

namespace gtidops::mysql {

// From the two result sets of state_query(); does not set looked_at.
Result<ServerState> read_state(const ResultSet& replica_status, const ResultSet& identity);

// One row of SHOW REPLICA STATUS; nullopt for a channel that gtidops leaves out: a channel of Group
// Replication, or one without a source.
Result<std::optional<Channel>> read_channel(const ResultSet& replica_status, const Row& row);

Status read_copy_accounts(const ResultSet& set, Details& details);
Result<CloneStatus> read_clone(const ResultSet& set);

// The parts of Details. `variables`: those that were selected, in that order.
Result<std::map<std::string, std::string>> read_variables(
    std::span<const JudgedVariable* const> variables, const ResultSet& set);
Result<std::map<std::string, std::string>> read_named_values(const ResultSet& set);
// Without their grants.
Result<std::vector<UserAccount>> read_accounts(const ResultSet& set);
Result<std::vector<AccountName>> read_account_names(const ResultSet& set);
Result<std::vector<SchemaSize>> read_schemas(const ResultSet& set);
Result<std::vector<ScheduledEvent>> read_events(const ResultSet& set);
Result<std::map<std::string, std::int64_t>> read_named_numbers(const ResultSet& set);
// "connection 17 of backup@10.0.0.9": the id of a session, and user@host.
Result<std::vector<std::string>> read_sessions(const ResultSet& set);
Result<std::vector<OpenTransaction>> read_open_transactions(const ResultSet& set);
// nullopt: there is no row.
Result<std::optional<Heartbeat>> read_heartbeat(const ResultSet& set);
Result<std::vector<std::string>> read_binlog_filters(const ResultSet& set);
// Adds the filters that performance_schema shows to those of the channels.
Status read_applier_filters(const ResultSet& set, std::vector<Channel>& channels);
// For channel_options_query() and channel_secrets_query() of queries.h. `declared`: the digest of
// the declared password.
Status read_channel_options(const ResultSet& set, std::vector<Channel>& channels);
Status read_channel_secrets(const ResultSet& set, const std::string& declared,
                            std::vector<Channel>& channels);
// The only value of the only row; nullopt when there is no row.
Result<std::optional<std::string>> read_single(const ResultSet& set);
// The first column.
Result<std::vector<std::string>> read_list(const ResultSet& set);

}  // namespace gtidops::mysql
