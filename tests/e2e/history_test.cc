// A server that came back from an older copy, an address that leads to another server, and what
// left no trace: nobody is opened who would make the others' transactions errant, and what was seen
// once is not forgotten.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "e2e/support/histories.h"

namespace gtidops::testing {
namespace {

namespace fs = std::filesystem;
using sandbox::sql;
using sandbox::value;

fs::path data_of(sandbox::Server& server) {
  std::ifstream elsewhere(server.folder() / "data-dir");
  std::string path;
  return std::getline(elsewhere, path) ? fs::path(path) : server.folder() / "data";
}

void copy_folder(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  const std::string command = "cp -a '" + from.string() + "' '" + to.string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// What db1 is now, to come back to; the topology is as declared after it.
fs::path take_copy(Topology& topology) {
  const fs::path copy = topology.folder() / "older-copy";
  topology["db1"].stop();
  copy_folder(data_of(topology["db1"]), copy);
  topology["db1"].start();
  topology.converge();
  return copy;
}

void come_back_from(Topology& topology, const fs::path& copy, bool with_uuid) {
  topology["db1"].kill();
  copy_folder(copy, data_of(topology["db1"]));
  if (!with_uuid) fs::remove(data_of(topology["db1"]) / "auto.cnf");
  topology["db1"].start();
}

std::string hints_in(const nlohmann::json& plan) {
  std::string all;
  for (const auto& one : plan.value("refusals", nlohmann::json::array()))
    all += one["hint"].get<std::string>() + "\n";
  return all;
}

TEST(History, APrimaryFromAnOlderCopyWithAnotherUuidIsNotOpened) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 5);
  const fs::path copy = take_copy(topology);
  write_rows(topology, "db1", 50);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  come_back_from(topology, copy, false);
  // By what the servers show alone.
  fs::remove_all(topology.folder() / "state");

  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, "db1:primary-behind")) << ran.out;
  EXPECT_EQ(hints_in(plan_in(ran)).find("then provision"), std::string::npos) << ran.out;
  EXPECT_EQ(writable(topology, kThree), "");
  EXPECT_EQ(value(topology["db2"], "SELECT COUNT(*) FROM d.t"), "55");
}

TEST(History, APrimaryFromASnapshotIsNotOpenedWhenNobodyIsThereWhoHoldsMore) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 5);
  const fs::path copy = take_copy(topology);
  write_rows(topology, "db1", 20);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  // The look that shows both is the last one for which the replicas are there.
  come_back_from(topology, copy, true);
  const Ran seen = topology.apply({"-o", "json"});
  EXPECT_EQ(seen.code, 3) << seen.out << seen.err;
  topology["db2"].kill();
  topology["db3"].kill();

  const Ran ran = topology.apply({"-o", "json", "--timeout", "5s"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, "db1:history-shrunk")) << ran.out;
  EXPECT_EQ(writable(topology, {"db1"}), "");
}

TEST(History, AnAddressThatLeadsToAnotherServerMakesNobodyThePrimary) {
  const Names four{"db1", "db2", "db3", "db4"};
  Topology topology(4);
  topology.converge();
  write_rows(topology, "db1", 5);
  ASSERT_TRUE(arrives(topology, "db1", four));
  sql(topology["db4"], "STOP REPLICA; RESET REPLICA ALL");
  topology.set_declared(kThree);
  topology.converge();
  write_rows(topology, "db1", 5);

  const std::string right = topology["db1"].address();
  topology.set_address("db1", topology["db4"].address());
  const Ran closed = topology.apply({"-o", "json"});
  EXPECT_EQ(closed.code, 3) << closed.out << closed.err;
  EXPECT_TRUE(refuses(closed, "db1:primary-identity")) << closed.out;
  EXPECT_NE(closed.out.find("db2 and db3 replicate from it at " + right), std::string::npos)
      << closed.out;
  EXPECT_EQ(writable(topology, four), "db1 ");

  // And when the other one is open already, nobody is moved under it.
  sql(topology["db4"], "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF");
  for (int pass = 0; pass < 2; ++pass) {
    const Ran open = topology.apply({"-o", "json"});
    EXPECT_EQ(open.code, 3) << open.out << open.err;
    EXPECT_TRUE(refuses(open, "db1:primary-identity")) << open.out;
  }
  topology.expect_replica("db2", "db1");
  topology.expect_replica("db3", "db1");

  topology.set_address("db1", right);
  topology.converge();
  expect_synced(topology);
}

