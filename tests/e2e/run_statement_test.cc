// Statements on real servers: results, refusals, time-outs, secrets.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "e2e/observe_support.h"

namespace gtidops::observe {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class RunStatementTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    box = new sandbox::Sandbox;
    db = &box->up("db", {.mysqld = {"--gtid-mode=ON", "--enforce-gtid-consistency=ON"}});
    sandbox::sql(*db, "CREATE DATABASE d; CREATE TABLE d.t (a INT PRIMARY KEY)");
  }
  static void TearDownTestSuite() { delete box; }

  Result<Rows> run(const std::string& text, Millis deadline = Millis(5'000)) {
    return fleet.run(gtidops::sql("db", text), deadline);
  }
  Statement with_secret(const std::string& before, const std::string& secret,
                        const std::string& after) {
    Statement statement;
    statement.server = "db";
    statement.parts = {before, secret_in_environment("GTIDOPS_OBSERVE_SECRET", secret), after};
    return statement;
  }

  static inline sandbox::Sandbox* box = nullptr;
  static inline Server* db = nullptr;
  const SpecOf spec = SpecOf().server(*db);
  MysqlFleet fleet{spec.spec};
};

TEST_F(RunStatementTest, ReturnsRows) {
  const auto rows = run("SELECT 1, NULL, 'x' UNION ALL SELECT 2, '', 'y'");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(*rows, (Rows{{"1", std::nullopt, "x"}, {"2", "", "y"}}));
  EXPECT_EQ(*run("DO 1"), Rows{});
}

