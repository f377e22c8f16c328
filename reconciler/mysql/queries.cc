#include "mysql/queries.h"

#include <array>

#include "model/actions/provision.h"
#include "model/statement.h"

namespace gtidops::mysql {
namespace {

constexpr Version kAlways{0, 0, 0};
constexpr Version kStill{1000, 0, 0};
constexpr Version k8_0_26{8, 0, 26};  // "source" and "replica" in the names of variables
constexpr Version k8_0_27{8, 0, 27};  // GTID_ONLY
constexpr Version k8_2{8, 2, 0};      // SHOW BINARY LOG STATUS
constexpr Version k8_4{8, 4, 0};      // the names with "master" and "slave" are gone

// MySQL 8.0 and 9.7 reference manuals, "Server System Variables", "Replication and Binary Logging
// Options and Variables".
constexpr std::array<JudgedVariable, 52> kVariables{{
    {"activate_all_roles_on_login", kAlways, kStill, true},
    {"binlog_checksum", kAlways, kStill, false},
    {"binlog_expire_logs_auto_purge", {8, 0, 29}, kStill, true},
    {"binlog_expire_logs_seconds", kAlways, kStill, false},
    {"binlog_format", kAlways, kStill, false},
    {"binlog_group_commit_sync_delay", kAlways, kStill, false},
    {"binlog_row_image", kAlways, kStill, false},
    {"character_set_server", kAlways, kStill, false},
    {"collation_server", kAlways, kStill, false},
    {"default_storage_engine", kAlways, kStill, false},
    {"enforce_gtid_consistency", kAlways, kStill, false},
    {"event_scheduler", kAlways, kStill, false},
    {"gtid_executed_compression_period", kAlways, kStill, false},
    {"gtid_mode", kAlways, kStill, false},
    {"innodb_flush_log_at_trx_commit", kAlways, kStill, false},
    {"innodb_page_size", kAlways, kStill, false},
    {"log_bin", kAlways, kStill, true},
    {"log_replica_updates", k8_0_26, kStill, true},
    {"log_slave_updates", kAlways, k8_0_26, true},
    {"lower_case_table_names", kAlways, kStill, false},
    {"mandatory_roles", kAlways, kStill, false},
    {"max_allowed_packet", kAlways, kStill, false},
    {"max_connections", kAlways, kStill, false},
    {"offline_mode", kAlways, kStill, true},
    {"performance_schema", kAlways, kStill, true},
    {"persisted_globals_load", kAlways, kStill, true},
    {"read_only", kAlways, kStill, true},
    {"relay_log_recovery", kAlways, kStill, true},
    {"replica_exec_mode", k8_0_26, kStill, false},
    {"replica_net_timeout", k8_0_26, kStill, false},
    {"replica_parallel_workers", k8_0_26, kStill, false},
    {"replica_preserve_commit_order", k8_0_26, kStill, true},
    {"replica_skip_errors", k8_0_26, kStill, false},
    {"report_host", kAlways, kStill, false},
    {"report_port", kAlways, kStill, false},
    {"require_secure_transport", kAlways, kStill, true},
    {"server_id", kAlways, kStill, false},
    {"skip_name_resolve", kAlways, kStill, true},
    {"skip_replica_start", k8_0_26, kStill, true},
    {"slave_exec_mode", kAlways, k8_0_26, false},
    {"slave_net_timeout", kAlways, k8_0_26, false},
    {"slave_parallel_workers", kAlways, k8_0_26, false},
    {"slave_preserve_commit_order", kAlways, k8_0_26, true},
    {"slave_skip_errors", kAlways, k8_0_26, false},
    {"source_verify_checksum", k8_0_26, kStill, true},
    {"sql_require_primary_key", kAlways, kStill, true},
    {"super_read_only", kAlways, kStill, true},
    {"sync_binlog", kAlways, kStill, false},
    {"sync_relay_log", kAlways, kStill, false},
    {"time_zone", kAlways, kStill, false},
    {"transaction_isolation", kAlways, kStill, false},
    {"transaction_read_only", kAlways, kStill, true},
}};

// Since 8.0.26 there are plugins with new names; which plugin is loaded decides which variables
// exist.
constexpr std::array<JudgedVariable, 5> kSource{{
    {"rpl_semi_sync_source_enabled", k8_0_26, kStill, true},
    {"rpl_semi_sync_source_timeout", k8_0_26, kStill, false},
    {"rpl_semi_sync_source_wait_for_replica_count", k8_0_26, kStill, false},
    {"rpl_semi_sync_source_wait_no_replica", k8_0_26, kStill, true},
    {"rpl_semi_sync_source_wait_point", k8_0_26, kStill, false},
}};
constexpr std::array<JudgedVariable, 1> kReplica{{
    {"rpl_semi_sync_replica_enabled", k8_0_26, kStill, true},
}};
constexpr std::array<JudgedVariable, 5> kMaster{{
    {"rpl_semi_sync_master_enabled", kAlways, k8_4, true},
    {"rpl_semi_sync_master_timeout", kAlways, k8_4, false},
    {"rpl_semi_sync_master_wait_for_slave_count", kAlways, k8_4, false},
    {"rpl_semi_sync_master_wait_no_slave", kAlways, k8_4, true},
    {"rpl_semi_sync_master_wait_point", kAlways, k8_4, false},
}};
constexpr std::array<JudgedVariable, 1> kSlave{{
    {"rpl_semi_sync_slave_enabled", kAlways, k8_4, true},
}};

template <class Table>
std::vector<const JudgedVariable*> of_version(const Table& table, const Version& version) {
  std::vector<const JudgedVariable*> there;
  for (const JudgedVariable& variable : table)
    if (variable.since <= version && version < variable.before) there.push_back(&variable);
  return there;
}

}  // namespace

// The order makes the answer consistent without a lock:
// - gtid_executed comes last. A server that was read-only, or an applier that was off, when that
//   was read has nothing left to add to it.
// - gtid_purged comes before it, and is therefore a subset of it.
// - gtid_owned comes before it: a transaction that is in neither is not being committed.
// - SHOW REPLICA STATUS comes first: what was retrieved and is in gtid_executed has been applied.
std::string state_query(const Version& version) {
  const std::string log_updates = version < k8_0_26 ? "log_slave_updates" : "log_replica_updates";
  return "SHOW REPLICA STATUS; "
         "SELECT @@version, @@server_uuid, @@server_id, @@hostname, @@port, @@datadir, "
         "@@global.gtid_mode, "
         "@@global.enforce_gtid_consistency, @@global.log_bin, @@global." +
         log_updates +
         ", @@global.read_only, @@global.super_read_only, @@global.gtid_purged, "
         "@@global.gtid_owned, @@global.gtid_executed";
}

std::vector<const JudgedVariable*> judged_variables(const Version& version) {
  return of_version(kVariables, version);
}

std::vector<std::vector<const JudgedVariable*>> plugin_variables(const Version& version) {
  std::vector<std::vector<const JudgedVariable*>> lists;
  for (auto list : {of_version(kSource, version), of_version(kReplica, version),
                    of_version(kMaster, version), of_version(kSlave, version)})
    if (!list.empty()) lists.push_back(std::move(list));
  return lists;
}

std::string select_variables(std::span<const JudgedVariable* const> variables) {
  std::string text;
  for (const JudgedVariable* variable : variables)
    text.append(text.empty() ? "SELECT @@global." : ", @@global.").append(variable->name);
  return text;
}

std::string select_named_variables(const std::set<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quote_string(name);
  return "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.global_variables WHERE "
         "VARIABLE_NAME IN (" +
         list + ")";
}

std::string persisted_query() {
  return "SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.persisted_variables";
}

std::string accounts_query(std::string_view user) {
  return "SELECT User, Host, plugin, account_locked, password_expired FROM mysql.user WHERE User "
         "= " +
         quote_string(user) + " ORDER BY Host";
}

std::string all_accounts_query() {
  return "SELECT User, Host, account_locked = 'Y' AND password_expired = 'Y' AND "
         "authentication_string = '' AS is_role FROM mysql.user ORDER BY User, Host";
}

std::string schemas_query() {
  return "SELECT s.SCHEMA_NAME, COUNT(t.TABLE_NAME), COALESCE(SUM(t.DATA_LENGTH + t.INDEX_LENGTH), "
         "0), MIN(IF(t.ENGINE NOT IN ('InnoDB', 'BLACKHOLE', 'FEDERATED'), t.TABLE_NAME, NULL)) "
         "FROM information_schema.SCHEMATA s LEFT JOIN information_schema.TABLES t "
         "ON t.TABLE_SCHEMA = s.SCHEMA_NAME WHERE s.SCHEMA_NAME NOT IN "
         "('mysql', 'sys', 'information_schema', 'performance_schema', " +
         quote_string(kOwnSchema) + ") GROUP BY s.SCHEMA_NAME ORDER BY s.SCHEMA_NAME";
}

std::string events_query() {
  return "SELECT e.EVENT_SCHEMA, e.EVENT_NAME, e.DEFINER, e.STATUS, e.CHARACTER_SET_CLIENT, "
         "e.COLLATION_CONNECTION, e.DATABASE_COLLATION, s.DEFAULT_COLLATION_NAME, e.SQL_MODE, "
         "e.TIME_ZONE, e.EVENT_TYPE, e.EXECUTE_AT, e.INTERVAL_VALUE, e.INTERVAL_FIELD, e.STARTS, "
         "e.ENDS, e.ON_COMPLETION, e.EVENT_COMMENT, e.EVENT_DEFINITION FROM "
         "information_schema.EVENTS e LEFT JOIN information_schema.SCHEMATA s ON s.SCHEMA_NAME = "
         "e.EVENT_SCHEMA ORDER BY e.EVENT_SCHEMA, e.EVENT_NAME";
}

std::string heartbeat_query(std::string_view topology) {
  return "SELECT server_uuid, beat FROM gtidops.heartbeat WHERE topology = " +
         quote_string(topology);
}

std::string binary_log_status_query(const Version& version) {
  return version < k8_2 ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS";
}

std::string binary_logs_query() { return "SHOW BINARY LOGS"; }

std::string tls_query() {
  return "SELECT VALUE FROM performance_schema.tls_channel_status WHERE CHANNEL = 'mysql_main' AND "
         "PROPERTY = 'Enabled'";
}

std::string certificate_query() { return "SHOW GLOBAL STATUS LIKE 'Ssl_server_not_after'"; }

std::string group_replication_query() {
  return "SELECT COUNT(*) FROM performance_schema.replication_group_members WHERE MEMBER_STATE <> "
         "'OFFLINE'";
}

std::string replicas_query() { return "SHOW REPLICAS"; }

// The manual, "The clone_status Table": one row, for the newest CLONE; a copy of this server into a
// directory (CLONE LOCAL) has another DESTINATION.
std::string clone_query() {
  return "SELECT s.STATE, s.SOURCE, s.BEGIN_TIME, s.END_TIME, s.ERROR_NO, s.ERROR_MESSAGE, "
         "s.GTID_EXECUTED, (SELECT MAX(STAGE) FROM performance_schema.clone_progress WHERE STATE = "
         "'In Progress') AS STAGE, (SELECT COALESCE(SUM(ESTIMATE), 0) FROM "
         "performance_schema.clone_progress) AS ESTIMATE, (SELECT COALESCE(SUM(DATA), 0) FROM "
         "performance_schema.clone_progress) AS DATA FROM performance_schema.clone_status s WHERE "
         "s.DESTINATION = 'LOCAL INSTANCE'";
}

std::string copy_accounts_query() {
  return "SELECT Host, COALESCE(User_attributes->>'$.metadata.comment', '') = " +
         quote_string(kCopyComment) + " FROM mysql.user WHERE User = " + quote_string(kCopyUser) +
         " ORDER BY Host";
}

// The server computes Uptime as the start time of the statement less the start time of mysqld
// (sys_vars and mysqld.cc of 8.0 to 9.7). The difference here is therefore the same at every look,
// whatever the clocks of the server and of this machine are set to.
std::string connections_query() {
  return "SELECT VARIABLE_NAME, IF(VARIABLE_NAME = 'Uptime', UNIX_TIMESTAMP() - "
         "CAST(VARIABLE_VALUE AS SIGNED), "
         "VARIABLE_VALUE) FROM performance_schema.global_status WHERE VARIABLE_NAME IN "
         "('Threads_connected', 'Uptime')";
}

// The manual, "The metadata_locks Table"; DDL statements hold the same lock in INTENTION_EXCLUSIVE.
std::string backup_locks_query() {
  return "SELECT t.PROCESSLIST_ID, CONCAT(COALESCE(t.PROCESSLIST_USER, ''), '@', "
         "COALESCE(t.PROCESSLIST_HOST, '')) FROM performance_schema.metadata_locks m JOIN "
         "performance_schema.threads t ON t.THREAD_ID = m.OWNER_THREAD_ID WHERE m.OBJECT_TYPE = "
         "'BACKUP LOCK' AND m.LOCK_TYPE = 'SHARED' AND m.LOCK_STATUS = 'GRANTED'";
}

std::string filters_query() {
  return "SELECT CHANNEL_NAME, FILTER_NAME, FILTER_RULE FROM "
         "performance_schema.replication_applier_filters "
         "UNION ALL SELECT NULL, FILTER_NAME, FILTER_RULE FROM "
         "performance_schema.replication_applier_global_filters";
}

std::string channel_options_query(const Version& version) {
  const std::string gtid_only = version < k8_0_27 ? "" : "c.GTID_ONLY AS GTID_ONLY, ";
  return "SELECT c.CHANNEL_NAME AS CHANNEL_NAME, "
         "c.HEARTBEAT_INTERVAL AS SOURCE_HEARTBEAT_PERIOD, "
         "c.COMPRESSION_ALGORITHM AS SOURCE_COMPRESSION_ALGORITHMS, "
         "c.ZSTD_COMPRESSION_LEVEL AS SOURCE_ZSTD_COMPRESSION_LEVEL, "
         "c.TLS_CIPHERSUITES AS SOURCE_TLS_CIPHERSUITES, "
         "c.SOURCE_CONNECTION_AUTO_FAILOVER AS SOURCE_CONNECTION_AUTO_FAILOVER, " +
         gtid_only +
         "a.PRIVILEGE_CHECKS_USER AS PRIVILEGE_CHECKS_USER, "
         "a.REQUIRE_ROW_FORMAT AS REQUIRE_ROW_FORMAT, "
         "a.REQUIRE_TABLE_PRIMARY_KEY_CHECK AS REQUIRE_TABLE_PRIMARY_KEY_CHECK "
         "FROM performance_schema.replication_connection_configuration c "
         "JOIN performance_schema.replication_applier_configuration a "
         "ON a.CHANNEL_NAME = c.CHANNEL_NAME";
}

std::string channel_secrets_query(std::string_view salt) {
  return "SELECT Channel_name, SHA2(CONCAT(" + quote_string(salt) +
         ", User_password), 256) FROM mysql.slave_master_info";
}

// SHOW takes 1 ms; performance_schema.global_status takes several times as long.
std::string semi_sync_status_query() { return "SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync%'"; }

std::string own_grants_query() { return "SHOW GRANTS"; }

std::string grants_query(std::string_view user, std::string_view host) {
  return "SHOW GRANTS FOR " + quote_account(user, host);
}

}  // namespace gtidops::mysql
