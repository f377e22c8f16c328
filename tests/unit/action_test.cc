// Every action: what it says, what it may do to people, what it looks at, and the very SQL that it
// runs, on the oldest and on the newest server.
#include "model/action.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/plan.h"
#include "unit/support/points.h"

namespace gtidops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct StepRow {
  Action action;
  std::string name;
  std::string description;
  Risk risk;
  Depth depth;
  Texts touches;
  Texts sql;
};

void PrintTo(const StepRow& row, std::ostream* out) { *out << row.description; }

class ActionTest : public ::testing::TestWithParam<StepRow> {};

TEST_P(ActionTest, SaysWhatItIs) {
  const StepRow& row = GetParam();
  EXPECT_EQ(row.name, name_of(row.action));
  EXPECT_EQ(row.description, describe(row.action));
  EXPECT_EQ(risk_name(row.risk), risk_name(risk_of(row.action)));
  EXPECT_EQ(row.depth, depth_of(row.action));
  EXPECT_EQ(row.touches, touches(row.action));
  EXPECT_THAT(row.touches, ::testing::Contains(server_of(row.action)));
}

TEST_P(ActionTest, RunsTheseStatementsOnTheOldestAndTheNewest) {
  const StepRow& row = GetParam();
  EXPECT_EQ(row.sql, printable(statements(row.action, kOldestSupported)));
  EXPECT_EQ(row.sql, printable(statements(row.action, Version{9, 7, 4})));
}

INSTANTIATE_TEST_SUITE_P(
    Settings, ActionTest,
    ::testing::Values(StepRow{SetGtidMode{"db1", "OFF", true},
                              "set_gtid_mode",
                              "set gtid_mode from OFF to ON, after enforce_gtid_consistency = ON",
                              Risk::kSafe,
                              Depth::kDetails,
                              {"db1"},
                              {"db1> SET PERSIST enforce_gtid_consistency = ON",
                               "db1> SET PERSIST gtid_mode = OFF_PERMISSIVE",
                               "db1> SET PERSIST gtid_mode = ON_PERMISSIVE",
                               "db1> SET PERSIST gtid_mode = ON"}},
                      StepRow{SetGtidMode{"db1", "ON_PERMISSIVE", false},
                              "set_gtid_mode",
                              "set gtid_mode from ON_PERMISSIVE to ON",
                              Risk::kSafe,
                              Depth::kDetails,
                              {"db1"},
                              {"db1> SET PERSIST gtid_mode = ON"}},
                      StepRow{SetServerId{"db2", 4294967295U},
                              "set_server_id",
                              "set server_id = 4294967295",
                              Risk::kSafe,
                              Depth::kState,
                              {"db2"},
                              {"db2> SET PERSIST server_id = 4294967295"}}));

INSTANTIATE_TEST_SUITE_P(
    ReadOnly, ActionTest,
    ::testing::Values(StepRow{PersistReadOnly{"db1"},
                              "persist_read_only",
                              "make the server boot read-only",
                              Risk::kSafe,
                              Depth::kDetails,
                              {"db1"},
                              {"db1> SET PERSIST_ONLY read_only = ON",
                               "db1> SET PERSIST_ONLY super_read_only = ON"}},
                      StepRow{SetReadOnly{"db2", false},
                              "set_super_read_only",
                              "refuse writes of every client (super_read_only = ON)",
                              Risk::kSafe,
                              Depth::kState,
                              {"db2"},
                              {"db2> SET GLOBAL super_read_only = ON"}},
                      StepRow{SetReadOnly{"db2", true},
                              "set_super_read_only",
                              "refuse writes of every client (super_read_only = ON)",
                              Risk::kDisruptive,
                              Depth::kState,
                              {"db2"},
                              {"db2> SET GLOBAL super_read_only = ON"}},
                      StepRow{OpenWrites{"db1", {"db2", "db3"}, {"db3"}, {}},
                              "open_writes",
                              "open for writes (read_only = OFF, not persisted)",
                              Risk::kSafe,
                              Depth::kState,
                              {"db2", "db3", "db1"},
                              {"db1> SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF"}}));

