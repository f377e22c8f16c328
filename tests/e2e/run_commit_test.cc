// gtidops run and git: a commit is made so on real servers; one that is not valid, and a repository
// that is gone, change nothing, and what was declared last goes on being enforced.
#include <csignal>
#include <fstream>

#include "e2e/support/run_fixture.h"
#include "sandbox/listener.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;
using std::filesystem::rename;

// So slow that no interval can explain what happens soon after a commit.
const char* const kSlowly = "interval: 10m";

class RunCommit : public Run {
 protected:
  // Commits the file as it is set up now, and waits until it is so.
  void make_so(const std::string& what, const std::string& more = "") {
    const std::string commit = declare(kSlowly, more);
    const double seconds = poke_and_converge(commit);
    RecordProperty(what + "_ms", static_cast<int>(seconds * 1000));
    std::printf("commit to converged, %s: %.2f s\n", what.c_str(), seconds);
    EXPECT_LT(seconds, 20) << what;
  }
  // A replica is made writable by hand, and put right again.
  void expect_drift_healed(const std::string& when) {
    make_writable("db2");
    await("db2 is read-only again, " + when, [&] { return !is_writable("db2"); });
  }
  double fetches(const std::string& result) {
    return daemon->metric("gtidops_git_fetches_total", {{"result", result}});
  }
};

TEST_F(RunCommit, IsMadeSoAtOnce) {
  servers.set_declared({"db1", "db2"});
  start_converged(declare(kSlowly));
  servers.expect_replica("db2", "db1");

  sql(server("db3"), "STOP REPLICA; RESET REPLICA ALL");
  choose_shop();
  make_so("new_replica");
  servers.expect_replica("db3", "db1");
  servers.expect_replicates("db1", "db3");

  servers.set_options(", SOURCE_RETRY_COUNT: 77");
  make_so("changed_option");
  EXPECT_EQ(servers.replica_status("db2", "c.CONNECTION_RETRY_COUNT"), "77");
  EXPECT_EQ(servers.replica_status("db3", "c.CONNECTION_RETRY_COUNT"), "77");

  servers.set_server("db3", ", delay: 1h, promotion: never");
  make_so("delay");
  EXPECT_EQ(servers.replica_status("db3", "a.DESIRED_DELAY"), "3600");
  servers.set_server("db3", "");
  make_so("no_delay");
  EXPECT_EQ(servers.replica_status("db3", "a.DESIRED_DELAY"), "0");

  servers.set_primary("db2");
  make_so("new_primary");
  expect_roles(servers, "db2", {"db1", "db3"});
  EXPECT_EQ(
      daemon->metric("gtidops_primary_changes_total", {{"type", "switchover"}, {"result", "done"}}),
      1);
  const nlohmann::json changes = daemon->topology()["primary_changes"];
  ASSERT_EQ(changes.size(), 1U) << changes;
  EXPECT_EQ(changes[0]["to"], "db2");
  EXPECT_EQ(changes[0]["lost_transactions"], 0);

  servers.set_primary("db1");
  make_so("primary_back");
  expect_roles(servers, "db1", {"db2", "db3"});
}

TEST_F(RunCommit, ThatIsNotValidChangesNothing) {
  const std::string good = declare();
  start_converged(good, {"--git-interval", "1s"});
  const std::string text = servers.text();
  const auto lines = std::count(text.begin(), text.end(), '\n');
  const std::string bad = repository.commit("fleet/shop.yaml", text + "  nonsense: 1\n");
  await("spec_valid 0", [&] { return daemon->metrics().value("gtidops_spec_valid") == 0; });
  const std::string where = "fleet/shop.yaml:" + std::to_string(lines + 1) + ":3: spec.nonsense";
  const nlohmann::json source = http_get(daemon->port(), "/api/v1/topologies").json()["source"];
  EXPECT_EQ(source["spec_valid"], false);
  EXPECT_EQ(source["errors"][0].get<std::string>().rfind(where, 0), 0U) << source;
  await("the log says where", [&] { return daemon->logged(where); });
  EXPECT_TRUE(daemon->logged("commit " + bad.substr(0, 12)));
  EXPECT_NE(http_get(daemon->port(), "/").body.find(where), std::string::npos);
  EXPECT_EQ(daemon->topology()["revision"], good);
  expect_drift_healed("while the newest commit is not valid");
  EXPECT_TRUE(converged(good));

  const std::string mended = repository.commit("fleet/shop.yaml", text);
  await("the mended one is in force", [&] { return converged(mended); });
  EXPECT_EQ(daemon->metrics().value("gtidops_spec_valid"), 1);
}

TEST_F(RunCommit, ThatRewritesTheBranchIsFollowedAndTold) {
  const std::string before = declare();
  start_converged(before);
  servers.set_options(", SOURCE_RETRY_COUNT: 55");
  servers.set_more("  reconcile: {interval: 1s}\n");
  const std::string after = repository.commit("fleet/shop.yaml", servers.text(), {"--amend"});
  poke_and_converge(after);
  EXPECT_TRUE(daemon->logged("the branch was rewritten"));
  EXPECT_EQ(servers.replica_status("db2", "c.CONNECTION_RETRY_COUNT"), "55");
}

TEST_F(RunCommit, TheLastOneIsEnforcedWhileGitIsAwayAndAfterARestart) {
  const std::string last = declare();
  start_converged(last, {"--git-interval", "1s"});
  rename(repository.remote(), repository.path("away.git"));
  await("failures are counted", [&] { return fetches("failure") >= 2; });
  EXPECT_TRUE(daemon->logged("the last good revision stays in force"));
  expect_drift_healed("while git is away");

  daemon->stop();
  start({"--git-interval", "1s"});
  // What was declared last is in force before git was asked once; here it was.
  await("it has tried", [&] { return fetches("failure") >= 1; });
  expect_drift_healed("after a restart without git");
  await("it is known as in force", [&] { return converged(last); });
  EXPECT_EQ(http_get(daemon->port(), "/-/ready").status, 200);
  EXPECT_EQ(fetches("success"), 0);

  rename(repository.path("away.git"), repository.remote());
  await("git is back", [&] { return fetches("success") >= 1; });
  EXPECT_TRUE(daemon->logged("the topology files can be read again"));
  const std::string next = declare("interval: 900ms");
  await("the next commit is in force", [&] { return converged(next); });
}

// A server that accepts connections and then says nothing, for ever.
TEST_F(RunCommit, AGitServerThatHangsIsGivenUpAndHoldsUpNoEnd) {
  const sandbox::Listener hung(sandbox::Listener::Speaks::Nothing);
  std::ofstream(folder / "run.yaml")
      << "git: {url: \"http://" << hung.address() << "/fleet.git\", interval: 1s, timeout: 1s}\n"
      << "stateDir: " << (folder / "state").string() << "\n";
  daemon = std::make_unique<DaemonProcess>(
      folder, std::vector<std::string>{"--config", (folder / "run.yaml").string()});
  await("it is given up", [&] { return fetches("timeout") >= 1; });
  daemon->stop();

  // With the default limit of 30 s.
  const int before = hung.connections();
  daemon = std::make_unique<DaemonProcess>(
      folder, std::vector<std::string>{"--git", "http://" + hung.address() + "/fleet.git",
                                       "--state-dir", (folder / "state2").string()});
  await("it is asked", [&] { return hung.connections() > before; });
  daemon->stop();
}

}  // namespace
}  // namespace gtidops::testing
