// XA transactions and a planned switch. super_read_only keeps nobody from XA COMMIT of what is
// prepared, nor from XA PREPARE of what was written before: an acknowledged commit on the frozen
// old primary would be on no other server.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::SqlError;
using sandbox::value;

class SwitchXa : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    topology_ = std::make_unique<Topology>(3);
    topology_->converge();
    sql((*topology_)["db1"],
        "CREATE DATABASE app; CREATE TABLE app.t (who VARCHAR(20) PRIMARY KEY); CREATE USER "
        "app@'127.0.0.1'; GRANT ALL ON app.* TO app@'127.0.0.1'");
    for (const char* replica : {"db2", "db3"}) topology_->expect_replicates("db1", replica);
  }
  static void TearDownTestSuite() { topology_.reset(); }
  void TearDown() override {
    topology_->set_more("");
    topology_->set_primary("db1");
    topology_->converge();
  }

  static sandbox::Server& server(const std::string& name) { return (*topology_)[name]; }
  static sandbox::Connection client(const std::string& name = "db1") {
    return sandbox::Connection(server(name).port(), {.user = "app", .tls = false});
  }
  static void begin(sandbox::Connection& session, const std::string& xid) {
    session.sql("XA START '" + xid + "'; INSERT INTO app.t VALUES ('" + xid + "'); XA END '" + xid +
                "'");
  }
  static void prepare(const std::string& xid) {
    auto session = client();
    begin(session, xid);
    session.sql("XA PREPARE '" + xid + "'");
  }
  static void declare(const std::string& rule) {
    topology_->set_more("  switchover: {maxLag: 10m, drainTimeout: 2s, longTransactions: " + rule +
                        "}\n");
    topology_->set_primary("db2");
  }
  static void expect_rows(const std::string& who, const std::string& count) {
    for (const std::string& name : kThree)
      EXPECT_TRUE(eventually([&] {
        return value(server(name), "SELECT COUNT(*) FROM app.t WHERE who = '" + who + "'") == count;
      })) << name;
  }
  static void expect_said(const std::string& text, const std::string& in) {
    EXPECT_NE(in.find(text), std::string::npos) << "no '" << text << "' in " << in;
  }

  static std::unique_ptr<Topology> topology_;
};
std::unique_ptr<Topology> SwitchXa::topology_;

TEST_F(SwitchXa, APreparedOneIsAReasonToRefuseAndIsNamed) {
  prepare("held");
  for (const char* rule : {"kill", "refuse"}) {
    declare(rule);
    const std::string before = topology_->gtid_executed("db1");
    const Ran ran = topology_->apply({"-o", "json"});
    EXPECT_EQ(ran.code, 3) << rule << ran.out << ran.err;
    EXPECT_EQ(rules_in(plan_in(ran)), "db2:prepared-xa ");
    expect_said("'held','',1", ran.out);
    EXPECT_EQ(topology_->gtid_executed("db1"), before) << "it was ended";
  }
  EXPECT_EQ(writable(*topology_, kThree), "db1 ");
  client().sql("XA COMMIT 'held'");
  expect_rows("held", "1");
  topology_->converge();
  EXPECT_EQ(writable(*topology_, kThree), "db2 ");
}

TEST_F(SwitchXa, APreparedOneIsWaitedFor) {
  prepare("late");
  declare("wait");
  const Ran given_up = topology_->apply({"-o", "json"});
  EXPECT_EQ(given_up.code, 1) << given_up.out << given_up.err;
  expect_said("'late','',1", given_up.out);
  expect_said("neither db1 nor db2 was changed; db3, which was moved", given_up.out);
  EXPECT_EQ(writable(*topology_, kThree), "db1 ");
  std::thread coordinator([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    client().sql("XA COMMIT 'late'");
  });
  const Ran ran = topology_->apply({"-o", "json"});
  coordinator.join();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(writable(*topology_, kThree), "db2 ");
  expect_rows("late", "1");
}

// It wrote before the freeze, and is prepared behind it, which the server allows: the switch is
// undone, and its commit, of which the client is told, is everywhere.
TEST_F(SwitchXa, OneThatIsPreparedBehindTheFreezeUndoesIt) {
  declare("kill");
  const auto file = [&](const char* name) {
    return (topology_->folder() / (std::string("behind.") + name)).string();
  };
  const auto wait_for = [&](const char* name) {
    return eventually([&] { return std::filesystem::exists(file(name)); }, 60);
  };
  std::string failed = "it did not get that far";
  std::thread coordinator([&] {
    try {
      auto session = client();
      if (wait_for("before")) begin(session, "behind");
      std::ofstream(file("begun")) << "begun";
      if (wait_for("after")) session.sql("XA PREPARE 'behind'");
      failed.clear();
    } catch (const SqlError& error) {
      failed = error.what();
    }
    for (const char* awaited : {"begun", "done"}) std::ofstream(file(awaited)) << "over";
  });
  // $0 is the call: the freeze waits until the rows are written, and what comes behind it until
  // they are prepared.
  const std::string script = fmt::format(
      "case \"$0\" in before*) touch '{}'; awaited='{}';; *) touch '{}'; awaited='{}';; esac; "
      "while [ ! -e \"$awaited\" ]; do sleep 0.01; done",
      file("before"), file("begun"), file("after"), file("done"));
  const Ran ran =
      fused_apply(*topology_, {"db1: SET GLOBAL super_read_only = ON", 0, {"sh", "-c", script}});
  coordinator.join();
  ASSERT_EQ(failed, "") << ran.out;
  expect_said("'behind','',1", ran.out);
  expect_said("db1 takes writes again", ran.out);
  EXPECT_EQ(writable(*topology_, kThree), "db1 ") << ran.out;
  client().sql("XA COMMIT 'behind'");
  expect_rows("behind", "1");
}

