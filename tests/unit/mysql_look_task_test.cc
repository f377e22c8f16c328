// A look without a socket: what is asked when, and what comes of errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "model/actions/events.h"
#include "mysql/look_task.h"
#include "unit/mysql_rows.h"

namespace gtidops::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using Reason = Unreachable::Reason;

ResultSet clone_in(const char* state, const char* number) {
  return set_of({{{"STATE", state},
                  {"SOURCE", "10.0.0.1:3306"},
                  {"BEGIN_TIME", "2026-11-29 21:30:00.000"},
                  {"END_TIME", "2026-11-29 21:34:26.123"},
                  {"ERROR_NO", number},
                  {"ERROR_MESSAGE", "Query execution was interrupted"},
                  {"GTID_EXECUTED", "2052ed60-e6b1-11f1-8122-02fc00000001:1-8"},
                  {"STAGE", "FILE COPY"},
                  {"ESTIMATE", "4096"},
                  {"DATA", "1024"}}});
}

// A server that knows an answer or an error for each statement, by how it begins.
class CannedServer {
 public:
  CannedServer() {
    answers["SHOW REPLICA STATUS"] = set_of({replica_status()});
    answers["SELECT @@version"] = identity();
    answers["SHOW GRANTS FOR"] = rows_of({{"GRANT REPLICATION SLAVE ON *.* TO `repl`@`%`"}});
    answers["SHOW GRANTS;"] =
        rows_of({{"GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"}});
    answers["SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.p"] =
        rows_of({{"super_read_only", "ON"}});
    answers["SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.g"] =
        rows_of({{"max_connect_errors", "100"}});
    answers["SELECT User"] = rows_of({{"repl", "%", "caching_sha2_password", "N", "N"}});
    answers["SELECT s.SCHEMA_NAME"] = rows_of({{"shop", "1", "16384"}});
    const auto event = [](const char* name, const char* status) {
      return Row{"shop",   name,     "app@10.0.%",        status,
                 "latin1", "latin1", "latin1_general_cs", "utf8mb4_bin"};
    };
    answers["SELECT e.EVENT_SCHEMA"] = rows_of(
        {event("tick", "ENABLED"), event("off", "DISABLED"), event("away", "SLAVESIDE_DISABLED")});
    answers["XA RECOVER CONVERT XID"] = rows_of({{"1", "2", "1", "0x673162"}});
    answers["SELECT x.trx_mysql_thread_id"] = rows_of({{"17", "app@10.0.0.9", "35.2", "1"}});
    answers["SELECT 'table'"] = ResultSet{};
    answers["SELECT server_uuid"] = rows_of({{"2052ed60-e6b1-11f1-8122-02fc00000001", "42"}});
    answers["SHOW BINARY LOG STATUS"] =
        set_of({{{"Binlog_Do_DB", ""}, {"Binlog_Ignore_DB", "tmp"}}});
    answers["SHOW BINARY LOGS"] = rows_of({{"binlog.000001", "1", "No"}});
    answers["SELECT VALUE FROM performance_schema.tls"] = rows_of({{"Yes"}});
    answers["SELECT COUNT(*) FROM performance_schema.replication_group"] = rows_of({{"0"}});
    answers["SELECT Host, COALESCE"] = rows_of({{"10.0.%", "1"}, {"%", "0"}});
    answers["SELECT s.STATE"] = clone_in("Completed", "0");
    answers["SHOW REPLICAS"] = rows_of({{"2"}, {"3"}});
    answers["SELECT VARIABLE_NAME, IF("] =
        rows_of({{"Threads_connected", "12"}, {"Uptime", "1795000000"}});
    answers["SELECT t.PROCESSLIST_ID"] = rows_of({{"17", "backup@10.0.0.9"}});
    answers["SELECT CHANNEL_NAME"] = ResultSet{};
    errors["SELECT @@global.rpl_semi_sync"] = 1193;
  }