TEST_F(RunStatementTest, SaysWhatTheServerRefuses) {
  const auto refused = run("INSERT INTO d.none VALUES (1)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFailed);
  EXPECT_EQ(refused.error().mysql_errno, 1146);
  EXPECT_EQ(refused.error().message, "error 1146: Table 'd.none' doesn't exist");
  EXPECT_TRUE(run("SELECT 1"));  // the session goes on
  EXPECT_EQ(fleet.counts().at("db").opened, 1U);
}

TEST_F(RunStatementTest, ToleratesWhatIsSoAlready) {
  Statement create = gtidops::sql("db", "CREATE DATABASE d");
  EXPECT_FALSE(fleet.run(create, Millis(5'000)));
  create.tolerated = {1007};
  EXPECT_TRUE(fleet.run(create, Millis(5'000)));
}

TEST_F(RunStatementTest, WhatIsNotSentDidNotHappen) {
  EXPECT_EQ(fleet.run(gtidops::sql("nobody", "SELECT 1"), Millis(100)).error().code,
            ErrorCode::kUnreachable);
  const SpecOf wrong = SpecOf().server(*db).admin("root", "wrong");
  MysqlFleet locked_out(wrong.spec);
  const auto denied = locked_out.run(gtidops::sql("db", "SELECT 1"), Millis(5'000));
  EXPECT_EQ(denied.error().code, ErrorCode::kUnreachable);
  EXPECT_THAT(denied.error().message, HasSubstr("not sent: the login was refused"));
  EXPECT_EQ(locked_out.counts().at("db").errors.at(Reason::kAccessDenied), 1U);
}

// What a switch needs: a freeze that must not queue. It is gone, and has done nothing.
TEST_F(RunStatementTest, AStatementThatTakesTooLongIsStopped) {
  sandbox::Connection holder(*db);
  holder.sql("LOCK TABLES d.t WRITE");
  const Stopwatch watch;
  const auto frozen = run("SET GLOBAL super_read_only=ON", Millis(100));
  EXPECT_LT(watch.milliseconds(), kHangs);
  ASSERT_FALSE(frozen);
  EXPECT_EQ(frozen.error().code, ErrorCode::kUnknown);
  EXPECT_EQ(frozen.error().mysql_errno, 1317);
  EXPECT_EQ(frozen.error().message, "it did not end within 100 ms, and was stopped");
  holder.sql("UNLOCK TABLES");
  EXPECT_EQ(ask(*db, "SELECT @@super_read_only + @@read_only"), "0");
  EXPECT_TRUE(run("INSERT INTO d.t VALUES (1)"));
  EXPECT_EQ(fleet.counts().at("db").opened, 1U);  // the session is as good as before
}

TEST_F(RunStatementTest, AStatementThatEndsJustThenHasItsResult) {
  const auto slept =
      run("SELECT SLEEP(10)", Millis(100));  // says 1 when it is interrupted, and is no error
  ASSERT_TRUE(slept) << slept.error().message;
  EXPECT_EQ((*slept)[0][0], "1");
}

TEST_F(RunStatementTest, AStoppedServerIsUnknown) {
  ASSERT_TRUE(run("SELECT 1"));
  db->pause();
  const Stopwatch watch;
  const auto lost = run("INSERT INTO d.t VALUES (100)", Millis(200));
  EXPECT_LT(watch.milliseconds(), kHangs);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::kUnknown);
  EXPECT_EQ(lost.error().mysql_errno, 0);
  const auto cold = run("SELECT 1", Millis(200));
  EXPECT_EQ(cold.error().code, ErrorCode::kUnreachable);  // a new connection: it was not sent
  EXPECT_THAT(cold.error().message, HasSubstr("nothing was said"));
  db->resume();
  EXPECT_TRUE(run("SELECT 1"));
}

TEST_F(RunStatementTest, AServerThatDiesIsUnknown) {
  ASSERT_TRUE(run("SELECT 1"));
  auto killer = std::async(std::launch::async, [] {
    std::this_thread::sleep_for(Millis(200));
    db->kill();
  });
  const auto lost = run("SELECT SLEEP(5)");
  killer.get();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::kUnknown);
  const auto refused = run("SELECT 1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnreachable) << refused.error().message;
  db->start();
  EXPECT_TRUE(run("SELECT 1"));
}

TEST_F(RunStatementTest, NeverTwice) {
  ASSERT_TRUE(run("DELETE FROM d.t"));
  for (int i = 0; i < 5; ++i) {
    const auto id = (*run("SELECT CONNECTION_ID()"))[0][0];
    sandbox::sql(*db, "KILL " + *id);
    std::this_thread::sleep_for(Millis(20));
    EXPECT_TRUE(
        run("INSERT INTO d.t VALUES (" + std::to_string(i) + ")"));  // else: a duplicate key
  }
  EXPECT_EQ(ask(*db, "SELECT COUNT(*) FROM d.t"), "5");
}

TEST_F(RunStatementTest, ALookThatHangsDoesNotHoldUpAStatement) {
  sandbox::sql(*db,
               "CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1, "
               "SOURCE_AUTO_POSITION=1");
  db->pause();
  fleet.look({"db"}, Depth::kState, Millis(100));
  db->resume();
  const Stopwatch watch;
  EXPECT_TRUE(run("SELECT 1"));
  EXPECT_LT(watch.milliseconds(), kHangs);
  sandbox::sql(*db, "RESET REPLICA ALL");
}

// ---------------------------------------------------------------- secrets

TEST_F(RunStatementTest, SecretsArriveWhole) {
  for (const char* secret :
       {"plain", "it's", "back\\slash", "\"double\" `back`", "100% \xc3\xa4\xe2\x82\xac",
        "a;b--c/*d*/", "'; DROP DATABASE d; --"}) {
    sandbox::sql(*db, "DROP USER IF EXISTS u@'%'");
    const auto created =
        fleet.run(with_secret("CREATE USER u@'%' IDENTIFIED BY ", secret, ""), Millis(5'000));
    ASSERT_TRUE(created) << created.error().message;
    EXPECT_NO_THROW(sandbox::sql(*db, "SELECT 1", {.user = "u", .password = secret})) << secret;
  }
  sandbox::sql(*db, "DROP USER u@'%'");
  EXPECT_EQ(ask(*db, "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME='d'"),
            "1");
}

TEST_F(RunStatementTest, NoErrorRepeatsASecret) {
  const std::string secret = "zq9xWv7Kp";
  const std::pair<std::string, std::string> broken[] = {
      {"SELEKT ", ""},
      {"CREATE USER u@'%' IDENTIFIED BY ", " NONSENSE"},
      {"SET GLOBAL sync_binlog=", ""},
      {"SET GLOBAL time_zone=", ""},
      {"SELECT * FROM mysql.user WHERE nonsense=", ""},
      {"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT=", ""},
      {"DO CAST(", " AS JSON)"}};
  for (const auto& [before, after] : broken) {
    const auto failed = fleet.run(with_secret(before, secret, after), Millis(5'000));
    ASSERT_FALSE(failed) << before;
    EXPECT_EQ(failed.error().code, ErrorCode::kFailed);
    EXPECT_NE(failed.error().mysql_errno, 0);
    for (std::size_t i = 0; i + 4 <= secret.size(); ++i)
      EXPECT_THAT(failed.error().message, Not(HasSubstr(secret.substr(i, 4)))) << before;
  }
}

TEST_F(RunStatementTest, ASecretThatIsNotThereIsNotSent) {
  Statement statement = with_secret("CREATE USER u@'%' IDENTIFIED BY ", "x", "");
  ::unsetenv("GTIDOPS_OBSERVE_SECRET");
  const auto unsent = fleet.run(statement, Millis(5'000));
  EXPECT_EQ(unsent.error().code, ErrorCode::kUnreachable);
  EXPECT_THAT(unsent.error().message, HasSubstr("env:GTIDOPS_OBSERVE_SECRET"));
}

}  // namespace
}  // namespace gtidops::observe
