// The metrics: every name of the contract, what a value means, and that what is not known is
// absent.
#include "metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "unit/support/snapshots.h"

namespace gtidops {
namespace {

using ::testing::Contains;
using testing::daemon_snapshot;
using ::testing::ElementsAre;
using testing::FleetBuilder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::topology_snapshot;

std::vector<std::string> lines_of(const std::string& text, const std::string& start = "") {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (line[0] != '#' && line.rfind(start, 0) == 0) lines.push_back(line);
  return lines;
}

std::set<std::string> names_of(const std::string& text) {
  std::set<std::string> names;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string hash, kind, name;
    words >> hash >> kind >> name;
    if (kind == "TYPE") names.insert(name);
  }
  return names;
}

std::vector<std::string> scraped(const FleetBuilder& fleet, const std::string& start) {
  return lines_of(Metrics().scrape(daemon_snapshot({topology_snapshot(fleet)})), start);
}

// Three healthy servers.
FleetBuilder healthy_three() {
  FleetBuilder fleet;
  fleet.server("db1").primary().server("db2").replica_of("db1").server("db3").replica_of("db1");
  return fleet;
}

PrimaryChangeRecord change(double blocked_ms, const std::string& result = "done") {
  PrimaryChangeRecord record;
  record.type = "switchover";
  record.result = result;
  record.seconds = 0.7;
  record.change.from = "db1";
  record.change.to = "db2";
  record.change.writes_blocked_ms = blocked_ms;
  return record;
}

// Something of everything.
std::string full_page() {
  FleetBuilder fleet = healthy_three();
  fleet.server("db2").read_only();
  fleet.server("db3").executed("db1:1-98,db3:1-2").receiver(ThreadState::kOff);
  fleet.server("db3").edit_details([](Details& details) {
    details.clone->state = CloneStatus::State::kRunning;
    details.clone->bytes_total = 4096;
  });
  Metrics metrics;
  metrics.git_fetched("success", 0.2);
  metrics.reconciled("orders", "changed");
  metrics.reconcile_took("orders", "total", 0.05);
  metrics.acted("orders", "set_read_only", "done", 0.002);
  metrics.connection_failed("orders", "db2", "timeout");
  metrics.primary_changed("orders", change(12.3));
  metrics.provisioned("orders", "clone", true, 12.5);
  metrics.http_request("metrics", 200);
  return metrics.scrape(daemon_snapshot({topology_snapshot(fleet)}));
}

TEST(Metrics, HasEveryNameOfTheContract) {
  const std::set<std::string> names = names_of(full_page());
  for (const char* name : {"build_info",
                           "leader",
                           "config_last_reload_successful",
                           "git_last_success_timestamp_seconds",
                           "git_revision_info",
                           "spec_valid",
                           "reconcile_last_success_timestamp_seconds",
                           "reconcile_interval_seconds",
                           "reconcile_consecutive_failures",
                           "topology_condition",
                           "topology_suspended",
                           "drift_fields",
                           "actions_pending",
                           "actions_blocked",
                           "writable_servers",
                           "failover_ready",
                           "server_up",
                           "server_info",
                           "server_primary",
                           "server_read_only",
                           "replication_running",
                           "replication_lag_seconds",
                           "replication_configured_delay_seconds",
                           "gtid_errant_transactions",
                           "gtid_missing_transactions",
                           "gtid_unrecoverable",
                           "provisioning_bytes",
                           "provisioning_bytes_expected",
                           "provisioning_phase",
                           "git_fetches_total",
                           "git_verification_failures_total",
                           "reconciles_total",
                           "actions_total",
                           "mysql_connection_errors_total",
                           "primary_changes_total",
                           "provisionings_total",
                           "http_requests_total",
                           "git_fetch_duration_seconds",
                           "reconcile_duration_seconds",
                           "action_duration_seconds",
                           "primary_change_duration_seconds",
                           "provisioning_duration_seconds",
                           "writes_blocked_seconds"})
    EXPECT_THAT(names, Contains("gtidops_" + std::string(name)));
  for (const char* name : {"cpu_seconds_total", "resident_memory_bytes", "virtual_memory_bytes",
                           "open_fds", "max_fds", "start_time_seconds", "threads"})
    EXPECT_THAT(names, Contains("process_" + std::string(name)));
  EXPECT_EQ(names.size(), 43U + 7U);  // and nothing else
}

TEST(Metrics, ThePageIsAcceptedByPromtool) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("gtidops-metrics-" + std::to_string(::getpid()) + ".txt");
  std::ofstream(file) << full_page();
  // It asks promtool, and holds names, types and labels to deploy/prometheus/metrics.txt.
  const std::string check = GTIDOPS_SOURCE_DIR "/tests/lint/prometheus --page ";
  std::FILE* tool = ::popen((check + file.string() + " 2>&1").c_str(), "r");
  ASSERT_NE(tool, nullptr);
  std::string said;
  for (int c = std::fgetc(tool); c != EOF; c = std::fgetc(tool)) said += static_cast<char>(c);
  const int status = ::pclose(tool);
  std::filesystem::remove(file);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0)
      << "promtool comes with the Debian package prometheus; it said: " << said;
  EXPECT_EQ(said, "");
}

