// What the tests of a planned switch have in common: who takes writes, what a server is like, what
// the tool said of it, and a write load over the switch.
//
// Thread-safety: one thread. Errors: failed expectations of the test; sandbox::SqlError from a
// server that cannot be asked.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "e2e/support/topology.h"
#include "load/load.h"
#include "load/verify.h"

namespace gtidops::testing {

using Names = std::vector<std::string>;
inline const Names kThree{"db1", "db2", "db3"};

// plans[0] of what a command wrote with -o json; an empty object, and a failed test, when there is
// none.
nlohmann::json plan_in(const Ran& ran);
// "db2:candidate-lag db3:unreachable ": the refusals of a plan, in its order.
std::string rules_in(const nlohmann::json& plan);
// "point_replica:db3 switch_primary:db2 ": the steps of a plan.
std::string steps_in(const nlohmann::json& plan);

// All that a client or an administrator could notice of these servers: flags, persisted variables,
// accounts, channels, filters, transactions. One line a server. Where replication runs undelayed,
// it first waits for what the source has committed: name a source before those that follow it.
std::string snapshot(Topology& topology, const Names& servers);
// "db1 db3 ": those that take writes.
std::string writable(Topology& topology, const Names& servers);
// The number of channels of a server, whatever their state and name.
std::string channels_of(Topology& topology, const std::string& server);

// The primary is open, without a channel, and would boot read-only; the others follow it.
void expect_roles(Topology& topology, const std::string& primary, const Names& replicas);
// A plan would do nothing.
void expect_synced(Topology& topology, const std::string& when = {});
// Waits until it is so; false: not within these seconds.
bool eventually(const std::function<bool()>& so, int seconds = 20);

// Three servers that the tests of a suite share, db1 the primary, and little patience for a switch.
// `Suite`: keeps the servers of one suite from those of another.
template <class Suite>
class OfThree : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    topology_ = std::make_unique<Topology>(3);
    topology_->set_more("  switchover: {maxLag: 5s, drainTimeout: 2s, catchUpTimeout: 20s}\n");
    topology_->converge();
  }
  static void TearDownTestSuite() { topology_.reset(); }

  static Topology& topology() { return *topology_; }
  static sandbox::Server& db(const char* name) { return (*topology_)[name]; }

 private:
  static inline std::unique_ptr<Topology> topology_;
};

// gtidops-fused-apply (tests/fused/main.cc): at that call of a port gtidops dies, or runs a command
// and goes on. Code 137: it died.
struct Blow {
  std::string which;  // "switch", "rest", or a text, or "TEXT then TEXT": "before db1: SET GLOBAL
                      // read_only"
  int call = 1;       // 0: each of them; the command is told which, as its last argument
  std::vector<std::string> command = {};  // empty: gtidops dies
};
Ran fused_apply(Topology& topology, const Blow& blow);
// The command that kills a server as by kill -9.
std::vector<std::string> kill_command(Topology& topology, const std::string& server);

std::vector<load::Port> ports_of(Topology& topology, const Names& servers);
// A load that tries all of these servers, has been running for some rows, and whose writers have
// numbers of their own. Runs longer than any test.
std::unique_ptr<load::Load> start_load(Topology& topology, const Names& servers, double rate = 400);
// Ends it: nothing acknowledged is missing on these servers, which are alike; no two of them took
// rows at once.
load::Report expect_nothing_lost(load::Load& load, Topology& topology, const Names& servers);

}  // namespace gtidops::testing
