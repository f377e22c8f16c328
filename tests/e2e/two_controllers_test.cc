// Two controllers that share no state folder: the servers themselves say who may act. One of them
// acts, the other one is refused with who that is, whoever started them, and nothing is lost.
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <sys/wait.h>
#include <unistd.h>

#include <future>

#include "e2e/support/run_fixture.h"
#include "e2e/support/switching.h"
#include "execute/right_to_act.h"
#include "spec/parse.h"
#include "wiring.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using ::testing::Test;

// `gtidops apply` of this file from another state folder than Topology's.
Ran apply_elsewhere(const std::filesystem::path& file, const std::filesystem::path& state) {
  return run_process(
      {GTIDOPS_BINARY, "apply", file.string(), "--state-dir", state.string(), "--auto-approve"});
}

class TwoControllers : public Test {
 protected:
  static void SetUpTestSuite() {
    topology_ = new Topology(3);
    topology_->converge();
  }
  static void TearDownTestSuite() {
    delete topology_;
    topology_ = nullptr;
  }

  // The topology file with this primary, under a name of its own.
  static std::filesystem::path revision(const std::string& primary) {
    topology_->set_primary(primary);
    const auto file = topology_->folder() / ("revision-" + primary + ".yaml");
    std::filesystem::copy_file(topology_->file(), file,
                               std::filesystem::copy_options::overwrite_existing);
    return file;
  }
  static std::filesystem::path elsewhere() { return topology_->folder() / "elsewhere"; }

  static Topology* topology_;
};

Topology* TwoControllers::topology_ = nullptr;