// --- What the gauges mean.

TEST(Metrics, AHealthyTopology) {
  const std::string page = Metrics().scrape(daemon_snapshot({topology_snapshot(healthy_three())}));
  const auto lines = lines_of(page);
  for (const char* line :
       {R"(gtidops_leader{topology="orders"} 1)",
        "gtidops_config_last_reload_successful 1",
        "gtidops_spec_valid 1",
        R"(gtidops_reconcile_interval_seconds{topology="orders"} 10)",
        R"(gtidops_reconcile_consecutive_failures{topology="orders"} 0)",
        R"(gtidops_topology_condition{topology="orders",condition="Ready",status="True"} 1)",
        R"(gtidops_topology_condition{topology="orders",condition="Ready",status="False"} 0)",
        R"(gtidops_topology_condition{topology="orders",condition="Ready",status="Unknown"} 0)",
        R"(gtidops_topology_suspended{topology="orders"} 0)",
        R"(gtidops_drift_fields{topology="orders"} 0)",
        R"(gtidops_actions_pending{topology="orders",risk="destructive"} 0)",
        R"(gtidops_writable_servers{topology="orders"} 1)",
        R"(gtidops_failover_ready{topology="orders"} 1)",
        R"(gtidops_server_up{topology="orders",server="db1"} 1)",
        R"(gtidops_server_primary{topology="orders",server="db1",view="desired"} 1)",
        R"(gtidops_server_primary{topology="orders",server="db1",view="observed"} 1)",
        R"(gtidops_server_primary{topology="orders",server="db2",view="observed"} 0)",
        R"(gtidops_server_read_only{topology="orders",server="db1"} 0)",
        R"(gtidops_server_read_only{topology="orders",server="db2"} 1)",
        R"(gtidops_gtid_errant_transactions{topology="orders",server="db2"} 0)",
        R"(gtidops_gtid_missing_transactions{topology="orders",server="db2"} 0)",
        R"(gtidops_gtid_unrecoverable{topology="orders",server="db2"} 0)"})
    EXPECT_THAT(lines, Contains(line));
  EXPECT_THAT(lines_of(page, "gtidops_actions_blocked"), IsEmpty());
  EXPECT_THAT(page,
              HasSubstr(R"(gtidops_git_revision_info{revision="3f786850e387550fdab836ed7e6dc88)"
                        R"(1de23001b",author="Ana <ana@example.com>"} 1)"));
  EXPECT_THAT(lines_of(page, "gtidops_git_last_success"),
              ElementsAre("gtidops_git_last_success_timestamp_seconds 1795359600"));
}