// It is between XA END and XA PREPARE when the old primary is frozen.
TEST_F(SwitchXa, OneThatIsNotPreparedIsLostAsAWhole) {
  for (const char* rule : {"kill", "wait", "refuse"}) {
    declare(rule);
    auto session = client();
    const std::string asked = (topology_->folder() / "asked").string();
    const std::string done = (topology_->folder() / "done").string();
    std::thread holder([&] {
      if (eventually([&] { return std::filesystem::exists(asked); }, 60)) begin(session, "idle");
      std::ofstream(done) << "done";
    });
    const Ran ran = fused_apply(*topology_, {"before db1: SET GLOBAL super_read_only = ON",
                                             1,
                                             {"sh", "-c",
                                              "touch '" + asked + "'; while [ ! -e '" + done +
                                                  "' ]; do sleep 0.01; done"}});
    holder.join();
    std::filesystem::remove(asked);
    std::filesystem::remove(done);
    EXPECT_EQ(ran.code, 0) << rule << ran.out << ran.err;
    EXPECT_THROW(session.sql("XA PREPARE 'idle'"), SqlError) << rule;
    EXPECT_EQ(writable(*topology_, kThree), "db2 ") << rule;
    expect_rows("idle", "0");
    topology_->set_primary("db1");
    topology_->converge();
  }
}

// One that turns up when all was looked at and the freeze has not come: found behind it.
TEST_F(SwitchXa, OneThatIsPreparedInTheLastMomentUndoesTheFreeze) {
  declare("kill");
  const std::string asked = (topology_->folder() / "asked").string();
  const std::string done = (topology_->folder() / "done").string();
  std::thread holder([&] {
    if (eventually([&] { return std::filesystem::exists(asked); }, 60)) prepare("moment");
    std::ofstream(done) << "done";
  });
  const Ran ran = fused_apply(
      *topology_,
      {"before db1: SET GLOBAL super_read_only = ON",
       1,
       {"sh", "-c", "touch '" + asked + "'; while [ ! -e '" + done + "' ]; do sleep 0.01; done"}});
  holder.join();
  std::filesystem::remove(asked);
  std::filesystem::remove(done);
  EXPECT_EQ(ran.code, 4) << ran.out << ran.err;
  expect_said("'moment','',1", ran.out);
  expect_said("db1 takes writes again", ran.out);
  EXPECT_EQ(writable(*topology_, kThree), "db1 ");
  client().sql("XA COMMIT 'moment'");
  expect_rows("moment", "1");
}

// At no moment is none prepared; but none is prepared for long. Behind the freeze nobody can
// prepare another one, and those that are left are committed.
TEST_F(SwitchXa, ClientsThatPrepareAllTheTimeDoNotKeepASwitchFromEnding) {
  declare("wait");
  std::atomic<bool> over{false};
  std::vector<std::vector<std::string>> committed(3);
  std::vector<std::thread> clients;
  for (std::size_t number = 0; number < committed.size(); ++number)
    clients.emplace_back([&, number] {
      try {
        auto session = client();
        for (int i = 0; !over; ++i) {
          const std::string xid = fmt::format("all {} {}", number, i);
          begin(session, xid);
          session.sql("XA PREPARE '" + xid + "'");
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          session.sql("XA COMMIT '" + xid + "'");
          committed[number].push_back(xid);
        }
      } catch (const SqlError&) {
      }  // db1 refuses writes now
    });
  ASSERT_TRUE(eventually([&] {
    return value(server("db1"), "SELECT COUNT(*) > 20 FROM app.t WHERE who LIKE 'all %'") == "1";
  }));
  const Ran ran = topology_->apply({"-o", "json"});
  over = true;
  for (std::thread& one : clients) one.join();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_EQ(writable(*topology_, kThree), "db2 ");
  std::size_t told = 0;
  for (const auto& one : committed) {
    told += one.size();
    for (const std::string& xid : one)
      for (const std::string& name : kThree)
        EXPECT_TRUE(eventually([&] {
          return value(server(name), "SELECT COUNT(*) FROM app.t WHERE who = '" + xid + "'") == "1";
        })) << xid
            << " of which its client was told, on " << name;
  }
  EXPECT_GT(told, 20U);
  EXPECT_TRUE(sql(server("db2"), "XA RECOVER").empty());
}

TEST_F(SwitchXa, WithoutThePrivilegeItIsNotKnown) {
  for (const std::string& name : kThree)
    sql(server(name),
        "SET sql_log_bin = 0; SET GLOBAL super_read_only = OFF; REVOKE XA_RECOVER_ADMIN ON *.* "
        "FROM "
        "'gtidops'@'127.0.0.1'; SET GLOBAL super_read_only = @@GLOBAL.read_only");
  declare("kill");
  const Ran ran = topology_->apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  expect_said("XA_RECOVER_ADMIN", ran.out);
  for (const std::string& name : kThree)
    sql(server(name),
        "SET sql_log_bin = 0; SET GLOBAL super_read_only = OFF; GRANT XA_RECOVER_ADMIN ON *.* TO "
        "'gtidops'@'127.0.0.1'; SET GLOBAL super_read_only = @@GLOBAL.read_only");
}

}  // namespace
}  // namespace gtidops::testing