INSTANTIATE_TEST_SUITE_P(
    ReplicationUser, ActionTest,
    ::testing::Values(
        StepRow{
            CreateReplicationUser{"db1", "repl", "10.0.%", env("REPL_PW")},
            "create_user",
            "create 'repl'@'10.0.%' with REPLICATION SLAVE alone",
            Risk::kSafe,
            Depth::kDetails,
            {"db1"},
            {"db1> CREATE USER IF NOT EXISTS 'repl'@'10.0.%' IDENTIFIED BY '<secret env:REPL_PW>'",
             "db1> GRANT REPLICATION SLAVE ON *.* TO 'repl'@'10.0.%'"}},
        StepRow{CreateReplicationUser{"db1", "o'brien", "%", {}},
                "create_user",
                "create 'o''brien'@'%' with REPLICATION SLAVE alone",
                Risk::kSafe,
                Depth::kDetails,
                {"db1"},
                {"db1> CREATE USER IF NOT EXISTS 'o''brien'@'%' IDENTIFIED BY ''",
                 "db1> GRANT REPLICATION SLAVE ON *.* TO 'o''brien'@'%'"}},
        StepRow{GrantReplication{"db1", "repl", "%"},
                "grant_privileges",
                "grant REPLICATION SLAVE to 'repl'@'%'",
                Risk::kSafe,
                Depth::kDetails,
                {"db1"},
                {"db1> GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%'"}},
        StepRow{RevokePrivileges{
                    "db1", "repl", "%", {"SELECT ON *.*", "`r`@`%`", "GRANT OPTION ON *.*"}},
                "revoke_privileges",
                "revoke from 'repl'@'%' what goes beyond REPLICATION SLAVE",
                Risk::kDestructive,
                Depth::kDetails,
                {"db1"},
                {"db1> REVOKE SELECT ON *.* FROM 'repl'@'%'", "db1> REVOKE `r`@`%` FROM 'repl'@'%'",
                 "db1> REVOKE GRANT OPTION ON *.* FROM 'repl'@'%'"}},
        StepRow{DropUser{"db1", "o'brien", "10.0.%"},
                "drop_user",
                "drop 'o''brien'@'10.0.%'",
                Risk::kDestructive,
                Depth::kDetails,
                {"db1"},
                {"db1> DROP USER IF EXISTS 'o''brien'@'10.0.%'"}}));

INSTANTIATE_TEST_SUITE_P(
    Replica, ActionTest,
    ::testing::Values(
        StepRow{
            first_attachment(),
            "point_replica",
            "replicate from db1 (10.0.0.1:3306) with SOURCE_AUTO_POSITION = 1",
            Risk::kSafe,
            Depth::kState,
            {"db2", "db1"},
            {"db2> CHANGE REPLICATION SOURCE TO SOURCE_HOST = '10.0.0.1', SOURCE_PORT = 3306, "
             "SOURCE_USER = 'repl', "
             "SOURCE_AUTO_POSITION = 1, SOURCE_DELAY = 0, SOURCE_PASSWORD = '<secret env:REPL_PW>' "
             "FOR CHANNEL ''",
             "db2> START REPLICA FOR CHANNEL ''"}},
        StepRow{
            moved(),
            "point_replica",
            "change the source to db1 (10.0.0.1:3306) with SOURCE_AUTO_POSITION = 1, delayed by 60 "
            "s",
            Risk::kDisruptive,
            Depth::kState,
            {"db2", "db1"},
            {"db2> STOP REPLICA SQL_THREAD FOR CHANNEL ''",
             "db2> CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 60 FOR CHANNEL ''",
             "db2> START REPLICA SQL_THREAD FOR CHANNEL ''",
             "db2> STOP REPLICA IO_THREAD FOR CHANNEL ''",
             "db2> CHANGE REPLICATION SOURCE TO SOURCE_HOST = '10.0.0.1', SOURCE_PORT = 3306, "
             "SOURCE_SSL = 1, SOURCE_SSL_CA = '/it''s/ca.pem' FOR CHANNEL ''",
             "db2> START REPLICA FOR CHANNEL ''"}},
        StepRow{applier_alone(),
                "point_replica",
                "change SOURCE_DELAY of its channel; what it has received stays",
                Risk::kDisruptive,
                Depth::kState,
                {"db2", "db1"},
                {"db2> START REPLICA IO_THREAD FOR CHANNEL ''",
                 "db2> STOP REPLICA SQL_THREAD FOR CHANNEL ''",
                 "db2> CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 60 FOR CHANNEL ''",
                 "db2> START REPLICA FOR CHANNEL ''"}},
        StepRow{
            both_stopped(),
            "point_replica",
            "change SOURCE_AUTO_POSITION, SOURCE_CONNECT_RETRY of its channel; what it has "
            "received stays",
            Risk::kSafe,
            Depth::kState,
            {"db2", "db1"},
            {"db2> START REPLICA SQL_THREAD FOR CHANNEL ''",
             "db2> STOP REPLICA IO_THREAD FOR CHANNEL ''",
             "db2> SELECT WAIT_FOR_EXECUTED_GTID_SET((SELECT RECEIVED_TRANSACTION_SET FROM "
             "performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''), 5)",
             "db2> STOP REPLICA SQL_THREAD FOR CHANNEL ''",
             "db2> CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = "
             "10 FOR CHANNEL ''",
             "db2> START REPLICA FOR CHANNEL ''"}},
        StepRow{
            with_another_user(),
            "point_replica",
            "change SOURCE_USER, SOURCE_PASSWORD of its channel; what it has received stays",
            Risk::kDisruptive,
            Depth::kState,
            {"db2", "db1"},
            {"db2> SELECT User_password INTO @gtidops_previous_password FROM "
             "mysql.slave_master_info WHERE "
             "Channel_name = ''",
             "db2> STOP REPLICA IO_THREAD FOR CHANNEL ''",
             "db2> CHANGE REPLICATION SOURCE TO SOURCE_USER = 'repl', SOURCE_PASSWORD = '<secret "
             "env:REPL_PW>' FOR CHANNEL ''",
             "db2> START REPLICA FOR CHANNEL ''"}},
        StepRow{StartReplica{"db2", false},
                "start_replica",
                "start both replication threads",
                Risk::kSafe,
                Depth::kState,
                {"db2"},
                {"db2> START REPLICA FOR CHANNEL ''"}},
        StepRow{
            StartReplica{"db2", true},
            "start_replica",
            "start both replication threads",
            Risk::kSafe,
            Depth::kState,
            {"db2"},
            {"db2> STOP REPLICA IO_THREAD FOR CHANNEL ''", "db2> START REPLICA FOR CHANNEL ''"}},
        StepRow{StartReplica{"db2", false, true},
                "start_replica",
                "start the applier",
                Risk::kSafe,
                Depth::kState,
                {"db2"},
                {"db2> START REPLICA SQL_THREAD FOR CHANNEL ''"}}));

