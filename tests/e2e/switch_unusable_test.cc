// A candidate with all the data, that clients or replicas could not use, or that gtidops could not
// take off its source afterwards: said before anything was touched.
#include <gtest/gtest.h>

#include <optional>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using sandbox::Connection;
using sandbox::sql;
using sandbox::value;

class SwitchUnusable : public OfThree<SwitchUnusable> {
 protected:
  // Back to db1, whatever the test has done: what it has put right, the file agrees to.
  void TearDown() override {
    topology().set_server("db2", "");
    topology().set_primary("db1");
    topology().converge();
    expect_roles(topology(), "db1", {"db2", "db3"});
  }

  // db2 is declared the primary: `rule` is why not, and no server is touched.
  static void expect_refused(const std::string& rule) {
    topology().set_primary("db2");
    const std::string before = snapshot(topology(), kThree);
    const Ran ran = topology().apply({"-o", "json"});
    EXPECT_EQ(ran.code, 3) << rule << ran.out << ran.err;
    EXPECT_NE(rules_in(plan_in(ran)).find("db2:" + rule + " "), std::string::npos) << ran.out;
    EXPECT_FALSE(plan_in(ran).contains("primary_change")) << ran.out;
    EXPECT_EQ(snapshot(topology(), kThree), before) << rule;
    EXPECT_EQ(writable(topology(), kThree), "db1 ") << rule;
  }
};

TEST_F(SwitchUnusable, ItLetsNobodyIn) {
  sql(db("db2"), "SET GLOBAL offline_mode = ON");
  expect_refused("candidate-offline");
  sql(db("db2"), "SET GLOBAL offline_mode = OFF");
}

TEST_F(SwitchUnusable, ItAsksForTlsAndTheOldOneDidNot) {
  sql(db("db2"), "SET GLOBAL require_secure_transport = ON");
  expect_refused("candidate-secure-transport");
  // Where both ask for it, nobody is locked out who was not before.
  sql(db("db1"), "SET GLOBAL require_secure_transport = ON");
  const Ran plan = topology().gtidops("plan", {"-o", "json"});
  EXPECT_EQ(rules_in(plan_in(plan)), "") << plan.out;
  sql(db("db1"), "SET GLOBAL require_secure_transport = OFF");
  sql(db("db2"), "SET GLOBAL require_secure_transport = OFF");
}

TEST_F(SwitchUnusable, AllItsConnectionsAreTaken) {
  const std::string before = value(db("db2"), "SELECT @@GLOBAL.max_connections");
  topology().set_primary("db2");
  const std::string untouched = snapshot(topology(), kThree);
  Connection first(db("db2"));
  Connection second(db("db2"));
  // Those that have just gone may still be counted; one place more is there for CONNECTION_ADMIN,
  // and gtidops needs it.
  ASSERT_TRUE(eventually(
      [&] { return first.sql("SHOW GLOBAL STATUS LIKE 'Threads_connected'")[0][1] == "2"; }));
  first.sql("SET GLOBAL max_connections = 2");
  const Ran ran = topology().apply({"-o", "json"});
  first.sql("SET GLOBAL max_connections = " + before);
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(rules_in(plan_in(ran)).find("db2:candidate-connections "), std::string::npos)
      << ran.out;
  EXPECT_EQ(snapshot(topology(), kThree), untouched);
}

TEST_F(SwitchUnusable, ItWouldServeFewerThanTheOldOneDoes) {
  const std::string before = value(db("db2"), "SELECT @@GLOBAL.max_connections");
  std::vector<std::unique_ptr<Connection>> clients;
  while (clients.size() < 16) clients.push_back(std::make_unique<Connection>(db("db1")));
  Connection admin(db("db2"));
  admin.sql("SET GLOBAL max_connections = 15");
  expect_refused("candidate-connections");
  admin.sql("SET GLOBAL max_connections = " + before);
}

