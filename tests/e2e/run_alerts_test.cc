// gtidops run under a real Prometheus: for each trouble the alert that tells of it, and none when
// it is over; and every metric of the list on real pages.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "e2e/support/prometheus.h"
#include "e2e/support/run_fixture.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;
using std::filesystem::rename;
using Alerts = std::set<std::string>;

std::string joined(const Alerts& alerts) {
  std::string text;
  for (const std::string& one : alerts) text += one + ", ";
  return text;
}

class RunAlerts : public Run {
 protected:
  void SetUp() override {
    declare();
    const std::string commit = declare_stock();
    start_converged(commit, {"--git-interval", "1s"});
    await("stock is as declared", [&] { return converged(commit, "stock"); });
  }
  void start_prometheus() {
    prometheus_ = std::make_unique<Prometheus>(folder / "prometheus", daemon->port());
    await_alerts({});
  }
  // Until exactly these fire.
  void await_alerts(const Alerts& wanted) {
    Alerts firing;
    const double seconds = await("these fire, and no other: " + joined(wanted), [&] {
      firing = prometheus_->firing();
      return firing == wanted;
    });
    EXPECT_EQ(joined(firing), joined(wanted));
    std::printf("after %.1f s: %s\n", seconds, joined(firing).c_str());
  }
  // Until these fire, whatever else does.
  void await_among(const Alerts& wanted) {
    Alerts firing;
    const double seconds = await("these fire: " + joined(wanted), [&] {
      firing = prometheus_->firing();
      return std::includes(firing.begin(), firing.end(), wanted.begin(), wanted.end());
    });
    std::printf("after %.1f s: %s\n", seconds, joined(firing).c_str());
  }
  void expect_well() {
    const std::string commit = declare();
    await(
        "shop is as declared", [&] { return converged(commit); }, 60);
    await(
        "stock is as declared", [&] { return converged(commit, "stock"); }, 60);
    await_alerts({});
  }
  // Brings the transactions that only `replica` holds to its primary, as empty ones.
  void accept_errant(const std::string& replica, const std::string& primary) {
    const std::string errant =
        value(server(replica), "SELECT GTID_SUBTRACT(@@GLOBAL.gtid_executed, '" +
                                   servers.gtid_executed(primary) + "')");
    sandbox::Connection session(server(primary));
    session.sql("SET SESSION gtid_next = '" + errant +
                "'; BEGIN; COMMIT; SET SESSION gtid_next = 'AUTOMATIC'");
  }

  std::unique_ptr<Prometheus> prometheus_;
};

TEST_F(RunAlerts, FireForEachTroubleAndEndWithIt) {
  start_prometheus();
  // Hands off shop, where two servers are writable and one holds what no other has; stock has lost
  // its replica; and the newest commit is not valid.
  const std::string observing = declare("mode: observe, interval: 1s");
  await("it observes", [&] { return daemon->topology()["revision"] == observing; });
  make_writable("db2");
  sql(server("db2"), "CREATE DATABASE errant");
  server("db5").kill();
  repository.commit("fleet/broken.yaml", "kind: Topologie\n");
  await_among({"GtidopsErrantTransactions shop", "GtidopsServerUnreachable stock",
               "GtidopsSeveralWritableServers shop", "GtidopsSpecInvalid"});
  // What gtidops would rightly miss on db1, once its set of transactions says that it is there.
  sql(server("db2"), "SET SESSION sql_log_bin = 0; DROP DATABASE errant");
  accept_errant("db2", "db1");
  server("db5").start();
  repository.git({"rm", "-q", "fleet/broken.yaml"});
  expect_well();

  // stock is suspended, so that its stopped replica stays so; shop has no primary; git is away.
  const std::string suspended =
      declare_stock("interval: 1s", "  suspend: {enabled: true, reason: \"a test\"}\n");
  await("it is suspended", [&] { return daemon->topology("stock")["revision"] == suspended; });
  sql(server("db5"), "STOP REPLICA");
  server("db1").kill();
  rename(repository.remote(), repository.path("away.git"));
  await_among({"GtidopsGitStale", "GtidopsNoWritablePrimary shop",
               "GtidopsReplicationStopped stock", "GtidopsSuspended stock"});
  rename(repository.path("away.git"), repository.remote());
  server("db1").start();
  declare_stock();
  expect_well();

  // A topology that is not declared any more.
  repository.git({"rm", "-q", "fleet/stock.yaml"});
  declare();
  await_among({"GtidopsTopologyGone stock"});
}

TEST_F(RunAlerts, EveryMetricOfTheListIsThere) {
  // What comes only with a role change, and with a refusal.
  std::string seen;
  servers.set_primary("db2");
  poke_and_converge(declare());
  seen += daemon->metrics().text();
  servers.set_primary("db1");
  poke_and_converge(declare());
  const std::string observing = declare("mode: observe, interval: 1s");
  await("it observes", [&] { return daemon->topology()["revision"] == observing; });
  server("db2").kill();
  await("a refusal and an error", [&] {
    return daemon->metric("gtidops_mysql_connection_errors_total") > 0 &&
           daemon->metric("gtidops_actions_blocked") > 0;
  });
  seen += daemon->metrics().text();

  const std::string page = http_get(daemon->port(), "/metrics").body;
  std::ofstream(folder / "page.txt") << page;
  const Ran lint = run_process(
      {GTIDOPS_SOURCE_DIR "/tests/lint/prometheus", "--page", (folder / "page.txt").string()});
  EXPECT_EQ(lint.code, 0) << lint.out << lint.err << page;
  EXPECT_EQ(lint.out + lint.err, "");

  std::ifstream list(GTIDOPS_SOURCE_DIR "/deploy/prometheus/metrics.txt");
  int known = 0;
  for (std::string line; std::getline(list, line);) {
    std::istringstream words(line);
    std::string name;
    std::string type;
    words >> name >> type;
    if (name.empty() || name.front() == '#') continue;
    ++known;
    if (name.rfind("gtidops_provisioning", 0) == 0) continue;  // provision_test.cc
    const std::string sample = type == "histogram" ? name + "_bucket" : name;
    EXPECT_TRUE(MetricsPage(seen).value(sample)) << sample << " was on no page";
  }
  EXPECT_GT(known, 30);
}

}  // namespace
}  // namespace gtidops::testing