INSTANTIATE_TEST_SUITE_P(
    Proof, ActionTest,
    ::testing::Values(
        StepRow{AwaitReplication{"db2", "db1", false},
                "await_replication",
                "verify that both threads run without an error and that it holds all of db1",
                Risk::kSafe,
                Depth::kState,
                {"db2", "db1"},
                {"db1> SELECT @@GLOBAL.gtid_executed",
                 "db2> SELECT WAIT_FOR_EXECUTED_GTID_SET('<gtid_executed of db1>', 1)"}},
        StepRow{AwaitReplication{"db3", "db1", true},
                "await_replication",
                "verify that both threads run without an error (it is delayed on purpose)",
                Risk::kSafe,
                Depth::kState,
                {"db3", "db1"},
                {}},
        StepRow{
            Canary{"db1", "uuid-1", "orders", {"db2", "db3"}, true},
            "canary",
            "write gtidops.heartbeat, and read it on db2, db3",
            Risk::kSafe,
            Depth::kDetails,
            {"db1"},
            {"db1> CREATE DATABASE IF NOT EXISTS gtidops",
             "db1> CREATE TABLE IF NOT EXISTS gtidops.heartbeat (topology VARCHAR(63) CHARACTER "
             "SET utf8mb4 COLLATE "
             "utf8mb4_bin NOT NULL PRIMARY KEY, server_uuid CHAR(36) CHARACTER SET ascii NOT NULL, "
             "beat BIGINT UNSIGNED "
             "NOT NULL, written_at TIMESTAMP(6) NOT NULL) ENGINE = InnoDB",
             "db1> INSERT INTO gtidops.heartbeat (topology, server_uuid, beat, written_at) VALUES "
             "('orders', 'uuid-1', 1, "
             "NOW(6)) ON DUPLICATE KEY UPDATE server_uuid = VALUES(server_uuid), beat = beat + 1, "
             "written_at = NOW(6)"}},
        StepRow{
            MendHeartbeat{"db2", "uuid-1", "orders", true},
            "mend_heartbeat",
            "make gtidops.heartbeat there, without the binary log, so that the primary's heartbeat "
            "can be applied",
            Risk::kDisruptive,
            Depth::kDetails,
            {"db2"},
            {"db2> SET SESSION sql_log_bin = OFF; SET GLOBAL super_read_only = OFF; CREATE "
             "DATABASE IF NOT EXISTS gtidops; CREATE TABLE IF NOT EXISTS gtidops.heartbeat "
             "(topology VARCHAR(63) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY "
             "KEY, server_uuid CHAR(36) CHARACTER SET ascii NOT NULL, beat BIGINT UNSIGNED NOT "
             "NULL, written_at TIMESTAMP(6) NOT NULL) ENGINE = InnoDB; INSERT IGNORE INTO "
             "gtidops.heartbeat (topology, server_uuid, beat, written_at) VALUES ('orders', "
             "'uuid-1', 0, NOW(6)); SET GLOBAL super_read_only = ON; SET SESSION sql_log_bin = "
             "ON"}},
        StepRow{
            Canary{"db1", "uuid-1", "it's", {}, false},
            "canary",
            "write gtidops.heartbeat",
            Risk::kSafe,
            Depth::kDetails,
            {"db1"},
            {"db1> INSERT INTO gtidops.heartbeat (topology, server_uuid, beat, written_at) VALUES "
             "('it''s', 'uuid-1', 1, "
             "NOW(6)) ON DUPLICATE KEY UPDATE server_uuid = VALUES(server_uuid), beat = beat + 1, "
             "written_at = NOW(6)"}}));

