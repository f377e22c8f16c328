// The account of deploy/README.md, made word for word as it says there, on real servers: afterwards
// gtidops must not find anything to refuse.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "e2e/support/process.h"
#include "sandbox/client.h"
#include "sandbox/sandbox.h"
#include "support/text.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

// The commands of the README's section, in their order: the lines that are indented by four.
std::vector<std::string> documented() {
  const std::string all = text_of(std::filesystem::path(GTIDOPS_SOURCE_DIR) / "deploy/README.md");
  const auto begin = all.find("## The account that gtidops uses");
  std::istringstream section(all.substr(begin, all.find("\n## ", begin + 1) - begin));
  std::vector<std::string> commands;
  for (std::string line; std::getline(section, line);)
    if (line.rfind("    ", 0) == 0) commands.push_back(line.substr(4));
  return commands;
}

class Account : public ::testing::Test {
 protected:
  enum Command { kUmask, kCopy, kOnThePrimary, kOnANewServer, kOnANewReadOnlyServer, kCommands };

  void start(const std::vector<std::string>& more = {}) {
    sandbox::Options options;
    options.mysqld = more;
    sandbox_.up_all({"db1", "db2", "db3"}, options);
    folder_ = sandbox_.folder() / "account";
    std::filesystem::create_directories(folder_ / "bin");
    // What `mysql -h db1 -u root -p` is on this machine.
    std::ofstream(folder_ / "bin/mysql")
        << "#!/bin/sh\n[ \"$1 $3 $4 $5\" = \"-h -u root -p\" ] || exit 64\nexec '"
        << GTIDOPS_SOURCE_DIR << "/tests/sandbox/mysql-sandbox' --dir '"
        << sandbox_.folder().string() << "' sql \"$2\"\n";
    std::filesystem::permissions(folder_ / "bin/mysql", std::filesystem::perms::owner_all);
    commands_ = documented();
    ASSERT_EQ(commands_.size(), static_cast<std::size_t>(kCommands));
    std::ofstream(folder_ / "admin") << "Adm1n-secret";
    std::ofstream(folder_ / "repl") << "Repl1-secret";
    run(commands_[kUmask] + "\n" + commands_[kCopy], "");
  }

  // A documented command on that server; its exit code.
  int run(std::string command, const std::string& server) {
    replace_all(command, "PRIMARY", server);
    replace_all(command, "SERVER", server);
    replace_all(command, "10.0.0.%", "127.0.0.1");
    replace_all(command, "|...|", "|Adm1n-secret|");
    replace_all(command, "deploy/grants.sql",
                std::string(GTIDOPS_SOURCE_DIR) + "/deploy/grants.sql");
    const Ran ran = run_process(
        {"bash", "-c",
         "set -euo pipefail; cd '" + folder_.string() + "'; PATH=$PWD/bin:$PATH; " + command});
    said_ = ran.out + ran.err;
    return ran.code;
  }

  Ran gtidops(const std::string& command, const std::vector<std::string>& more) {
    std::string text =
        "apiVersion: gtidops/v1alpha1\nkind: Topology\nmetadata: {name: shop}\nspec:\n  primary: "
        "db1\n  admin: {user: gtidops, passwordFrom: {file: " +
        (folder_ / "admin").string() + "}}\n  servers:\n";
    for (const char* name : {"db1", "db2", "db3"})
      text += std::string("    - {name: ") + name + ", address: \"" + sandbox_[name].address() +
              "\"}\n";
    text += "  replication: {user: {name: repl, host: \"127.0.0.1\", passwordFrom: {file: " +
            (folder_ / "repl").string() + "}}}\n";
    std::ofstream(folder_ / "shop.yaml") << text;
    std::vector<std::string> line{GTIDOPS_BINARY, command, (folder_ / "shop.yaml").string(),
                                  "--state-dir", (folder_ / "state").string()};
    line.insert(line.end(), more.begin(), more.end());
    return run_process(line, {}, 120);
  }

