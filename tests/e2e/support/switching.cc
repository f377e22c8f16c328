#include "e2e/support/switching.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace gtidops::testing {

using nlohmann::json;
using sandbox::value;

json plan_in(const Ran& ran) {
  const json document = json::parse(ran.out, nullptr, false);
  if (document.is_discarded() || !document.contains("plans") || document["plans"].empty()) {
    ADD_FAILURE() << "no plan in " << ran.out << ran.err;
    return json::object();
  }
  return document["plans"][0];
}

std::string rules_in(const json& plan) {
  std::string rules;
  for (const json& one : plan["refusals"])
    rules += one["server"].get<std::string>() + ":" + one["rule"].get<std::string>() + " ";
  return rules;
}

std::string steps_in(const json& plan) {
  std::string steps;
  for (const json& one : plan["steps"])
    steps += one["action"].get<std::string>() + ":" + one["server"].get<std::string>() + " ";
  return steps;
}

namespace {

// What the others have committed already arrives where replication runs, and would be taken for a
// change that the tool has made.
void await_what_is_under_way(Topology& topology, const Names& servers, const std::string& name) {
  const sandbox::Rows running = sandbox::sql(
      topology[name],
      "SELECT c.port FROM performance_schema.replication_connection_configuration c JOIN "
      "performance_schema.replication_connection_status s USING (channel_name) JOIN "
      "performance_schema.replication_applier_configuration a USING (channel_name) JOIN "
      "performance_schema.replication_applier_status t USING (channel_name) WHERE "
      "s.service_state = 'ON' AND t.service_state = 'ON' AND a.desired_delay = 0");
  for (const auto& row : running)
    for (const std::string& source : servers)
      if (source != name && std::to_string(topology[source].port()) == row.at(0))
        value(topology[name],
              fmt::format("SELECT WAIT_FOR_EXECUTED_GTID_SET('{}', 30)",
                          value(topology[source], "SELECT @@GLOBAL.gtid_executed")));
}

}  // namespace

// A receiver that loses a source which was killed does so when it likes: nobody has touched it.
std::string snapshot(Topology& topology, const Names& servers) {
  std::string all;
  for (const std::string& name : servers) {
    await_what_is_under_way(topology, servers, name);
    all += name;
    const sandbox::Rows rows = sandbox::sql(
        topology[name],
        "SET SESSION group_concat_max_len = 100000; SELECT @@GLOBAL.gtid_executed, "
        "@@super_read_only, @@read_only, @@server_id, @@gtid_mode, "
        "@@GLOBAL.binlog_group_commit_sync_delay, @@event_scheduler, (SELECT "
        "GROUP_CONCAT(variable_name, '=', variable_value ORDER BY 1) FROM "
        "performance_schema.persisted_variables), (SELECT GROUP_CONCAT(user, '@', host, "
        "account_locked, COALESCE(authentication_string, '') ORDER BY user, host) FROM "
        "mysql.user), (SELECT GROUP_CONCAT(CONCAT_WS('/', channel_name, c.host, c.port, c.user, "
        "c.auto_position, REPLACE(s.service_state, 'CONNECTING', 'ON'), a.desired_delay, "
        "t.service_state) ORDER BY "
        "channel_name) FROM performance_schema.replication_connection_configuration c JOIN "
        "performance_schema.replication_connection_status s USING (channel_name) JOIN "
        "performance_schema.replication_applier_configuration a USING (channel_name) JOIN "
        "performance_schema.replication_applier_status t USING (channel_name)), (SELECT "
        "GROUP_CONCAT(channel_name, filter_name, filter_rule ORDER BY 1) FROM "
        "performance_schema.replication_applier_filters)");
    for (const auto& column : rows.at(0)) all += " | " + column.value_or("NULL");
    all += "\n";
  }
  return all;
}

std::string writable(Topology& topology, const Names& servers) {
  std::string names;
  for (const std::string& name : servers)
    if (value(topology[name], "SELECT @@read_only + @@super_read_only") == "0") names += name + " ";
  return names;
}

std::string channels_of(Topology& topology, const std::string& server) {
  return value(
      topology[server],
      "SELECT COUNT(*) FROM performance_schema.replication_connection_configuration WHERE host <> "
      "''");
}

void expect_roles(Topology& topology, const std::string& primary, const Names& replicas) {
  EXPECT_EQ(value(topology[primary], "SELECT CONCAT(@@read_only, @@super_read_only)"), "00")
      << primary;
  EXPECT_EQ(channels_of(topology, primary), "0") << primary;
  EXPECT_EQ(value(topology[primary],
                  "SELECT variable_value FROM performance_schema.persisted_variables WHERE "
                  "variable_name = 'super_read_only'"),
            "ON")
      << primary << " must boot read-only";
  for (const std::string& replica : replicas) topology.expect_replica(replica, primary);
}

void expect_synced(Topology& topology, const std::string& when) {
  const Ran plan = topology.gtidops("plan", {"--detailed-exitcode"});
  EXPECT_EQ(plan.code, 0) << when << "\n" << plan.out << plan.err;
}

bool eventually(const std::function<bool()>& so, int seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!so()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

Ran fused_apply(Topology& topology, const Blow& blow) {
  std::vector<std::string> command{GTIDOPS_FUSED_APPLY, topology.file().string(),
                                   (topology.folder() / "state").string(), blow.which,
                                   std::to_string(blow.call)};
  command.insert(command.end(), blow.command.begin(), blow.command.end());
  return run_process(command, {}, 120);
}

std::vector<std::string> kill_command(Topology& topology, const std::string& server) {
  return {GTIDOPS_SOURCE_DIR "/tests/sandbox/mysql-sandbox", "--dir",
          topology.sandbox().folder().string(), "kill", server};
}

std::vector<load::Port> ports_of(Topology& topology, const Names& servers) {
  std::vector<load::Port> ports;
  for (const std::string& name : servers) ports.push_back(topology[name].port());
  return ports;
}

std::unique_ptr<load::Load> start_load(Topology& topology, const Names& servers, double rate) {
  constexpr std::uint32_t kNumbers = 10;  // more than one load uses
  static std::uint32_t next_writer = 1;
  for (const std::string& name : servers)
    if (writable(topology, {name}) != "") load::prepare(topology[name].port());
  load::Options options;
  options.rate = rate;
  options.first_writer = next_writer;
  options.limit = std::chrono::minutes(10);
  next_writer += kNumbers;
  auto load = std::make_unique<load::Load>(ports_of(topology, servers), options);
  EXPECT_TRUE(load->wait_rows(40, std::chrono::seconds(20))) << "the load writes nothing";
  return load;
}

load::Report expect_nothing_lost(load::Load& load, Topology& topology, const Names& servers) {
  load::Report report = load.stop();
  EXPECT_EQ(report.cut_short, "");
  EXPECT_EQ(report.overlap(), 0U) << "two servers took writes at once";
  EXPECT_EQ(report.acked_twice, 0U);
  const load::Verdict verdict = load::verify(report, ports_of(topology, servers));
  EXPECT_TRUE(verdict.good()) << verdict.text();
  return report;
}

}  // namespace gtidops::testing
