#include "e2e/support/run_fixture.h"

#include <chrono>
#include <iostream>
#include <thread>

namespace gtidops::testing {

using Clock = std::chrono::steady_clock;
using sandbox::sql;
using sandbox::value;

namespace {

std::unique_ptr<Topology> shared;

class EndServers : public ::testing::Environment {
 public:
  void TearDown() override { shared.reset(); }
};

}  // namespace

void Run::SetUpTestSuite() {
  if (shared) return;
  shared = std::make_unique<Topology>(5);
  ::testing::AddGlobalTestEnvironment(new EndServers);
}

Run::Run() : servers(*shared) {
  static int number = 0;
  choose_shop();
  folder = servers.folder() / ("run" + std::to_string(++number));
  std::filesystem::create_directories(folder);
}

void Run::TearDown() {
  if (HasFailure() && daemon) std::cerr << "the daemon's log:\n" << daemon->log() << "\n";
  daemon.reset();
  for (const char* name : {"db1", "db2", "db3", "db4", "db5"}) {
    const std::string state = server(name).state();
    if (state == "paused") server(name).resume();
    if (state == "killed" || state == "stopped") server(name).start();
    servers.set_server(name, "");
  }
  servers.set_options("");
  servers.set_more("");
}

std::string Run::declare(const std::string& reconcile, const std::string& more) {
  servers.set_more("  reconcile: {" + reconcile + "}\n" + more);
  return repository.commit("fleet/shop.yaml", servers.text());
}

std::vector<std::string> Run::arguments(const std::vector<std::string>& more) {
  std::vector<std::string> all{"--git", repository.remote(), "--git-path",
                               "fleet", "--state-dir",       (folder / "state").string()};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

void Run::start(const std::vector<std::string>& more) {
  daemon = std::make_unique<DaemonProcess>(folder, arguments(more));
}

bool Run::converged(const std::string& commit, const std::string& name) {
  const nlohmann::json known = daemon->topology(name);
  if (known.is_null() || known["revision"] != commit) return false;
  int good = 0;
  for (const auto& one : known["conditions"])
    if (one["type"] == "Synced" || one["type"] == "Ready") good += one["status"] == "True" ? 1 : 0;
  return good == 2;
}

void Run::start_converged(const std::string& commit, const std::vector<std::string>& more) {
  start(more);
  await(
      "all is as declared", [&] { return converged(commit); }, 60);
}

void Run::await_passes(int count, const std::string& name) {
  const auto passes = [&] {
    return daemon->metric("gtidops_reconciles_total", {{"topology", name}});
  };
  const double before = passes();
  await("more passes", [&] { return passes() >= before + count; });
}

double Run::poke_and_converge(const std::string& commit) {
  const auto since = Clock::now();
  daemon->hook();
  await(
      "commit " + commit + " is in force", [&] { return converged(commit); }, 60);
  if (HasFailure()) ADD_FAILURE() << daemon->topology().dump(2);
  return std::chrono::duration<double>(Clock::now() - since).count();
}

double Run::await(const std::string& what, const std::function<bool()>& so, int seconds) {
  constexpr auto kPause = std::chrono::milliseconds(20);
  const auto since = Clock::now();
  bool is_so = so();
  while (!is_so && Clock::now() - since < std::chrono::seconds(seconds)) {
    std::this_thread::sleep_for(kPause);
    is_so = so();
  }
  EXPECT_TRUE(is_so) << "after " << seconds << " s it is not so: " << what;
  return std::chrono::duration<double>(Clock::now() - since).count();
}

bool Run::follows(const std::string& replica, const std::string& source) {
  return servers.replica_status(replica, "s.SERVICE_STATE") == "ON" &&
         servers.replica_status(replica, "t.SERVICE_STATE") == "ON" &&
         servers.replica_status(replica, "c.PORT") == std::to_string(server(source).port());
}

bool Run::is_writable(const std::string& name) { return writable(servers, {name}) != ""; }

void Run::make_writable(const std::string& name) {
  sql(server(name), "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF");
}

void Run::choose_shop() {
  servers.set_name("shop");
  servers.set_declared({"db1", "db2", "db3"});
  servers.set_primary("db1");
}

std::string Run::declare_stock(const std::string& reconcile, const std::string& more) {
  servers.set_name("stock");
  servers.set_declared({"db4", "db5"});
  servers.set_primary("db4");
  servers.set_more("  reconcile: {" + reconcile + "}\n" + more);
  std::string commit = repository.commit("fleet/stock.yaml", servers.text());
  choose_shop();
  return commit;
}

}  // namespace gtidops::testing
