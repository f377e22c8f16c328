// gtidops run and what happens to servers: drift is healed and counted, a lost primary is seen and
// opened again at once, and nothing is touched where hands are to be kept off.
#include <chrono>
#include <ctime>
#include <optional>

#include "e2e/support/run_fixture.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;
using std::chrono::system_clock;

class RunServers : public Run {};

bool has_user(sandbox::Server& server) {
  return value(server, "SELECT COUNT(*) FROM mysql.user WHERE user = 'repl'") == "1";
}

// As `until:` has it.
std::string utc(system_clock::time_point moment) {
  const std::time_t seconds = system_clock::to_time_t(moment);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "\"%Y-%m-%dT%H:%M:%SZ\"", &parts);
  return text.data();
}

TEST_F(RunServers, DriftIsHealedAndCounted) {
  start_converged(declare());
  const double frozen = actions_done("set_super_read_only");
  make_writable("db2");
  await("db2 is read-only again", [&] { return !is_writable("db2"); });
  await("that is counted", [&] { return actions_done("set_super_read_only") == frozen + 1; });

  const double started = actions_done("start_replica");
  sql(server("db3"), "STOP REPLICA");
  await("db3 replicates again", [&] { return follows("db3", "db1"); });
  await("that is counted", [&] { return actions_done("start_replica") == started + 1; });

  const double created = actions_done("create_user");
  sql(server("db1"), "DROP USER 'repl'@'127.0.0.1'");
  await("the user is there again", [&] { return has_user(server("db1")); });
  await("it has reached db2", [&] { return has_user(server("db2")); });
  await("that is counted", [&] { return actions_done("create_user") == created + 1; });
  await("all is well", [&] { return daemon->condition("Ready") == "True PrimaryWritable"; });
  expect_roles(servers, "db1", {"db2", "db3"});

  await("the history tells of it", [&] {
    const nlohmann::json known = daemon->topology();
    for (const auto& pass : known["history"])
      for (const auto& step : pass["steps"])
        if (step == "create_user db1: done") return true;
    return false;
  });
}

TEST_F(RunServers, AReplicaThatLagsHoldsUpNobodyElse) {
  start_converged(declare());
  std::optional<sandbox::Connection> stuck(server("db3"));
  stuck->sql("FLUSH TABLES WITH READ LOCK");
  sql(server("db1"),
      "CREATE DATABASE IF NOT EXISTS e2e; CREATE TABLE IF NOT EXISTS e2e.stuck (a INT); INSERT "
      "INTO e2e.stuck VALUES (1)");
  make_writable("db2");
  await("db2 is read-only again", [&] { return !is_writable("db2"); });
  sql(server("db2"), "STOP REPLICA");
  const double seconds = await(
      "db2 replicates again", [&] { return follows("db2", "db1"); }, 60);
  RecordProperty("beside_a_lagging_replica_ms", static_cast<int>(seconds * 1000));
  std::printf("drift mended after %.2f s, beside a replica that lags\n", seconds);
  EXPECT_LT(seconds, 30);
  stuck.reset();
  await("all is well", [&] { return daemon->condition("Ready") == "True PrimaryWritable"; });
}

TEST_F(RunServers, AKilledPrimaryIsSeenAndOpenedAgainBeforeTheInterval) {
  start_converged(declare("interval: 10m"));
  server("db1").kill();
  const double seen = await(
      "the loss is seen", [&] { return daemon->condition("Ready") == "False PrimaryUnreachable"; });
  EXPECT_FALSE(daemon->metrics().value("gtidops_server_read_only", {{"server", "db1"}}));
  EXPECT_EQ(daemon->metric("gtidops_server_up", {{"server", "db1"}}), 0);
  EXPECT_GE(daemon->metric("gtidops_mysql_connection_errors_total", {{"server", "db1"}}), 1);
  const nlohmann::json history = daemon->topology()["history"];
  EXPECT_EQ(history[0]["trigger"], "connection-lost") << history;

  server("db1").start();
  const double opened = await("it is open again", [&] { return is_writable("db1"); });
  await("all is well", [&] { return daemon->condition("Ready") == "True PrimaryWritable"; });
  expect_roles(servers, "db1", {"db2", "db3"});
  servers.expect_replicates("db1", "db3");
  RecordProperty("loss_seen_ms", static_cast<int>(seen * 1000));
  RecordProperty("opened_again_ms", static_cast<int>(opened * 1000));
  std::printf("loss of the primary seen after %.2f s, opened %.2f s after its start\n", seen,
              opened);
}

