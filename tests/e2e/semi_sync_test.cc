// Semi-synchronous replication on real servers: set up, kept as declared, and never in the way.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "e2e/support/switching.h"
#include "e2e/support/topology.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

std::string declared(const std::string& keys) { return "    semiSync: {" + keys + "}\n"; }

class SemiSync : public ::testing::Test {
 protected:
  std::string variable(const std::string& server, const std::string& name) {
    return value(topology_[server], "SELECT @@GLOBAL." + name);
  }
  std::string persisted(const std::string& server, const std::string& name) {
    const auto rows = sql(topology_[server],
                          "SELECT variable_value FROM performance_schema.persisted_variables WHERE "
                          "variable_name = '" +
                              name + "'");
    return rows.empty() || !rows[0][0] ? std::string() : *rows[0][0];
  }
  std::string status(const std::string& server, const std::string& name) {
    return value(topology_[server],
                 "SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE "
                 "VARIABLE_NAME = '" +
                     name + "'");
  }
  void expect_semi_sync(const std::string& primary, const std::vector<std::string>& replicas,
                        const std::string& count) {
    EXPECT_EQ(variable(primary, "rpl_semi_sync_source_enabled"), "1");
    EXPECT_EQ(status(primary, "Rpl_semi_sync_source_status"), "ON");
    EXPECT_EQ(variable(primary, "rpl_semi_sync_replica_enabled"), "0");
    EXPECT_EQ(status(primary, "Rpl_semi_sync_source_clients"), std::to_string(replicas.size()));
    for (const std::string& replica : replicas) {
      EXPECT_EQ(variable(replica, "rpl_semi_sync_source_enabled"), "0") << replica;
      EXPECT_EQ(variable(replica, "rpl_semi_sync_replica_enabled"), "1") << replica;
      EXPECT_EQ(persisted(replica, "rpl_semi_sync_replica_enabled"), "ON") << replica;
      EXPECT_EQ(status(replica, "Rpl_semi_sync_replica_status"), "ON") << replica;
      EXPECT_EQ(variable(replica, "super_read_only"), "1") << replica;
    }
    std::vector<std::string> all = replicas;
    all.push_back(primary);
    for (const std::string& server : all) {
      EXPECT_EQ(persisted(server, "rpl_semi_sync_source_enabled"), "OFF") << server;
      EXPECT_EQ(variable(server, "rpl_semi_sync_source_wait_for_replica_count"), count) << server;
      EXPECT_EQ(persisted(server, "rpl_semi_sync_source_wait_for_replica_count"), count) << server;
    }
  }
  void expect_synced() {
    const Ran plan = topology_.gtidops("plan", {"--detailed-exitcode"});
    EXPECT_EQ(plan.code, 0) << plan.out << plan.err;
  }
  void expect_repaired(const std::string& difference) {
    const Ran plan = topology_.gtidops("plan", {"-o", "json", "--detailed-exitcode"});
    EXPECT_EQ(plan.code, 2) << plan.out << plan.err;
    bool named = false;
    const json document = json::parse(plan.out);
    for (const json& one : document["plans"][0]["differences"])
      named = named || one["path"] == difference;
    EXPECT_TRUE(named) << difference << " is not in " << plan.out;
    const Ran ran = topology_.apply();
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
    expect_synced();
  }
  // The rule refuses; what else the run did, it did.
  void expect_too_few(const Ran& ran) {
    EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
    EXPECT_NE(ran.out.find("semi-sync-too-few"), std::string::npos) << ran.out;
  }
  std::string acknowledged() { return status("db1", "Rpl_semi_sync_source_yes_tx"); }
  // How long a write on db1 takes.
  std::chrono::milliseconds write() {
    const auto since = std::chrono::steady_clock::now();
    static int row = 0;
    sql(topology_["db1"],
        "CREATE DATABASE IF NOT EXISTS e2e; CREATE TABLE IF NOT EXISTS e2e.w (a INT PRIMARY KEY);"
        "INSERT INTO e2e.w VALUES (" +
            std::to_string(++row) + ")");
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 since);
  }
  void await_clients(const std::string& count) {
    for (int i = 0; i < 600 && status("db1", "Rpl_semi_sync_source_clients") != count; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(status("db1", "Rpl_semi_sync_source_clients"), count) << replicas_say();
  }
  // Do the receivers run, and did they agree to acknowledge?
  std::string replicas_say() {
    std::string said;
    for (const char* name : {"db2", "db3"})
      said += fmt::format("{}: receiver {}, acknowledges {}, enabled {}; ", name,
                          topology_.replica_status(name, "s.SERVICE_STATE"),
                          status(name, "Rpl_semi_sync_replica_status"),
                          variable(name, "rpl_semi_sync_replica_enabled"));
    return said;
  }

  Topology topology_{3};
};

