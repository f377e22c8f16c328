// gtidops run as a process: signals, death in the middle of a switch, and two of them at once.
#include <csignal>
#include <optional>

#include "e2e/support/run_fixture.h"

namespace gtidops::testing {
namespace {

using sandbox::Connection;
using sandbox::sql;
using sandbox::value;

class RunProcess : public Run {
 protected:
  // A switch to db2 is under way and cannot go on: db2 does not apply what it receives.
  void begin_a_switch_that_hangs() {
    stuck_.emplace(server("db2"));
    stuck_->sql("FLUSH TABLES WITH READ LOCK");
    sql(server("db1"),
        "CREATE DATABASE IF NOT EXISTS e2e; CREATE TABLE IF NOT EXISTS e2e.stuck (a INT);"
        "INSERT INTO e2e.stuck VALUES (1)");
    servers.set_primary("db2");
    switching_ = declare("interval: 1s", kPatient);
    daemon->hook();
    await_the_wait();
  }
  void await_the_wait() {
    await("the switch has begun",
          [&] { return daemon->logged("switch_primary: ") && !daemon->logged("undone"); });
  }
  void expect_one_writable() { EXPECT_EQ(writable(servers, kThree), "db1 "); }
  void release() { stuck_.reset(); }

  static constexpr const char* kPatient = "  switchover: {maxLag: 10m, catchUpTimeout: 5m}\n";
  std::string switching_;
  std::optional<Connection> stuck_;
};

TEST_F(RunProcess, SighupPullsAtOnce) {
  start_converged(declare("interval: 10m"));
  servers.set_options(", SOURCE_RETRY_COUNT: 33");
  const std::string commit = declare("interval: 10m");
  daemon->signal(SIGHUP);
  await("the commit is in force", [&] { return converged(commit); });
  EXPECT_EQ(servers.replica_status("db2", "c.CONNECTION_RETRY_COUNT"), "33");
  EXPECT_TRUE(daemon->running());
}

TEST_F(RunProcess, SigtermEndsItAtOnce) {
  start_converged(declare("interval: 10m"));
  const double seconds = daemon->stop();
  RecordProperty("end_ms", static_cast<int>(seconds * 1000));
  std::printf("ended after %.2f s\n", seconds);
  expect_roles(servers, "db1", {"db2", "db3"});
}

TEST_F(RunProcess, EndedOrKilledInTheMiddleOfASwitchTheNextOneGoesOn) {
  start_converged(declare("interval: 1s", kPatient), {"--log-level", "debug"});
  begin_a_switch_that_hangs();
  std::printf("ended in the middle of a switch after %.2f s\n", daemon->stop());
  expect_one_writable();

  start({"--log-level", "debug"});
  await_the_wait();
  daemon->kill9();
  expect_one_writable();

  release();
  start();
  await(
      "the switch is made", [&] { return converged(switching_); }, 60);
  expect_roles(servers, "db2", {"db1", "db3"});
  for (const std::string& name : kThree)
    EXPECT_EQ(value(server(name), "SELECT @@GLOBAL.binlog_group_commit_sync_delay"), "0") << name;
  servers.expect_replicates("db2", "db1");
}

TEST_F(RunProcess, OnlyOneActsAndTheOtherTakesOver) {
  start_converged(declare());
  const Ran apply = run_process({GTIDOPS_BINARY, "apply", servers.file().string(), "--auto-approve",
                                 "--state-dir", (folder / "state").string()});
  EXPECT_EQ(apply.code, 3) << apply.out << apply.err;
  EXPECT_NE((apply.out + apply.err).find("held by gtidops run (process "), std::string::npos)
      << apply.out << apply.err;

  const auto first = std::move(daemon);
  EXPECT_EQ(first->metrics().value("gtidops_leader"), 1);
  start();
  await("the second one looks", [&] { return daemon->condition("Ready") != ""; });
  EXPECT_EQ(daemon->metrics().value("gtidops_leader"), 0);
  const nlohmann::json known = daemon->topology();
  EXPECT_NE(known["lease_error"].dump().find("held by gtidops run"), std::string::npos) << known;
  EXPECT_EQ(actions_done("canary"), 0);

  first->kill9();
  make_writable("db2");
  await("the second one acts", [&] { return !is_writable("db2"); });
  await("it says so", [&] { return daemon->metrics().value("gtidops_leader") == 1; });
  EXPECT_TRUE(daemon->logged("the lease is ours"));
}

}  // namespace
}  // namespace gtidops::testing