TEST(Metrics, TheChannelsOfAReplica) {
  FleetBuilder fleet = healthy_three();
  fleet.server("db2").delay(Millis{3'600'000}).receiver(ThreadState::kConnecting);
  fleet.stray_channel("legacy", "10.9.9.9");
  const auto lines = scraped(fleet, "gtidops_replication");
  for (
      const char* line :
      {R"(gtidops_replication_running{topology="orders",server="db2",channel="",thread="receiver"} 0)",
       R"(gtidops_replication_running{topology="orders",server="db2",channel="",thread="applier"} 1)",
       R"(gtidops_replication_lag_seconds{topology="orders",server="db2",channel=""} 0.25)",
       R"(gtidops_replication_configured_delay_seconds{topology="orders",server="db2",channel=""} 3600)"})
    EXPECT_THAT(lines, Contains(line));
  EXPECT_THAT(lines, Contains(HasSubstr(R"(server="db2",channel="legacy",thread="applier")")));
}

TEST(Metrics, LagThatCannotBeToldIsAbsent) {
  TopologySnapshot topology = topology_snapshot(healthy_three());
  topology.lag.erase("db2");
  const std::string page = Metrics().scrape(daemon_snapshot({topology}));
  const auto lags = lines_of(page, "gtidops_replication_lag_seconds");
  ASSERT_EQ(lags.size(), 1U);
  EXPECT_THAT(lags[0], HasSubstr(R"(server="db3")"));
}

TEST(Metrics, AServerThatCannotBeReachedHasNoValueButThatItIsDown) {
  FleetBuilder fleet = healthy_three();
  fleet.server("db2").unreachable(Unreachable::Reason::kTimeout);
  const std::string page = Metrics().scrape(daemon_snapshot({topology_snapshot(fleet)}));
  std::vector<std::string> about;
  for (const std::string& line : lines_of(page))
    if (line.find(R"(server="db2")") != std::string::npos) about.push_back(line);
  EXPECT_THAT(about, ElementsAre(R"(gtidops_server_up{topology="orders",server="db2"} 0)"));
}

TEST(Metrics, WithoutTheHistoryOfThePrimaryNothingIsComparedWithIt) {
  FleetBuilder fleet = healthy_three();
  fleet.server("db1").unreachable();
  EXPECT_THAT(scraped(fleet, "gtidops_gtid_errant"), IsEmpty());
  EXPECT_THAT(scraped(fleet, "gtidops_gtid_missing"), IsEmpty());
  EXPECT_THAT(scraped(fleet, "gtidops_failover_ready"), IsEmpty());
  EXPECT_THAT(scraped(fleet, "gtidops_writable_servers"),
              ElementsAre(R"(gtidops_writable_servers{topology="orders"} 0)"));
}

TEST(Metrics, WhenNoServerCanBeReadNobodyKnowsHowManyAreWritable) {
  FleetBuilder fleet = healthy_three();
  for (const char* name : {"db1", "db2", "db3"}) fleet.server(name).unreachable();
  EXPECT_THAT(scraped(fleet, "gtidops_writable_servers"), IsEmpty());
  EXPECT_EQ(scraped(fleet, "gtidops_server_").size(), 3U);
}

TEST(Metrics, TwoWritableServersAreCounted) {
  FleetBuilder fleet = healthy_three();
  fleet.server("db3").writable();
  EXPECT_THAT(scraped(fleet, "gtidops_writable_servers"),
              ElementsAre(R"(gtidops_writable_servers{topology="orders"} 2)"));
}

TEST(Metrics, ReadOnlyAloneKeepsClientsOut) {
  FleetBuilder fleet = healthy_three();
  fleet.server("db2").read_only();
  EXPECT_THAT(scraped(fleet, "gtidops_server_read_only"),
              Contains(R"(gtidops_server_read_only{topology="orders",server="db2"} 1)"));
}