// It is open, and no commit comes through: read_only tells nothing of that.
TEST_F(RunServers, APrimaryThatCommitsNothingIsNotReady) {
  start_converged(declare("interval: 300ms"));
  await("all is well", [&] { return daemon->condition("Ready") == "True PrimaryWritable"; });
  {
    sandbox::Connection holder(server("db1"));
    holder.sql("LOCK TABLES gtidops.heartbeat READ");
    await("it is seen", [&] { return daemon->condition("Ready") == "False PrimaryDoesNotCommit"; });
    EXPECT_TRUE(daemon->logged("the heartbeat on db1 was not committed"));
    EXPECT_TRUE(is_writable("db1"));
  }
  await("all is well again", [&] { return daemon->condition("Ready") == "True PrimaryWritable"; });
}

// Its state folder knows the revision of yesterday, and git has another one.
TEST_F(RunServers, StartedAnewItActsOnWhatGitSaysNow) {
  start_converged(declare());
  daemon->stop();
  const std::string now = declare("mode: observe, interval: 300ms");
  make_writable("db2");
  start();
  await("it knows the new revision", [&] { return daemon->topology()["revision"] == now; });
  await_passes(2);
  EXPECT_TRUE(is_writable("db2")) << "it acted on the old one first";
  EXPECT_EQ(actions_done("set_super_read_only"), 0);
  poke_and_converge(declare());
  EXPECT_FALSE(is_writable("db2"));
}

// Nothing was frozen, and who alerts on failed changes of the primary must see it nevertheless.
TEST_F(RunServers, AChangeOfThePrimaryThatFailsIsCounted) {
  const std::string wait = "  switchover: {drainTimeout: 1s, longTransactions: wait}\n";
  start_converged(declare("interval: 1s", wait));
  sql(server("db1"),
      "CREATE DATABASE IF NOT EXISTS e2e; CREATE TABLE IF NOT EXISTS e2e.held (a INT); XA START "
      "'held'; INSERT INTO e2e.held VALUES (1); XA END 'held'; XA PREPARE 'held'");
  const auto changes = [&](const char* result) {
    return daemon->metrics()
        .value("gtidops_primary_changes_total", {{"type", "switchover"}, {"result", result}})
        .value_or(0);
  };
  servers.set_primary("db2");
  const std::string changed = declare("interval: 1s", wait);
  daemon->hook();
  await("it failed", [&] { return changes("failed") >= 1; });
  nlohmann::json told;
  await("the API tells it", [&] {
    told = daemon->topology()["primary_changes"];
    return !told.empty();
  });
  EXPECT_EQ(told[0]["result"], "failed") << told;
  EXPECT_EQ(told[0]["to"], "db2") << told;
  EXPECT_TRUE(is_writable("db1"));
  EXPECT_EQ(changes("done"), 0);
  sql(server("db1"), "XA ROLLBACK 'held'");
  await(
      "it is done", [&] { return changes("done") == 1 && converged(changed); }, 60);
  servers.set_primary("db1");
  poke_and_converge(declare());
}

TEST_F(RunServers, InObserveModeNothingIsTouched) {
  start_converged(declare());
  const std::string observing = declare("mode: observe, interval: 300ms");
  daemon->hook();
  await("it observes", [&] { return daemon->topology()["revision"] == observing; });
  make_writable("db2");
  sql(server("db3"), "STOP REPLICA");
  const std::string before = snapshot(servers, kThree);
  await_passes(4);
  EXPECT_EQ(snapshot(servers, kThree), before);
  EXPECT_EQ(daemon->condition("Ready"), "False SeveralWritableServers");
  EXPECT_EQ(daemon->condition("Synced").substr(0, 5), "False");
  EXPECT_EQ(daemon->metric("gtidops_actions_blocked", {{"reason", "observe-mode"}}), 1);
  EXPECT_EQ(daemon->metric("gtidops_writable_servers"), 2);
  EXPECT_GE(daemon->metric("gtidops_drift_fields"), 2);

  poke_and_converge(declare());
  expect_roles(servers, "db1", {"db2", "db3"});
}