TEST_F(SwitchUnusable, ItBeginsReadOnlyTransactions) {
  sql(db("db2"), "SET GLOBAL transaction_read_only = ON");
  expect_refused("candidate-transaction-read-only");
  sql(db("db2"), "SET GLOBAL transaction_read_only = OFF");
}

TEST_F(SwitchUnusable, ItLacksARoleThatEverybodyHas) {
  sql(db("db1"), "CREATE ROLE everybody; SET GLOBAL mandatory_roles = 'everybody'");
  for (const char* replica : {"db2", "db3"})
    ASSERT_TRUE(eventually([&] {
      return value(db(replica), "SELECT COUNT(*) FROM mysql.user WHERE user = 'everybody'") == "1";
    }));
  expect_refused("candidate-roles");
  sql(db("db1"), "SET GLOBAL mandatory_roles = ''; DROP ROLE everybody");
}

// Else it would be opened, and STOP REPLICA refused (3857) for as long as the backup takes.
TEST_F(SwitchUnusable, ItIsLockedForABackup) {
  std::optional<Connection> backup(db("db2"));
  backup->sql("LOCK INSTANCE FOR BACKUP");
  expect_refused("backup-lock");
  backup.reset();
  const Ran ran = topology().apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_roles(topology(), "db2", {"db1", "db3"});
}

// The applier cannot be stopped (error 3857), and a move does not need that.
TEST_F(SwitchUnusable, AThirdServerIsLockedForABackup) {
  std::optional<Connection> backup(db("db3"));
  backup->sql("LOCK INSTANCE FOR BACKUP");
  topology().set_primary("db2");
  const Ran ran = topology().apply({"-o", "json"});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_roles(topology(), "db2", {"db1", "db3"});
}

// Another delay does need it: its channel is left as it is, and changed later.
TEST_F(SwitchUnusable, AThirdServerIsLockedForABackupAndIsToBeDelayed) {
  std::optional<Connection> backup(db("db3"));
  backup->sql("LOCK INSTANCE FOR BACKUP");
  topology().set_primary("db2");
  topology().set_server("db3", ", delay: 1s");
  const Ran ran = topology().apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(rules_in(plan_in(ran)).find("db3:backup-lock "), std::string::npos) << ran.out;
  EXPECT_EQ(writable(topology(), kThree), "db2 ");
  topology().expect_replica("db3", "db1");
  backup.reset();  // which DDL waits for
  topology().expect_replicates("db2", "db3");
  topology().converge();
  expect_roles(topology(), "db2", {"db1", "db3"});
}

// What the old primary was closed for is done: it follows the new one, backup or not.
TEST_F(SwitchUnusable, TheOldOneIsLockedForABackup) {
  std::optional<Connection> backup(db("db1"));
  backup->sql("LOCK INSTANCE FOR BACKUP");
  topology().set_primary("db2");
  const Ran ran = topology().apply({"-o", "json"});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_roles(topology(), "db2", {"db1", "db3"});
}

// Nobody listens where the replicas are told to dial: the one that is moved first comes back, and
// the roles stay as they are.
TEST_F(SwitchUnusable, NoReplicaReachesIt) {
  topology().set_primary("db2");
  topology().set_server("db2", ", replicationAddress: \"127.0.0.1:1\"");
  const Ran ran = topology().apply({"-o", "json"});
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_FALSE(plan_in(ran).contains("primary_change")) << ran.out;
  EXPECT_NE(ran.out.find("no replica could be moved below db2"), std::string::npos) << ran.out;
  EXPECT_EQ(writable(topology(), kThree), "db1 ");
  // Its old source is dialled once more, which takes a moment.
  EXPECT_TRUE(
      eventually([] { return topology().replica_status("db3", "s.SERVICE_STATE") == "ON"; }));
  topology().expect_replica("db3", "db1");
  topology().expect_replica("db2", "db1");
}

}  // namespace
}  // namespace gtidops::testing