INSTANTIATE_TEST_SUITE_P(
    SemiSync, ActionTest,
    ::testing::Values(StepRow{ConfigureSemiSync{"db1", 2, 4'000'000'000, false},
                              "configure_semi_sync",
                              "let a commit wait for 2 replicas, at most 4000000000 ms",
                              Risk::kSafe,
                              Depth::kDetails,
                              {"db1"},
                              {"db1> SET PERSIST rpl_semi_sync_source_wait_for_replica_count = 2",
                               "db1> SET PERSIST rpl_semi_sync_source_timeout = 4000000000",
                               "db1> SET PERSIST_ONLY rpl_semi_sync_source_enabled = OFF"}},
                      StepRow{ConfigureSemiSync{"db1", 1, 500, true},
                              "configure_semi_sync",
                              "let a commit wait for 1 replica, at most 500 ms",
                              Risk::kSafe,
                              Depth::kDetails,
                              {"db1"},
                              {"db1> SET PERSIST rpl_semi_sync_master_wait_for_slave_count = 1",
                               "db1> SET PERSIST rpl_semi_sync_master_timeout = 500",
                               "db1> SET PERSIST_ONLY rpl_semi_sync_master_enabled = OFF"}},
                      StepRow{SetSemiSyncReplica{"db2", true, false},
                              "set_semi_sync_replica",
                              "set rpl_semi_sync_replica_enabled = ON",
                              Risk::kSafe,
                              Depth::kDetails,
                              {"db2"},
                              {"db2> SET PERSIST rpl_semi_sync_replica_enabled = ON"}},
                      StepRow{SetSemiSyncReplica{"db2", false, true},
                              "set_semi_sync_replica",
                              "set rpl_semi_sync_slave_enabled = OFF",
                              Risk::kSafe,
                              Depth::kDetails,
                              {"db2"},
                              {"db2> SET PERSIST rpl_semi_sync_slave_enabled = OFF"}},
                      StepRow{RestartReceiver{"db2", "db1"},
                              "restart_receiver",
                              "let the receiver connect to db1 anew, so that it acknowledges",
                              Risk::kDisruptive,
                              Depth::kDetails,
                              {"db2", "db1"},
                              {"db2> STOP REPLICA IO_THREAD FOR CHANNEL ''",
                               "db2> START REPLICA IO_THREAD FOR CHANNEL ''"}},
                      StepRow{AwaitAcknowledgers{"db1", 2},
                              "await_acknowledgers",
                              "wait until 2 replicas are connected that will acknowledge",
                              Risk::kSafe,
                              Depth::kDetails,
                              {"db1"},
                              {"db1> SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync%clients'"}},
                      StepRow{SetSemiSyncSource{"db1", true, 1, false},
                              "set_semi_sync_source",
                              "set rpl_semi_sync_source_enabled = ON",
                              Risk::kSafe,
                              Depth::kDetails,
                              {"db1"},
                              {"db1> SET GLOBAL rpl_semi_sync_source_enabled = ON"}},
                      StepRow{SetSemiSyncSource{"db1", false, 0, true},
                              "set_semi_sync_source",
                              "set rpl_semi_sync_master_enabled = OFF",
                              Risk::kSafe,
                              Depth::kDetails,
                              {"db1"},
                              {"db1> SET PERSIST rpl_semi_sync_master_enabled = OFF"}}));

// The plugins were renamed: what is run depends on the version.
TEST(LoadSemiSyncTest, LoadsWhatThisVersionHas) {
  const LoadSemiSync both{"db2", true, true, true};
  EXPECT_EQ(Risk::kDisruptive, both.risk());
  EXPECT_EQ(Risk::kSafe, (LoadSemiSync{"db1", true, true, false}).risk());
  EXPECT_EQ(
      "load both plugins of semi-synchronous replication, with super_read_only lifted for "
      "that moment",
      both.describe());
  EXPECT_THAT(printable(both.statements(kNewSemiSyncNames)),
              ElementsAre("db2> SET GLOBAL super_read_only = OFF",
                          "db2> INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'",
                          "db2> INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so'",
                          "db2> SET GLOBAL super_read_only = ON"));
  EXPECT_THAT(printable(both.put_back()), ElementsAre("db2> SET GLOBAL super_read_only = ON"));
  const LoadSemiSync one{"db1", false, true, false};
  EXPECT_THAT(printable(one.statements(Version{8, 0, 25})),
              ElementsAre("db1> INSTALL PLUGIN rpl_semi_sync_slave SONAME 'semisync_slave.so'"));
  const LoadSemiSync other{"db1", true, false, false};
  EXPECT_THAT(printable(other.statements(Version{8, 0, 25})),
              ElementsAre("db1> INSTALL PLUGIN rpl_semi_sync_master SONAME 'semisync_master.so'"));
  EXPECT_THAT(one.put_back(), ::testing::IsEmpty());
  // Somebody else loaded it meanwhile.
  EXPECT_THAT(other.statements(kNewSemiSyncNames).front().tolerated, ElementsAre(1125));
}

TEST(ActionsTest, OnlyTheProofsAreProofs) {
  EXPECT_TRUE(is_proof(AwaitReplication{}));
  EXPECT_TRUE(is_proof(Canary{}));
  EXPECT_FALSE(is_proof(StartReplica{}));
  EXPECT_FALSE(is_proof(PointReplica{}));
  EXPECT_FALSE(is_proof(OpenWrites{}));
}

TEST(ActionsTest, AnUnknownVersionIsTakenForTheOldest) {
  Plan plan;
  plan.steps.push_back({1, StartReplica{"db2", false}, Risk::kSafe, "why"});
  EXPECT_THAT(printable(plan.statements_of(plan.steps.front())),
              ElementsAre("db2> START REPLICA FOR CHANNEL ''"));
}

TEST(EnableEventsTest, KeepsTheDefinerAndWhatTheSessionWouldChange) {
  ScheduledEvent event{"sh`op", "tick", "o'brien@10.0.%", {}};
  event.character_set_client = "latin1";
  event.collation_connection = "latin1_general_cs";
  const auto list = statements(EnableEvents{"db1", {event}}, kOldestSupported);
  EXPECT_THAT(
      printable(list),
      ElementsAre(
          "db1> SET @gtidops_client = @@SESSION.character_set_client, @gtidops_collation = "
          "@@SESSION.collation_connection, SESSION character_set_client = 'latin1', SESSION "
          "collation_connection = 'latin1_general_cs'; ALTER DEFINER = "
          "'o''brien'@'10.0.%' EVENT `sh``op`.`tick` ENABLE; SET SESSION "
          "character_set_client = @gtidops_client, SESSION collation_connection = "
          "@gtidops_collation"));
  EXPECT_TRUE(list.front().changes_session);
}

TEST(StatementTest, NamesASecretAndNeverHoldsIt) {
  const SecretRef command{
      SecretRef::Kind::kExec, "pass show --key=hunter2 mysql/repl", std::nullopt, 0, {}};
  for (const auto& statement :
       statements(CreateReplicationUser{"db1", "repl", "%", command}, kOldestSupported))
    EXPECT_THAT(statement.printable(), Not(HasSubstr("hunter2")));
  PointReplica point = first_attachment();
  point.password = command;
  const Texts texts = printable(statements(point, kOldestSupported));
  EXPECT_THAT(texts.front(), HasSubstr("SOURCE_PASSWORD = '<secret exec:pass>'"));
  EXPECT_THAT(texts.front(), Not(HasSubstr("hunter2")));
}

TEST(StatementTest, QuotesWhatStandsInSql) {
  EXPECT_EQ("'it''s a \\\\ and a \\0'", quote_string(std::string("it's a \\ and a \0", 16)));
  EXPECT_EQ("`a``b`", quote_name("a`b"));
  EXPECT_EQ("'o''brien'@'10.%'", quote_account("o'brien", "10.%"));
}

}  // namespace
}  // namespace gtidops
