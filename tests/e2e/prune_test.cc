// reconcile.prune.users: accounts that the file does not name go, and only those.
#include <gtest/gtest.h>

#include <csignal>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

class PruneUsers : public ::testing::Test {
 protected:
  PruneUsers() : topology_(2) { topology_.converge(); }

  // "backup@% old@% ": of these accounts, those that are there.
  std::string there(const std::string& server) {
    return value(topology_[server],
                 "SELECT COALESCE(CONCAT(GROUP_CONCAT(CONCAT(User, '@', Host) ORDER BY User, Host "
                 "SEPARATOR ' '), ' '), '') FROM mysql.user WHERE User IN ('app', 'backup', 'old', "
                 "'reader', 'maker')");
  }
  void declare() {
    topology_.set_more(
        "  users: [{name: app, host: '10.0.%', grants: {'shop.*': [SELECT]}}]\n"
        "  reconcile: {prune: {users: true}, protect: [users/backup]}\n");
  }

  Topology topology_;
};

TEST_F(PruneUsers, DropsWhatTheFileDoesNotName) {
  sql(topology_["db1"],
      "CREATE USER old@'10.0.0.7', old@localhost, backup@localhost, app@'10.0.%', app@'%'; "
      "CREATE ROLE reader");
  const std::string all = there("db1");
  const Ran untouched = topology_.apply();
  EXPECT_EQ(untouched.code, 0) << untouched.out << untouched.err;
  EXPECT_EQ(there("db1"), all);

  declare();
  const nlohmann::json plan = plan_in(topology_.gtidops("plan", {"-o", "json"}));
  EXPECT_EQ(steps_in(plan), "drop_user:db1 drop_user:db1 drop_user:db1 ");
  EXPECT_EQ(plan["steps"][0]["risk"], "destructive");
  const std::string text = topology_.gtidops("plan").out;
  EXPECT_EQ(text.find("--allow-destructive"), std::string::npos) << text;
  EXPECT_NE(text.find("dropped without further permission"), std::string::npos) << text;
  // `users` itself is refused, as not done yet.
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_EQ(there("db1"), "app@10.0.% backup@localhost reader@% ");
  EXPECT_TRUE(eventually([&] { return there("db2") == there("db1"); }));
  EXPECT_EQ(value(topology_["db1"],
                  "SELECT COUNT(DISTINCT User) FROM mysql.user WHERE User IN ('root', 'mysql.sys', "
                  "'mysql.session', 'mysql.infoschema', 'gtidops', 'repl')"),
            "6");
  EXPECT_EQ(steps_in(plan_in(topology_.gtidops("plan", {"-o", "json"}))), "");
}

// The replication user has one privilege too many, which is taken away only by permission: that
// holds back nobody else.
TEST_F(PruneUsers, ARevokeThatIsNotPermittedHoldsBackNothingElse) {
  sql(topology_["db1"],
      "GRANT SELECT ON *.* TO repl@'127.0.0.1'; CREATE USER old@'10.0.0.7', backup@localhost");
  declare();
  EXPECT_EQ(steps_in(plan_in(topology_.gtidops("plan", {"-o", "json"}))),
            "revoke_privileges:db1 drop_user:db1 ");
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("allow it with --allow-destructive"), std::string::npos) << ran.out;
  EXPECT_EQ(there("db1"), "backup@localhost ");
  EXPECT_EQ(value(topology_["db1"], "SELECT Select_priv FROM mysql.user WHERE user = 'repl'"), "Y");
}

// Before a drop, and after one whose end nobody noted: the next run drops what is left.
TEST_F(PruneUsers, GtidopsDiesInTheMiddle) {
  for (const char* moment : {"before db1: DROP USER", "after db1: DROP USER"}) {
    sql(topology_["db1"], "CREATE USER old@'10.0.0.7', old@localhost, backup@localhost");
    declare();
    const Ran died = fused_apply(topology_, {moment});
    EXPECT_EQ(died.code, 128 + SIGKILL) << moment << died.out;
    EXPECT_EQ(topology_.apply().code, 3) << moment;  // `users`, as above
    EXPECT_EQ(there("db1"), "backup@localhost ") << moment;
    sql(topology_["db1"], "DROP USER backup@localhost");
  }
}

TEST_F(PruneUsers, WhoDefinesAViewIsKeptByMysql) {
  sql(topology_["db1"],
      "CREATE USER maker@'%', old@'%'; CREATE DATABASE shop; GRANT ALL ON shop.* TO maker@'%'; "
      "CREATE DEFINER = maker@'%' VIEW shop.v AS SELECT 1 AS a");
  declare();
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("maker"), std::string::npos) << ran.out;
  EXPECT_EQ(there("db1"), "maker@% ");
}

}  // namespace
}  // namespace gtidops::testing
