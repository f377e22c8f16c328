// What a look at real servers reads, and that it stays cheap: one connection a server, for good.
#include <gmock/gmock.h>

#include <thread>

#include "e2e/observe_support.h"
#include "mysql/queries.h"

namespace gtidops::observe {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ObserveTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    box = new sandbox::Sandbox;
    const auto servers = box->up_all(
        {"db1", "db2", "db3"}, {.mysqld = {"--gtid-mode=ON", "--enforce-gtid-consistency=ON"}});
    db1 = servers[0];
    db2 = servers[1];
    db3 = servers[2];
  }
  static void TearDownTestSuite() { delete box; }

  static SpecOf all() { return SpecOf().server(*db1).server(*db2).server(*db3); }
  // Only ours are counted: by the name that they give.
  static int connections(const Server& server) {
    return std::stoi(
        ask(server,
            "SELECT COUNT(*) FROM performance_schema.session_connect_attrs WHERE ATTR_NAME = "
            "'program_name' AND ATTR_VALUE = 'gtidops'"));
  }

  static inline sandbox::Sandbox* box = nullptr;
  static inline Server *db1 = nullptr, *db2 = nullptr, *db3 = nullptr;
};

TEST_F(ObserveTest, TheStateIsWhatTheServerSays) {
  sql(*db1, "CREATE DATABASE IF NOT EXISTS d; CREATE TABLE IF NOT EXISTS d.t (a INT PRIMARY KEY)");
  const ServerLook look = look_at(SpecOf().server(*db1));
  const ServerState& state = expect_state(look);
  EXPECT_EQ(state.version_text, ask(*db1, "SELECT @@version"));
  EXPECT_EQ(state.server_uuid, ask(*db1, "SELECT @@server_uuid"));
  EXPECT_EQ(state.server_id, db1->port());
  EXPECT_EQ(state.port, db1->port());
  EXPECT_EQ(state.instance, ask(*db1, "SELECT CONCAT(@@hostname, ':', @@port, ':', @@datadir)"));
  EXPECT_EQ(state.gtid_executed.to_string(), ask(*db1, "SELECT @@gtid_executed"));
  EXPECT_FALSE(state.gtid_executed.empty());
  EXPECT_EQ(state.gtid_mode, "ON");
  EXPECT_EQ(state.enforce_gtid_consistency, "ON");
  EXPECT_TRUE(state.log_bin);
  EXPECT_TRUE(state.log_replica_updates);
  EXPECT_TRUE(state.writable());
  EXPECT_THAT(state.channels, IsEmpty());
  EXPECT_FALSE(state.details);
  const auto age = std::chrono::system_clock::now() - state.looked_at;
  EXPECT_LT(age, std::chrono::seconds(5));
  EXPECT_GE(age, std::chrono::seconds(0));
}

