// What clients hold on the old primary while it is to be frozen: a switch goes through or is given
// up, by the rule of the file and in bounded time, and never leaves a topology without a primary.
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::SqlError;
using sandbox::value;

constexpr double kNeverLonger = 45;  // seconds: it hangs

class SwitchBlockers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    topology_ = std::make_unique<Topology>(3);
    topology_->converge();
    sql((*topology_)["db1"],
        "CREATE DATABASE app; CREATE TABLE app.t (a INT AUTO_INCREMENT PRIMARY KEY, who "
        "VARCHAR(20)); CREATE TABLE app.ddl (a INT PRIMARY KEY); INSERT INTO app.ddl VALUES (1); "
        "CREATE USER app@'127.0.0.1'; GRANT ALL ON app.* TO app@'127.0.0.1'; GRANT RELOAD, "
        "BACKUP_ADMIN ON *.* TO app@'127.0.0.1'");
    for (const char* replica : {"db2", "db3"}) topology_->expect_replicates("db1", replica);
    primary_ = "db1";
  }
  static void TearDownTestSuite() { topology_.reset(); }
  // Whatever a failed test has left.
  void TearDown() override {
    const std::string now = HasFailure() ? writable(topology(), kThree) : std::string();
    if (now.size() == 4) primary_ = now.substr(0, 3);  // "db1 "
    topology().set_primary(primary_);
    topology().converge();
  }

  static Topology& topology() { return *topology_; }
  static sandbox::Server& primary() { return topology()[primary_]; }
  static std::string candidate() { return primary_ == "db1" ? "db2" : "db1"; }
  // As an application logs in: read_only binds it.
  static sandbox::Connection client(const std::string& server = primary_) {
    return sandbox::Connection(topology()[server].port(), {.user = "app", .tls = false});
  }

  static Ran ask_for_switch(const std::string& rule) {
    topology().set_more("  switchover: {maxLag: 10m, drainTimeout: 2s, longTransactions: " + rule +
                        "}\n");
    topology().set_primary(candidate());
    Ran ran = topology().apply({"-o", "json"});
    EXPECT_LT(ran.seconds, kNeverLonger) << rule;
    return ran;
  }
  static void expect_taken_over() {
    const std::string old = primary_;
    primary_ = candidate();
    EXPECT_EQ(writable(topology(), kThree), primary_ + " ");
    expect_roles(topology(), primary_, {old, "db3"});
    expect_synced(topology());
  }
  static void expect_switched(const std::string& rule) {
    const Ran ran = ask_for_switch(rule);
    ASSERT_EQ(ran.code, 0) << rule << ran.out << ran.err;
    expect_taken_over();
  }
  // Given up, with the reason; the old primary takes writes, as before.
  static void expect_given_up(const Ran& ran, const std::string& reason) {
    EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
    expect_untouched(ran, reason);
  }
  static void expect_untouched(const Ran& ran, const std::string& reason) {
    EXPECT_NE(ran.out.find(reason), std::string::npos)
        << "no '" << reason << "' in " << ran.out << ran.err;
    EXPECT_EQ(writable(topology(), kThree), primary_ + " ");
    EXPECT_EQ(channels_of(topology(), primary_), "0");
    EXPECT_EQ(topology().replica_status(candidate(), "c.PORT"), std::to_string(primary().port()));
    EXPECT_EQ(value(primary(), "SELECT @@GLOBAL.binlog_group_commit_sync_delay"), "0");
  }
  // Nobody has to clean up after a switch that was given up: the file says db1 again, and it is so.
  static void expect_well() {
    topology().set_primary(primary_);
    topology().converge();
    expect_roles(topology(), primary_, {candidate(), "db3"});
    topology().expect_replicates(primary_, candidate());
  }

  // Until an open transaction, or a waiting statement, counts as a long one.
  static void grow_old() { std::this_thread::sleep_for(std::chrono::milliseconds(1300)); }
  static bool waits_for_metadata(const std::string& what) {
    return eventually([&] {
      return value(primary(),
                   "SELECT COUNT(*) FROM performance_schema.processlist WHERE state LIKE 'Waiting "
                   "for table metadata lock' AND info LIKE '" +
                       what + "%'") != "0";
    });
  }
  static std::string rows_of(const std::string& who, const std::string& server) {
    return value(topology()[server], "SELECT COUNT(*) FROM app.t WHERE who = '" + who + "'");
  }

  static std::unique_ptr<Topology> topology_;
  static std::string primary_;
};
std::unique_ptr<Topology> SwitchBlockers::topology_;
std::string SwitchBlockers::primary_;

