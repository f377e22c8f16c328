// What passes a freeze (super_read_only = ON) on a real server, and what of it is a transaction:
// the table of what_passes_the_freeze.md, statement by statement. A planned switch rests on it:
// whatever adds to gtid_executed behind the freeze is on no other server.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "sandbox/sandbox.h"

namespace gtidops::freeze_contract {
namespace {

using sandbox::Connection;
using sandbox::Login;
using sandbox::SqlError;
using sandbox::value;

enum class Freeze { kRefuses, kPasses, kPassesAndAdds, kRefusesAndAdds };

struct Case {
  std::string sql;
  Freeze is;
  std::string before = {};  // in the same session, before the freeze
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.before << " // " << one.sql; }

constexpr const char* kFreeze = "SET GLOBAL super_read_only = ON";
constexpr const char* kOpen = "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF";

class FreezeContract : public ::testing::TestWithParam<Case> {
 protected:
  static void SetUpTestSuite() {
    sandbox_ = std::make_unique<sandbox::Sandbox>();
    server_ = &sandbox_->up("db1", {.mysqld = {"--gtid-mode=ON", "--enforce-gtid-consistency=ON"}});
    sandbox::sql(
        *server_,
        "CREATE DATABASE app; CREATE TABLE app.t (w VARCHAR(20)); CREATE TABLE app.x (a INT "
        "PRIMARY KEY); CREATE TABLE app.my (a INT PRIMARY KEY) ENGINE = MyISAM; CREATE "
        "TABLE app.mem (a INT) ENGINE = MEMORY; CREATE USER one@localhost, two@localhost; "
        "CREATE ROLE role1");
  }
  static void TearDownTestSuite() { sandbox_.reset(); }
  void TearDown() override { sandbox::sql(*server_, kOpen); }
  static std::string executed() { return value(*server_, "SELECT @@GLOBAL.gtid_executed"); }

