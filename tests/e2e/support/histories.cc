#include "e2e/support/histories.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "model/intent.h"
#include "wiring.h"

namespace gtidops::testing {

using sandbox::sql;
using sandbox::value;

void write_rows(Topology& topology, const std::string& server, int rows) {
  sql(topology[server], "CREATE DATABASE IF NOT EXISTS d");
  sql(topology[server],
      "CREATE TABLE IF NOT EXISTS d.t (id INT AUTO_INCREMENT PRIMARY KEY, a INT)");
  for (int i = 0; i < rows; ++i) sql(topology[server], "INSERT INTO d.t (a) VALUES (1)");
}

void purge_logs(Topology& topology, const std::string& server) {
  sql(topology[server], "FLUSH BINARY LOGS");
  EXPECT_TRUE(eventually([&] {
    const auto logs = sql(topology[server], "SHOW BINARY LOGS");
    sql(topology[server], fmt::format("PURGE BINARY LOGS TO '{}'", logs.back().front().value()));
    return sql(topology[server], "SHOW BINARY LOGS").size() == 1;
  })) << server;
}

bool arrives(Topology& topology, const std::string& from, const Names& everybody) {
  return eventually([&] {
    for (const std::string& name : everybody)
      if (topology.gtid_executed(name) != topology.gtid_executed(from)) return false;
    return true;
  });
}

bool refuses(const Ran& ran, const std::string& rule) {
  return rules_in(plan_in(ran)).find(rule) != std::string::npos;
}

void leave_committed(Topology& topology) {
  sql(topology["db1"], "SET GLOBAL super_read_only = ON");
  ASSERT_TRUE(arrives(topology, "db1", kThree));
  const auto opened = open_state((topology.folder() / "state").string(), "shop");
  ASSERT_TRUE(opened);
  auto intent = (*opened)->ports().intents.load();
  ASSERT_TRUE(intent);
  intent->phase = Intent::Phase::kCommitted;
  intent->from = "db1";
  intent->to = "db2";
  intent->from_uuid = value(topology["db1"], "SELECT @@server_uuid");
  intent->to_uuid = value(topology["db2"], "SELECT @@server_uuid");
  intent->established_primary_uuid = intent->to_uuid;
  intent->frozen_at = GtidSet::parse(topology.gtid_executed("db1")).value();
  intent->frozen_since = make_clock()->now();
  ASSERT_TRUE((*opened)->ports().intents.save(*intent));
}

}  // namespace gtidops::testing
