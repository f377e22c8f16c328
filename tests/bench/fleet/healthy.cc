#include "bench/fleet/healthy.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "model/open_transaction.h"

namespace gtidops::fleet {
namespace {

constexpr int kUnknownVariable = 1193, kSyntax = 1064;
constexpr std::string_view kSecretQuery = "SELECT Channel_name, SHA2(CONCAT('";
constexpr std::size_t kSaltSize = 32;                // in hexadecimal digits
constexpr std::uint64_t kWrittenBefore = 1'000'000;  // transactions, before the first beat

std::string uuid_of(Place place) {
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "5f1ee7%02zx-0000-11f0-8000-%012zx", place.server,
                place.topology);
  return text.data();
}

bool begins(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}

// Those that are the same on every server, as SELECT shows them.
const std::map<std::string_view, std::string_view>& constants() {
  static const std::map<std::string_view, std::string_view> kValues{
      {"version", "9.7.4"},
      {"gtid_mode", "ON"},
      {"enforce_gtid_consistency", "ON"},
      {"log_bin", "1"},
      {"log_replica_updates", "1"},
      {"gtid_purged", ""},
      {"gtid_owned", ""},
      {"activate_all_roles_on_login", "0"},
      {"mandatory_roles", ""},
      {"max_allowed_packet", "67108864"},
      {"skip_name_resolve", "0"},
      {"sql_require_primary_key", "0"},
      {"transaction_read_only", "0"},
      {"binlog_checksum", "CRC32"},
      {"binlog_expire_logs_auto_purge", "1"},
      {"binlog_expire_logs_seconds", "2592000"},
      {"binlog_format", "ROW"},
      {"binlog_group_commit_sync_delay", "0"},
      {"binlog_row_image", "FULL"},
      {"character_set_server", "utf8mb4"},
      {"collation_server", "utf8mb4_0900_ai_ci"},
      {"default_storage_engine", "InnoDB"},
      {"event_scheduler", "ON"},
      {"gtid_executed_compression_period", "0"},
      {"innodb_flush_log_at_trx_commit", "1"},
      {"innodb_page_size", "16384"},
      {"lower_case_table_names", "0"},
      {"max_connections", "1000"},
      {"offline_mode", "0"},
      {"performance_schema", "1"},
      {"persisted_globals_load", "1"},
      {"relay_log_recovery", "1"},
      {"replica_net_timeout", "60"},
      {"replica_parallel_workers", "4"},
      {"replica_exec_mode", "STRICT"},
      {"replica_preserve_commit_order", "1"},
      {"replica_skip_errors", "OFF"},
      {"require_secure_transport", "0"},
      {"skip_replica_start", "0"},
      {"source_verify_checksum", "0"},
      {"sync_binlog", "1"},
      {"sync_relay_log", "10000"},
      {"time_zone", "SYSTEM"},
      {"transaction_isolation", "REPEATABLE-READ"},
  };
  return kValues;
}

using Row = std::vector<Cell>;

// SHA2('text', 256)
std::string sha256(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest.at(i));
  return hex;
}

Table one_column(const char* name, std::vector<std::string> values) {
  Table table{{name}, {}};
  for (std::string& value : values) table.rows.push_back({std::move(value)});
  return table;
}

Answer rows(Table table) { return {std::move(table), 0, {}}; }

std::vector<std::string> own_grants() {
  const std::string to = " TO `gtidops`@`127.%`";
  return {
      "GRANT RELOAD, PROCESS, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT, SHOW "
      "VIEW, CREATE USER, EVENT ON *.*" +
          to + " WITH GRANT OPTION",
      "GRANT CONNECTION_ADMIN,PERSIST_RO_VARIABLES_ADMIN,REPLICATION_SLAVE_ADMIN,"
      "SET_ANY_DEFINER,SYSTEM_USER,SYSTEM_VARIABLES_ADMIN,XA_RECOVER_ADMIN ON *.*" +
          to,
      "GRANT SELECT, INSERT, UPDATE, CREATE ON `gtidops`.*" + to,
      "GRANT SELECT ON `mysql`.*" + to,
      "GRANT SELECT ON `performance_schema`.*" + to,
      "GRANT INSERT ON `mysql`.`plugin`" + to};
}

}  // namespace

