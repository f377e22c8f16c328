// gtidops or a server dies in the middle of a switch, under write load: what comes next converges,
// nothing that was acknowledged is lost, and never do two servers take writes.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "e2e/support/switching.h"

namespace gtidops::testing {
namespace {

using sandbox::sql;
using sandbox::value;

class SwitchCrash : public ::testing::Test {
 protected:
  // Each test begins with db1 as the primary and everything as declared; one that has failed leaves
  // its servers to nobody.
  void SetUp() override {
    if (!topology_) {
      topology_ = std::make_unique<Topology>(3);
      topology_->set_more("  switchover: {maxLag: 10m, drainTimeout: 5s, catchUpTimeout: 60s}\n");
    }
    primary_ = "db1";
    topology().set_primary(primary_);
    topology().converge();
    ASSERT_FALSE(HasFatalFailure());
    // Light, for what counts is what is under way when something dies, not how much.
    load_ = start_load(topology(), kThree, 30);
  }
  void TearDown() override {
    if (load_) {
      const load::Report report = expect_nothing_lost(*load_, topology(), kThree);
      std::printf("%zu rows, %zu of them doubtful\n", report.rows(), report.doubtful.size());
    }
    load_.reset();
    if (HasFailure()) topology_.reset();
  }
  static void TearDownTestSuite() { topology_.reset(); }

  static Topology& topology() { return *topology_; }
  static std::string candidate() { return primary_ == "db1" ? "db2" : "db1"; }

  // The servers that run.
  static Names alive(const std::string& dead) {
    Names names;
    for (const std::string& name : kThree)
      if (name != dead) names.push_back(name);
    return names;
  }
  static void expect_at_most_one_writable(const std::string& when, const std::string& dead = {}) {
    const std::string names = writable(topology(), alive(dead));
    EXPECT_EQ(std::count(names.begin(), names.end(), ' ') > 1, false) << when << ": " << names;
  }

  // Applies, at most that often, until it ends with 0: then everybody is where the file says, and
  // a client can write.
  void expect_converges(const std::string& to, const std::string& when, int applies = 1) {
    topology().set_primary(to);
    Ran ran;
    for (int i = 0; i < applies; ++i) {
      load_->mark();  // an apply changes the primary once at most
      ran = topology().apply();
      expect_at_most_one_writable(when);
      if (ran.code == 0) break;
    }
    ASSERT_EQ(ran.code, 0) << when << "\n" << ran.out << ran.err;
    primary_ = to;
    expect_roles(topology(), to, alive(to));
    EXPECT_EQ(writable(topology(), kThree), to + " ") << when;
    expect_synced(topology(), when);
    EXPECT_TRUE(load_->wait_rows(2, std::chrono::seconds(20))) << when << ": nobody takes writes";
  }

  // Dies there, in a switch from the primary to the other one. False: the call was never reached.
  bool dies(const Blow& blow) {
    load_->mark();
    topology().set_primary(candidate());
    const Ran ran = fused_apply(topology(), blow);
    where_ = ran.out.substr(0, ran.out.find('\n'));
    if (ran.code == 128 + SIGKILL) {
      expect_at_most_one_writable(where_);
      return true;
    }
    EXPECT_EQ(ran.code, 0) << "an apply that nobody killed failed\n" << ran.out << ran.err;
    primary_ = candidate();
    return false;
  }

