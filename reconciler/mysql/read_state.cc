#include "mysql/read_state.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <utility>

#include "base/nearest.h"
#include "model/source_options.h"
#include "mysql/owned_gtids.h"

namespace gtidops::mysql {
namespace {

// Reads one row by column. The first error is kept; the values read after it mean nothing.
class RowReader {
 public:
  RowReader(const ResultSet& set, const Row& row) : set_(set), row_(row) {}

  // nullptr for NULL, and for a column that is not there.
  [[nodiscard]] const std::string* find(std::string_view column) const {
    const auto at = std::find(set_.columns.begin(), set_.columns.end(), column);
    if (at == set_.columns.end()) return nullptr;
    const auto index = static_cast<std::size_t>(at - set_.columns.begin());
    return index < row_.size() && row_[index] ? &*row_[index] : nullptr;
  }

  std::string text(std::string_view column) {
    const std::string* const value = find(column);
    if (value == nullptr) complain(column, "is missing");
    return value == nullptr ? std::string() : *value;
  }

  template <class Number>
  Number number(std::string_view column) {
    return parse_number<Number>(column, text(column));
  }

  std::string text(std::size_t index, std::string_view name) {
    if (index < row_.size() && row_[index]) return *row_[index];
    complain(name, "is missing");
    return {};
  }
  template <class Number>
  Number number(std::size_t index, std::string_view name) {
    return parse_number<Number>(name, text(index, name));
  }

  // Accepts ON and OFF, 1 and 0, YES and NO, Y and N.
  bool boolean(std::size_t index, std::string_view name) {
    const std::string value = upper(text(index, name));
    if (value == "1" || value == "ON" || value == "YES" || value == "Y") return true;
    if (value != "0" && value != "OFF" && value != "NO" && value != "N")
      complain(name, "is " + value);
    return false;
  }

  GtidSet gtid_set(std::string_view name, const std::string& value) {
    auto set = GtidSet::parse(value);
    if (set) return *std::move(set);
    complain(name, "is not a GTID set: " + set.error().message);
    return {};
  }

  GtidSet owned(std::string_view name, const std::string& value) {
    return gtid_set(name, without_owners(value));
  }