TEST_F(ObserveTest, ReadOnlyAsItChanges) {
  const SpecOf spec = SpecOf().server(*db3);
  MysqlFleet fleet(spec.spec);
  const auto look = [&] {
    return std::get<ServerState>(
        fleet.look({"db3"}, Depth::kState, Millis(5'000)).servers.at("db3"));
  };
  EXPECT_TRUE(look().writable());
  sql(*db3, "SET GLOBAL read_only=ON");
  EXPECT_FALSE(look().writable());
  EXPECT_FALSE(look().fenced());
  sql(*db3, "SET GLOBAL super_read_only=ON");
  EXPECT_TRUE(look().fenced());
  sql(*db3, "SET GLOBAL super_read_only=OFF, read_only=OFF");
  EXPECT_TRUE(look().writable());
}

TEST_F(ObserveTest, EveryFieldOfAChannel) {
  sql(*db1,
      "CREATE USER IF NOT EXISTS repl@'%' IDENTIFIED BY 'r'; GRANT REPLICATION SLAVE ON *.* TO "
      "repl@'%'");
  sql(*db2, "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=" +
                std::to_string(db1->port()) +
                ", SOURCE_USER='repl', SOURCE_PASSWORD='r', SOURCE_AUTO_POSITION=1, SOURCE_SSL=1, "
                "SOURCE_DELAY=3600, "
                "SOURCE_CONNECT_RETRY=7; CHANGE REPLICATION FILTER REPLICATE_DO_DB=(shop), "
                "REPLICATE_WILD_IGNORE_TABLE=('a.%'); START REPLICA");
  const SpecOf spec = SpecOf().server(*db2);
  MysqlFleet fleet(spec.spec);
  ServerState state;
  for (int i = 0; i < 200; ++i) {
    state = expect_state(fleet.look({"db2"}, Depth::kDetails, Millis(5'000)).servers.at("db2"));
    ASSERT_EQ(state.channels.size(), 1U);
    if (state.channels[0].receiver == ThreadState::kOn && !state.channels[0].retrieved.empty())
      break;
    std::this_thread::sleep_for(Millis(20));
  }
  const Channel& channel = state.channels.front();
  EXPECT_EQ(channel.name, "");
  EXPECT_EQ(channel.source_host, "127.0.0.1");
  EXPECT_EQ(channel.source_port, db1->port());
  EXPECT_EQ(channel.source_user, "repl");
  EXPECT_EQ(channel.source_uuid, ask(*db1, "SELECT @@server_uuid"));
  EXPECT_EQ(channel.receiver, ThreadState::kOn);
  EXPECT_EQ(channel.applier, ThreadState::kOn);
  EXPECT_EQ(channel.receiver_error.number, 0) << channel.receiver_error.text;
  EXPECT_TRUE(channel.auto_position);
  EXPECT_EQ(channel.delay_seconds, 3600);
  EXPECT_TRUE(channel.seconds_behind);
  EXPECT_FALSE(channel.retrieved.empty());
  EXPECT_TRUE(std::get<ServerState>(look_at(SpecOf().server(*db1)))
                  .gtid_executed.contains(channel.retrieved));
  EXPECT_EQ(channel.columns.at("Connect_Retry"), "7");
  EXPECT_EQ(channel.columns.at("Source_SSL_Allowed"), "Yes");
  EXPECT_THAT(channel.filters,
              ElementsAre("Replicate_Do_DB=shop", "Replicate_Wild_Ignore_Table=a.%"));
  const ServerLook source = look_at(SpecOf().server(*db1), Depth::kDetails);
  EXPECT_EQ(expect_state(source).details->dump_threads, 1);

  sql(*db2, "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_PASSWORD='wrong'; START REPLICA");
  for (int i = 0; i < 200 && state.channels[0].receiver_error.number == 0; ++i) {
    std::this_thread::sleep_for(Millis(20));
    state = expect_state(fleet.look({"db2"}, Depth::kState, Millis(5'000)).servers.at("db2"));
  }
  EXPECT_NE(state.channels[0].receiver_error.number, 0);
  EXPECT_THAT(state.channels[0].receiver_error.text, HasSubstr("repl@127.0.0.1"));
  EXPECT_NE(state.channels[0].receiver, ThreadState::kOn);
  sql(*db2,
      "STOP REPLICA; RESET REPLICA ALL; CHANGE REPLICATION FILTER REPLICATE_DO_DB=(), "
      "REPLICATE_WILD_IGNORE_TABLE=()");
  EXPECT_THAT(
      expect_state(fleet.look({"db2"}, Depth::kState, Millis(5'000)).servers.at("db2")).channels,
      IsEmpty());
}

TEST_F(ObserveTest, NamedChannelsAreSeen) {
  sql(*db3,
      "CHANGE REPLICATION SOURCE TO SOURCE_HOST='nowhere.invalid', SOURCE_AUTO_POSITION=1 FOR "
      "CHANNEL 'stray'");
  const ServerLook look = look_at(SpecOf().server(*db3));
  ASSERT_EQ(expect_state(look).channels.size(), 1U);
  EXPECT_EQ(expect_state(look).channels[0].name, "stray");
  EXPECT_EQ(expect_state(look).channels[0].receiver, ThreadState::kOff);
  EXPECT_EQ(expect_state(look).channels[0].source_uuid, "");
  EXPECT_EQ(expect_state(look).channels[0].seconds_behind, std::nullopt);
  sql(*db3, "RESET REPLICA ALL FOR CHANNEL 'stray'");
}

TEST_F(ObserveTest, VariablesAreWrittenAsTheServerShowsThem) {
  sql(*db1, "INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'");
  const ServerLook look = look_at(SpecOf().server(*db1), Depth::kDetails);
  const auto& variables = expect_state(look).details->variables;
  EXPECT_EQ(variables.at("rpl_semi_sync_source_enabled"), "OFF");
  EXPECT_EQ(variables.at("super_read_only"), "OFF");
  EXPECT_GT(variables.size(), 30U);
  for (const auto& [name, value] : variables)
    EXPECT_EQ(value, ask(*db1,
                         "SELECT VARIABLE_VALUE FROM performance_schema.global_variables WHERE "
                         "VARIABLE_NAME = '" +
                             name + "'"))
        << name;
  sql(*db1, "UNINSTALL PLUGIN rpl_semi_sync_source");
  EXPECT_EQ(std::get<ServerState>(look_at(SpecOf().server(*db1), Depth::kDetails))
                .details->variables.count("rpl_semi_sync_source_enabled"),
            0U);
}

// The list is right about this server's version: no slow way round is taken.
TEST_F(ObserveTest, TheListOfVariablesIsRightAboutThisVersion) {
  const auto version = Version::parse(ask(*db1, "SELECT @@version"));
  EXPECT_NO_THROW(sql(*db1, mysql::select_variables(mysql::judged_variables(*version))));
}

TEST_F(ObserveTest, TheDetailsAreWhatTheServerSays) {
  sql(*db1,
      "CREATE DATABASE IF NOT EXISTS shop; CREATE TABLE IF NOT EXISTS shop.a (a INT); CREATE "
      "DATABASE IF NOT EXISTS "
      "void; SET PERSIST max_connect_errors=77; CREATE USER IF NOT EXISTS repl@'%' IDENTIFIED BY "
      "'r'; CREATE USER "
      "IF NOT EXISTS repl@'10.%' ACCOUNT LOCK PASSWORD EXPIRE; GRANT REPLICATION SLAVE ON *.* TO "
      "repl@'%'; "
      "CREATE DATABASE gtidops; CREATE TABLE gtidops.heartbeat (topology VARCHAR(63) PRIMARY KEY, "
      "server_uuid "
      "CHAR(36), beat BIGINT UNSIGNED, written_at TIMESTAMP(6))");
  SpecOf spec = SpecOf().server(*db1);
  spec.spec.replication.user.emplace();
  spec.spec.replication.user->name = Field<std::string>("repl");
  spec.spec.variables.all["max_connect_errors"] = Field<std::string>("77");
  spec.spec.variables.servers["db1"]["no_such_variable"] = Field<std::string>("1");
  MysqlFleet fleet(spec.spec);
  const auto details = [&] {
    return *expect_state(fleet.look({"db1"}, Depth::kDetails, Millis(5'000)).servers.at("db1"))
                .details;
  };
  EXPECT_FALSE(details().heartbeat);
  sql(*db1,
      "INSERT INTO gtidops.heartbeat VALUES ('orders', @@server_uuid, 41, NOW(6)), ('other', '', "
      "1, NOW(6))");
  const Details all = details();
  EXPECT_EQ(all.heartbeat->beat, 41U);
  EXPECT_EQ(all.variables.at("max_connect_errors"), "77");
  EXPECT_EQ(all.variables.count("no_such_variable"), 0U);
  EXPECT_EQ(all.persisted->at("max_connect_errors"), "77");
  std::map<std::string, SchemaSize> schemas;
  for (const SchemaSize& schema : *all.schemas) schemas[schema.name] = schema;
  EXPECT_EQ(schemas.at("shop").tables, 1);
  EXPECT_GE(schemas.at("shop").bytes, 16'384);
  EXPECT_EQ(schemas.at("void").tables, 0);
  for (const char* own : {"mysql", "sys", "information_schema", "performance_schema", "gtidops"})
    EXPECT_EQ(schemas.count(own), 0U) << own;
  ASSERT_EQ(all.users->size(), 2U);
  EXPECT_EQ((*all.users)[0].host, "%");
  EXPECT_EQ((*all.users)[0].plugin, "caching_sha2_password");
  EXPECT_FALSE((*all.users)[0].locked);
  EXPECT_THAT((*all.users)[0].grants, ElementsAre("GRANT REPLICATION SLAVE ON *.* TO `repl`@`%`"));
  EXPECT_TRUE((*all.users)[1].locked);
  EXPECT_TRUE((*all.users)[1].password_expired);
  EXPECT_TRUE(all.tls_available);
  EXPECT_FALSE(all.group_replication_active);
  EXPECT_EQ(all.first_binary_log, "binlog.000001");
  EXPECT_THAT(all.binlog_filters, IsEmpty());
  EXPECT_THAT(all.missing_privileges, IsEmpty());
  sql(*db1, "RESET PERSIST; DROP DATABASE gtidops; DROP DATABASE void; DROP USER repl@'10.%'");
}

// The list of what is needed is the list of what is enough.
TEST_F(ObserveTest, AnAccountWithExactlyWhatIsNeededReadsAll) {
  sql(*db3,
      "CREATE USER least@'%' IDENTIFIED BY 'p'; GRANT REPLICATION SLAVE, REPLICATION CLIENT, "
      "CREATE USER, RELOAD, PROCESS, SHOW "
      "DATABASES, SHOW VIEW ON *.* TO least@'%' WITH GRANT OPTION; GRANT SYSTEM_VARIABLES_ADMIN, "
      "PERSIST_RO_VARIABLES_ADMIN, REPLICATION_SLAVE_ADMIN, CONNECTION_ADMIN, XA_RECOVER_ADMIN ON "
      "*.* TO least@'%'; "
      "GRANT SELECT ON "
      "mysql.user TO least@'%'; GRANT SELECT ON mysql.slave_master_info TO least@'%'; GRANT "
      "CREATE, SELECT, INSERT, UPDATE ON gtidops.* TO least@'%'; "
      "CREATE ROLE "
      "reader; GRANT SELECT ON performance_schema.* TO reader; GRANT reader TO least@'%'; SET "
      "DEFAULT ROLE reader "
      "TO least@'%'; CREATE DATABASE hidden; CREATE TABLE hidden.t (a INT)");
  SpecOf spec = SpecOf().server(*db3).admin("least", "p");
  spec.spec.replication.user.emplace();
  spec.spec.replication.user->name = Field<std::string>("least");
  const ServerLook look = look_at(spec, Depth::kDetails);
  const auto& details = expect_state(look).details;
  ASSERT_TRUE(details);
  EXPECT_THAT(details->missing_privileges, IsEmpty());
  EXPECT_EQ(details->users->size(), 1U);
  EXPECT_TRUE(details->persisted);
  ASSERT_EQ(details->schemas->size(), 1U);
  EXPECT_EQ(details->schemas->front().tables, 1);

  sql(*db3, "REVOKE SHOW VIEW ON *.* FROM least@'%'");
  const ServerLook blind = look_at(spec, Depth::kDetails);
  EXPECT_FALSE(expect_state(blind).details->schemas);  // not "empty"
  EXPECT_THAT(expect_state(blind).details->missing_privileges, ElementsAre("SHOW VIEW ON *.*"));

  sql(*db3, "SET DEFAULT ROLE NONE TO least@'%'");
  EXPECT_THAT(expect_unreachable(look_at(spec, Depth::kDetails), Reason::kPrivileges),
              HasSubstr("SELECT ON performance_schema.*"));
  expect_state(look_at(spec, Depth::kState));
  sql(*db3, "DROP USER least@'%'; DROP ROLE reader; DROP DATABASE hidden");
}

TEST_F(ObserveTest, NothingLeaks) {
  const SpecOf spec = all();
  const int threads = count_threads();
  const int files = count_files();
  {
    MysqlFleet fleet(spec.spec);
    fleet.look(spec.names(), Depth::kDetails, Millis(5'000));
    const int threads_in_use = count_threads();
    const int files_in_use = count_files();
    for (int i = 0; i < 100; ++i) {
      const auto observation =
          fleet.look(spec.names(), i % 10 == 0 ? Depth::kDetails : Depth::kState, Millis(5'000));
      for (const auto& [name, look] : observation.servers) expect_state(look);
      EXPECT_TRUE(fleet.run(gtidops::sql("db1", "SELECT 1"), Millis(5'000)));
    }
    EXPECT_EQ(count_threads(), threads_in_use);
    EXPECT_EQ(count_files(), files_in_use);
    for (const Server* server : {db1, db2, db3})
      EXPECT_EQ(connections(*server), 1) << server->name();
    for (const auto& [name, counts] : fleet.counts()) {
      EXPECT_EQ(counts.opened, 1U) << name;
      EXPECT_TRUE(counts.errors.empty()) << name;
    }
  }
  EXPECT_EQ(count_threads(), threads);
  EXPECT_EQ(count_files(), files);
  for (int i = 0; i < 100 && connections(*db1) != 0; ++i) std::this_thread::sleep_for(Millis(20));
  EXPECT_EQ(connections(*db1), 0);
}

TEST_F(ObserveTest, NamesThatAreTwiceOrNot) {
  const SpecOf spec = all();
  MysqlFleet fleet(spec.spec);
  const auto observation = fleet.look({"db1", "db1", "nobody"}, Depth::kState, Millis(5'000));
  EXPECT_EQ(observation.servers.size(), 2U);
  expect_state(observation.servers.at("db1"));
  expect_unreachable(observation.servers.at("nobody"), Reason::kOther);
  EXPECT_TRUE(fleet.look({}, Depth::kState, Millis(5'000)).servers.empty());
}

TEST_F(ObserveTest, TheSessionIsSetAndNothingElse) {
  const SpecOf spec = SpecOf().server(*db1);
  sql(*db1,
      "SET GLOBAL sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES', GLOBAL max_execution_time=1, GLOBAL "
      "sql_select_limit=1, GLOBAL autocommit=0, GLOBAL time_zone='+05:00'");
  MysqlFleet fleet(spec.spec);
  const auto rows = fleet.run(
      gtidops::sql("db1",
                   "SELECT @@sql_mode, @@time_zone, @@autocommit, @@sql_log_bin, "
                   "@@character_set_client, @@max_execution_time, @@lock_wait_timeout UNION ALL "
                   "SELECT 2, 2, 2, 2, 2, 2, 2"),
      Millis(5'000));
  sql(*db1,
      "SET GLOBAL sql_mode=DEFAULT, GLOBAL max_execution_time=0, GLOBAL sql_select_limit=DEFAULT, "
      "GLOBAL "
      "autocommit=1, GLOBAL time_zone='SYSTEM'");
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_THAT((*rows)[0], ElementsAre("", "+00:00", "1", "1", "utf8mb4", "0", "5"));
}

}  // namespace
}  // namespace gtidops::observe
