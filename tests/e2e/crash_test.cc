// kill -9 of gtidops, anywhere: the next apply converges.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "e2e/support/topology.h"
#include "ports/passing_fleet.h"
#include "reconcile.h"
#include "spec/parse.h"
#include "support/whole_state.h"
#include "wiring.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

// Ends this process at the chosen call of a port, as kill -9 would: nothing is cleaned up.
class Fuse {
 public:
  explicit Fuse(int calls) : left_(calls) {}
  void burn() {
    if (--left_ == 0) kill(getpid(), SIGKILL);
  }

 private:
  int left_;
};

class FusedFleet : public PassingFleet {
 public:
  FusedFleet(Fleet& fleet, Fuse& fuse) : PassingFleet(fleet), fuse_(fuse) {}
  // A look changes nothing: to die before it is to die after what came before.
  Result<gtidops::Rows> run(const Statement& statement, Millis deadline) override {
    fuse_.burn();
    auto rows = PassingFleet::run(statement, deadline);
    fuse_.burn();
    return rows;
  }

 private:
  Fuse& fuse_;
};

class FusedState : public PassingState {
 public:
  FusedState(const StatePorts& state, Fuse& fuse) : PassingState(state), fuse_(fuse) {}
  Status save(const Intent& intent) override {
    fuse_.burn();
    const Status saved = PassingState::save(intent);
    fuse_.burn();
    return saved;
  }
  Status save_soon(const Intent& intent) override {
    fuse_.burn();
    const Status saved = PassingState::save_soon(intent);
    fuse_.burn();
    return saved;
  }
  Status append(const std::string& line) override {
    fuse_.burn();
    const Status appended = PassingState::append(line);
    fuse_.burn();
    return appended;
  }

 private:
  Fuse& fuse_;
};

// In a process of its own: an apply that dies at the given call. True when it died there, false
// when it ended before.
bool apply_until(const std::filesystem::path& file, const std::filesystem::path& state, int calls) {
  const pid_t child = fork();
  if (child == 0) {
    const ParsedSpecs parsed = read_specs({file.string()});
    if (parsed.specs.size() != 1) _exit(2);
    const auto fleet = make_acting_fleet(parsed.specs[0], state.string());
    const auto clock = make_clock();
    const auto opened = open_state(state.string(), "shop");
    if (!opened) _exit(3);
    Fuse fuse(calls);
    FusedFleet fused_fleet(*fleet, fuse);
    FusedState fused_state((*opened)->ports(), fuse);
    RightToAct right(fused_fleet, *clock, parsed.specs[0]);
    const auto pass =
        reconcile(parsed.specs[0], {fused_fleet, *clock, fused_state.ports(), right}, {});
    _exit(pass && pass->left.synced() ? 0 : 4);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return true;
  EXPECT_EQ(WEXITSTATUS(status), 0) << "an apply that nobody killed failed";
  return false;
}

// As freshly initialized, but for the admin account.
void make_empty(Topology& topology) {
  for (const char* name : {"db1", "db2", "db3"})
    sql(topology[name],
        "SET sql_log_bin = 0; STOP REPLICA; RESET REPLICA ALL; SET GLOBAL super_read_only = OFF; "
        "SET GLOBAL read_only = OFF; "
        "DROP USER IF EXISTS repl@'127.0.0.1'; DROP DATABASE IF EXISTS gtidops; DROP DATABASE IF "
        "EXISTS e2e; RESET PERSIST; "
        "RESET BINARY LOGS AND GTIDS");
  std::filesystem::remove_all(topology.folder() / "state");
}

void expect_converges(Topology& topology, const std::string& when) {
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 0) << when << "\n" << ran.out << ran.err;
  topology.expect_replica("db2", "db1");
  topology.expect_replica("db3", "db1");
  EXPECT_EQ(value(topology["db1"], "SELECT @@read_only"), "0") << when;
  const Ran plan = topology.gtidops("plan", {"--detailed-exitcode"});
  EXPECT_EQ(plan.code, 0) << when << "\n" << plan.out;
}

TEST(Crash, KilledBeforeAndAfterEveryStatementAndJournalLineOfAnApply) {
  Topology topology(3);
  const auto file = topology.file();
  int points = 0;
  for (int call = 1; call < 1000; ++call) {
    make_empty(topology);
    if (!apply_until(file, topology.folder() / "state", call)) break;
    ++points;
    expect_converges(topology, "killed at call " + std::to_string(call));
    if (HasFailure()) break;
  }
  std::printf("killed at %d points\n", points);
  EXPECT_GT(points, 40);
  topology.expect_replicates("db1", "db2");
  topology.expect_replicates("db1", "db3");
}

TEST(Crash, TheBinaryKilledAtAnyMoment) {
  Topology topology(3);
  const std::string file = topology.file().string();
  for (int round = 0; round < 15; ++round) {
    make_empty(topology);
    const pid_t child = fork();
    if (child == 0) {
      const std::string state = (topology.folder() / "state").string();
      execl(GTIDOPS_BINARY, GTIDOPS_BINARY, "apply", file.c_str(), "--auto-approve", "--log-level",
            "off", "--state-dir", state.c_str(), "-o", "json", static_cast<char*>(nullptr));
      _exit(127);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + 30 * round));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    expect_converges(topology, "killed after " + std::to_string(20 + 30 * round) + " ms");
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace gtidops::testing