// A statement that takes long, in a thread of its own; how it ended.
class Running {
 public:
  Running(sandbox::Connection connection, const std::string& statement)
      : connection_(std::move(connection)),
        id_(connection_.sql("SELECT CONNECTION_ID()").at(0).at(0).value()),
        thread_([this, statement] {
          try {
            connection_.sql(statement);
          } catch (const SqlError& error) {
            error_ = error.code();
          }
        }) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() { end(); }

  // 0: it went through; else the error with which it ended.
  unsigned end() {
    if (thread_.joinable()) thread_.join();
    return error_;
  }
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  sandbox::Connection connection_;
  std::string id_;
  unsigned error_ = 0;
  std::thread thread_;
};

TEST_F(SwitchBlockers, ALongReadingStatementHoldsNothingUp) {
  // On the old primary (anchor B), on the candidate, and on a third server (anchor A).
  for (const char* rule : {"kill", "wait", "refuse"}) {
    std::vector<std::unique_ptr<Running>> readers;
    for (const std::string& server : kThree)
      readers.push_back(
          std::make_unique<Running>(client(server), "SELECT a, SLEEP(600) FROM app.ddl"));
    grow_old();
    expect_switched(rule);
    for (std::size_t i = 0; i < kThree.size(); ++i) {
      EXPECT_EQ(value(topology()[kThree[i]],
                      "SELECT COUNT(*) FROM performance_schema.processlist WHERE id = " +
                          readers[i]->id()),
                "1")
          << "a reader on " << kThree[i] << " was ended";
      sql(topology()[kThree[i]], "KILL " + readers[i]->id());
    }
  }
}

TEST_F(SwitchBlockers, AnOpenTransactionIsKilled) {
  auto holder = client();
  holder.sql("BEGIN; INSERT INTO app.t (who) VALUES ('killed')");
  grow_old();
  topology().set_more("  switchover: {longTransactions: kill}\n");
  topology().set_primary(candidate());
  const Ran plan = topology().gtidops("plan");
  EXPECT_NE(plan.out.find("long-transactions: the switch will end these: on " + primary_ +
                          " connection "),
            std::string::npos)
      << plan.out;
  expect_switched("kill");
  EXPECT_THROW(holder.sql("COMMIT"), SqlError);
  for (const std::string& server : kThree) EXPECT_EQ(rows_of("killed", server), "0") << server;
}

TEST_F(SwitchBlockers, AnOpenTransactionIsWaitedFor) {
  auto holder = client();
  holder.sql("BEGIN; INSERT INTO app.t (who) VALUES ('waited')");
  grow_old();
  // Longer than drainTimeout: given up, and it can still be committed.
  expect_given_up(ask_for_switch("wait"), "transaction open");
  holder.sql("INSERT INTO app.t (who) VALUES ('waited')");
  {
    Running committer(std::move(holder), "SELECT SLEEP(1); COMMIT");
    expect_switched("wait");
    EXPECT_EQ(committer.end(), 0U) << "its COMMIT was refused";
  }
  for (const std::string& server : kThree) {
    EXPECT_TRUE(eventually([&] { return rows_of("waited", server) == "2"; })) << server;
  }
}

