// What is declared of the channels, seen to work (or not) before a switch rests on it: options that
// a replica cannot use, a password of which nobody knows whether the primary takes it, an account
// that demands more than the options give.
#include <gtest/gtest.h>

#include <fstream>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

class SwitchOptions : public OfThree<SwitchOptions> {
 protected:
  // Back to db1, whatever the test has done.
  void TearDown() override {
    declare_password(Topology::repl_password());
    topology().set_primary("db1");
    topology().set_options("");
    topology().converge();
    expect_roles(topology(), "db1", {"db2", "db3"});
  }

  static void declare_password(const std::string& password) {
    std::ofstream(topology().folder() / "repl.secret") << password;
  }
  static bool runs(const std::string& replica) {
    return topology().replica_status(replica, "s.SERVICE_STATE") == "ON" &&
           value(topology()[replica],
                 "SELECT SERVICE_STATE FROM performance_schema.replication_applier_status") == "ON";
  }

  // A switch with these options ends without one, and everybody replicates as before.
  static void expect_stays(const std::string& options, const std::string& says, int code) {
    topology().set_primary("db2");
    topology().set_options(options);
    const Ran ran = topology().apply({"-o", "json"});
    EXPECT_EQ(ran.code, code) << options << ran.out << ran.err;
    EXPECT_FALSE(plan_in(ran).contains("primary_change")) << options << ran.out;
    EXPECT_NE(ran.out.find(says), std::string::npos) << options << ran.out;
    EXPECT_NE(ran.out.find("could not be put in force"), std::string::npos) << options << ran.out;
    EXPECT_EQ(writable(topology(), kThree), "db1 ") << options;
    for (const char* replica : {"db2", "db3"}) {
      EXPECT_TRUE(eventually([&] { return runs(replica); })) << options << replica << ran.out;
      topology().expect_replica(replica, "db1");
      topology().expect_replicates("db1", replica);
    }
    EXPECT_EQ(channels_of(topology(), "db1"), "0");
  }
};

TEST_F(SwitchOptions, AnAuthorityThatIsNotThereIsFoundOutBeforeTheSwitch) {
  expect_stays(", SOURCE_SSL: 1, SOURCE_SSL_CA: /nowhere/ca.pem", "SOURCE_SSL_CA", 1);
}

TEST_F(SwitchOptions, AnAddressThatIsNotOursIsFoundOutBeforeTheSwitch) {
  expect_stays(", SOURCE_BIND: \"192.0.2.77\"", "SOURCE_BIND", 1);
}

TEST_F(SwitchOptions, AnAccountThatLacksThePrivilegeIsFoundOutBeforeTheSwitch) {
  sql(db("db1"), "CREATE USER powerless@'%' IDENTIFIED BY 'x'");
  for (const char* replica : {"db2", "db3"}) topology().expect_replicates("db1", replica);
  expect_stays(", PRIVILEGE_CHECKS_USER: \"powerless@%\"", "PRIVILEGE_CHECKS_USER", 1);
  expect_stays(", PRIVILEGE_CHECKS_USER: \"nobody@%\"", "PRIVILEGE_CHECKS_USER", 1);
  sql(db("db1"), "DROP USER powerless@'%'");
}

// What can be used comes into force in the same run, before the switch.
TEST_F(SwitchOptions, WhatWorksIsInForceEverywhereAfterOneRun) {
  topology().set_primary("db2");
  topology().set_options(", SOURCE_BIND: \"127.0.0.1\", SOURCE_HEARTBEAT_PERIOD: 12.5");
  const Ran ran = topology().apply({"-o", "json"});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_roles(topology(), "db2", {"db1", "db3"});
  for (const char* replica : {"db1", "db3"})
    EXPECT_EQ(value(db(replica),
                    "SELECT CONCAT(NETWORK_INTERFACE, HEARTBEAT_INTERVAL) FROM "
                    "performance_schema.replication_connection_configuration"),
              "127.0.0.112.500");
  expect_synced(topology());
}

TEST_F(SwitchOptions, TheAccountDemandsACertificateThatNoOptionNames) {
  for (const char* demand : {"REQUIRE X509", "REQUIRE ISSUER '/CN=ca'"}) {
    sql(db("db1"), std::string("ALTER USER 'repl'@'127.0.0.1' ") + demand);
    for (const char* replica : {"db2", "db3"}) topology().expect_replicates("db1", replica);
    topology().set_primary("db2");
    const std::string before = snapshot(topology(), kThree);
    const Ran ran = topology().apply({"-o", "json"});
    EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
    EXPECT_EQ(rules_in(plan_in(ran)), ":replication-user ") << ran.out;
    EXPECT_EQ(snapshot(topology(), kThree), before) << demand;
  }
  sql(db("db1"), "ALTER USER 'repl'@'127.0.0.1' REQUIRE SSL");
  for (const char* replica : {"db2", "db3"}) topology().expect_replicates("db1", replica);
  topology().set_options(", SOURCE_SSL: 0");
  const Ran ran = topology().apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_EQ(rules_in(plan_in(ran)), ":replication-user ") << ran.out;
  EXPECT_EQ(writable(topology(), kThree), "db1 ");
  sql(db("db1"), "ALTER USER 'repl'@'127.0.0.1' REQUIRE NONE");
}