TEST_F(RunServers, SuspendedNothingIsTouchedUntilItIsOver) {
  start_converged(declare("interval: 300ms"));
  const std::string suspended =
      declare("interval: 300ms", "  suspend: {enabled: true, reason: \"audit of the month\"}\n");
  daemon->hook();
  await("it is suspended", [&] { return daemon->topology()["revision"] == suspended; });
  make_writable("db2");
  const std::string before = snapshot(servers, kThree);
  await_passes(4);
  EXPECT_EQ(snapshot(servers, kThree), before);
  EXPECT_EQ(daemon->condition("Suspended"), "True Declared");
  EXPECT_NE(daemon->topology().dump().find("audit of the month"), std::string::npos);
  EXPECT_EQ(daemon->metrics().value("gtidops_topology_suspended"), 1);

  const auto until =
      std::chrono::ceil<std::chrono::seconds>(system_clock::now() + std::chrono::seconds(2));
  declare("interval: 300ms",
          "  suspend: {enabled: true, reason: \"audit\", until: " + utc(until) + "}\n");
  daemon->hook();
  await("it acts again", [&] { return !is_writable("db2"); });
  EXPECT_GE(system_clock::now(), until) << "before its time";
  await("it says so", [&] { return daemon->condition("Suspended") == "False SuspensionEnded"; });
  EXPECT_EQ(daemon->metrics().value("gtidops_topology_suspended"), 0);
}

// No beat is written while all is suspended: to hold the last one is no proof of being up to date.
TEST_F(RunServers, TheLagOfAStoppedReplicaIsNotInvented) {
  start_converged(declare("interval: 300ms"));
  const std::string suspended =
      declare("interval: 300ms", "  suspend: {enabled: true, reason: \"audit\"}\n");
  daemon->hook();
  await("it is suspended", [&] { return daemon->topology()["revision"] == suspended; });
  sql(server("db3"), "STOP REPLICA");
  sql(server("db1"),
      "CREATE DATABASE IF NOT EXISTS e2e; CREATE TABLE IF NOT EXISTS e2e.unseen (a INT); INSERT "
      "INTO e2e.unseen VALUES (1)");
  await("transactions are missing", [&] {
    return daemon->metric("gtidops_gtid_missing_transactions", {{"server", "db3"}}) > 0;
  });
  await_passes(2);
  const MetricsPage page = daemon->metrics();
  EXPECT_EQ(page.value("gtidops_replication_lag_seconds", {{"server", "db3"}}), std::nullopt);
  EXPECT_EQ(page.value("gtidops_replication_lag_seconds", {{"server", "db2"}}), 0);
  for (const nlohmann::json& one : daemon->topology()["servers"])
    if (one["name"] == "db3") {
      EXPECT_EQ(one["lag_seconds"], nullptr) << one;
    }
  poke_and_converge(declare("interval: 300ms"));
  await("its lag is measured again", [&] {
    return daemon->metrics()
        .value("gtidops_replication_lag_seconds", {{"server", "db3"}})
        .has_value();
  });
}

// What the daemon has watched, a look beside it and a daemon started again know.
TEST_F(RunServers, SinceWhenSomethingIsSoIsKept) {
  start_converged(declare("interval: 300ms"));
  await("all is well", [&] { return daemon->condition("Ready") == "True PrimaryWritable"; });
  const auto since = [&] {
    const nlohmann::json topology = daemon->topology();
    for (const nlohmann::json& one : topology["conditions"])
      if (one["type"] == "Ready") return one["since"].dump();
    return std::string("none");
  };
  const std::string before = since();
  daemon->stop();
  start();
  await("it has looked", [&] { return daemon->condition("Ready") == "True PrimaryWritable"; });
  EXPECT_EQ(since(), before);
}

TEST_F(RunServers, AServerInMaintenanceIsNotTouched) {
  start_converged(declare("interval: 300ms"));
  servers.set_server("db2", ", maintenance: {reason: \"new disks\"}");
  const std::string maintained = declare("interval: 300ms");
  daemon->hook();
  await("it is known", [&] { return daemon->topology()["revision"] == maintained; });
  sql(server("db2"), "STOP REPLICA");
  const std::string before = snapshot(servers, {"db2"});
  sql(server("db3"), "STOP REPLICA");
  await("db3 replicates again", [&] { return follows("db3", "db1"); });
  await_passes(3);
  // But for what it is sent: it does not replicate, so nothing.
  EXPECT_EQ(snapshot(servers, {"db2"}), before);
  EXPECT_EQ(daemon->condition("Healthy").substr(0, 4), "True");

  servers.set_server("db2", "");
  poke_and_converge(declare());
  EXPECT_TRUE(follows("db2", "db1"));
}

}  // namespace
}  // namespace gtidops::testing