TEST_F(SwitchBlockers, AnOpenTransactionIsAReasonToRefuse) {
  auto holder = client();
  holder.sql("BEGIN; INSERT INTO app.t (who) VALUES ('refused')");
  grow_old();
  const Ran ran = ask_for_switch("refuse");
  EXPECT_EQ(ran.code, 3) << "it is known before, so it is refused: " << ran.out << ran.err;
  expect_untouched(ran, "switchover.longTransactions is refuse");
  holder.sql("COMMIT");
  EXPECT_EQ(rows_of("refused", primary_), "1");
  expect_well();
  expect_switched("refuse");
}

// One that has just begun is not waited for; its COMMIT is refused, and nothing of it is anywhere.
TEST_F(SwitchBlockers, AYoungTransactionIsLostAsAWhole) {
  for (const char* rule : {"kill", "wait", "refuse"}) {
    auto holder = client();
    const std::string flag = (topology().folder() / "frozen").string();
    topology().set_more("  switchover: {maxLag: 10m, drainTimeout: 2s, longTransactions: " +
                        std::string(rule) + "}\n");
    topology().set_primary(candidate());
    std::thread client_thread([&] {
      if (eventually([&] { return std::filesystem::exists(flag + ".asked"); }, 60))
        holder.sql("BEGIN; INSERT INTO app.t (who) VALUES ('young')");
      std::ofstream(flag) << "done";
    });
    const Ran ran =
        fused_apply(topology(), {"before " + primary_ + ": SET GLOBAL super_read_only = ON",
                                 1,
                                 {"/bin/sh", "-c",
                                  "touch " + flag + ".asked; while [ ! -e " + flag +
                                      " ]; do sleep 0.01; "
                                      "done"}});
    client_thread.join();
    std::filesystem::remove(flag);
    std::filesystem::remove(flag + ".asked");
    ASSERT_EQ(ran.code, 0) << rule << ran.out << ran.err;
    EXPECT_THROW(holder.sql("COMMIT"), SqlError);
    expect_taken_over();
    for (const std::string& server : kThree) EXPECT_EQ(rows_of("young", server), "0") << server;
  }
}

TEST_F(SwitchBlockers, TableLocksOfAnIdleClient) {
  {
    auto holder = client();
    holder.sql("LOCK TABLES app.t WRITE");
    expect_given_up(ask_for_switch("refuse"), "table locks");
    expect_given_up(ask_for_switch("wait"), "table locks");
    holder.sql("UNLOCK TABLES");
  }
  {
    auto holder = client();
    holder.sql("LOCK TABLES app.t WRITE");
    Running unlocker(std::move(holder), "DO SLEEP(1); UNLOCK TABLES");
    expect_switched("wait");
    EXPECT_EQ(unlocker.end(), 0U);
  }
  auto holder = client();
  holder.sql("LOCK TABLES app.t WRITE");
  expect_switched("kill");
  EXPECT_THROW(holder.sql("INSERT INTO app.t (who) VALUES ('locked')"), SqlError);
}

TEST_F(SwitchBlockers, AGlobalReadLock) {
  {
    auto holder = client();
    holder.sql("FLUSH TABLES WITH READ LOCK");
    expect_given_up(ask_for_switch("refuse"), "global read lock");
    expect_given_up(ask_for_switch("wait"), "global read lock");
    holder.sql("UNLOCK TABLES");
  }
  {
    auto holder = client();
    holder.sql("FLUSH TABLES WITH READ LOCK");
    Running unlocker(std::move(holder), "DO SLEEP(1); UNLOCK TABLES");
    expect_switched("wait");
    EXPECT_EQ(unlocker.end(), 0U);
  }
  auto holder = client();
  holder.sql("FLUSH TABLES WITH READ LOCK");
  expect_switched("kill");
}