  static std::unique_ptr<sandbox::Sandbox> sandbox_;
  static sandbox::Server* server_;
};
std::unique_ptr<sandbox::Sandbox> FreezeContract::sandbox_;
sandbox::Server* FreezeContract::server_ = nullptr;

bool is_refused(const sandbox::Rows& rows) {
  for (const auto& row : rows)
    for (const auto& cell : row)
      if (cell && (*cell == "Error" || *cell == "error")) return true;
  return false;
}

// Everybody here is root, whom no weaker rule binds.
TEST_P(FreezeContract, IsAsWritten) {
  const Case& one = GetParam();
  Connection session(*server_);
  if (!one.before.empty()) session.sql(one.before);
  sandbox::sql(*server_, kFreeze);
  const std::string before = executed();
  bool refused = false;
  std::string why;
  try {
    refused = is_refused(session.sql(one.sql));
  } catch (const SqlError& error) {
    refused = true;
    why = error.what();
    EXPECT_EQ(error.code(), 1290U) << why;
  }
  const bool adds = executed() != before;
  const bool may = one.is == Freeze::kPasses || one.is == Freeze::kPassesAndAdds;
  EXPECT_EQ(refused, !may) << why;
  EXPECT_EQ(adds, one.is == Freeze::kPassesAndAdds || one.is == Freeze::kRefusesAndAdds);
}

std::string xa(const std::string& xid) {
  return "XA START '" + xid + "'; INSERT INTO app.t VALUES ('" + xid + "'); XA END '" + xid + "'";
}
std::string prepared(const std::string& xid) { return xa(xid) + "; XA PREPARE '" + xid + "'"; }

// Two-phase transactions: the whole reason why a switch asks for them.
INSTANTIATE_TEST_SUITE_P(
    Xa, FreezeContract,
    ::testing::Values(Case{"XA COMMIT 'c'", Freeze::kPassesAndAdds, prepared("c")},
                      Case{"XA ROLLBACK 'r'", Freeze::kPassesAndAdds, prepared("r")},
                      Case{"XA PREPARE 'p'; XA ROLLBACK 'p'", Freeze::kPassesAndAdds, xa("p")},
                      Case{"XA END 'a'; XA PREPARE 'a'; XA COMMIT 'a'", Freeze::kPassesAndAdds,
                           "XA START 'a'; INSERT INTO app.t VALUES ('a')"},
                      Case{"XA COMMIT 'o' ONE PHASE", Freeze::kRefuses, xa("o")},
                      Case{"XA PREPARE 'ro'; XA COMMIT 'ro'", Freeze::kPasses,
                           "XA START 'ro'; SELECT * FROM app.x; XA END 'ro'"},
                      Case{"XA START 'n'; INSERT INTO app.t VALUES ('n')", Freeze::kRefuses},
                      Case{"XA COMMIT 'l'", Freeze::kPasses,
                           "SET sql_log_bin = 0; " + prepared("l")}));

// The FLUSH statements that go into the binary log, and what administrators and backups say.
INSTANTIATE_TEST_SUITE_P(
    Administration, FreezeContract,
    ::testing::Values(
        Case{"FLUSH PRIVILEGES", Freeze::kPassesAndAdds},
        Case{"FLUSH TABLES", Freeze::kPassesAndAdds},
        Case{"FLUSH TABLES app.x", Freeze::kPassesAndAdds},
        Case{"FLUSH STATUS", Freeze::kPassesAndAdds},
        Case{"FLUSH USER_RESOURCES", Freeze::kPassesAndAdds},
        Case{"FLUSH OPTIMIZER_COSTS", Freeze::kPassesAndAdds},
        Case{"FLUSH ENGINE LOGS", Freeze::kPassesAndAdds},
        Case{"FLUSH ERROR LOGS", Freeze::kPassesAndAdds},
        Case{"FLUSH RELAY LOGS", Freeze::kPassesAndAdds},
        Case{"FLUSH SLOW LOGS", Freeze::kPassesAndAdds},
        Case{"FLUSH GENERAL LOGS", Freeze::kPassesAndAdds}, Case{"FLUSH LOGS", Freeze::kPasses},
        Case{"FLUSH BINARY LOGS", Freeze::kPasses}, Case{"FLUSH LOCAL PRIVILEGES", Freeze::kPasses},
        Case{"FLUSH LOCAL TABLES", Freeze::kPasses},
        Case{"FLUSH TABLES WITH READ LOCK; UNLOCK TABLES", Freeze::kPasses},
        Case{"ANALYZE TABLE app.x", Freeze::kRefuses},
        Case{"ANALYZE TABLE app.my", Freeze::kPassesAndAdds},
        Case{"ANALYZE TABLE app.x UPDATE HISTOGRAM ON a", Freeze::kRefusesAndAdds},
        Case{"OPTIMIZE TABLE app.x", Freeze::kRefuses}, Case{"CHECK TABLE app.x", Freeze::kPasses},
        Case{"CACHE INDEX app.my IN default", Freeze::kPasses},
        Case{"SET PERSIST sort_buffer_size = 300000; RESET PERSIST sort_buffer_size",
             Freeze::kPasses},
        Case{"INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'", Freeze::kRefuses},
        Case{"INSTALL COMPONENT 'file://component_validate_password'", Freeze::kRefuses},
        Case{"ALTER INSTANCE RELOAD TLS", Freeze::kPasses},
        Case{"PURGE BINARY LOGS TO 'binlog.000001'", Freeze::kPasses},
        Case{"SET gtid_next = '11111111-1111-1111-1111-111111111111:1'; BEGIN; COMMIT; SET "
             "gtid_next = AUTOMATIC",
             Freeze::kPassesAndAdds},
        Case{"SET GLOBAL gtid_purged = '+22222222-1111-1111-1111-111111111111:1'",
             Freeze::kPassesAndAdds}));

// Rows, whoever writes them and however.
INSTANTIATE_TEST_SUITE_P(
    Rows, FreezeContract,
    ::testing::Values(Case{"INSERT INTO app.t VALUES ('w')", Freeze::kRefuses},
                      Case{"INSERT INTO app.my VALUES (1)", Freeze::kRefuses},
                      Case{"INSERT INTO app.mem VALUES (1)", Freeze::kRefuses},
                      Case{"COMMIT", Freeze::kRefuses, "BEGIN; INSERT INTO app.t VALUES ('open')"},
                      Case{"INSERT INTO app.t VALUES ('w')", Freeze::kRefuses,
                           "SET sql_log_bin = 0"},
                      Case{"CREATE TABLE app.y (a INT)", Freeze::kRefuses, "SET sql_log_bin = 0"},
                      Case{"SELECT * FROM app.x FOR UPDATE", Freeze::kRefuses},
                      Case{"LOCK TABLES app.x WRITE", Freeze::kRefuses},
                      Case{"INSERT INTO app.tmp VALUES (2)", Freeze::kPasses,
                           "CREATE TEMPORARY TABLE app.tmp (a INT)"},
                      Case{"CREATE TEMPORARY TABLE app.tmp SELECT * FROM app.x", Freeze::kPasses},
                      Case{"DROP TEMPORARY TABLE app.tmp", Freeze::kPasses,
                           "CREATE TEMPORARY TABLE app.tmp (a INT)"}));

// Accounts and definitions, even where nothing would be done.
INSTANTIATE_TEST_SUITE_P(
    Definitions, FreezeContract,
    ::testing::Values(Case{"ALTER USER one@localhost IDENTIFIED BY 'x'", Freeze::kRefuses},
                      Case{"SET PASSWORD = ''", Freeze::kRefuses},
                      Case{"CREATE ROLE role2", Freeze::kRefuses},
                      Case{"DROP USER IF EXISTS nobody@localhost", Freeze::kRefuses},
                      Case{"GRANT SELECT ON app.* TO one@localhost", Freeze::kRefuses},
                      Case{"GRANT role1 TO two@localhost", Freeze::kRefuses},
                      Case{"CREATE DATABASE IF NOT EXISTS app", Freeze::kRefuses},
                      Case{"DROP TABLE IF EXISTS app.nowhere", Freeze::kRefuses},
                      Case{"CREATE EVENT app.e ON SCHEDULE EVERY 1 DAY DO DO 1", Freeze::kRefuses},
                      Case{"CREATE RESOURCE GROUP rg TYPE = USER", Freeze::kRefuses},
                      Case{"ALTER INSTANCE ROTATE INNODB MASTER KEY", Freeze::kRefuses}));

// The event scheduler starts none, and a session that is in the middle of one fails.
TEST_F(FreezeContract, TheEventScheduler) {
  sandbox::sql(*server_,
               "CREATE EVENT app.tick ON SCHEDULE EVERY 1 SECOND DO INSERT INTO app.t VALUES "
               "('tick')");
  const std::string count = "SELECT COUNT(*) FROM app.t WHERE w = 'tick'";
  while (value(*server_, count) == "0") std::this_thread::sleep_for(std::chrono::milliseconds(50));
  sandbox::sql(*server_, kFreeze);
  const std::string before = executed();
  std::this_thread::sleep_for(std::chrono::milliseconds(2'500));
  EXPECT_EQ(executed(), before);
  sandbox::sql(*server_, std::string(kOpen) + "; DROP EVENT app.tick");
}

// While it waits, super_read_only shows ON already, though the writer that it waits for will
// commit: read_only is what tells that it is done. Stopped, it has changed nothing.
TEST_F(FreezeContract, ShowsSuperReadOnlyBeforeItIsInForce) {
  const auto flags = [] {
    return value(*server_, "SELECT CONCAT(@@GLOBAL.read_only, @@GLOBAL.super_read_only)");
  };
  const auto until = [&](const std::string& wanted) {
    for (int tries = 0; tries < 200 && flags() != wanted; ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return flags();
  };
  Connection writer(*server_);
  writer.sql("LOCK TABLES app.x WRITE");
  Connection freezer(*server_);
  const std::string id = freezer.sql("SELECT CONNECTION_ID()").at(0).at(0).value();
  unsigned error = 0;
  std::thread freeze([&] {
    try {
      freezer.sql(kFreeze);
    } catch (const SqlError& stopped) {
      error = stopped.code();
    }
  });
  EXPECT_EQ(until("01"), "01");
  writer.sql("INSERT INTO app.x VALUES (77)");
  sandbox::sql(*server_, "KILL QUERY " + id);
  freeze.join();
  EXPECT_EQ(error, 1317U);
  EXPECT_EQ(flags(), "00");
  std::thread again([&] { freezer.sql(kFreeze); });
  EXPECT_EQ(until("01"), "01");
  writer.sql("UNLOCK TABLES");
  again.join();
  EXPECT_EQ(flags(), "11");
}

// Whose sessions still can: as kXaSessions of execute/sessions.cc asks for them.
TEST_F(FreezeContract, WhoHoldsAnXaTransactionIsSeenUntilItIsPrepared) {
  Connection session(*server_);
  const std::string id = session.sql("SELECT CONNECTION_ID()").at(0).at(0).value();
  const auto state = [&] {
    return value(*server_,
                 "SELECT COALESCE(MAX(e.XA_STATE), '-') FROM "
                 "performance_schema.events_transactions_current e JOIN performance_schema.threads "
                 "t ON t.THREAD_ID = e.THREAD_ID WHERE e.STATE = 'ACTIVE' AND t.PROCESSLIST_ID = " +
                     id);
  };
  session.sql("XA START 's'; INSERT INTO app.t VALUES ('s')");
  EXPECT_EQ(state(), "ACTIVE");
  session.sql("XA END 's'");
  EXPECT_EQ(state(), "IDLE");
  session.sql("XA PREPARE 's'");
  EXPECT_EQ(state(), "PREPARED");
  EXPECT_EQ(sandbox::sql(*server_, "XA RECOVER CONVERT XID").at(0).at(3), "0x73");
  sandbox::sql(*server_, "XA ROLLBACK 's'");
}

// 1401, whether there is one or none: so that it says nothing.
TEST_F(FreezeContract, WithoutXaRecoverAdminNothingIsKnown) {
  const auto answer = [&] {
    try {
      Connection(*server_, Login{.user = "one"}).sql("XA RECOVER");
      return 0U;
    } catch (const SqlError& error) {
      return error.code();
    }
  };
  sandbox::sql(*server_, "ALTER USER one@localhost IDENTIFIED BY ''");
  EXPECT_EQ(answer(), 1401U);
  sandbox::sql(*server_, "GRANT XA_RECOVER_ADMIN ON *.* TO one@localhost");
  EXPECT_EQ(answer(), 0U);
}

}  // namespace
}  // namespace gtidops::freeze_contract