TEST(Metrics, WhatIsErrantMissingAndRefused) {
  FleetBuilder fleet = healthy_three();
  fleet.server("db2").executed("db1:1-95,db2:1-2");
  const std::string page = Metrics().scrape(daemon_snapshot({topology_snapshot(fleet)}));
  const auto lines = lines_of(page);
  EXPECT_THAT(lines,
              Contains(R"(gtidops_gtid_errant_transactions{topology="orders",server="db2"} 2)"));
  EXPECT_THAT(lines,
              Contains(R"(gtidops_gtid_missing_transactions{topology="orders",server="db2"} 5)"));
  EXPECT_THAT(
      lines,
      Contains(R"(gtidops_actions_blocked{topology="orders",reason="errant-transactions"} 1)"));
}

TEST(Metrics, AReplicaWhoseSourceHasPurgedWhatItLacksIsUnrecoverable) {
  FleetBuilder fleet = healthy_three();
  fleet.server("db1").purged("db1:1-60").server("db2").executed("db1:1-50");
  EXPECT_THAT(scraped(fleet, "gtidops_gtid_unrecoverable"),
              Contains(R"(gtidops_gtid_unrecoverable{topology="orders",server="db2"} 1)"));
}

TEST(Metrics, HowFarACopyIs) {
  FleetBuilder fleet = healthy_three();
  fleet.server("db3").edit_details([](Details& details) {
    details.clone->state = CloneStatus::State::kRunning;
    details.clone->phase = "FILE COPY";
    details.clone->bytes_total = 4096;
    details.clone->bytes_done = 1024;
  });
  EXPECT_THAT(
      scraped(fleet, "gtidops_provisioning"),
      ElementsAre(
          R"(gtidops_provisioning_bytes{topology="orders",server="db3"} 1024)",
          R"(gtidops_provisioning_bytes_expected{topology="orders",server="db3"} 4096)",
          R"(gtidops_provisioning_phase{topology="orders",server="db3",phase="FILE COPY"} 1)"));
  fleet.server("db3").edit_details(
      [](Details& details) { details.clone->state = CloneStatus::State::kCompleted; });
  EXPECT_THAT(scraped(fleet, "gtidops_provisioning"), IsEmpty());
}

TEST(Metrics, DriftAndPendingStepsByRisk) {
  FleetBuilder fleet = healthy_three();
  fleet.server("db2").writable();
  const auto lines = scraped(fleet, "gtidops_");
  EXPECT_THAT(lines, Contains(R"(gtidops_drift_fields{topology="orders"} 1)"));
  EXPECT_THAT(lines, Not(Contains(R"(gtidops_actions_pending{topology="orders",risk="safe"} 0)")));
  EXPECT_THAT(lines, Contains(R"(gtidops_actions_pending{topology="orders",risk="disruptive"} 0)"));
}

TEST(Metrics, ASuspendedTopologySaysSo) {
  FleetBuilder fleet = healthy_three();
  fleet.suspended("migration");
  EXPECT_THAT(scraped(fleet, "gtidops_topology_suspended"),
              ElementsAre(R"(gtidops_topology_suspended{topology="orders"} 1)"));
}

TEST(Metrics, ATopologyThatWasNeverLookedAtHasNoGaugeOfItsServers) {
  TopologySnapshot topology = topology_snapshot(healthy_three());
  topology.looked = false;
  topology.seen = {};
  topology.conditions.clear();
  topology.last_success.reset();
  DaemonSnapshot snapshot = daemon_snapshot({topology});
  snapshot.source.last_success.reset();
  snapshot.source.revision.reset();
  snapshot.source.seen_revision.reset();
  snapshot.source.spec_valid = false;
  const std::string page = Metrics().scrape(snapshot);
  for (const char* name : {"server_", "drift_", "actions_", "writable_", "failover_", "topology_",
                           "git_last", "git_revision", "spec_valid", "reconcile_last_success"})
    EXPECT_THAT(lines_of(page, std::string("gtidops_") + name), IsEmpty()) << name;
  EXPECT_EQ(lines_of(page, "gtidops_leader").size(), 1U);
}