std::string address_of(Place place) {
  constexpr std::size_t kInOneNet = 250;
  return "127." + std::to_string(64 + place.topology / kInOneNet) + "." +
         std::to_string(1 + place.topology % kInOneNet) + "." + std::to_string(1 + place.server);
}

std::string topology_name(std::size_t topology) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "t%04zu", topology + 1);
  return text.data();
}

// The primary's own transactions, and what others wrote before it.
std::string HealthyFleet::executed(std::size_t topology) const {
  return uuid_of({topology, 1}) + ":1-431:433-90210,\n" + uuid_of({topology, 2}) + ":1-77,\n" +
         uuid_of({topology, 0}) + ":1-" + std::to_string(kWrittenBefore + beats_[topology]);
}

Cell HealthyFleet::variable(Place place, std::string_view name) const {
  const auto found = constants().find(name);
  if (found != constants().end()) return std::string(found->second);
  const bool primary = place.server == 0;
  if (name == "server_uuid") return uuid_of(place);
  if (name == "server_id") return std::to_string(1 + place.topology * 100 + place.server);
  if (name == "hostname") return topology_name(place.topology) + "-" + std::to_string(place.server);
  if (name == "report_host") return address_of(place);
  if (name == "port" || name == "report_port") return std::to_string(port_);
  if (name == "datadir") return "/var/lib/mysql/";
  if (name == "read_only" || name == "super_read_only") return primary ? "0" : "1";
  if (name == "gtid_executed") return executed(place.topology);
  return std::nullopt;
}

// "@@version, @@global.read_only, ..."
Answer HealthyFleet::variables(Place place, std::string_view list) {
  Table table{{}, {{}}};
  while (!list.empty()) {
    const std::size_t end = list.find(", ");
    const std::string_view shown = list.substr(0, end);
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 2);
    const std::string_view global = "@@global.";
    const std::string_view name = shown.substr(begins(shown, global) ? global.size() : 2);
    Cell value = variable(place, name);
    // The plugins of semi-synchronous replication are not loaded.
    if (!value && !begins(name, "rpl_semi_sync_")) unknown_.insert(std::string(shown));
    if (!value)
      return {{}, kUnknownVariable, "Unknown system variable '" + std::string(name) + "'"};
    table.columns.emplace_back(shown);
    table.rows.front().push_back(std::move(value));
  }
  return rows(std::move(table));
}