// A process of its own that holds the right on all servers, and does nothing.
class Holder {
 public:
  Holder(const std::filesystem::path& file, const std::filesystem::path& state) {
    int ready[2];
    if (::pipe(ready) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      const ParsedSpecs parsed = read_specs({file.string()});
      const auto opened = open_state(state.string(), "shop", "the holder");
      const auto fleet = make_acting_fleet(parsed.specs.at(0), state.string(), "the holder");
      const auto clock = make_clock();
      RightToAct right(*fleet, *clock, parsed.specs.at(0));
      const bool ours = opened && right.claim((*opened)->ports().lease, Millis{5'000});
      (void)!::write(ready[1], ours ? "y" : "n", 1);
      ::pause();
      ::_exit(0);
    }
    char answer = 'n';
    (void)!::read(ready[0], &answer, 1);
    holds = answer == 'y';
    ::close(ready[0]);
    ::close(ready[1]);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  ~Holder() { end(); }
  void signal(int number) const { ::kill(pid_, number); }
  void end() {
    if (pid_ <= 0) return;
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] std::string name() const {
    return "the holder (process " + std::to_string(pid_) + " on ";
  }
  bool holds = false;

 private:
  pid_t pid_ = -1;
};

// How often another server took the writes. A row that was sent before another server's last one
// was acknowledged has merely been answered late.
std::size_t changes_of(const std::vector<load::Ack>& acks) {
  std::size_t changes = 0;
  for (const load::Ack *at = acks.data(), *last = at; at != acks.data() + acks.size(); ++at) {
    if (at->port != last->port && at->sent <= last->acked) continue;
    if (at->port != last->port) ++changes;
    last = at;
  }
  return changes;
}

TEST_F(TwoControllers, OfTwoWithDifferentRevisionsAtOnceNoneUndoesWhatTheOtherDoes) {
  const Names all = kThree;
  const auto file = revision("db2");
  const auto other = revision("db3");
  const auto load = start_load(*topology_, all, 300);
  int refused = 0;
  for (int round = 0; round < 6; ++round) {
    auto one = std::async(std::launch::async,
                          [&] { return apply_elsewhere(file, topology_->folder() / "state"); });
    auto two = std::async(std::launch::async, [&] { return apply_elsewhere(other, elsewhere()); });
    for (const Ran& ran : {one.get(), two.get()}) {
      EXPECT_TRUE(ran.code == 0 || ran.code == 3) << ran.code << ran.out << ran.err;
      if (ran.code != 3) continue;
      ++refused;
      EXPECT_NE(ran.err.find("the right to act on topology shop is held on db"), std::string::npos)
          << ran.err;
      EXPECT_NE(ran.err.find("gtidops apply (process "), std::string::npos) << ran.err;
    }
    EXPECT_EQ(writable(*topology_, all).size(), 4U) << writable(*topology_, all);
  }
  EXPECT_GT(refused, 0) << "they never met: the test shows nothing";
  std::printf("%d of 12 were refused\n", refused);
  topology_->set_primary("db1");
  topology_->converge();
  const load::Report report = load->stop();
  EXPECT_EQ(report.cut_short, "");
  EXPECT_EQ(report.acked_twice, 0U);
  // Each of the applies changes the roles once at most; two that are open take turns with each row.
  EXPECT_LE(changes_of(report.acks), 13U) << "two servers took writes at once";
  const load::Verdict verdict = load::verify(report, ports_of(*topology_, all));
  EXPECT_TRUE(verdict.good()) << verdict.text();
  expect_roles(*topology_, "db1", {"db2", "db3"});
}

TEST_F(TwoControllers, WhoHoldsTheRightIsNamedAndTheNextGoesOnSecondsAfterItsDeath) {
  const auto file = revision("db1");
  topology_->converge();
  sandbox::sql((*topology_)["db2"], "STOP REPLICA");
  Holder holder(file, elsewhere());
  ASSERT_TRUE(holder.holds);
  for (const int signal : {0, SIGSTOP}) {
    if (signal != 0) holder.signal(signal);
    const Ran ran = topology_->apply();
    EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
    EXPECT_NE(ran.err.find("is held on db1 by " + holder.name()), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find(", since 20"), std::string::npos) << ran.err;
    EXPECT_EQ(topology_->replica_status("db2", "t.SERVICE_STATE"), "OFF") << "it has acted";
  }
  EXPECT_EQ(topology_->gtidops("plan").code, 0) << "to look needs no right";
  holder.end();
  EXPECT_TRUE(eventually([&] { return topology_->apply().code == 0; }, 10));
  topology_->expect_replica("db2", "db1");
}

// What a person has judged is written to a state folder. In one that the controller who acts does
// not read it would be no word to anybody.
TEST_F(TwoControllers, NobodyAcknowledgesToAStateFolderThatTheActingOneDoesNotRead) {
  const auto file = revision("db1");
  topology_->converge();
  const auto acknowledge = [&] {
    return run_process({GTIDOPS_BINARY, "acknowledge", file.string(), "--state-dir",
                        (topology_->folder() / "state").string(), "--server", "db2", "--rule",
                        "filtered-once", "--reason", "judged"});
  };
  Holder holder(file, elsewhere());
  ASSERT_TRUE(holder.holds);
  Ran ran = acknowledge();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.err.find("is held on db1 by " + holder.name()), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("end it, and give its --state-dir"), std::string::npos) << ran.err;
  holder.end();
  // Then it is asked what there is to be judged.
  EXPECT_TRUE(eventually(
      [&] {
        ran = acknowledge();
        return ran.err.find("is held on") == std::string::npos;
      },
      10));
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.err.find("filtered-once"), std::string::npos) << ran.err;
}

// Renamed in git while another controller still runs the old name: two names are not two rights. A
// state folder that both share makes the other one's session no session of ours.
TEST_F(TwoControllers, AnotherNameForTheSameServersIsNotAnotherRight) {
  const auto file = revision("db1");
  topology_->converge();
  const ParsedSpecs parsed = read_specs({file.string()});
  const auto state = topology_->folder() / "state";
  const auto fleet = make_acting_fleet(parsed.specs.at(0), state.string(), "the old name");
  const auto clock = make_clock();
  RightToAct right(*fleet, *clock, parsed.specs.at(0));
  const auto opened = open_state(state.string(), "shop");
  ASSERT_TRUE(opened);
  ASSERT_TRUE(right.claim((*opened)->ports().lease, Millis{5'000}));
  const auto renamed = topology_->folder() / "renamed.yaml";
  topology_->set_name("billing");
  std::filesystem::copy_file(topology_->file(), renamed,
                             std::filesystem::copy_options::overwrite_existing);
  topology_->set_name("shop");
  for (const auto& folder : {state, elsewhere()}) {
    const Ran ran = apply_elsewhere(renamed, folder);
    EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
    EXPECT_NE(ran.err.find("server db1 of topology billing is also a server of topology shop"),
              std::string::npos)
        << ran.err;
    EXPECT_NE(ran.err.find("by the old name (process "), std::string::npos) << ran.err;
    EXPECT_TRUE(right.hold("db1", (*opened)->ports().lease, Millis{5'000}))
        << "its session was ended";
  }
}

// An earlier process of the same state folder is dead for sure: its lease on the file is free. What
// its sessions still hold must keep nobody waiting, nor may what they run still land.
TEST_F(TwoControllers, WhatAnEarlierProcessOfTheSameStateFolderLeftIsEnded) {
  const auto file = revision("db1");
  topology_->converge();
  const auto state = topology_->folder() / "state";
  const ParsedSpecs parsed = read_specs({file.string()});
  const auto left = make_acting_fleet(parsed.specs.at(0), state.string(), "left behind");
  const auto clock = make_clock();
  RightToAct right(*left, *clock, parsed.specs.at(0));
  {
    const auto opened = open_state(state.string(), "shop");
    ASSERT_TRUE(opened);
    ASSERT_TRUE(right.claim((*opened)->ports().lease, Millis{5'000}));
  }
  sandbox::sql((*topology_)["db2"], "STOP REPLICA");
  const Ran ran = topology_->apply();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  topology_->expect_replica("db2", "db1");
  // And the one that was taken for dead does nothing more.
  std::filesystem::remove(state / "shop.lease");
  const auto opened = open_state(state.string(), "shop");
  ASSERT_TRUE(opened);
  const auto again = right.run(gtidops::sql("db2", "STOP REPLICA FOR CHANNEL ''"),
                               (*opened)->ports().lease, Millis{5'000});
  EXPECT_FALSE(again) << "it has lost the right on every server, and looks first";
  topology_->expect_replica("db2", "db1");
}

class TwoDaemons : public Run {
 protected:
  std::vector<std::string> elsewhere(const std::filesystem::path& state) {
    std::vector<std::string> line = arguments();
    for (std::size_t i = 0; i + 1 < line.size(); ++i)
      if (line[i] == "--state-dir") line[i + 1] = state.string();
    return line;
  }
};

TEST_F(TwoDaemons, OneThatOnlyObservesKeepsNobodyFromActing) {
  start_converged(declare());
  EXPECT_EQ(apply_elsewhere(servers.file(), folder / "person").code, 3);
  const std::string observing = declare("mode: observe, interval: 300ms");
  daemon->hook();
  await("it observes", [&] { return daemon->topology()["revision"] == observing; });
  sql(server("db3"), "STOP REPLICA");
  await_passes(2);
  const std::string acting = declare();  // which the daemon is not told of yet
  Ran ran;
  await("a person may act", [&] {
    ran = apply_elsewhere(servers.file(), folder / "person");
    return ran.code == 0;
  });
  EXPECT_TRUE(follows("db3", "db1")) << ran.out << ran.err;
  poke_and_converge(acting);
  EXPECT_EQ(apply_elsewhere(servers.file(), folder / "person").code, 3);
}

TEST_F(TwoDaemons, APersonIsRefusedWhileADaemonLeadsAndASecondOneStandsBy) {
  start_converged(declare());
  servers.set_primary("db2");
  const Ran ran = apply_elsewhere(servers.file(), folder / "person");
  servers.set_primary("db1");
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.err.find("by gtidops run (process "), std::string::npos) << ran.err;
  EXPECT_TRUE(is_writable("db1"));
  EXPECT_FALSE(is_writable("db2"));

  std::filesystem::create_directories(folder / "second");
  DaemonProcess second(folder / "second", elsewhere(folder / "second-state"));
  await("the second one looks", [&] { return second.condition("Ready").substr(0, 4) == "True"; });
  EXPECT_EQ(second.metrics().value("gtidops_leader", {{"topology", "shop"}}), 0.0);
  EXPECT_EQ(daemon->metrics().value("gtidops_leader", {{"topology", "shop"}}), 1.0);
  EXPECT_TRUE(
      second.logged("only looking: the right to act on topology shop is held on db1 by "
                    "gtidops run (process "))
      << second.log();

  daemon->kill9();
  const double seconds = await("the second one leads", [&] {
    return second.metrics().value("gtidops_leader", {{"topology", "shop"}}) == 1.0;
  });
  EXPECT_LT(seconds, 10);
  make_writable("db3");
  await("and acts", [&] { return !is_writable("db3"); });
  std::printf("the second one leads after %.2f s\n", seconds);
  second.stop();
}

}  // namespace
}  // namespace gtidops::testing