TEST(History, AResetIsNotForgottenWhenTheCounterPassesTheOldNumbers) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 36);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  topology.converge();
  sql(topology["db1"], "RESET BINARY LOGS AND GTIDS");
  EXPECT_EQ(topology.apply().code, 3);
  write_rows(topology, "db1", 60);

  topology.set_primary("db2");
  const Ran switched = topology.apply({"-o", "json"});
  EXPECT_EQ(switched.code, 3) << switched.out << switched.err;
  EXPECT_TRUE(refuses(switched, "db1:history-shrunk")) << switched.out;
  EXPECT_EQ(writable(topology, kThree), "db1 ");
  topology.set_primary("db1");
  // MySQL has stopped their receivers (13114). Started now, they would take what is new for what
  // they hold.
  EXPECT_EQ(topology.apply().code, 3);
  for (const char* replica : {"db2", "db3"}) {
    EXPECT_EQ(topology.replica_status(replica, "s.SERVICE_STATE"), "OFF") << replica;
    EXPECT_EQ(value(topology[replica], "SELECT COUNT(*) FROM d.t"), "36") << replica;
  }

  // A person says that it is well, once.
  const Names word{"--server", "db1", "--rule", "history-shrunk", "--reason", "a test's \"reset\""};
  const Ran wrong = topology.gtidops(
      "acknowledge", {"--server", "db2", "--rule", "filtered-once", "--reason", "none"});
  EXPECT_EQ(wrong.code, 3) << wrong.out << wrong.err;
  Names json = word;
  json.insert(json.end(), {"-o", "json"});
  const Ran said = topology.gtidops("acknowledge", json);
  ASSERT_EQ(said.code, 0) << said.out << said.err;
  const auto told = nlohmann::json::parse(said.out)["acknowledged"][0];
  EXPECT_EQ(told["topology"], "shop");
  EXPECT_EQ(told["server_uuid"], value(topology["db1"], "SELECT @@server_uuid"));
  EXPECT_EQ(told["reason"], "a test's \"reset\"");
  EXPECT_FALSE(told["user"].get<std::string>().empty());
  EXPECT_EQ(topology.gtidops("acknowledge", word).code, 3);
  // The replicas hold other data under the same numbers, and are judged one by one.
  const Ran judged = topology.gtidops("plan", {"-o", "json"});
  EXPECT_FALSE(refuses(judged, "db1:history-shrunk")) << judged.out;
  EXPECT_TRUE(refuses(judged, "db2:history-shrunk")) << judged.out;
  EXPECT_TRUE(refuses(judged, "db3:history-shrunk")) << judged.out;
  std::ifstream journal(topology.folder() / "state" / "shop.journal");
  const std::string lines((std::istreambuf_iterator<char>(journal)), {});
  EXPECT_NE(lines.find("acknowledge shop: history-shrunk of db1"), std::string::npos) << lines;
}

TEST(History, AFilterThatIsGoneKeepsItsServerFromBecomingThePrimary) {
  Topology topology(3);
  topology.converge();
  write_rows(topology, "db1", 1);
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  const auto filter = [&](const std::string& tables) {
    sql(topology["db2"],
        "STOP REPLICA SQL_THREAD; CHANGE REPLICATION FILTER REPLICATE_IGNORE_TABLE = (" + tables +
            "); START REPLICA SQL_THREAD");
  };
  filter("d.t");
  write_rows(topology, "db1", 5);
  EXPECT_TRUE(refuses(topology.apply({"-o", "json"}), "db2:replication-filter"));
  filter("");
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  EXPECT_EQ(value(topology["db2"], "SELECT COUNT(*) FROM d.t"), "1");

  topology.set_primary("db2");
  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, "db2:filtered-once")) << ran.out;
  EXPECT_EQ(writable(topology, kThree), "db1 ");
}

