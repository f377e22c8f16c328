// What must not be done is refused, with the reason, and the rest still converges.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "e2e/support/topology.h"
#include "sandbox/listener.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

std::string rules_of(const Ran& plan) {
  std::string rules;
  const json document = json::parse(plan.out);
  for (const json& one : document["plans"][0]["refusals"])
    rules += one["server"].get<std::string>() + ":" + one["rule"].get<std::string>() + " ";
  return rules;
}

// What a client of the servers could notice: flags, channels, users, transactions.
std::string fingerprint(Topology& topology, const std::vector<std::string>& servers) {
  std::string all;
  for (const std::string& name : servers) {
    all +=
        value(topology[name],
              "SELECT CONCAT_WS('/', @@GLOBAL.gtid_executed, @@super_read_only, @@read_only, "
              "@@server_id, @@gtid_mode, (SELECT "
              "COUNT(*) FROM performance_schema.persisted_variables), (SELECT COUNT(*) FROM "
              "mysql.user))") +
        topology.replica_status(name, "CONCAT_WS('/', c.PORT, s.SERVICE_STATE, t.SERVICE_STATE)") +
        "\n";
  }
  return all;
}

TEST(Refusal, AnErrantTransactionIsNamedAndTheOthersConverge) {
  Topology topology(3);
  sql(topology["db3"], "CREATE DATABASE mine");
  const Ran plan = topology.gtidops("plan", {"-o", "json"});
  EXPECT_EQ(plan.code, 0);
  EXPECT_EQ(rules_of(plan), "db3:errant-transactions ");
  EXPECT_NE(plan.out.find(value(topology["db3"], "SELECT @@server_uuid") + ":1"), std::string::npos)
      << plan.out;
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  topology.expect_replica("db2", "db1");
  EXPECT_EQ(topology.replica_status("db3", "c.PORT"), "");
  EXPECT_EQ(topology.gtidops("plan", {"--detailed-exitcode"}).code, 3);
}

TEST(Refusal, AReplicaWhoseHistoryWasPurged) {
  Topology topology(2);
  topology.set_more("  provisioning: {method: none}\n");  // else db1 is copied into it
  sql(topology["db1"],
      "CREATE DATABASE a; FLUSH BINARY LOGS; CREATE DATABASE b; FLUSH BINARY LOGS");
  const std::string last = sql(topology["db1"], "SHOW BINARY LOGS").back()[0].value();
  sql(topology["db1"], "PURGE BINARY LOGS TO '" + last + "'");
  const Ran plan = topology.gtidops("plan", {"-o", "json"});
  EXPECT_EQ(rules_of(plan), "db2:unrecoverable ");
  EXPECT_EQ(topology.apply().code, 3);
  EXPECT_EQ(topology.replica_status("db2", "c.PORT"), "");
}

TEST(Refusal, OneServerUnderTwoNames) {
  Topology topology(2);
  topology.set_address("db2", "localhost:" + std::to_string(topology["db1"].port()));
  const std::string before = fingerprint(topology, {"db1", "db2"});
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("same-server-twice"), std::string::npos) << ran.out;
  EXPECT_EQ(fingerprint(topology, {"db1", "db2"}), before);
}

TEST(Refusal, AWorkingChannelIsNotLeftForOneThatDoesNotWork) {
  Topology topology(3);
  topology.converge();
  // db3 shall follow db2, which from its side leads nowhere.
  topology.set_server(
      "db2", ", replicationAddress: \"127.0.0.1:" + std::to_string(sandbox::closed_port()) + "\"");
  topology.set_server("db3", ", source: db2");
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("put back"), std::string::npos) << ran.out;
  topology.expect_replica("db3", "db1");
  topology.expect_replicates("db1", "db3");
}

// db2 replicates as another user than the declared one.
void replicate_as_another(Topology& topology) {
  topology.converge();
  sql(topology["db1"],
      "CREATE USER other@'127.0.0.1' IDENTIFIED BY 'it''s \"old\"'; GRANT REPLICATION SLAVE ON *.* "
      "TO other@'127.0.0.1'");
  sql(topology["db2"],
      "STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_USER = 'other', SOURCE_PASSWORD = 'it''s "
      "\"old\"'; START REPLICA");
  topology.expect_replicates("db1", "db2");
}

TEST(Refusal, AChannelOfAnotherUserIsPutBackWithItsPassword) {
  Topology topology(2);
  replicate_as_another(topology);
  // The primary takes the password, and the replica cannot connect all the same.
  topology.set_options(", SOURCE_SSL: 1, SOURCE_SSL_CA: /nowhere/ca.pem");
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("put back"), std::string::npos) << ran.out;
  EXPECT_EQ(ran.out.find("put back, and does not run"), std::string::npos) << ran.out;
  EXPECT_EQ(topology.replica_status("db2", "c.USER"), "other");
  topology.expect_replicates("db1", "db2");
}