  void complain(std::string_view column, const std::string& what) {
    if (!error_) error_ = Error{ErrorCode::kFailed, std::string(column) + " " + what, 0};
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  template <class Value>
  Result<Value> result(Value value) const {
    if (error_) return tl::unexpected(*error_);
    return value;
  }

 private:
  template <class Number>
  Number parse_number(std::string_view name, const std::string& value) {
    Number parsed{};
    const char* const end = value.data() + value.size();
    const auto [rest, error] = std::from_chars(value.data(), end, parsed);
    if (error != std::errc{} || rest != end) complain(name, "is not a number: " + value);
    return parsed;
  }

  const ResultSet& set_;
  const Row& row_;
  std::optional<Error> error_;
};

ThreadState thread_state(RowReader& reader, std::string_view column) {
  const std::string value = reader.text(column);
  if (value == "Yes") return ThreadState::kOn;
  if (value == "Connecting") return ThreadState::kConnecting;
  if (value != "No") reader.complain(column, "is " + value);
  return ThreadState::kOff;
}

ReplicationError replication_error(RowReader& reader, const std::string& thread) {
  return {reader.number<int>("Last_" + thread + "_Errno"),
          reader.text("Last_" + thread + "_Error")};
}

bool is_group_replications(std::string_view channel) {
  constexpr std::string_view kPrefix = "group_replication_";
  return channel.substr(0, kPrefix.size()) == kPrefix;
}

// SHOW REPLICA STATUS shows the filters in force on the channel: its own and the global ones.
std::vector<std::string> status_filters(const RowReader& reader) {
  std::vector<std::string> filters;
  for (const char* column :
       {"Replicate_Do_DB", "Replicate_Ignore_DB", "Replicate_Do_Table", "Replicate_Ignore_Table",
        "Replicate_Wild_Do_Table", "Replicate_Wild_Ignore_Table", "Replicate_Rewrite_DB",
        "Replicate_Ignore_Server_Ids"}) {
    const std::string* const value = reader.find(column);
    if (value != nullptr && !value->empty()) filters.push_back(std::string(column) + "=" + *value);
  }
  return filters;
}

// Only the columns of source options are kept: the other forty would be most of what is kept of a
// replica.
std::map<std::string, std::string> option_columns(const ResultSet& set, const Row& row) {
  std::map<std::string, std::string> columns;
  for (std::size_t i = 0; i < std::min(set.columns.size(), row.size()); ++i)
    if (row[i] && shows_source_option(set.columns[i])) columns.emplace(set.columns[i], *row[i]);
  return columns;
}

void read_identity(RowReader& reader, ServerState& state) {
  state.version_text = reader.text(kVersionText, "version");
  const auto version = Version::parse(state.version_text);
  if (version)
    state.version = *version;
  else
    reader.complain("version", "is " + state.version_text);
  state.server_uuid = lower(reader.text(kServerUuid, "server_uuid"));
  state.server_id = reader.number<std::uint32_t>(kServerId, "server_id");
  state.hostname = reader.text(kHostname, "hostname");
  state.port = reader.number<int>(kPort, "port");
  state.instance =
      state.hostname + ":" + std::to_string(state.port) + ":" + reader.text(kDatadir, "datadir");
  state.gtid_mode = reader.text(kGtidMode, "gtid_mode");
  state.enforce_gtid_consistency = reader.text(kEnforceGtidConsistency, "enforce_gtid_consistency");
  state.log_bin = reader.boolean(kLogBin, "log_bin");
  state.log_replica_updates = reader.boolean(kLogReplicaUpdates, "log_replica_updates");
  state.read_only = reader.boolean(kReadOnly, "read_only");
  state.super_read_only = reader.boolean(kSuperReadOnly, "super_read_only");
  state.gtid_purged = reader.gtid_set("gtid_purged", reader.text(kGtidPurged, "gtid_purged"));
  state.gtid_owned = reader.owned("gtid_owned", reader.text(kGtidOwned, "gtid_owned"));
  state.gtid_executed =
      reader.gtid_set("gtid_executed", reader.text(kGtidExecuted, "gtid_executed"));
}

// "REPLICATE_DO_DB" in the spelling of SHOW REPLICA STATUS.
std::string filter_name(const std::string& name) {
  std::string spelt = lower(name);
  bool begin = true;
  for (char& c : spelt) {
    if (begin) c = upper(std::string(1, c))[0];
    begin = c == '_';
  }
  if (spelt.size() > 3 && spelt.substr(spelt.size() - 3) == "_Db") spelt.back() = 'B';
  return spelt;
}

void add_filter(Channel& channel, const std::string& name, const std::string& rule) {
  const std::string begin = name + "=";
  const bool known = std::any_of(
      channel.filters.begin(), channel.filters.end(),
      [&](const std::string& filter) { return filter.compare(0, begin.size(), begin) == 0; });
  if (!known) channel.filters.push_back(begin + rule);
}

}  // namespace

Result<std::optional<Channel>> read_channel(const ResultSet& replica_status, const Row& row) {
  RowReader reader(replica_status, row);
  Channel channel;
  channel.name = reader.text("Channel_Name");
  channel.source_host = reader.text("Source_Host");
  if (!reader.error() && (is_group_replications(channel.name) || channel.source_host.empty()))
    return std::optional<Channel>{};
  channel.source_port = reader.number<int>("Source_Port");
  channel.source_user = reader.text("Source_User");
  const std::string* const uuid = reader.find("Source_UUID");
  channel.source_uuid = uuid == nullptr ? std::string() : lower(*uuid);
  channel.receiver = thread_state(reader, "Replica_IO_Running");
  channel.applier = thread_state(reader, "Replica_SQL_Running");
  channel.receiver_error = replication_error(reader, "IO");
  channel.applier_error = replication_error(reader, "SQL");
  channel.auto_position = reader.number<int>("Auto_Position") != 0;
  channel.retrieved = reader.gtid_set("Retrieved_Gtid_Set", reader.text("Retrieved_Gtid_Set"));
  if (reader.find("Seconds_Behind_Source") != nullptr)
    channel.seconds_behind = reader.number<std::int64_t>("Seconds_Behind_Source");
  channel.delay_seconds = reader.number<std::int64_t>("SQL_Delay");
  channel.filters = status_filters(reader);
  channel.columns = option_columns(replica_status, row);
  return reader.result(std::optional<Channel>(std::move(channel)));
}

Result<ServerState> read_state(const ResultSet& replica_status, const ResultSet& identity) {
  if (identity.rows.size() != 1)
    return fail(ErrorCode::kFailed,
                "the server's variables came in " + std::to_string(identity.rows.size()) + " rows");
  ServerState state;
  RowReader reader(identity, identity.rows.front());
  read_identity(reader, state);
  if (reader.error()) return tl::unexpected(*reader.error());
  for (const Row& row : replica_status.rows) {
    auto channel = read_channel(replica_status, row);
    if (!channel) return tl::unexpected(channel.error());
    if (*channel) state.channels.push_back(**std::move(channel));
  }
  return state;
}

Result<std::map<std::string, std::string>> read_variables(
    std::span<const JudgedVariable* const> variables, const ResultSet& set) {
  std::map<std::string, std::string> values;
  if (set.rows.size() != 1 || set.rows.front().size() != variables.size())
    return fail(ErrorCode::kFailed, "the variables came in another form than they were asked for");
  RowReader reader(set, set.rows.front());
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const JudgedVariable& variable = *variables[i];
    const std::string name(variable.name);
    // Some are NULL where SHOW VARIABLES has an empty text, for instance report_host.
    const std::optional<std::string>& value = set.rows.front()[i];
    values[name] = variable.boolean ? (reader.boolean(i, name) ? "ON" : "OFF") : value.value_or("");
  }
  return reader.result(std::move(values));
}

Result<std::map<std::string, std::string>> read_named_values(const ResultSet& set) {
  std::map<std::string, std::string> values;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    const std::string name = lower(reader.text(0, "name"));
    if (reader.error()) return tl::unexpected(*reader.error());
    values[name] = row.size() > 1 ? row[1].value_or("") : "";
  }
  return values;
}

