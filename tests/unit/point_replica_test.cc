// What a replica is told of its source: the way back, the way that keeps what was received, and the
// options of CHANGE REPLICATION SOURCE TO.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/plan.h"
#include "unit/support/points.h"

namespace gtidops {
namespace {

using ::testing::ElementsAre;

TEST(PointReplicaTest, GoesBackWithThePasswordThatIsStored) {
  EXPECT_THAT(printable(moved().put_back()),
              ElementsAre("db2> STOP REPLICA SQL_THREAD FOR CHANNEL ''",
                          "db2> CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 5 FOR CHANNEL ''",
                          "db2> START REPLICA SQL_THREAD FOR CHANNEL ''",
                          "db2> STOP REPLICA IO_THREAD FOR CHANNEL ''",
                          "db2> CHANGE REPLICATION SOURCE TO SOURCE_HOST = '10.0.0.9', SOURCE_PORT "
                          "= 3307, SOURCE_SSL = 0, SOURCE_SSL_CA = '' FOR CHANNEL ''",
                          "db2> START REPLICA FOR CHANNEL ''"));
  EXPECT_THAT(first_attachment().put_back(), ::testing::IsEmpty());
}

TEST(PointReplicaTest, AChangeWithBothThreadsStoppedIsOnlyForARelayLogThatIsApplied) {
  ServerState state;
  Channel& channel = state.channels.emplace_back();
  channel.retrieved = GtidSet::of("00000001-0000-4000-8000-000000000001", 1, 5);
  EXPECT_EQ(Check::Verdict::kDoesNot, keeps_received(state, "db2").verdict);
  EXPECT_EQ(5, received_unapplied(state).count());
  channel.receiver = ThreadState::kConnecting;
  EXPECT_TRUE(keeps_received(state, "db2"));
  channel.receiver = ThreadState::kOff;
  channel.applier = ThreadState::kOn;
  EXPECT_TRUE(keeps_received(state, "db2"));
  channel.applier = ThreadState::kOff;
  state.gtid_executed = channel.retrieved;
  EXPECT_TRUE(keeps_received(state, "db2"));
}

// Tried on MySQL 9.7.4: the stashed password is right again after it.
TEST(PointReplicaTest, GoesBackToAnotherUserWithThePasswordThatWasStashed) {
  EXPECT_THAT(
      printable(with_another_user().put_back()),
      ElementsAre(
          "db2> STOP REPLICA IO_THREAD FOR CHANNEL ''",
          "db2> SET @gtidops_change = CONCAT('CHANGE REPLICATION SOURCE TO SOURCE_USER = "
          "''o''''brien'', SOURCE_PASSWORD = ', IF(@gtidops_previous_password IS NULL, NULL, "
          "QUOTE(@gtidops_previous_password)), ' FOR "
          "CHANNEL ''''')",
          "db2> PREPARE gtidops_change FROM @gtidops_change", "db2> EXECUTE gtidops_change",
          "db2> DEALLOCATE PREPARE gtidops_change", "db2> START REPLICA FOR CHANNEL ''"));
}

TEST(PointReplicaTest, ForgetsThePasswordThatWasStashed) {
  EXPECT_THAT(printable(with_another_user().forget()),
              ElementsAre("db2> SET @gtidops_previous_password = NULL, @gtidops_change = NULL"));
  EXPECT_TRUE(with_another_user().forget().front().changes_session);
  EXPECT_THAT(moved().forget(), ::testing::IsEmpty());
  EXPECT_THAT(first_attachment().forget(), ::testing::IsEmpty());
}

TEST(SourceOptionTest, AreWrittenAsTheirTypeWants) {
  EXPECT_EQ("'/etc/it''s.pem'", option_literal("SOURCE_SSL_CA", "/etc/it's.pem"));
  EXPECT_EQ("1", option_literal("SOURCE_SSL", "Yes"));
  EXPECT_EQ("0", option_literal("GET_SOURCE_PUBLIC_KEY", "off"));
  EXPECT_EQ("2.5", option_literal("SOURCE_HEARTBEAT_PERIOD", "2.5"));
  EXPECT_EQ("ON", option_literal("REQUIRE_TABLE_PRIMARY_KEY_CHECK", "ON"));
  EXPECT_EQ("'x'", option_literal("NO_SUCH_OPTION", "x"));
  EXPECT_EQ("'app'@'10.0.%'", option_literal("PRIVILEGE_CHECKS_USER", "app@10.0.%"));
  EXPECT_EQ("NULL", option_literal("PRIVILEGE_CHECKS_USER", ""));
  EXPECT_EQ("NULL", option_literal("SOURCE_TLS_CIPHERSUITES", ""));
}

TEST(SourceOptionTest, AreComparedByWhatTheyMean) {
  EXPECT_TRUE(same_option("SOURCE_SSL", "Yes", "1"));
  EXPECT_TRUE(same_option("SOURCE_SSL", "No", "0"));
  EXPECT_TRUE(same_option("SOURCE_SSL", "Ignored", "0"));
  EXPECT_TRUE(same_option("SOURCE_HEARTBEAT_PERIOD", "30.000", "30"));
  EXPECT_TRUE(same_option("SOURCE_HEARTBEAT_PERIOD", "2.50", "2.5"));
  EXPECT_TRUE(same_option("REQUIRE_TABLE_PRIMARY_KEY_CHECK", "stream", "STREAM"));
  EXPECT_TRUE(same_option("SOURCE_COMPRESSION_ALGORITHMS", "zlib,zstd", "ZSTD, zlib"));
  EXPECT_TRUE(same_option("PRIVILEGE_CHECKS_USER", "'app'@'10.0.%'", "app@10.0.%"));
  EXPECT_FALSE(same_option("PRIVILEGE_CHECKS_USER", "", "app@10.0.%"));
  EXPECT_FALSE(same_option("SOURCE_CONNECT_RETRY", "60", "6"));
  EXPECT_FALSE(same_option("SOURCE_SSL_CA", "/etc/CA.pem", "/etc/ca.pem"));
  EXPECT_FALSE(same_option("SOURCE_HEARTBEAT_PERIOD", "100", "1"));
}

TEST(PointReplicaTest, OfADamagedRelayLogIsToldEverythingWithBothThreadsStopped) {
  PointReplica point = first_attachment();
  point.channel_exists = true;
  point.changes = {"SOURCE_DELAY"};
  point.fetch_again();
  EXPECT_THAT(point.touches(), ElementsAre("db2", "db1"));
  EXPECT_THAT(
      printable(statements(point, kOldestSupported)),
      ElementsAre("db2> STOP REPLICA FOR CHANNEL ''", "db2> RESET REPLICA FOR CHANNEL ''",
                  "db2> CHANGE REPLICATION SOURCE TO SOURCE_HOST = '10.0.0.1', SOURCE_PORT = 3306, "
                  "SOURCE_USER = 'repl', SOURCE_AUTO_POSITION = 1, SOURCE_DELAY = 0 FOR CHANNEL ''",
                  "db2> START REPLICA FOR CHANNEL ''"));
  point.changes = {"SOURCE_PASSWORD"};
  point.fetch_again();
  EXPECT_TRUE(point.changes_clause("SOURCE_PASSWORD"));
}

// What its relay log holds is deleted: the source must have all of it, now.
TEST(PointReplicaTest, FetchesAgainOnlyWhatTheSourceHolds) {
  const std::string uuid = "00000001-0000-4000-8000-000000000001";
  Observation seen;
  ServerState replica;
  replica.read_only = replica.super_read_only = true;
  Channel& channel = replica.channels.emplace_back();
  channel.retrieved = GtidSet::of(uuid, 1, 5);
  channel.applier = ThreadState::kOff;
  channel.applier_error.number = 13121;
  ServerState source;
  source.server_uuid = "uuid-1";
  source.gtid_executed = GtidSet::of(uuid, 1, 5);
  PointReplica point = first_attachment();
  point.channel_exists = true;
  point.fetch_again();
  const auto judge = [&] {
    seen.servers["db1"] = source;
    seen.servers["db2"] = replica;
    return point.precondition(seen);
  };
  EXPECT_TRUE(judge()) << judge().why;
  source.gtid_executed = GtidSet::of(uuid, 1, 4);
  EXPECT_EQ(judge().why, "db1 does not hold all that is in the relay log of db2");
  source.gtid_executed = GtidSet::of(uuid, 1, 5);
  source.gtid_purged = GtidSet::of(uuid, 1, 3);
  EXPECT_EQ(judge().why, "db1 has purged transactions that db2 lacks");
  source.gtid_purged = {};
  channel.applier_error.number = 0;
  EXPECT_EQ(judge().why, "the relay log of db2 is not damaged any more");
}

}  // namespace
}  // namespace gtidops