// Each failed login counts, and the third locks the account for every replica.
TEST_F(SwitchOptions, AnAccountThatFailedLoginsLockIsNotTriedByAWorkingChannel) {
  sql(db("db1"), "ALTER USER 'repl'@'127.0.0.1' FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME 1");
  for (const char* replica : {"db2", "db3"}) topology().expect_replicates("db1", replica);
  declare_password("not it");
  const std::string before = snapshot(topology(), kThree);
  const Ran ran = topology().apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_EQ(rules_in(plan_in(ran)), "db1:replication-password ") << ran.out;
  EXPECT_NE(ran.out.find("FAILED_LOGIN_ATTEMPTS 0"), std::string::npos) << ran.out;
  topology().set_primary("db2");
  EXPECT_EQ(topology().apply().code, 3);
  EXPECT_EQ(snapshot(topology(), kThree), before);
  for (const char* replica : {"db2", "db3"})
    EXPECT_EQ(value(db(replica), "SELECT User_password FROM mysql.slave_master_info"),
              Topology::repl_password());
  // What the hint says proves it.
  topology().set_primary("db1");
  sql(db("db1"),
      "ALTER USER 'repl'@'127.0.0.1' IDENTIFIED BY 'not it' RETAIN CURRENT PASSWORD; ALTER USER "
      "'repl'@'127.0.0.1' FAILED_LOGIN_ATTEMPTS 0");
  topology().converge();
  EXPECT_EQ(value(db("db2"), "SELECT User_password FROM mysql.slave_master_info"), "not it");
  sql(db("db1"), "ALTER USER 'repl'@'127.0.0.1' IDENTIFIED BY '" +
                     std::string("R3pl''icati\"on \\\\secret%") + "' RETAIN CURRENT PASSWORD");
}

// The third server stops at the first heartbeat of the new primary, or before: it is mended either
// way, and what the run says of it is true.
TEST_F(SwitchOptions, AThirdServerWithoutTheSchemaGtidopsDoesNotFailTheRun) {
  sql(db("db3"),
      "SET sql_log_bin = 0; SET GLOBAL super_read_only = OFF; DROP SCHEMA gtidops; SET GLOBAL "
      "super_read_only = ON");
  topology().set_primary("db2");
  const Ran ran = topology().apply({"-o", "json"});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  expect_roles(topology(), "db2", {"db1", "db3"});
  topology().expect_replicates("db2", "db3");
  expect_synced(topology());
}

// There is no third server whose move would show it first.
class SwitchOptionsOfTwo : public ::testing::Test {
 protected:
  SwitchOptionsOfTwo() { topology_.converge(); }
  void expect_stays(const std::string& options, const std::string& says, int code) {
    topology_.set_primary("db2");
    topology_.set_options(options);
    const Ran ran = topology_.apply({"-o", "json"});
    EXPECT_EQ(ran.code, code) << options << ran.out << ran.err;
    EXPECT_FALSE(plan_in(ran).contains("primary_change")) << options << ran.out;
    EXPECT_NE(ran.out.find(says), std::string::npos) << options << ran.out;
    EXPECT_NE(ran.out.find("could not be put in force"), std::string::npos) << options << ran.out;
    EXPECT_EQ(writable(topology_, {"db1", "db2"}), "db1 ") << options;
    EXPECT_TRUE(eventually([&] {
      return topology_.replica_status("db2", "s.SERVICE_STATE") == "ON";
    })) << options
        << ran.out;
    topology_.expect_replica("db2", "db1");
    topology_.expect_replicates("db1", "db2");
    EXPECT_EQ(channels_of(topology_, "db1"), "0") << options;
  }
  Topology topology_{2};
};

TEST_F(SwitchOptionsOfTwo, WhatTheCandidateCannotUseIsFoundOutBeforeTheSwitch) {
  sql(topology_["db1"], "CREATE USER powerless@'%' IDENTIFIED BY 'x'");
  topology_.expect_replicates("db1", "db2");
  expect_stays(", SOURCE_SSL: 1, SOURCE_SSL_CA: /nowhere/ca.pem", "SOURCE_SSL_CA", 1);
  expect_stays(", SOURCE_BIND: \"192.0.2.77\"", "SOURCE_BIND", 1);
  expect_stays(", PRIVILEGE_CHECKS_USER: \"powerless@%\"", "PRIVILEGE_CHECKS_USER", 1);
  expect_stays(", PRIVILEGE_CHECKS_USER: \"nobody@%\"", "PRIVILEGE_CHECKS_USER", 1);
  // What can be used comes into force in the same run.
  topology_.set_options(", SOURCE_BIND: \"127.0.0.1\", SOURCE_HEARTBEAT_PERIOD: 12.5");
  topology_.converge();
  expect_roles(topology_, "db2", {"db1"});
  expect_synced(topology_);
}

}  // namespace
}  // namespace gtidops::testing