TEST_F(SemiSync, EmptyServersWithAnInfiniteTimeoutThenDriftOfEachFlag) {
  // As long as a duration can be: whoever waits for nobody waits for ever.
  topology_.set_replication(declared("enabled: true, waitForReplicas: 2, timeout: 30d"));
  topology_.converge();
  expect_semi_sync("db1", {"db2", "db3"}, "2");
  expect_synced();
  const std::string before = acknowledged();
  EXPECT_LT(write(), std::chrono::seconds(5));
  EXPECT_GT(std::stoi(acknowledged()), std::stoi(before));

  sql(topology_["db1"], "SET GLOBAL rpl_semi_sync_source_enabled = OFF");
  expect_repaired("rpl_semi_sync_source_enabled");
  sql(topology_["db2"], "SET GLOBAL rpl_semi_sync_source_enabled = ON");
  expect_repaired("rpl_semi_sync_source_enabled");
  sql(topology_["db1"], "SET PERSIST_ONLY rpl_semi_sync_source_enabled = ON");
  expect_repaired("persisted.rpl_semi_sync_source_enabled");
  sql(topology_["db3"], "SET PERSIST_ONLY rpl_semi_sync_source_enabled = ON");
  expect_repaired("persisted.rpl_semi_sync_source_enabled");
  sql(topology_["db3"], "SET PERSIST rpl_semi_sync_replica_enabled = OFF");
  expect_repaired("rpl_semi_sync_replica_enabled");
  sql(topology_["db2"], "RESET PERSIST rpl_semi_sync_replica_enabled");
  expect_repaired("persisted.rpl_semi_sync_replica_enabled");
  sql(topology_["db1"], "SET GLOBAL rpl_semi_sync_replica_enabled = ON");
  expect_repaired("rpl_semi_sync_replica_enabled");
  sql(topology_["db1"], "SET GLOBAL rpl_semi_sync_source_wait_for_replica_count = 1");
  expect_repaired("rpl_semi_sync_source_wait_for_replica_count");
  sql(topology_["db2"], "SET PERSIST rpl_semi_sync_source_timeout = 1");
  expect_repaired("rpl_semi_sync_source_timeout");
  // A receiver that connected while its side was off.
  sql(topology_["db2"],
      "SET GLOBAL rpl_semi_sync_replica_enabled = OFF; STOP REPLICA IO_THREAD; START REPLICA "
      "IO_THREAD");
  await_clients("1");
  sql(topology_["db2"], "SET GLOBAL rpl_semi_sync_replica_enabled = ON");
  expect_repaired("Rpl_semi_sync_replica_status");
  expect_semi_sync("db1", {"db2", "db3"}, "2");
  EXPECT_LT(write(), std::chrono::seconds(5));
}

TEST_F(SemiSync, AddedToAndTakenFromAFleetThatRuns) {
  topology_.converge();
  write();
  const std::string before = topology_.gtid_executed("db2");
  topology_.set_replication(declared("enabled: true"));
  topology_.converge();
  expect_semi_sync("db1", {"db2", "db3"}, "1");
  expect_synced();
  // Loading a plugin leaves no transaction on a replica.
  EXPECT_EQ(value(topology_["db2"], "SELECT GTID_SUBSET(@@GLOBAL.gtid_executed, '" +
                                        topology_.gtid_executed("db1") + "')"),
            "1");
  // Lowered and raised again, with a commit that waits for nobody that is not there.
  topology_.set_replication(declared("enabled: true, waitForReplicas: 2, timeout: 30d"));
  topology_.converge();
  expect_semi_sync("db1", {"db2", "db3"}, "2");
  EXPECT_LT(write(), std::chrono::seconds(5));
  // No longer declared, nothing is touched.
  topology_.set_replication("");
  expect_synced();
  EXPECT_EQ(variable("db1", "rpl_semi_sync_source_enabled"), "1");
  topology_.set_replication(declared("enabled: false"));
  topology_.converge();
  expect_synced();
  for (const char* server : {"db1", "db2", "db3"}) {
    EXPECT_EQ(variable(server, "rpl_semi_sync_source_enabled"), "0") << server;
    EXPECT_EQ(variable(server, "rpl_semi_sync_replica_enabled"), "0") << server;
    EXPECT_NE(persisted(server, "rpl_semi_sync_replica_enabled"), "ON") << server;
  }
}

