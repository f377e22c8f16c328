// The fixture itself: what every other test with real servers relies on.
#include "sandbox.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "listener.h"

namespace gtidops::sandbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Waits for a condition that comes true in time; polls.
template <class Condition>
bool within(seconds limit, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(20));
  }
  return true;
}

Login impatient() { return {.timeout_seconds = 1}; }

class SandboxTest : public testing::Test {
 protected:
  Sandbox sandbox;
};

TEST_F(SandboxTest, ServersAreDistinctAndHaveTheDefaultsOfMySQL) {
  const auto servers = sandbox.up_all({"db1", "db2"});
  Server& db1 = *servers[0];
  Server& db2 = *servers[1];
  EXPECT_NE(value(db1, "SELECT @@server_uuid"), value(db2, "SELECT @@server_uuid"));
  EXPECT_EQ(value(db1, "SELECT @@server_id"), std::to_string(db1.port()));
  EXPECT_EQ(value(db2, "SELECT CONCAT(@@report_host, ':', @@report_port)"), db2.address());
  EXPECT_EQ(value(db1, "SELECT @@performance_schema"), "1");
  EXPECT_EQ(value(db1, "SELECT @@gtid_executed"), "");
  EXPECT_EQ(&sandbox["db2"], &db2);
  EXPECT_EQ(db1.state(), "running");
}

TEST_F(SandboxTest, OptionsOfTheTestWin) {
  Server& db = sandbox.up("db", {.mysqld = {"--server-id=7", "--sync-binlog=3"}, .memory = false});
  EXPECT_EQ(value(db, "SELECT CONCAT(@@server_id, ' ', @@sync_binlog)"), "7 3");
}

TEST_F(SandboxTest, RowsNullsErrorsAndSessions) {
  Server& db = sandbox.up("db");
  Connection session(db);
  session.sql("SET @a = 'x'; CREATE DATABASE d");
  EXPECT_EQ(session.sql("SELECT @a, NULL UNION ALL SELECT '', 2; SET @b = 1"),
            (Rows{{"x", std::nullopt}, {"", "2"}}));
  try {
    session.sql("SELECT 1; SELECT * FROM d.nothing");
    FAIL();
  } catch (const SqlError& error) {
    EXPECT_EQ(error.code(), 1146u);
  }
  EXPECT_THROW(value(db, "SELECT NULL"), std::runtime_error);
}

TEST_F(SandboxTest, OtherUsersComeOverTls) {
  Server& db = sandbox.up("db");
  sql(db, "CREATE USER u@'127.0.0.1' IDENTIFIED BY 'secret'; CREATE USER v@localhost REQUIRE SSL");
  const Rows tls = sql(db, "SHOW STATUS LIKE 'Ssl_version'", {.user = "v"});
  EXPECT_TRUE(tls.at(0).at(1)->starts_with("TLS"));
  EXPECT_THROW(sql(db, "SELECT 1", {.user = "v", .password = "wrong"}), SqlError);
}

TEST_F(SandboxTest, KillAndStart) {
  Server& db = sandbox.up("db");
  sql(db, "CREATE DATABASE d");
  db.kill();
  EXPECT_EQ(db.state(), "killed");
  EXPECT_THROW(sql(db, "SELECT 1"), SqlError);
  db.start();
  EXPECT_EQ(sql(db, "SHOW DATABASES LIKE 'd'").size(), 1u);
  db.stop();
  EXPECT_EQ(db.state(), "stopped");
  EXPECT_THROW(db.kill(), std::runtime_error);
  EXPECT_THROW(db.pause(), std::runtime_error);
}

TEST_F(SandboxTest, APausedServerHangs) {
  Server& db = sandbox.up("db");
  db.pause();
  EXPECT_EQ(db.state(), "paused");
  EXPECT_THROW(sql(db, "SELECT 1", impatient()), SqlError);
  db.resume();
  EXPECT_EQ(value(db, "SELECT 1"), "1");
  db.pause();
  db.stop();
  EXPECT_EQ(db.state(), "stopped");
}

TEST_F(SandboxTest, RestartStatementIsAnsweredAndPersistedVariablesSurvive) {
  Server& db = sandbox.up("db", {.mysqld = {"--max-connections=50"}});
  const std::string uuid = value(db, "SELECT @@server_uuid");
  sql(db, "SET PERSIST super_read_only = ON; SET PERSIST max_connections = 60; RESTART");
  db.wait_ready(2);
  EXPECT_EQ(db.runs(), 2);
  EXPECT_EQ(value(db, "SELECT CONCAT(@@super_read_only, ' ', @@max_connections)"), "1 60");
  EXPECT_EQ(value(db, "SELECT @@server_uuid"), uuid);
}

TEST_F(SandboxTest, AFailedStartSaysWhy) {
  try {
    sandbox.up("db", {.mysqld = {"--no-such-option=1"}});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no-such-option"), std::string::npos) << error.what();
  }
}

TEST(SandboxLife, NothingStays) {
  std::filesystem::path folder;
  std::uint16_t port = 0;
  {
    Sandbox sandbox;
    folder = sandbox.folder();
    port = sandbox.up("db").port();
    sandbox.up("other");
    sandbox.down("other");
    EXPECT_THROW(sandbox["other"], std::out_of_range);
    EXPECT_EQ(sandbox["db"].port(), port);
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(SandboxLife, TheJanitorCleansUpWhenTheOwnerDies) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const pid_t owner = fork();
  ASSERT_GE(owner, 0);
  if (owner == 0) {
    Sandbox sandbox;
    Server& db = sandbox.up("db");
    const std::string line = std::to_string(db.port()) + ' ' + sandbox.folder().string() + '\n';
    (void)!write(ends[1], line.data(), line.size());
    raise(SIGKILL);
  }
  close(ends[1]);
  std::string line;
  for (char c = 0; read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
  close(ends[0]);
  ASSERT_EQ(waitpid(owner, nullptr, 0), owner);
  const std::size_t space = line.find(' ');
  ASSERT_NE(space, std::string::npos);
  const auto port = static_cast<std::uint16_t>(std::stoi(line.substr(0, space)));
  const std::filesystem::path folder = line.substr(space + 1);
  EXPECT_TRUE(within(seconds(10), [&] { return !std::filesystem::exists(folder); })) << folder;
  EXPECT_THROW(Connection(port, impatient()), SqlError);
}

TEST(ListenerTest, SpeaksAsToldAndEnds) {
  for (const auto speaks : {Listener::Speaks::Nothing, Listener::Speaks::Garbage,
                            Listener::Speaks::Ssh, Listener::Speaks::Http}) {
    Listener listener(speaks);
    EXPECT_THROW(Connection(listener.port(), impatient()), SqlError);
    EXPECT_EQ(listener.connections(), 1);
  }
}

TEST(ListenerTest, MariaDbLetsUsIn) {
  Listener listener(Listener::Speaks::MariaDb);
  Connection session(listener.port(), {.tls = false, .timeout_seconds = 1});
  EXPECT_TRUE(session.server_version().ends_with("10.11.14-MariaDB-0+deb12u2"));
  try {
    session.sql("SELECT @@gtid_executed");
    FAIL();
  } catch (const SqlError& error) {
    EXPECT_EQ(error.code(), 1193u);
  }
}

TEST(ListenerTest, NobodyListensOnAClosedPort) {
  EXPECT_THROW(Connection(closed_port(), impatient()), SqlError);
}

}  // namespace
}  // namespace gtidops::sandbox