// An ALTER TABLE that waits behind a reader holds what the freeze needs.
TEST_F(SwitchBlockers, AStatementThatWaitsForAMetadataLock) {
  auto column = [n = 0]() mutable {
    return "ALTER TABLE app.ddl ADD COLUMN c" + std::to_string(++n) + " INT";
  };
  {
    auto reader = client();
    reader.sql("BEGIN; SELECT * FROM app.ddl");
    Running alter(client(), column());
    ASSERT_TRUE(waits_for_metadata("ALTER"));
    grow_old();
    expect_given_up(ask_for_switch("refuse"), "writing");
    expect_given_up(ask_for_switch("wait"), "writing");
    Running ender(std::move(reader), "DO SLEEP(1); COMMIT");
    expect_switched("wait");
    EXPECT_EQ(alter.end(), 0U) << "it went through in time";
  }
  EXPECT_EQ(value(primary(),
                  "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'app' AND "
                  "table_name = 'ddl'"),
            "2");
  auto reader = client();
  reader.sql("BEGIN; SELECT * FROM app.ddl");
  Running alter(client(), column());
  ASSERT_TRUE(waits_for_metadata("ALTER"));
  grow_old();
  expect_switched("kill");
  EXPECT_NE(alter.end(), 0U);
  for (const std::string& server : kThree)
    EXPECT_EQ(value(topology()[server],
                    "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'app' "
                    "AND table_name = 'ddl'"),
              "2")
        << server;
}

// What turns up between the last look and the freeze: the freeze is undone, as often as it is
// tried.
TEST_F(SwitchBlockers, ABlockerThatTurnsUpAtTheLastMoment) {
  for (const std::string rule : {"refuse", "wait", "kill"}) {
    auto holder = client();
    const std::string flag = (topology().folder() / "frozen").string();
    topology().set_more("  switchover: {maxLag: 10m, drainTimeout: 2s, longTransactions: " + rule +
                        "}\n");
    topology().set_primary(candidate());
    std::thread client_thread([&] {
      if (eventually([&] { return std::filesystem::exists(flag + ".asked"); }, 60))
        holder.sql("LOCK TABLES app.t WRITE");
      std::ofstream(flag) << "done";
    });
    const Ran ran =
        fused_apply(topology(), {"before " + primary_ + ": SET GLOBAL super_read_only = ON",
                                 1,
                                 {"/bin/sh", "-c",
                                  "touch " + flag + ".asked; while [ ! -e " + flag +
                                      " ]; do sleep 0.01; "
                                      "done"}});
    client_thread.join();
    std::filesystem::remove(flag);
    std::filesystem::remove(flag + ".asked");
    EXPECT_LT(ran.seconds, kNeverLonger);
    if (rule == "kill") {
      ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
      expect_taken_over();
      continue;
    }
    EXPECT_EQ(ran.code, 4) << rule << ran.out << ran.err;
    EXPECT_NE(ran.out.find("undone"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("takes writes again"), std::string::npos) << ran.out;
    EXPECT_NE(ran.out.find("table locks"), std::string::npos) << ran.out;
    EXPECT_EQ(writable(topology(), kThree), primary_ + " ");
    holder.sql("UNLOCK TABLES; INSERT INTO app.t (who) VALUES ('after')");
    expect_well();
  }
}

// It would hold up nothing that clients wait for, but the channel of the new primary could not be
// taken off (error 3857) until the backup is over: refused before anything is touched.
TEST_F(SwitchBlockers, ABackupLockOnEveryServer) {
  std::vector<sandbox::Connection> holders;
  for (const std::string& server : kThree) {
    holders.push_back(client(server));
    holders.back().sql("LOCK INSTANCE FOR BACKUP");
  }
  const Ran ran = ask_for_switch("kill");
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("LOCK INSTANCE FOR BACKUP"), std::string::npos) << ran.out;
  EXPECT_EQ(writable(topology(), kThree), primary_ + " ");
  for (auto& holder : holders) holder.sql("UNLOCK INSTANCE");
  EXPECT_EQ(topology().apply().code, 0);
  expect_taken_over();
}

}  // namespace
}  // namespace gtidops::testing