  Reply reply(const std::string& request) {
    requests.push_back(request);
    Reply reply;
    std::string rest = request + ";";
    for (std::size_t end = rest.find(';'); end != std::string::npos; end = rest.find(';')) {
      const std::string statement = rest.substr(rest.find_first_not_of(' '), end + 1);
      rest.erase(0, end + 1);
      if (const int* number = find(errors, statement)) {
        reply.error = ServerError{*number, "HY000", "told to fail"};
        return reply;
      }
      if (statement.rfind("SELECT @@global.", 0) == 0) {
        reply.results.push_back(variables(statement));
      } else if (const ResultSet* set = find(answers, statement)) {
        reply.results.push_back(*set);
      } else {
        ADD_FAILURE() << "unexpected: " << statement;
      }
    }
    return reply;
  }

  std::map<std::string, ResultSet> answers;
  std::map<std::string, int> errors;
  std::vector<std::string> requests;

 private:
  static ResultSet variables(const std::string& statement) {
    Row row;
    for (std::size_t at = 0; (at = statement.find("@@", at)) != std::string::npos; ++at)
      row.emplace_back("1");
    return rows_of({row});
  }
  template <class Value>
  static const Value* find(const std::map<std::string, Value>& table,
                           const std::string& statement) {
    const Value* best = nullptr;
    for (const auto& [begin, value] : table)
      if (statement.rfind(begin, 0) == 0) best = &value;  // the longest, for they are in order
    return best;
  }
};

const LookRequest kState{Depth::kState, "orders", "repl", {}};
const LookRequest kDetails{Depth::kDetails, "orders", "repl", {}};

ServerLook look(CannedServer& server, const LookRequest& request) {
  LookTask task(request, "9.7.4");
  for (std::string sql = task.next(); !sql.empty(); sql = task.next()) {
    task.accept(server.reply(sql));
    if (server.requests.size() > 20) {
      ADD_FAILURE() << "it never ends";
      break;
    }
  }
  return task.take_result();
}

Details details(CannedServer& server, const LookRequest& request = kDetails) {
  const ServerLook result = look(server, request);
  const auto* state = std::get_if<ServerState>(&result);
  EXPECT_NE(state, nullptr) << std::get<Unreachable>(result).message;
  EXPECT_TRUE(state != nullptr && state->details);
  return state != nullptr && state->details ? *state->details : Details{};
}

Unreachable failure(CannedServer& server, const LookRequest& request = kDetails) {
  const ServerLook result = look(server, request);
  const auto* why = std::get_if<Unreachable>(&result);
  EXPECT_NE(why, nullptr);
  return why != nullptr ? *why : Unreachable{};
}

TEST(LookTask, TheStateIsOneRoundTrip) {
  CannedServer server;
  const ServerLook result = look(server, kState);
  ASSERT_TRUE(std::holds_alternative<ServerState>(result));
  EXPECT_FALSE(std::get<ServerState>(result).details);
  EXPECT_EQ(server.requests.size(), 1U);
}

TEST(LookTask, HowFarACopyIs) {
  const auto seen = [](const char* state, const char* number) {
    CannedServer server;
    server.answers["SELECT s.STATE"] = clone_in(state, number);
    return *details(server).clone;
  };
  const CloneStatus runs = seen("In Progress", "0");
  EXPECT_TRUE(runs.runs());
  EXPECT_EQ(runs.phase, "FILE COPY");
  EXPECT_EQ(runs.bytes_total - runs.bytes_done, 3072);
  // So it stays after mysqld was killed in the middle of it.
  const CloneStatus killed = seen("In Progress", "1317");
  EXPECT_EQ(killed.error, "error 1317: Query execution was interrupted");
  EXPECT_EQ(seen("Failed", "3862").state, CloneStatus::State::kFailed);
  EXPECT_EQ(seen("Not Started", "0").state, CloneStatus::State::kNone);
}

TEST(LookTask, WithoutThePluginThereWasNoCopy) {
  CannedServer server;
  server.errors["SELECT s.STATE"] = 1146;
  const Details none = details(server);
  EXPECT_TRUE(none.clone->state == CloneStatus::State::kNone && !none.clone_plugin);
}