Result<std::vector<UserAccount>> read_accounts(const ResultSet& set) {
  std::vector<UserAccount> accounts;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    UserAccount account;
    account.user = reader.text(0, "User");
    account.host = reader.text(1, "Host");
    account.plugin = reader.text(2, "plugin");
    account.locked = reader.boolean(3, "account_locked");
    account.password_expired = reader.boolean(4, "password_expired");
    if (reader.error()) return tl::unexpected(*reader.error());
    accounts.push_back(std::move(account));
  }
  return accounts;
}

Result<std::vector<AccountName>> read_account_names(const ResultSet& set) {
  std::vector<AccountName> names;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    AccountName name;
    name.user = reader.text(0, "User");
    name.host = reader.text(1, "Host");
    name.role = reader.boolean(2, "is_role");
    if (reader.error()) return tl::unexpected(*reader.error());
    names.push_back(std::move(name));
  }
  return names;
}

Result<std::vector<SchemaSize>> read_schemas(const ResultSet& set) {
  std::vector<SchemaSize> schemas;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    SchemaSize schema;
    schema.name = reader.text(0, "SCHEMA_NAME");
    schema.tables = reader.number<std::int64_t>(1, "number of tables");
    schema.bytes = reader.number<std::int64_t>(2, "size");
    if (row.size() > 3 && row[3]) schema.not_innodb = *row[3];
    if (reader.error()) return tl::unexpected(*reader.error());
    schemas.push_back(std::move(schema));
  }
  return schemas;
}

