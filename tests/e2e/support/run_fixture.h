// What the tests of `gtidops run` have in common: five real servers that all of them share (db1,
// db2 and db3 are the topology shop; db4 and db5 are stock, where two are needed), and for each
// test a repository, a state folder and a daemon of its own.
//
// Thread-safety: one thread. Errors: failed expectations of the test.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "e2e/support/daemon.h"
#include "e2e/support/switching.h"
#include "e2e/support/topology.h"
#include "git_world/git_world.h"

namespace gtidops::testing {

class Run : public ::testing::Test {
 protected:
  Run();
  // The servers are started for the first of these tests, and end with the last test of all.
  static void SetUpTestSuite();
  // Ends the daemon, tells its log when the test has failed, and brings the servers back.
  void TearDown() override;

  sandbox::Server& server(const std::string& name) { return servers[name]; }
  // The topology file with this in `reconcile: {}` and these lines below `spec:`, committed as
  // fleet/shop.yaml; the commit's hash.
  std::string declare(const std::string& reconcile = "interval: 1s", const std::string& more = "");
  // The same of stock.
  std::string declare_stock(const std::string& reconcile = "interval: 1s",
                            const std::string& more = "");
  // The arguments of a daemon on this repository and state folder; it asks git only when poked.
  std::vector<std::string> arguments(const std::vector<std::string>& more = {});
  void start(const std::vector<std::string>& more = {});
  // Its last pass was over this commit, and everything is as declared.
  bool converged(const std::string& commit, const std::string& name = "shop");
  // Starts a daemon on what is declared, and waits until it has made it so.
  void start_converged(const std::string& commit, const std::vector<std::string>& more = {});
  // Until so many more passes have ended.
  void await_passes(int count, const std::string& name = "shop");
  // Commits were pushed: pokes, and waits until all is as the commit says; how long it took.
  double poke_and_converge(const std::string& commit);

  // Waits until it is so; how many seconds it took.
  static double await(const std::string& what, const std::function<bool()>& so, int seconds = 30);

  void choose_shop();

  // As SQL sees it.
  bool follows(const std::string& replica, const std::string& source);
  bool is_writable(const std::string& name);
  void make_writable(const std::string& name);
  [[nodiscard]] double actions_done(const std::string& action) {
    return daemon->metric("gtidops_actions_total", {{"action", action}, {"result", "done"}});
  }

  Topology& servers;
  GitWorld repository;
  std::filesystem::path folder;
  std::unique_ptr<DaemonProcess> daemon;
};

}  // namespace gtidops::testing