TEST(LookTask, TheDetailsAreAllThere) {
  CannedServer server;
  const Details all = details(server);
  EXPECT_EQ(all.variables.at("super_read_only"), "ON");
  EXPECT_EQ(all.variables.at("sync_binlog"), "1");
  EXPECT_EQ(all.variables.count("rpl_semi_sync_source_enabled"), 0U);
  EXPECT_EQ(all.persisted->at("super_read_only"), "ON");
  EXPECT_EQ(all.users->front().host, "%");
  EXPECT_THAT(all.users->front().grants,
              ElementsAre("GRANT REPLICATION SLAVE ON *.* TO `repl`@`%`"));
  EXPECT_EQ(all.schemas->front().name, "shop");
  ASSERT_EQ(all.events->size(), 3U);
  EXPECT_EQ(find_event(all, "shop", "tick")->status, ScheduledEvent::Status::kEnabled);
  EXPECT_EQ(find_event(all, "shop", "tick")->definer, "app@10.0.%");
  EXPECT_EQ(find_event(all, "shop", "off")->status, ScheduledEvent::Status::kDisabled);
  EXPECT_EQ(find_event(all, "shop", "away")->status, ScheduledEvent::Status::kOnAnother);
  EXPECT_EQ(find_event(all, "other", "tick"), nullptr);
  EXPECT_EQ(find_event(all, "shop", "tick")->database_collation, "latin1_general_cs");
  EXPECT_EQ(all.prepared_xa, std::vector<std::string>{"'g1','b',1"});
  EXPECT_TRUE(all.may_enable_events);
  ASSERT_EQ(all.long_transactions->size(), 1U);
  EXPECT_EQ(describe(all.long_transactions->front()),
            "connection 17 of app@10.0.0.9 has had a transaction open for 35.2 s");
  EXPECT_EQ(all.heartbeat->beat, 42U);
  EXPECT_THAT(all.binlog_filters, ElementsAre("Binlog_Ignore_DB=tmp"));
  EXPECT_EQ(all.first_binary_log, "binlog.000001");
  EXPECT_TRUE(all.clone->completed());
  EXPECT_EQ(all.clone->source + " " + all.clone->began + " " + all.clone->ended,
            "10.0.0.1:3306 2026-11-29 21:30:00.000 2026-11-29 21:34:26.123");
  EXPECT_EQ(all.clone->gtid_executed.to_string(), "2052ed60-e6b1-11f1-8122-02fc00000001:1-8");
  EXPECT_TRUE(all.clone_plugin);
  EXPECT_THAT(*all.copy_accounts, ElementsAre("10.0.%"));
  EXPECT_THAT(all.other_copy_accounts, ElementsAre("%"));
  EXPECT_EQ(all.started_at, Moment(Millis{1'795'000'000'000}));
  EXPECT_TRUE(all.tls_available);
  EXPECT_FALSE(all.group_replication_active);
  EXPECT_EQ(all.dump_threads, 2);
  EXPECT_EQ(all.threads_connected, 12);
  ASSERT_TRUE(all.backup_locks);
  EXPECT_THAT(*all.backup_locks, ElementsAre("connection 17 of backup@10.0.0.9"));
  EXPECT_TRUE(all.missing_privileges.empty());
}

TEST(LookTask, EventsThatTheAccountMayNotSeeAreUnknown) {
  CannedServer server;
  server.answers["SHOW GRANTS;"] = rows_of(
      {{"GRANT SELECT, RELOAD, PROCESS, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `a`@`%`"},
       {"GRANT SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN, REPLICATION_SLAVE_ADMIN ON *.* TO "
        "`a`@`%`"}});
  const Details some = details(server);
  EXPECT_FALSE(some.events);
  EXPECT_FALSE(some.may_enable_events);
}

TEST(LookTask, PreparedTransactionsThatTheAccountMayNotSeeAreUnknown) {
  CannedServer server;
  server.errors["XA RECOVER"] = 1401;
  EXPECT_FALSE(details(server).prepared_xa);
  server.errors["XA RECOVER"] = 1053;
  EXPECT_EQ(failure(server).reason, Unreachable::Reason::kLost);
}

TEST(LookTask, FewRoundTrips) {
  CannedServer server;
  server.errors.clear();
  details(server);
  EXPECT_EQ(server.requests.size(), 3U);  // the state, the details, the grants
  CannedServer without_plugins;
  details(without_plugins);
  EXPECT_EQ(without_plugins.requests.size(), 4U);
}