// Before 8.2, REPLICA_SIDE_DISABLED is called SLAVESIDE_DISABLED. (ENABLE and DISABLE occur only in
// statements.)
Result<std::vector<ScheduledEvent>> read_events(const ResultSet& set) {
  std::vector<ScheduledEvent> events;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    ScheduledEvent event;
    event.schema = reader.text(0, "EVENT_SCHEMA");
    event.name = reader.text(1, "EVENT_NAME");
    event.definer = reader.text(2, "DEFINER");
    const std::string status = reader.text(3, "STATUS");
    if (reader.error()) return tl::unexpected(*reader.error());
    event.status = status == "ENABLED"    ? ScheduledEvent::Status::kEnabled
                   : status == "DISABLED" ? ScheduledEvent::Status::kDisabled
                                          : ScheduledEvent::Status::kOnAnother;
    event.character_set_client = reader.text(4, "CHARACTER_SET_CLIENT");
    event.collation_connection = reader.text(5, "COLLATION_CONNECTION");
    event.database_collation = reader.text(6, "DATABASE_COLLATION");
    if (const std::string* now = reader.find("DEFAULT_COLLATION_NAME"))
      event.schema_collation = *now;
    if (reader.error()) return tl::unexpected(*reader.error());
    for (std::size_t i = 8; i < std::min(set.columns.size(), row.size()); ++i)
      if (row[i])
        event.columns[set.columns[i]] = set.columns[i] == "EVENT_DEFINITION"
                                            ? std::to_string(std::hash<std::string>{}(*row[i]))
                                            : *row[i];
    events.push_back(std::move(event));
  }
  return events;
}

Result<std::vector<OpenTransaction>> read_open_transactions(const ResultSet& set) {
  std::vector<OpenTransaction> transactions;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    OpenTransaction one;
    one.id = reader.text(0, "trx_mysql_thread_id");
    one.who = reader.text(1, "user");
    one.seconds = std::strtod(reader.text(2, "age").c_str(), nullptr);
    one.idle = reader.boolean(3, "idle");
    if (reader.error()) return tl::unexpected(*reader.error());
    transactions.push_back(std::move(one));
  }
  return transactions;
}

Result<std::map<std::string, std::int64_t>> read_named_numbers(const ResultSet& set) {
  std::map<std::string, std::int64_t> values;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    const std::string name = lower(reader.text(0, "name"));
    values[name] = reader.number<std::int64_t>(1, name);
    if (reader.error()) return tl::unexpected(*reader.error());
  }
  return values;
}

Status read_copy_accounts(const ResultSet& set, Details& details) {
  details.copy_accounts.emplace();
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    const std::string host = reader.text(0, "Host");
    const bool ours = reader.boolean(1, "comment");
    if (reader.error()) return tl::unexpected(*reader.error());
    (ours ? *details.copy_accounts : details.other_copy_accounts).push_back(host);
  }
  return {};
}

Result<CloneStatus> read_clone(const ResultSet& set) {
  CloneStatus clone;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    const std::string state = reader.text("STATE");
    const std::string number = reader.text("ERROR_NO");
    const bool runs = state == "In Progress";
    // After mysqld was killed in the middle, the state stays "In Progress", with error 1317 (seen
    // on 9.7.4).
    clone.state = runs && number == "0"       ? CloneStatus::State::kRunning
                  : state == "Completed"      ? CloneStatus::State::kCompleted
                  : runs || state == "Failed" ? CloneStatus::State::kFailed
                                              : CloneStatus::State::kNone;
    clone.source = reader.text("SOURCE");
    const auto optional = [&](const char* column) {
      const std::string* value = reader.find(column);
      return value == nullptr ? std::string() : *value;
    };
    clone.began = optional("BEGIN_TIME");
    clone.ended = optional("END_TIME");
    clone.phase = optional("STAGE");
    if (clone.state == CloneStatus::State::kFailed)
      clone.error = fmt::format("error {}: {}", number, optional("ERROR_MESSAGE"));
    clone.gtid_executed = reader.gtid_set("GTID_EXECUTED", optional("GTID_EXECUTED"));
    clone.bytes_total = reader.number<std::int64_t>("ESTIMATE");
    clone.bytes_done = reader.number<std::int64_t>("DATA");
    if (reader.error()) return tl::unexpected(*reader.error());
  }
  return clone;
}

