// A replica may hold what its source is still committing: the source waits for a semi-synchronous
// acknowledgement, and a replica that gives none has got the transaction already. It is in flight,
// not errant; until the source is killed and comes back without it.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "e2e/support/switching.h"
#include "e2e/support/topology.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

class InFlight : public ::testing::Test {
 protected:
  void SetUp() override {
    topology_.set_replication("    semiSync: {enabled: true, timeout: 30d}\n");
    topology_.converge();
    sql(topology_["db1"], "CREATE DATABASE e2e; CREATE TABLE e2e.w (a INT PRIMARY KEY)");
    // db2 goes on to replicate, and db3 would acknowledge.
    sql(topology_["db2"],
        "SET GLOBAL rpl_semi_sync_replica_enabled = OFF; STOP REPLICA IO_THREAD; START REPLICA "
        "IO_THREAD");
    topology_.expect_replicates("db1", "db2");
    topology_.expect_replicates("db1", "db3");
    sql(topology_["db3"], "STOP REPLICA");
  }
  void TearDown() override {
    if (!client_.joinable()) return;
    // It waits still: the test has failed.
    topology_["db1"].kill();
    client_.join();
  }

  // The binary log of db1, and where it ends now.
  std::pair<std::filesystem::path, std::uintmax_t> end_of_log() {
    const auto row = sql(topology_["db1"], "SHOW BINARY LOG STATUS").at(0);
    const std::filesystem::path folder = value(topology_["db1"], "SELECT @@datadir");
    return {folder / row[0].value(), std::stoull(row[1].value())};
  }
  // A client writes on db1, and waits; returns when db2 has what it has written.
  void write_in_vain() {
    client_ = std::thread([this] {
      try {
        sql(topology_["db1"], "INSERT INTO e2e.w VALUES (1)");
        told_ = true;
      } catch (const std::exception&) {
        told_ = false;
      }
    });
    ASSERT_TRUE(eventually(
        [&] { return value(topology_["db2"], "SELECT COUNT(*) FROM e2e.w") == "1"; }, 20));
  }
  // "server:rule" of each of them.
  std::string found(const char* list) {
    const Ran plan = topology_.gtidops("plan", {"-o", "json"});
    const json document = json::parse(plan.out);
    std::string all;
    for (const json& one : document["plans"][0][list])
      all += one["server"].get<std::string>() + ":" + one["rule"].get<std::string>() + " ";
    return all;
  }
  std::string errant_on_db2() {
    const Ran status = topology_.gtidops("status", {"-o", "json"});
    return json::parse(status.out)["topologies"][0]["servers"][1]["errant"].get<std::string>();
  }

  Topology topology_{3};
  std::thread client_;
  bool told_ = false;
};

TEST_F(InFlight, ASourceThatWaitsForItsAcknowledgement) {
  write_in_vain();
  EXPECT_EQ(found("refusals").find("errant-transactions"), std::string::npos);
  EXPECT_NE(found("warnings").find("db2:in-flight"), std::string::npos);
  EXPECT_EQ(errant_on_db2(), "");
  // A reconnect does not make it errant either: the source sends on.
  sql(topology_["db2"], "STOP REPLICA IO_THREAD; START REPLICA IO_THREAD");
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  client_.join();
  EXPECT_TRUE(told_);
  const Ran plan = topology_.gtidops("plan", {"--detailed-exitcode"});
  EXPECT_EQ(plan.code, 0) << plan.out << plan.err;
  EXPECT_EQ(found("warnings").find("in-flight"), std::string::npos);
}

// A host that loses its power with sync_binlog other than 1 loses the end of its binary log, and
// InnoDB then rolls back what it does not find there. kill -9 alone loses nothing, for the kernel
// has it (tried on 9.7.4); so here the log is cut.
TEST_F(InFlight, ASourceThatCameBackWithoutIt) {
  const auto [log, end] = end_of_log();
  write_in_vain();
  topology_["db1"].kill();
  client_.join();
  EXPECT_FALSE(told_);
  std::filesystem::resize_file(log, end);
  topology_["db1"].start();
  ASSERT_EQ(value(topology_["db1"], "SELECT COUNT(*) FROM e2e.w"), "0");
  // It boots closed, and is not opened over what db2 has of it.
  EXPECT_NE(found("refusals").find("db1:primary-behind"), std::string::npos);
  const Ran ran = topology_.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_EQ(value(topology_["db1"], "SELECT @@GLOBAL.super_read_only"), "1");
  // A person opens it all the same.
  sql(topology_["db1"], "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF");
  EXPECT_NE(found("refusals").find("db2:errant-transactions"), std::string::npos);
  EXPECT_EQ(found("warnings").find("in-flight"), std::string::npos);
  EXPECT_NE(errant_on_db2(), "");
}

}  // namespace
}  // namespace gtidops::testing