TEST(Refusal, AChannelOfAnotherUserKeepsItWhereThePasswordCannotBeTried) {
  Topology topology(2);
  replicate_as_another(topology);
  // Where failures lock the account, gtidops does not try the password itself, nor has it tried.
  sql(topology["db1"],
      "ALTER USER repl@'127.0.0.1' IDENTIFIED BY 'unknown to gtidops' FAILED_LOGIN_ATTEMPTS 9 "
      "PASSWORD_LOCK_TIME 1");
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("replication-password"), std::string::npos) << ran.out;
  EXPECT_EQ(topology.replica_status("db2", "c.USER"), "other");
  topology.expect_replicates("db1", "db2");
}

TEST(Refusal, ServersThatCannotBeReadAreNamedWithTheReason) {
  Topology topology(3);
  sandbox::Listener silent(sandbox::Listener::Speaks::Nothing);
  sandbox::Listener ssh(sandbox::Listener::Speaks::Ssh);
  sandbox::Listener http(sandbox::Listener::Speaks::Http);
  sandbox::Listener garbage(sandbox::Listener::Speaks::Garbage);
  sandbox::Listener maria(sandbox::Listener::Speaks::MariaDb);
  const std::vector<std::pair<std::string, std::string>> cases{
      {"127.0.0.1:" + std::to_string(sandbox::closed_port()), "refused"},
      {silent.address(), "nothing was said"},
      {ssh.address(), "secure shell"},
      {http.address(), "HTTP"},
      {garbage.address(), "MySQL"},
      {maria.address(), "MariaDB"},
      {"no-such-host.invalid:3306", "resolve"},
  };
  const std::string before = fingerprint(topology, {"db1", "db2", "db3"});
  for (const auto& [address, word] : cases) {
    topology.set_address("db1", address);  // the primary: nothing at all may be done then
    const Ran plan = topology.gtidops("plan", {"--timeout", "1500ms", "--detailed-exitcode"});
    EXPECT_EQ(plan.code, 3) << address << plan.out << plan.err;
    EXPECT_NE(plan.out.find(word), std::string::npos) << address << ": no '" << word << "' in\n"
                                                      << plan.out;
    EXPECT_LT(plan.seconds, 10) << address;
    const Ran ran = topology.apply({"--timeout", "5s"});
    EXPECT_EQ(ran.code, 3) << address << ran.out << ran.err;
  }
  EXPECT_EQ(fingerprint(topology, {"db1", "db2", "db3"}), before);
}

TEST(Refusal, AWrongPasswordChangesNothing) {
  Topology topology(2);
  topology.set_admin_password("wrong");
  const std::string before = fingerprint(topology, {"db1", "db2"});
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 3) << ran.out;
  EXPECT_NE(ran.out.find("gtidops"), std::string::npos);
  EXPECT_EQ(fingerprint(topology, {"db1", "db2"}), before);
}

TEST(Refusal, AReplicationPasswordThatCannotBeReadChangesNothing) {
  Topology topology(2);
  std::filesystem::remove(topology.folder() / "repl.secret");
  const std::string before = fingerprint(topology, {"db1", "db2"});
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE((ran.out + ran.err).find("repl.secret"), std::string::npos) << ran.out << ran.err;
  EXPECT_EQ(fingerprint(topology, {"db1", "db2"}), before);
}

TEST(Refusal, APausedOrStoppedReplicaDelaysAndStopsNobodyElse) {
  Topology topology(3);
  topology["db3"].pause();
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_LT(ran.seconds, 30);
  topology.expect_replica("db2", "db1");
  topology["db3"].resume();
  topology.converge();
  topology["db2"].stop();
  const Ran stopped = topology.apply();
  EXPECT_EQ(stopped.code, 3) << stopped.out << stopped.err;
  EXPECT_NE(stopped.out.find("db2"), std::string::npos);
  topology["db2"].start();
  topology.converge();
  topology.expect_replicates("db1", "db2");
}

TEST(Refusal, FiltersAndStrayChannels) {
  Topology topology(3);
  topology.converge();
  sql(topology["db2"],
      "STOP REPLICA SQL_THREAD; CHANGE REPLICATION FILTER REPLICATE_IGNORE_DB = (junk); START "
      "REPLICA");
  sql(topology["db3"],
      "CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = 1, "
      "SOURCE_AUTO_POSITION = 1 FOR CHANNEL 'stray'");
  const Ran plan = topology.gtidops("plan", {"-o", "json"});
  EXPECT_NE(rules_of(plan).find("db2:replication-filter"), std::string::npos) << plan.out;
  EXPECT_NE(rules_of(plan).find("db3:stray-channel"), std::string::npos) << plan.out;
}

}  // namespace
}  // namespace gtidops::testing