  void expect_nothing_refused() {
    const Ran plan = gtidops("plan", {"-o", "json"});
    ASSERT_EQ(plan.code, 0) << plan.err;
    EXPECT_EQ(json::parse(plan.out)["plans"][0]["refusals"], json::array()) << plan.out;
  }

  void expect_no_transaction_of_its_own() {
    for (const char* name : {"db1", "db2", "db3"})
      EXPECT_EQ(value(sandbox_[name], "SELECT @@gtid_executed"), "") << name;
  }

  void converge() {
    const Ran apply = gtidops("apply", {"--auto-approve"});
    ASSERT_EQ(apply.code, 0) << apply.out << apply.err;
  }

  sandbox::Sandbox sandbox_;
  std::filesystem::path folder_;
  std::vector<std::string> commands_;
  std::string said_;
};

TEST_F(Account, OnNewServersMakesNoTransaction) {
  start();
  for (const char* name : {"db1", "db2", "db3"})
    EXPECT_EQ(run(commands_[kOnANewServer], name), 0) << said_;
  expect_no_transaction_of_its_own();
  expect_nothing_refused();
  converge();
  expect_nothing_refused();
}

TEST_F(Account, OnNewServersThatStartReadOnlyMakesNoTransaction) {
  start({"--super-read-only=ON"});
  EXPECT_NE(run(commands_[kOnANewServer], "db1"), 0);
  EXPECT_NE(said_.find("1290"), std::string::npos) << said_;
  for (const char* name : {"db1", "db2", "db3"}) {
    EXPECT_EQ(run(commands_[kOnANewReadOnlyServer], name), 0) << said_;
    EXPECT_EQ(value(sandbox_[name], "SELECT @@super_read_only"), "1") << name;
  }
  expect_no_transaction_of_its_own();
  expect_nothing_refused();
  converge();
  expect_nothing_refused();
}

// Where servers replicate already, it is made on the primary alone, and comes to the others.
TEST_F(Account, OnThePrimaryComesToTheReplicas) {
  start();
  for (const char* name : {"db1", "db2", "db3"}) run(commands_[kOnANewServer], name);
  converge();
  sql(sandbox_["db1"], "DROP USER 'gtidops'@'127.0.0.1'");
  const auto executed = [&](const char* name) {
    return value(sandbox_[name], "SELECT @@gtid_executed");
  };
  const auto await_replicas = [&] {
    for (const char* name : {"db2", "db3"})
      EXPECT_EQ(
          value(sandbox_[name], "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + executed("db1") + "', 30)"),
          "0");
  };
  await_replicas();
  EXPECT_NE(run(commands_[kOnThePrimary], "db2"), 0);
  EXPECT_NE(said_.find("1290"), std::string::npos) << said_;

  EXPECT_EQ(run(commands_[kOnThePrimary], "db1"), 0) << said_;
  await_replicas();
  for (const char* name : {"db2", "db3"}) {
    EXPECT_EQ(executed(name), executed("db1")) << name;
    EXPECT_EQ(value(sandbox_[name], "SELECT COUNT(*) FROM mysql.user WHERE user = 'gtidops'"), "1");
  }
  expect_nothing_refused();
}

// Somebody forgot to freeze a replica: the account must not become a transaction of its own there.
TEST_F(Account, OnAReplicaThatTakesWritesMakesNoTransaction) {
  start();
  for (const char* name : {"db1", "db2", "db3"}) run(commands_[kOnANewServer], name);
  converge();
  sql(sandbox_["db2"], "SET GLOBAL read_only = OFF");
  const std::string own = "SELECT GTID_SUBTRACT(@@gtid_executed, '" +
                          value(sandbox_["db1"], "SELECT @@gtid_executed") + "')";
  EXPECT_EQ(run(commands_[kOnThePrimary], "db2"), 0) << said_;
  EXPECT_EQ(value(sandbox_["db2"], own), "");
  sql(sandbox_["db2"], "SET GLOBAL super_read_only = ON");
  expect_nothing_refused();
}

}  // namespace
}  // namespace gtidops::testing