TEST_F(SemiSync, AKilledReplica) {
  // The source notices that a replica is gone when it sends it something.
  topology_.set_options(", SOURCE_HEARTBEAT_PERIOD: 1");
  topology_.set_replication(declared("enabled: true, timeout: 30d"));
  topology_.converge();
  // One of two is enough.
  topology_["db3"].kill();
  await_clients("1");
  EXPECT_LT(write(), std::chrono::seconds(5));
  EXPECT_EQ(status("db1", "Rpl_semi_sync_source_status"), "ON");
  // Two are declared now: the primary goes on to wait for one, since two cannot acknowledge.
  topology_.set_replication(declared("enabled: true, waitForReplicas: 2, timeout: 1s"));
  expect_too_few(topology_.apply());
  EXPECT_EQ(variable("db1", "rpl_semi_sync_source_wait_for_replica_count"), "1");
  EXPECT_LT(write(), std::chrono::milliseconds(900));
  topology_["db3"].start();
  await_clients("2");
  topology_.converge();
  expect_semi_sync("db1", {"db2", "db3"}, "2");
  // And with two that must, one goes: a commit waits for the time-out, and it is said.
  topology_["db3"].kill();
  await_clients("1");
  EXPECT_GE(write(), std::chrono::milliseconds(900));
  expect_too_few(topology_.gtidops("plan", {"--detailed-exitcode"}));
  EXPECT_EQ(status("db1", "Rpl_semi_sync_source_status"), "OFF");
  topology_["db3"].start();
  await_clients("2");
  topology_.converge();
  // On a busy machine an acknowledgement takes longer than the second that is declared.
  EXPECT_TRUE(eventually(
      [&] {
        write();
        return status("db1", "Rpl_semi_sync_source_status") == "ON";
      },
      20));
  expect_synced();
}

TEST_F(SemiSync, AfterARestartOfEveryServerTheFlagsAreRight) {
  topology_.set_replication(declared("enabled: true, waitForReplicas: 2, timeout: 30d"));
  topology_.converge();
  write();
  for (const char* server : {"db1", "db2", "db3"}) topology_[server].kill();
  for (const char* server : {"db1", "db2", "db3"}) {
    topology_[server].start();
    EXPECT_EQ(variable(server, "rpl_semi_sync_source_enabled"), "0") << server;
  }
  topology_.converge();
  expect_semi_sync("db1", {"db2", "db3"}, "2");
  EXPECT_LT(write(), std::chrono::seconds(5));
  expect_synced();
  // The primary alone: its replicas connect again by themselves, and it is opened with them.
  topology_["db1"].kill();
  topology_["db1"].start();
  await_clients("2");
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_LT(ran.out.find("rpl_semi_sync_source_enabled = ON"), ran.out.find("open")) << ran.out;
  expect_semi_sync("db1", {"db2", "db3"}, "2");
  expect_synced();
}

TEST_F(SemiSync, TooFewAcknowledgersFromTheStart) {
  topology_.set_server("db3", ", source: db2");
  topology_.set_replication(declared("enabled: true, waitForReplicas: 2, timeout: 30d"));
  expect_too_few(topology_.apply());
  EXPECT_EQ(variable("db1", "rpl_semi_sync_source_enabled"), "0");
  topology_.expect_replicates("db1", "db3");
  expect_too_few(topology_.apply());
  // A delayed one acknowledges what it has received.
  topology_.set_server("db3", ", delay: 1h");
  topology_.converge();
  expect_semi_sync("db1", {"db2", "db3"}, "2");
  EXPECT_LT(write(), std::chrono::seconds(5));
  expect_synced();
}

TEST_F(SemiSync, TheAccountMustBeAllowedToLoadThePlugins) {
  topology_.converge();
  for (const char* server : {"db1", "db2", "db3"})
    sql(topology_[server],
        "SET sql_log_bin = 0; SET GLOBAL super_read_only = OFF; REVOKE INSERT ON mysql.plugin FROM "
        "'gtidops'@'127.0.0.1'; SET GLOBAL super_read_only = @@GLOBAL.read_only");
  topology_.set_replication(declared("enabled: true"));
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("INSERT ON mysql.plugin"), std::string::npos) << ran.out;
  topology_.set_replication("");
  expect_synced();
}

}  // namespace
}  // namespace gtidops::testing