  static std::unique_ptr<Topology> topology_;
  static std::string primary_;
  std::unique_ptr<load::Load> load_;
  std::string where_;  // what gtidops died of
};
std::unique_ptr<Topology> SwitchCrash::topology_;
std::string SwitchCrash::primary_;

// What comes after a call and before the next one is the same for everybody else, since looks
// change nothing: so all calls of the step are tried by dying after each, and before the first.
// With GTIDOPS_ALL_POINTS before and after every single call.
TEST_F(SwitchCrash, GtidopsDiesAtEveryCallOfTheSwitch) {
  const int stride = std::getenv("GTIDOPS_ALL_POINTS") != nullptr ? 1 : 2;
  int points = 0;
  for (int call = 1; call < 1000; call += call == 1 ? 1 : stride) {
    if (!dies({"switch", call})) break;
    ++points;
    expect_converges(candidate(), "died " + where_);
    if (HasFailure()) break;
  }
  std::printf("died at %d points of the step switch_primary\n", points);
  EXPECT_GT(points, 15);
}

TEST_F(SwitchCrash, GtidopsDiesAtACallBeforeOrAfterTheSwitch) {
  const int stride = std::getenv("GTIDOPS_ALL_POINTS") != nullptr ? 1 : 5;
  int points = 0;
  for (int call = 2; call < 1000; call += stride) {
    if (!dies({"rest", call})) break;
    ++points;
    expect_converges(candidate(), "died " + where_);
    if (HasFailure()) break;
  }
  std::printf("died at %d points of the other steps\n", points);
  EXPECT_GT(points, 5);
}

// In the middle of a call, too.
TEST_F(SwitchCrash, TheBinaryDiesAtAnyMoment) {
  for (int round = 0; round < 8; ++round) {
    load_->mark();
    topology().set_primary(candidate());
    const std::string file = topology().file().string();
    const std::string state = (topology().folder() / "state").string();
    const pid_t child = fork();
    if (child == 0) {
      execl(GTIDOPS_BINARY, GTIDOPS_BINARY, "apply", file.c_str(), "--auto-approve", "--log-level",
            "off", "--state-dir", state.c_str(), "-o", "json", static_cast<char*>(nullptr));
      _exit(127);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(60 + 45 * round));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const std::string when = "killed after " + std::to_string(60 + 45 * round) + " ms";
    expect_at_most_one_writable(when);
    expect_converges(candidate(), when);
    if (HasFailure()) break;
  }
}

// Clients have waited since the freeze of the one that died: that is what is said, and kept as
// evidence.
TEST_F(SwitchCrash, WhatIsSaidOfTheOutageBeginsWithTheFreezeOfTheOneThatDied) {
  for (const std::string& moment : {"after " + primary_ + ": SET GLOBAL super_read_only = ON",
                                    std::string("after save committed")}) {
    const std::string to = candidate();
    ASSERT_TRUE(dies({moment})) << moment;
    std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
    const Ran ran = topology().apply({"-o", "json"});
    ASSERT_EQ(ran.code, 0) << ran.out << ran.err;
    const double blocked = plan_in(ran)["primary_change"]["writes_blocked_ms"].get<double>();
    EXPECT_GE(blocked, 1'500) << moment;
    EXPECT_LT(blocked, 20'000) << moment;
    expect_converges(to, where_);
    if (HasFailure()) break;
  }
}

// Somebody thinks better of it: the file names the old primary again.
TEST_F(SwitchCrash, TheFileIsPutBackAfterGtidopsDied) {
  const std::vector<std::string> moments{
      "after save switching",
      "after PRIMARY: SET GLOBAL super_read_only = ON",
      "after save committed",
      "after CANDIDATE: SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF",
      "after CANDIDATE: STOP REPLICA",
      "after CANDIDATE: RESET REPLICA ALL",
      "after PRIMARY: CHANGE REPLICATION SOURCE",
  };
  for (std::string moment : moments) {
    for (const auto& [word, name] :
         {std::pair<std::string, std::string>{"PRIMARY", primary_}, {"CANDIDATE", candidate()}})
      if (const auto at = moment.find(word); at != std::string::npos)
        moment.replace(at, word.size(), name);
    const std::string old = primary_;
    ASSERT_TRUE(dies({moment})) << moment;
    expect_converges(old, "put back, died " + where_, 3);
    if (HasFailure()) break;
  }
}

// Nor is it the old primary or its candidate that the file names then, but the third server.
TEST_F(SwitchCrash, TheFileNamesAThirdServerAfterGtidopsDied) {
  for (const char* moment : {"after save switching", "after db1: SET GLOBAL super_read_only = ON",
                             "after save committed",
                             "after db2: SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF",
                             "after db1: CHANGE REPLICATION SOURCE"}) {
    expect_converges("db1", "to begin with");
    ASSERT_TRUE(dies({moment})) << moment;
    expect_converges("db3", "names db3, died " + where_, 3);
    if (HasFailure()) break;
  }
  expect_converges("db1", "in the end");
}

// The switch is committed, and the file is put back before the new primary is opened. Once the old
// one takes writes again, the switch must not be ended while that one cannot be seen.
TEST_F(SwitchCrash, ACommitThatWasTakenBackIsForgotten) {
  const std::string old = primary_;
  const std::string to = candidate();
  ASSERT_TRUE(dies({"after save committed"}));
  topology().set_primary(old);
  load_->mark();
  std::string kill_old;
  for (const std::string& word : kill_command(topology(), old)) kill_old += "'" + word + "' ";
  const Ran back = fused_apply(
      topology(), {"after " + old + ": SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF",
                   1,
                   {"sh", "-c", "sleep 0.5; " + kill_old}});
  ASSERT_NE(back.out.find("burnt"), std::string::npos) << back.out;

  topology().set_primary(to);
  const Ran refused = topology().apply();
  EXPECT_EQ(refused.code, 3) << refused.out << refused.err;
  EXPECT_EQ(writable(topology(), alive(old)), "") << refused.out;
  topology()[old].start();
  load_->mark();
  expect_converges(to, "after " + old + " came back", 3);
}

// Commits on the primary were slowed down for the candidate, who could not keep up.
TEST_F(SwitchCrash, TheCommitThrottleIsReleasedAfterGtidopsDied) {
  const std::string old = primary_;
  const auto throttle = [&] {
    return value(topology()[old], "SELECT @@GLOBAL.binlog_group_commit_sync_delay");
  };
  {
    sandbox::Connection holder(topology()[candidate()]);
    holder.sql("FLUSH TABLES WITH READ LOCK");  // its applier waits
    ASSERT_TRUE(dies({"after " + old + ": SET GLOBAL binlog_group_commit_sync_delay"}));
    EXPECT_EQ(throttle(), "20000");
    const Ran plan = topology().gtidops("plan", {"-o", "json"});
    EXPECT_NE(steps_in(plan_in(plan)).find("release_commit_throttle:" + old), std::string::npos)
        << plan.out;
  }
  expect_converges(old, "put back, died " + where_, 2);
  EXPECT_EQ(throttle(), "0");
}

struct Death {
  std::string victim, moment;
  // Who takes writes when the apply has ended: the old primary (undone), the candidate (it went
  // through), or nobody (it waits for the one that is dead).
  std::string then;
};

class AServerDies : public SwitchCrash, public ::testing::WithParamInterface<Death> {
 protected:
  static std::string named(std::string text) {
    for (const auto& [word, name] : {std::pair<std::string, std::string>{"OLD", primary_},
                                     {"NEW", candidate()},
                                     {"THIRD", "db3"}})
      if (const auto at = text.find(word); at != std::string::npos)
        text.replace(at, word.size(), name);
    return text;
  }
};

TEST_P(AServerDies, InTheMiddleOfTheSwitch) {
  const std::string victim = named(GetParam().victim);
  const std::string then = named(GetParam().then);
  const std::string to = candidate();
  load_->mark();
  topology().set_primary(to);
  const Ran ran =
      fused_apply(topology(), {named(GetParam().moment), 1, kill_command(topology(), victim)});
  EXPECT_EQ(ran.code, 4) << ran.out << ran.err;
  EXPECT_NE(ran.out.find("burnt"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("switch_primary " + to + ": " + (then == to ? "done" : "failed")),
            std::string::npos)
      << ran.out;
  EXPECT_EQ(writable(topology(), alive(victim)), then.empty() ? "" : then + " ") << ran.out;
  if (!then.empty()) {
    EXPECT_TRUE(load_->wait_rows(2, std::chrono::seconds(20)));
  }
  if (victim == "db3" && then == primary_) {
    EXPECT_EQ(topology().apply().code, 3);  // it is still away, which is said
    EXPECT_EQ(writable(topology(), alive(victim)), to + " ");
  }
  load_->mark();
  topology()[victim].start();
  EXPECT_EQ(value(topology()[victim], "SELECT @@super_read_only"), "1")
      << victim << " came back writable";
  load_->mark();
  expect_converges(to, "after " + victim + " came back", 3);
}

INSTANTIATE_TEST_SUITE_P(
    SwitchCrash, AServerDies,
    ::testing::Values(
        Death{"NEW", "before OLD: SET GLOBAL super_read_only = ON", "OLD"},
        Death{"NEW", "after OLD: SET GLOBAL super_read_only = ON", "OLD"},
        // The word to open was never sent, so it can be taken back.
        Death{"NEW", "after save committed", "OLD"},
        Death{"NEW", "after NEW: SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF", ""},
        Death{"OLD", "before OLD: SET GLOBAL super_read_only = ON", ""},
        Death{"OLD", "after OLD: SET GLOBAL super_read_only = ON", ""},
        Death{"OLD", "after save committed", "NEW"},
        // Somebody may have made it writable unseen: given up, and the next run counts without it.
        Death{"THIRD", "after save switching", "OLD"},
        Death{"THIRD", "before OLD: SET GLOBAL super_read_only = ON", "OLD"},
        Death{"THIRD", "after OLD: SET GLOBAL super_read_only = ON", "OLD"},
        Death{"THIRD", "after save committed", "NEW"},
        Death{"THIRD", "after NEW: SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF",
              "NEW"},
        Death{"THIRD", "after NEW: RESET REPLICA ALL", "NEW"}));

}  // namespace
}  // namespace gtidops::testing