Result<std::vector<std::string>> read_sessions(const ResultSet& set) {
  std::vector<std::string> sessions;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    sessions.push_back("connection " + reader.text(0, "PROCESSLIST_ID") + " of " +
                       reader.text(1, "user"));
    if (reader.error()) return tl::unexpected(*reader.error());
  }
  return sessions;
}

Result<std::optional<Heartbeat>> read_heartbeat(const ResultSet& set) {
  if (set.rows.empty()) return std::optional<Heartbeat>{};
  RowReader reader(set, set.rows.front());
  Heartbeat heartbeat;
  heartbeat.server_uuid = lower(reader.text(0, "server_uuid"));
  heartbeat.beat = reader.number<std::uint64_t>(1, "beat");
  return reader.result(std::optional<Heartbeat>(std::move(heartbeat)));
}

Result<std::vector<std::string>> read_binlog_filters(const ResultSet& set) {
  std::vector<std::string> filters;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    for (const char* column : {"Binlog_Do_DB", "Binlog_Ignore_DB"}) {
      const std::string value = reader.text(column);
      if (!value.empty()) filters.push_back(std::string(column) + "=" + value);
    }
    if (reader.error()) return tl::unexpected(*reader.error());
  }
  return filters;
}

Status read_applier_filters(const ResultSet& set, std::vector<Channel>& channels) {
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    const std::string name = filter_name(reader.text(1, "FILTER_NAME"));
    const std::string rule = reader.text(2, "FILTER_RULE");
    if (reader.error()) return tl::unexpected(*reader.error());
    if (rule.empty()) continue;
    for (Channel& channel : channels)
      if (!row[0] || *row[0] == channel.name) add_filter(channel, name, rule);
  }
  return {};
}

Status read_channel_options(const ResultSet& set, std::vector<Channel>& channels) {
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    const std::string name = reader.text("CHANNEL_NAME");
    if (reader.error()) return tl::unexpected(*reader.error());
    for (Channel& channel : channels) {
      if (channel.name != name) continue;
      for (std::size_t i = 1; i < std::min(set.columns.size(), row.size()); ++i)
        channel.columns[set.columns[i]] = row[i].value_or("");
    }
  }
  return {};
}

Status read_channel_secrets(const ResultSet& set, const std::string& declared,
                            std::vector<Channel>& channels) {
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    const std::string name = reader.text(0, "Channel_name");
    if (reader.error()) return tl::unexpected(*reader.error());
    for (Channel& channel : channels)
      if (channel.name == name && row.size() > 1 && row[1])
        channel.secret_as_declared = lower(*row[1]) == declared;
  }
  return {};
}

Result<std::optional<std::string>> read_single(const ResultSet& set) {
  if (set.rows.empty()) return std::optional<std::string>{};
  RowReader reader(set, set.rows.front());
  return reader.result(std::optional<std::string>(reader.text(0, "value")));
}

Result<std::vector<std::string>> read_list(const ResultSet& set) {
  std::vector<std::string> list;
  for (const Row& row : set.rows) {
    RowReader reader(set, row);
    list.push_back(reader.text(0, "value"));
    if (reader.error()) return tl::unexpected(*reader.error());
  }
  return list;
}

}  // namespace gtidops::mysql