// What is remembered decides whose history the others' is measured by: here as in the plan.
TEST(Metrics, MeasureByTheSameReferenceAsThePlanner) {
  FleetBuilder fleet;
  fleet.server("db1").super_read_only();
  fleet.server("db2").no_channel().executed("db1:1-100,db2:1-5");
  fleet.server("db3").replica_of("db2").executed("db1:1-100,db2:1-5");
  const auto errant = [&] { return scraped(fleet, "gtidops_gtid_errant_transactions"); };
  const auto of = [](const char* server, const char* count) {
    return std::string(R"(gtidops_gtid_errant_transactions{topology="orders",server=")") + server +
           "\"} " + count;
  };
  EXPECT_THAT(errant(), Contains(of("db3", "5")));
  fleet.established("db2");
  EXPECT_THAT(errant(), Contains(of("db3", "0")));
}

// --- Labels.

TEST(Metrics, WhatAServerSaysCannotBreakThePage) {
  FleetBuilder fleet = healthy_three();
  fleet.server("db2")
      .version("8.4.3\"} 1\nevil_metric{x=\"\\")
      .server("db3")
      .edit([](ServerState& state) {
        state.version_text = std::string("8.4\xff") + std::string(9000, 'x');
      });
  const std::string page = Metrics().scrape(daemon_snapshot({topology_snapshot(fleet)}));
  EXPECT_THAT(lines_of(page, "evil"), IsEmpty());
  for (const std::string& line : lines_of(page)) EXPECT_LT(line.size(), 600U);
  EXPECT_THAT(page, Not(HasSubstr("\xff")));
}

// --- Counters and histograms.

TEST(Metrics, TheFirstFailureIsAnIncreaseBecauseItsSeriesWasThere) {
  Metrics metrics;
  metrics.reconciled("orders", "synced");
  const std::string page = metrics.scrape(daemon_snapshot({}));
  for (const char* line : {R"(gtidops_reconciles_total{result="failed",topology="orders"} 0)",
                           R"(gtidops_reconciles_total{result="synced",topology="orders"} 1)",
                           R"(gtidops_git_fetches_total{result="timeout"} 0)",
                           "gtidops_git_verification_failures_total 0"})
    EXPECT_THAT(lines_of(page), Contains(line));
}