// MySQL's receiver leaves out what bears the server_id of its own server.
TEST(History, WhatAServerCommittedItselfDoesNotComeBackToIt) {
  Topology topology(2);
  topology.converge();
  write_rows(topology, "db1", 5);
  const fs::path copy = take_copy(topology);
  write_rows(topology, "db1", 10);
  ASSERT_TRUE(arrives(topology, "db1", {"db1", "db2"}));
  come_back_from(topology, copy, true);
  sql(topology["db2"],
      "STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = OFF, read_only = OFF");
  topology.set_primary("db2");
  EXPECT_TRUE(refuses(topology.apply({"-o", "json"}), "db1:history-shrunk"));
  const Ran said = topology.gtidops(
      "acknowledge", {"--server", "db1", "--rule", "history-shrunk", "--reason", "an older copy"});
  ASSERT_EQ(said.code, 0) << said.out << said.err;
  (void)topology.apply({"--timeout", "10s"});
  topology.expect_replica("db1", "db2");

  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, "db1:gap-in-history")) << ran.out;
  EXPECT_EQ(value(topology["db1"], "SELECT COUNT(*) FROM d.t"), "5");

  // Nothing newer has been written behind the gap, so that they still come in their order; and
  // nobody can tell that from a hint.
  EXPECT_EQ(ran.out.find("START REPLICA"), std::string::npos) << ran.out;
  const std::string id = value(topology["db1"], "SELECT @@server_id");
  sql(topology["db1"], "STOP REPLICA; SET GLOBAL server_id = 4294967000; START REPLICA");
  ASSERT_TRUE(arrives(topology, "db2", {"db1", "db2"}));
  sql(topology["db1"], "STOP REPLICA; SET GLOBAL server_id = " + id + "; START REPLICA");
  EXPECT_EQ(value(topology["db1"], "SELECT COUNT(*) FROM d.t"), "15");
  topology.converge();
}

// Without a memory, an address leads to a copy that takes writes.
TEST(History, ReplicasAreNotMovedFromTheRealPrimaryToAnOpenCopyOfIt) {
  const Names four{"db1", "db2", "db3", "db4"};
  Topology topology(4);
  topology.converge();
  write_rows(topology, "db1", 5);
  ASSERT_TRUE(arrives(topology, "db1", four));
  sql(topology["db4"],
      "STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = OFF, read_only = OFF");
  sql(topology["db4"], "INSERT INTO d.t (a) VALUES (2)");
  topology.set_declared(kThree);
  topology.set_address("db1", topology["db4"].address());
  fs::remove_all(topology.folder() / "state");

  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, ":source-out-of-sight")) << ran.out;
  EXPECT_EQ(topology.gtidops("status").out.find("nobody else does"), std::string::npos);
  for (const char* replica : {"db2", "db3"})
    EXPECT_EQ(topology.replica_status(replica, "s.SOURCE_UUID"),
              value(topology["db1"], "SELECT @@server_uuid"));
}

// Whoever closed the primary has perhaps opened the server that cannot be seen.
TEST(History, BesideAPrimaryThatSomebodyHasClosedNobodyIsExcused) {
  Topology topology(3);
  topology.converge();
  topology.converge();
  sql(topology["db1"], "SET GLOBAL super_read_only = ON");
  topology["db3"].stop();
  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, "db1:another-may-be-writable")) << ran.out;
  EXPECT_EQ(writable(topology, {"db1", "db2"}), "");
  topology["db3"].start();
  topology.converge();
  EXPECT_EQ(writable(topology, kThree), "db1 ");
}

// An applier that passes over errors says that it holds what it left out.
TEST(History, WhatAnApplierPassedOverKeepsItsServerFromBecomingThePrimary) {
  Topology topology(2);
  topology.converge();
  write_rows(topology, "db1", 3);
  ASSERT_TRUE(arrives(topology, "db1", {"db1", "db2"}));
  sql(topology["db2"],
      "SET GLOBAL replica_exec_mode = IDEMPOTENT; STOP REPLICA SQL_THREAD; START REPLICA "
      "SQL_THREAD");
  const Ran now = topology.apply({"-o", "json"});
  EXPECT_TRUE(refuses(now, "db2:replication-filter")) << now.out;
  sql(topology["db2"], "SET GLOBAL replica_exec_mode = STRICT");
  topology.set_primary("db2");
  const Ran ran = topology.apply({"-o", "json"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_TRUE(refuses(ran, "db2:filtered-once")) << ran.out;
  EXPECT_EQ(writable(topology, {"db1", "db2"}), "db1 ");
}

}  // namespace
}  // namespace gtidops::testing