Table HealthyFleet::replica_status(Place place) const {
  const Place source{place.topology, 0};
  const std::string position = std::to_string(4'711 + 300 * beats_[place.topology]);
  const std::pair<const char*, Cell> columns[] = {
      // NOLINT(modernize-avoid-c-arrays)
      {"Replica_IO_State", "Waiting for source to send event"},
      {"Source_Host", address_of(source)},
      {"Source_User", kReplicationUser},
      {"Source_Port", std::to_string(port_)},
      {"Connect_Retry", "60"},
      {"Source_Log_File", "binlog.000003"},
      {"Read_Source_Log_Pos", position},
      {"Relay_Log_File", "relay-bin.000007"},
      {"Relay_Log_Pos", position},
      {"Relay_Source_Log_File", "binlog.000003"},
      {"Replica_IO_Running", "Yes"},
      {"Replica_SQL_Running", "Yes"},
      {"Replicate_Do_DB", ""},
      {"Replicate_Ignore_DB", ""},
      {"Replicate_Do_Table", ""},
      {"Replicate_Ignore_Table", ""},
      {"Replicate_Wild_Do_Table", ""},
      {"Replicate_Wild_Ignore_Table", ""},
      {"Last_Errno", "0"},
      {"Last_Error", ""},
      {"Skip_Counter", "0"},
      {"Exec_Source_Log_Pos", position},
      {"Relay_Log_Space", position},
      {"Until_Condition", "None"},
      {"Until_Log_File", ""},
      {"Until_Log_Pos", "0"},
      {"Source_SSL_Allowed", "Yes"},
      {"Source_SSL_CA_File", ""},
      {"Source_SSL_CA_Path", ""},
      {"Source_SSL_Cert", ""},
      {"Source_SSL_Cipher", ""},
      {"Source_SSL_Key", ""},
      {"Seconds_Behind_Source", "0"},
      {"Source_SSL_Verify_Server_Cert", "No"},
      {"Last_IO_Errno", "0"},
      {"Last_IO_Error", ""},
      {"Last_SQL_Errno", "0"},
      {"Last_SQL_Error", ""},
      {"Replicate_Ignore_Server_Ids", ""},
      {"Source_Server_Id", *variable(source, "server_id")},
      {"Source_UUID", uuid_of(source)},
      {"Source_Info_File", "mysql.slave_master_info"},
      {"SQL_Delay", "0"},
      {"SQL_Remaining_Delay", std::nullopt},
      {"Replica_SQL_Running_State", "Replica has read all relay log; waiting for more updates"},
      {"Source_Retry_Count", "10"},
      {"Source_Bind", ""},
      {"Last_IO_Error_Timestamp", ""},
      {"Last_SQL_Error_Timestamp", ""},
      {"Source_SSL_Crl", ""},
      {"Source_SSL_Crlpath", ""},
      {"Retrieved_Gtid_Set", uuid_of(source) + ":" + std::to_string(kWrittenBefore) + "-" +
                                 std::to_string(kWrittenBefore + beats_[place.topology])},
      {"Executed_Gtid_Set", executed(place.topology)},
      {"Auto_Position", "1"},
      {"Replicate_Rewrite_DB", ""},
      {"Channel_Name", ""},
      {"Source_TLS_Version", ""},
      {"Source_public_key_path", ""},
      {"Get_Source_public_key", "1"},
      {"Network_Namespace", ""},
  };
  Table table{{}, {}};
  for (const auto& [name, value] : columns) table.columns.emplace_back(name);
  if (place.server == 0) return table;
  table.rows.emplace_back();
  for (const auto& [name, value] : columns) table.rows.front().push_back(value);
  return table;
}

Table HealthyFleet::replicas(Place place) const {
  Table table{{"Server_Id", "Host", "Port", "Source_Id", "Replica_UUID"}, {}};
  for (std::size_t i = 1; place.server == 0 && i < servers_; ++i) {
    const Place replica{place.topology, i};
    table.rows.push_back({variable(replica, "server_id"), address_of(replica),
                          std::to_string(port_), variable(place, "server_id"), uuid_of(replica)});
  }
  return table;
}

// The channels know the password that is declared.
Table HealthyFleet::channel_secrets(Place place, std::string_view statement) {
  const std::string_view salt = statement.substr(kSecretQuery.size(), kSaltSize);
  const char* password = std::getenv(kReplicationPassword);  // NOLINT(concurrency-mt-unsafe)
  Table table{{"Channel_name", "digest"}, {}};
  if (place.server > 0)
    table.rows.push_back({"", sha256(fmt::format("{}{}", salt, password ? password : ""))});
  return table;
}

// The details, which are asked for once a minute.
Answer HealthyFleet::more(Place place, std::string_view statement) {
  const auto is = [&](std::string_view begin) { return begins(statement, begin); };
  if (is("SHOW GRANTS FOR"))
    return rows(one_column("Grants", {"GRANT REPLICATION SLAVE ON *.* TO `repl`@`127.%`"}));
  if (is("SHOW GRANTS")) return rows(one_column("Grants", own_grants()));
  if (is("SHOW REPLICAS")) return rows(replicas(place));
  if (is("SELECT s.STATE, s.SOURCE"))
    return rows({{"STATE", "SOURCE", "BEGIN_TIME", "END_TIME", "ERROR_NO", "ERROR_MESSAGE",
                  "GTID_EXECUTED", "STAGE", "ESTIMATE", "DATA"},
                 {}});
  if (is("SELECT Host, COALESCE(User_attributes")) return rows({{"Host", "ours"}, {}});
  if (is("SELECT VARIABLE_NAME, IF(VARIABLE_NAME = 'Uptime', "))
    return rows(
        {{"VARIABLE_NAME", "value"}, {{"Threads_connected", "42"}, {"Uptime", "1795000000"}}});
  if (is("SELECT x.trx_mysql_thread_id"))
    return rows({{"trx_mysql_thread_id", "user", "age", "idle"}, {}});
  if (is("SELECT t.PROCESSLIST_ID")) return rows({{"PROCESSLIST_ID", "who"}, {}});
  if (is("SELECT ssl_type, CONCAT("))
    return rows({{"ssl_type", "state", "meant", "accounts", "failed_login_attempts"},
                 {{"", "2026-01-01 00:00:00caching_sha2_passwordNN", "1", "1", "0"}}});
  if (is("SELECT CURRENT_USER()"))
    return rows(
        one_column("CURRENT_USER()", {fmt::format("{}@{}", kReplicationUser, kReplicationHost)}));
  if (is(kSecretQuery)) return rows(channel_secrets(place, statement));
  if (is("SHOW BINARY LOGS"))
    return rows({{"Log_name", "File_size", "Encrypted"},
                 {{"binlog.000001", "1073742000", "No"},
                  {"binlog.000002", "1073741999", "No"},
                  {"binlog.000003", "4711", "No"}}});
  if (is("SHOW BINARY LOG STATUS"))
    return rows({{"File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set"},
                 {{"binlog.000003", "4711", "", "", executed(place.topology)}}});
  if (is("SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.persisted_variables"))
    return rows({{"VARIABLE_NAME", "VARIABLE_VALUE"},
                 {{"read_only", "ON"},
                  {"super_read_only", "ON"},
                  {"gtid_mode", "ON"},
                  {"enforce_gtid_consistency", "ON"}}});
  if (is("SELECT User, Host, plugin"))
    return rows({{"User", "Host", "plugin", "account_locked", "password_expired"},
                 {{kReplicationUser, kReplicationHost, "caching_sha2_password", "N", "N"}}});
  if (is("SELECT s.SCHEMA_NAME"))
    return rows({{"SCHEMA_NAME", "tables", "bytes", "other"}, {{"app", "12", "104857600", ""}}});
  if (is("SELECT e.EVENT_SCHEMA"))
    return rows({{"EVENT_SCHEMA", "EVENT_NAME", "DEFINER", "STATUS"}, {}});
  if (is("XA RECOVER")) return rows({{"formatID", "gtrid_length", "bqual_length", "data"}, {}});
  if (is("SELECT VALUE FROM performance_schema.tls_channel_status"))
    return rows(one_column("VALUE", {"Yes"}));
  if (is("SELECT COUNT(*) FROM performance_schema.replication_group_members"))
    return rows(one_column("COUNT(*)", {"0"}));
  if (is("SELECT CHANNEL_NAME, FILTER_NAME"))
    return rows({{"CHANNEL_NAME", "FILTER_NAME", "FILTER_RULE"}, {}});
  if (statement == open_transactions_query(kLongSeconds))
    return rows({{"trx_mysql_thread_id", "who", "seconds", "idle"}, {}});
  unknown_.insert(std::string(statement));
  return {{}, kSyntax, "the stand-in does not know: " + std::string(statement)};
}

Answer HealthyFleet::answer(Place place, std::string_view statement) {
  const auto is = [&](std::string_view begin) { return begins(statement, begin); };
  if (is("SHOW REPLICA STATUS")) return rows(replica_status(place));
  if (is("SELECT @@"))
    return variables(place, statement.substr(std::string_view("SELECT ").size()));
  if (is("SELECT 'table', CONCAT_WS("))
    return rows({{"table", "definition"},
                 {{"table", "BASE TABLE InnoDB"},
                  {"topology", "varchar(63) utf8mb4_bin NOT NULL PRI"},
                  {"server_uuid", "char(36) ascii_general_ci NOT NULL"},
                  {"beat", "bigint unsigned NOT NULL"},
                  {"written_at", "timestamp(6) NOT NULL"}}});
  if (is("SELECT server_uuid, beat FROM gtidops.heartbeat"))
    return rows({{"server_uuid", "beat"},
                 {{uuid_of({place.topology, 0}), std::to_string(beats_[place.topology])}}});
  if (is("INSERT INTO gtidops.heartbeat")) {
    ++beats_[place.topology];
    return {};
  }
  if (is("SELECT GET_LOCK(")) return rows(one_column("GET_LOCK", {"1"}));
  if (is("SELECT RELEASE_ALL_LOCKS()")) return rows(one_column("RELEASE_ALL_LOCKS", {"1"}));
  if (is("SELECT IS_USED_LOCK(")) return rows(one_column("IS_USED_LOCK", {"1"}));
  if (is("SET ") || is("DO ")) return {};
  return more(place, statement);
}

}  // namespace gtidops::fleet