TEST(LookTask, WhatCannotBeReadIsUnknownAndTheRestIsThere) {
  CannedServer server;
  server.errors["SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.p"] = 1142;
  server.errors["SELECT User"] = 1142;
  server.errors["SELECT s.SCHEMA_NAME"] = 1142;
  server.errors["SELECT server_uuid"] = 1146;
  const Details some = details(server);
  EXPECT_FALSE(some.persisted);
  EXPECT_FALSE(some.users);
  EXPECT_FALSE(some.schemas);
  EXPECT_FALSE(some.heartbeat);
  EXPECT_TRUE(some.tls_available);
  EXPECT_EQ(some.first_binary_log, "binlog.000001");
}

TEST(LookTask, NoHeartbeat) {
  for (const int number : {1049, 1142, 1146}) {
    CannedServer server;
    server.errors["SELECT server_uuid"] = number;
    EXPECT_FALSE(details(server).heartbeat) << number;
  }
  CannedServer empty;
  empty.answers["SELECT server_uuid"] = ResultSet{};
  EXPECT_FALSE(details(empty).heartbeat);
}

// An error of a server that has answered is not the loss of it.
TEST(LookTask, AHeartbeatTableThatIsMadeOtherwiseLeavesTheServerReachable) {
  for (const int number : {1054, 1356, 1205, 1030}) {
    CannedServer server;
    server.errors["SELECT server_uuid"] = number;
    const Details some = details(server);
    EXPECT_FALSE(some.heartbeat) << number;
    ASSERT_TRUE(some.heartbeat_trouble) << number;
    EXPECT_THAT(*some.heartbeat_trouble, HasSubstr(std::to_string(number)));
    LookRequest pulse = kState;
    pulse.depth = Depth::kPulse;
    EXPECT_TRUE(std::holds_alternative<ServerState>(look(server, pulse))) << number;
  }
  CannedServer text;
  text.answers["SELECT server_uuid"] = rows_of({{"2052ed60-e6b1-11f1-8122-02fc00000001", "x"}});
  EXPECT_TRUE(details(text).heartbeat_trouble);
}

TEST(LookTask, OptionalPartsMayFailInAnyWay) {
  for (const char* statement :
       {"SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.p", "SELECT s.SCHEMA_NAME",
        "SELECT e.EVENT_SCHEMA", "SELECT x.trx_mysql_thread_id", "SELECT t.PROCESSLIST_ID",
        "SELECT User", "SELECT 'table'"}) {
    for (const int number : {1054, 1105, 1205}) {
      CannedServer server;
      server.errors[statement] = number;
      EXPECT_TRUE(details(server).tls_available) << statement << number;
      server.errors[statement] = 1053;
      EXPECT_EQ(failure(server).reason, Reason::kLost) << statement;
    }
  }
}

TEST(LookTask, SaysInWhatTheHeartbeatTableDiffers) {
  const std::vector<std::pair<std::string, std::string>> right{
      {"table", "BASE TABLE InnoDB"},
      {"topology", "varchar(63) utf8mb4_bin NOT NULL PRI"},
      {"server_uuid", "char(36) ascii_general_ci NOT NULL"},
      {"beat", "bigint unsigned NOT NULL"},
      {"written_at", "timestamp(6) NOT NULL"}};
  const auto trouble =
      [&](const std::function<void(std::vector<std::pair<std::string, std::string>>&)>& edit) {
        auto rows = right;
        edit(rows);
        CannedServer server;
        ResultSet set;
        for (const auto& [name, text] : rows) set.rows.push_back({name, text});
        server.answers["SELECT 'table'"] = set;
        return details(server).heartbeat_trouble.value_or("");
      };
  EXPECT_EQ(trouble([](auto&) {}), "");
  EXPECT_EQ(trouble([](auto& rows) { rows.clear(); }), "");
  EXPECT_EQ(trouble([](auto& rows) { rows.pop_back(); }), "it lacks the column written_at");
  EXPECT_EQ(trouble([](auto& rows) { rows[0].second = "VIEW"; }),
            "it is VIEW, not BASE TABLE InnoDB");
  EXPECT_EQ(trouble([](auto& rows) { rows[3].second = "int NOT NULL"; }),
            "its column beat is int NOT NULL, not bigint unsigned NOT NULL");
  EXPECT_EQ(trouble([](auto& rows) { rows.emplace_back("trigger tr", ""); }),
            "it has the trigger tr");
  EXPECT_EQ(trouble([](auto& rows) { rows.emplace_back("note", "text NULL"); }),
            "it has a column note of its own");
}