TEST(Metrics, TheOutageOfASwitchHasFineBuckets) {
  Metrics metrics;
  metrics.primary_changed("orders", change(0.7));
  metrics.primary_changed("orders", change(31'000, "undone"));
  metrics.primary_changed("orders", change(0, "failed"));  // nobody was blocked
  const auto lines = lines_of(metrics.scrape(daemon_snapshot({})), "gtidops_writes_blocked");
  const auto labels = std::string(R"({topology="orders",type="switchover")");
  for (const char* rest : {R"(,le="0.0005"} 0)", R"(,le="0.001"} 1)", R"(,le="30"} 1)",
                           R"(,le="60"} 2)", R"(,le="+Inf"} 2)"})
    EXPECT_THAT(lines, Contains("gtidops_writes_blocked_seconds_bucket" + labels + rest));
}

TEST(Metrics, SkippedStepsAreCountedButHaveNoDuration) {
  Metrics metrics;
  metrics.acted("orders", "open_writes", "skipped", 0);
  metrics.acted("orders", "open_writes", "failed", 0.3);
  const std::string page = metrics.scrape(daemon_snapshot({}));
  EXPECT_EQ(lines_of(page, "gtidops_actions_total").size(), 2U);
  EXPECT_THAT(
      lines_of(page, "gtidops_action_duration_seconds_count"),
      ElementsAre(
          R"(gtidops_action_duration_seconds_count{action="open_writes",topology="orders"} 1)"));
}

TEST(Metrics, ForgettingATopologyTakesItsSeriesAndNoOthers) {
  Metrics metrics;
  for (const char* name : {"orders", "billing"}) {
    metrics.reconciled(name, "synced");
    metrics.reconcile_took(name, "total", 1);
    metrics.acted(name, "open_writes", "done", 1);
    metrics.connection_failed(name, "db1", "timeout");
    metrics.primary_changed(name, change(1));
    metrics.provisioned(name, "clone", true, 1);
  }
  metrics.git_fetched("success", 1);
  metrics.forget("orders");
  metrics.forget("");
  metrics.forget("never seen");
  const std::string page = metrics.scrape(daemon_snapshot({}));
  EXPECT_THAT(page, Not(HasSubstr("orders")));
  EXPECT_THAT(page, HasSubstr(R"(gtidops_reconciles_total{result="synced",topology="billing"} 1)"));
  EXPECT_THAT(page, HasSubstr(R"(gtidops_git_fetches_total{result="success"} 1)"));
}

TEST(Metrics, AServerThatWasTakenOutHasNoSeriesAndKeepsItsCount) {
  Metrics metrics;
  metrics.connection_failed("orders", "db9", "timeout");
  EXPECT_THAT(metrics.scrape(daemon_snapshot({topology_snapshot(healthy_three())})),
              Not(HasSubstr("db9")));
  FleetBuilder fleet = healthy_three();
  fleet.server("db9").replica_of("db1");
  metrics.connection_failed("orders", "db9", "timeout");
  EXPECT_THAT(lines_of(metrics.scrape(daemon_snapshot({topology_snapshot(fleet)})),
                       "gtidops_mysql_connection_errors_total"),
              ElementsAre(R"(gtidops_mysql_connection_errors_total{reason="timeout",server="db9",)"
                          R"(topology="orders"} 2)"));
}

TEST(Metrics, NoCountIsLostWhenManyThreadsCountAndScrape) {
  Metrics metrics;
  const DaemonSnapshot snapshot = daemon_snapshot({topology_snapshot(healthy_three())});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 5000; ++n) {
        metrics.reconciled("orders", "synced");
        metrics.http_request("metrics", 200);
        metrics.reconcile_took("gone", "total", 0.1);
        if (n % 100 == 0) metrics.forget("gone");
        if (n % 500 == 0) (void)metrics.scrape(snapshot);
      }
    });
  for (std::thread& one : threads) one.join();
  const std::string page = metrics.scrape(snapshot);
  EXPECT_THAT(page,
              HasSubstr(R"(gtidops_reconciles_total{result="synced",topology="orders"} 20000)"));
  EXPECT_THAT(page,
              HasSubstr(R"(gtidops_http_requests_total{code="200",handler="metrics"} 20000)"));
}

TEST(Metrics, AThousandTopologiesOfFiveServers) {
  Metrics metrics;
  DaemonSnapshot snapshot = daemon_snapshot({});
  for (int i = 0; i < 1000; ++i) {
    FleetBuilder fleet("topology" + std::to_string(i));
    fleet.server("db1").primary();
    for (const char* name : {"db2", "db3", "db4", "db5"}) fleet.server(name).replica_of("db1");
    const auto topology = topology_snapshot(fleet);
    snapshot.topologies.push_back(std::make_shared<const TopologySnapshot>(topology));
    metrics.reconciled(*topology.spec->name, "synced");
    for (const char* phase : {"look", "plan", "execute", "total"})
      metrics.reconcile_took(*topology.spec->name, phase, 0.01);
  }
  const auto begin = std::chrono::steady_clock::now();
  const std::string page = metrics.scrape(snapshot);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  const auto count = lines_of(page).size();
  std::printf("a scrape of 1000 topologies with 5 servers each: %.0f ms, %zu series, %zu bytes\n",
              took.count(), count, page.size());
  EXPECT_EQ(lines_of(page, "gtidops_server_up").size(), 5000U);
  EXPECT_EQ(lines_of(page, "gtidops_failover_ready").size(), 1000U);
}

}  // namespace
}  // namespace gtidops