TEST(LookTask, WhatMustBeKnownMakesTheServerUnreadable) {
  for (const char* statement :
       {"SHOW REPLICA STATUS", "SELECT @@version", "SELECT @@global.activate",
        "SELECT VALUE FROM performance_schema.tls",
        "SELECT COUNT(*) FROM performance_schema.replication_group", "SHOW REPLICAS",
        "SELECT CHANNEL_NAME", "SHOW BINARY LOG STATUS", "SHOW BINARY LOGS"}) {
    CannedServer server;
    server.errors[statement] = 1227;
    EXPECT_EQ(failure(server).reason, Reason::kPrivileges) << statement;
    server.errors[statement] = 1105;
    EXPECT_EQ(failure(server).reason, Reason::kOther) << statement;
  }
}

TEST(LookTask, SaysWhichPrivilegesAreMissing) {
  CannedServer server;
  server.answers["SHOW GRANTS;"] = rows_of({{"GRANT REPLICATION CLIENT ON *.* TO `g`@`%`"}});
  server.errors["SHOW REPLICAS"] = 1227;
  const Unreachable why = failure(server);
  EXPECT_THAT(why.message, HasSubstr("SHOW REPLICAS"));
  EXPECT_THAT(why.message, HasSubstr("it lacks SYSTEM_VARIABLES_ADMIN ON *.*"));
}

TEST(LookTask, AnAccountThatSeesLittleSaysNothingOfSchemas) {
  CannedServer server;
  server.answers["SHOW GRANTS;"] = rows_of({{"GRANT REPLICATION CLIENT ON *.* TO `g`@`%`"}});
  server.answers["SELECT s.SCHEMA_NAME"] = ResultSet{};
  EXPECT_FALSE(details(server).schemas);
}

TEST(LookTask, GrantsThatAreNotKnownAreNotNone) {
  for (const int number : {1141, 1142}) {
    CannedServer server;
    server.errors["SHOW GRANTS FOR"] = number;
    EXPECT_FALSE(details(server).users) << number;
  }
}

TEST(LookTask, WithoutAReplicationUserThereAreNoAccounts) {
  CannedServer server;
  LookRequest request = kDetails;
  request.replication_user.clear();
  EXPECT_TRUE(details(server, request).users->empty());
}

TEST(LookTask, WithoutABinaryLogThereIsNoneToAskFor) {
  CannedServer server;
  server.answers["SELECT @@version"].rows[0][kLogBin] = "0";
  server.errors["SHOW BINARY LOG"] = 1381;
  const Details all = details(server);
  EXPECT_FALSE(all.first_binary_log);
  EXPECT_TRUE(all.binlog_filters.empty());
}

TEST(LookTask, AVariableThatThisVersionDoesNotKnowIsLeftOut) {
  CannedServer server;
  server.errors["SELECT @@global.activate"] = 1193;
  server.answers["SELECT VARIABLE_NAME, VARIABLE_VALUE FROM performance_schema.g"] =
      rows_of({{"sync_binlog", "1"}, {"super_read_only", "ON"}});
  const Details all = details(server);
  EXPECT_EQ(all.variables.at("super_read_only"), "ON");
  EXPECT_EQ(all.variables.size(), 2U);
}

TEST(LookTask, VariablesThatTheSpecificationNames) {
  CannedServer server;
  LookRequest request = kDetails;
  request.more_variables = {"max_connect_errors", "sync_binlog"};
  EXPECT_EQ(details(server, request).variables.at("max_connect_errors"), "100");
  std::string all;
  for (const std::string& sql : server.requests) all += sql;
  EXPECT_THAT(all, HasSubstr("IN ('max_connect_errors')"));  // the other one is asked for anyway
}

LookRequest with_semi_sync(bool on) {
  LookRequest request = kDetails;
  request.semi_sync = true;
  request.load_semi_sync = on;
  return request;
}

TEST(LookTask, SemiSyncIsAskedForWhereItIsDeclared) {
  CannedServer server;
  EXPECT_FALSE(details(server).semi_sync);
  for (const std::string& sql : server.requests)
    EXPECT_THAT(sql, Not(HasSubstr("LIKE 'Rpl_semi_sync")));
  // Without its plugins a server answers with no row, and does not know the variables.
  server.answers["SHOW GLOBAL STATUS LIKE 'Rpl"] = ResultSet{};
  const Details none = details(server, with_semi_sync(true));
  ASSERT_TRUE(none.semi_sync);
  EXPECT_FALSE(none.semi_sync->source);
  EXPECT_FALSE(none.semi_sync->replica);
}

TEST(LookTask, SemiSyncOfAServerThatHasItsPlugins) {
  CannedServer server;
  server.errors.clear();
  server.errors["SELECT @@global.rpl_semi_sync_master"] = 1193;
  server.errors["SELECT @@global.rpl_semi_sync_slave"] = 1193;
  server.answers["SHOW GLOBAL STATUS LIKE 'Rpl"] =
      rows_of({{"Rpl_semi_sync_source_clients", "3"},
               {"Rpl_semi_sync_source_status", "ON"},
               {"Rpl_semi_sync_replica_status", "OFF"}});
  const Details all = details(server, with_semi_sync(true));
  ASSERT_TRUE(all.semi_sync && all.semi_sync->source && all.semi_sync->replica);
  EXPECT_EQ(all.semi_sync->source->clients, 3);
  EXPECT_EQ(all.semi_sync->source->timeout_ms, 1U);
  EXPECT_TRUE(all.semi_sync->source->enabled);
  EXPECT_EQ(all.semi_sync->source->active, true);
  EXPECT_EQ(all.semi_sync->replica->active, false);
  EXPECT_FALSE(all.semi_sync->source->old_names);
}

TEST(LookTask, WhatSemiSyncDoesNotSayStaysUnknown) {
  CannedServer server;
  server.errors.clear();
  server.errors["SELECT @@global.rpl_semi_sync_master"] = 1193;
  server.errors["SELECT @@global.rpl_semi_sync_slave"] = 1193;
  server.answers["SHOW GLOBAL STATUS LIKE 'Rpl"] = ResultSet{};
  const Details all = details(server, with_semi_sync(true));
  ASSERT_TRUE(all.semi_sync && all.semi_sync->source && all.semi_sync->replica);
  EXPECT_EQ(all.semi_sync->source->clients, std::nullopt);
  EXPECT_EQ(all.semi_sync->replica->active, std::nullopt);
  server.answers["SHOW GLOBAL STATUS LIKE 'Rpl"] =
      rows_of({{"Rpl_semi_sync_source_clients", "many"}});
  EXPECT_THAT(failure(server, with_semi_sync(true)).message, HasSubstr("rpl_semi_sync_source_cl"));
}

TEST(LookTask, ThePluginsNeedAPrivilegeWhileTheyAreNotLoaded) {
  CannedServer server;
  server.answers["SHOW GLOBAL STATUS LIKE 'Rpl"] = ResultSet{};
  server.answers["SHOW GRANTS;"] =
      rows_of({{"GRANT SELECT, SHOW DATABASES, SHOW VIEW ON *.* TO `g`@`%`"}});
  const std::string needed = "INSERT ON mysql.plugin";
  EXPECT_THAT(details(server).missing_privileges, Not(::testing::Contains(needed)));
  EXPECT_THAT(details(server, with_semi_sync(false)).missing_privileges,
              Not(::testing::Contains(needed)));
  EXPECT_THAT(details(server, with_semi_sync(true)).missing_privileges,
              ::testing::Contains(needed));
  server.errors.clear();
  server.errors["SELECT @@global.rpl_semi_sync_master"] = 1193;
  server.errors["SELECT @@global.rpl_semi_sync_slave"] = 1193;
  EXPECT_THAT(details(server, with_semi_sync(true)).missing_privileges,
              Not(::testing::Contains(needed)));
}

TEST(LookTask, ASourceOfAnotherKindIsRefused) {
  CannedServer server;
  server.answers["SELECT @@version"].rows[0][kVersionText] = "10.11.6-MariaDB";
  EXPECT_EQ(failure(server, kState).reason, Reason::kMariadb);
}

TEST(LookTask, FewerAnswersThanQuestions) {
  LookTask task(kState, "9.7.4");
  Reply reply;
  reply.results.push_back(set_of({replica_status()}));
  task.accept(std::move(reply));
  EXPECT_EQ(task.next(), "");
  EXPECT_TRUE(std::holds_alternative<Unreachable>(task.take_result()));
}

}  // namespace
}  // namespace gtidops::mysql
