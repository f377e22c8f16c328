// The command as people and scripts use it: exit codes, JSON, saved plans, two at once, and what it
// never shows.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "e2e/support/terminal.h"
#include "e2e/support/topology.h"
#include "support/text.h"
#include "wiring.h"

namespace gtidops::testing {
namespace {

using nlohmann::json;
using sandbox::sql;
using sandbox::value;

Ran bare(const std::vector<std::string>& arguments) {
  std::vector<std::string> line{GTIDOPS_BINARY};
  line.insert(line.end(), arguments.begin(), arguments.end());
  return run_process(line);
}

class TempFolder {
 public:
  TempFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("gtidops-cli-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

TEST(Cli, WrongUsageIs64) {
  EXPECT_EQ(bare({}).code, 64);
  EXPECT_EQ(bare({"plan"}).code, 64);
  EXPECT_EQ(bare({"explode", "x.yaml"}).code, 64);
  EXPECT_EQ(bare({"plan", "x.yaml", "--timeout", "soon"}).code, 64);
  EXPECT_EQ(bare({"--help"}).code, 0);
  EXPECT_EQ(bare({"apply", "--help"}).code, 0);
  EXPECT_EQ(bare({"version"}).code, 0);
}

TEST(Cli, CompletionScriptsAreGoodShell) {
  for (const char* shell : {"bash", "zsh", "fish"})
    EXPECT_NE(bare({"completion", shell}).out.find("validate"), std::string::npos);
  const TempFolder folder;
  const std::string script = folder.write(
      "completion.bash",
      bare({"completion", "bash"}).out +
          "\nCOMP_WORDS=(gtidops pl); COMP_CWORD=1; _gtidops; echo \"${COMPREPLY[@]}\"\n"
          "COMP_WORDS=(gtidops plan --deta); COMP_CWORD=2; _gtidops; echo \"${COMPREPLY[@]}\"\n");
  EXPECT_EQ(run_process({"bash", script}).out, "plan\n--detailed-exitcode\n");
}

TEST(Cli, BadFilesAre78AndEachErrorHasItsPlace) {
  const TempFolder folder;
  EXPECT_EQ(bare({"validate", folder.write("empty.yaml", "")}).code, 78);
  EXPECT_EQ(bare({"validate", "/no/such/file.yaml"}).code, 78);
  EXPECT_EQ(bare({"validate", folder.write("binary.yaml", std::string("\x7f"
                                                                      "ELF\0\1\2\xff\xfe",
                                                                      9))})
                .code,
            78);
  const Ran huge = bare({"plan", folder.write("huge.yaml", std::string(10'000'000, 'a'))});
  EXPECT_EQ(huge.code, 78) << huge.err;
  EXPECT_LT(huge.seconds, 5);
  const std::string cyclic =
      folder.write("cyclic.yaml",
                   "apiVersion: gtidops/v1alpha1\nkind: Topology\nmetadata: {name: c}\nspec:\n  "
                   "primary: a\n  servers:\n"
                   "    - {name: a, address: \"h:1\"}\n    - {name: b, address: \"h:2\", source: "
                   "d}\n    - {name: d, address: \"h:3\", source: b}\n"
                   "  replication: {user: {name: r, host: \"h\"}}\n");
  for (const char* command : {"validate", "plan", "apply", "status"}) {
    const Ran ran = bare({command, cyclic});
    EXPECT_EQ(ran.code, 78) << command;
    EXPECT_NE(ran.err.find("cyclic.yaml:8:"), std::string::npos) << ran.err;
  }
  const json document = json::parse(bare({"validate", "-o", "json", cyclic}).out);
  EXPECT_FALSE(document["valid"]);
  EXPECT_EQ(document["errors"][0]["line"], 8);
}

class OnServers : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { topology_ = std::make_unique<Topology>(2); }
  static void TearDownTestSuite() { topology_.reset(); }
  static std::unique_ptr<Topology> topology_;
};
std::unique_ptr<Topology> OnServers::topology_;

TEST_F(OnServers, ASavedPlanRunsWhileNothingMovedAndIsRefusedAfter) {
  Topology& topology = *topology_;
  const std::string saved = (topology.folder() / "plan.json").string();
  ASSERT_EQ(topology.gtidops("plan", {"--out", saved}).code, 0);
  sql(topology["db1"],
      "CREATE DATABASE moving");  // a moving gtid_executed is no change of what was planned
  sql(topology["db1"], "DROP DATABASE moving");
  const Ran ran = topology.gtidops("apply", {"--plan", saved});
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  topology.expect_replica("db2", "db1");

  const Ran stale = topology.gtidops("apply", {"--plan", saved});
  EXPECT_EQ(stale.code, 3) << stale.out << stale.err;
  EXPECT_NE(stale.err.find("stale"), std::string::npos) << stale.err;

  sql(topology["db2"], "STOP REPLICA");
  ASSERT_EQ(topology.gtidops("plan", {"--out", saved}).code, 0);
  sql(topology["db2"], "SET GLOBAL super_read_only = OFF");
  const Ran moved = topology.gtidops("apply", {"--plan", saved});
  EXPECT_EQ(moved.code, 3) << moved.out << moved.err;
  EXPECT_NE(moved.err.find("super_read_only"), std::string::npos) << moved.err;
  EXPECT_EQ(value(topology["db2"], "SELECT @@super_read_only"), "0");
  topology.converge();
}

TEST_F(OnServers, WithoutATerminalApplyNeedsAutoApprove) {
  Topology& topology = *topology_;
  topology.converge();
  sql(topology["db2"], "STOP REPLICA");
  const Ran ran = topology.gtidops("apply");
  EXPECT_EQ(ran.code, 64) << ran.out << ran.err;
  EXPECT_EQ(topology.replica_status("db2", "t.SERVICE_STATE"), "OFF");
  topology.converge();
}

// A person who has second thoughts at the question must not have to answer it first; and a "yes"
// that comes after that counts for nothing.
TEST_F(OnServers, CtrlCAtTheQuestionIsANoAtOnce) {
  Topology& topology = *topology_;
  topology.converge();
  sql(topology["db2"], "STOP REPLICA");
  const std::filesystem::path state = topology.folder() / "asked";
  const std::vector<std::string> line{GTIDOPS_BINARY, "apply", topology.file().string(),
                                      "--state-dir", state.string()};
  {
    Terminal terminal(line);
    ASSERT_TRUE(terminal.await("taken for a yes: ", 30)) << terminal.written();
    terminal.type("\x03");
    EXPECT_EQ(terminal.wait(5), 1) << terminal.written();
    EXPECT_NE(terminal.written().find("interrupted: nothing was changed"), std::string::npos)
        << terminal.written();
  }
  EXPECT_FALSE(std::filesystem::exists(state / "shop.history")) << "nothing was run";
  EXPECT_EQ(topology.replica_status("db2", "t.SERVICE_STATE"), "OFF");
  {
    Terminal terminal(line);
    ASSERT_TRUE(terminal.await("taken for a yes: ", 30)) << terminal.written();
    terminal.type("no\n");
    EXPECT_EQ(terminal.wait(5), 1) << terminal.written();
    EXPECT_NE(terminal.written().find("not approved: nothing was changed"), std::string::npos);
  }
  {
    Terminal terminal(line);
    ASSERT_TRUE(terminal.await("taken for a yes: ", 30)) << terminal.written();
    terminal.type("yes\n");
    EXPECT_EQ(terminal.wait(60), 0) << terminal.written();
  }
  EXPECT_TRUE(std::filesystem::exists(state / "shop.history"));
  EXPECT_EQ(topology.replica_status("db2", "t.SERVICE_STATE"), "ON");
}

TEST_F(OnServers, ASecondGtidopsIsRefusedWithWhoHoldsTheLease) {
  Topology& topology = *topology_;
  const auto held = open_state((topology.folder() / "state").string(), "shop");
  ASSERT_TRUE(held);
  const Ran ran = topology.apply();
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_NE(ran.err.find(std::to_string(getpid())), std::string::npos) << ran.err;
  EXPECT_EQ(topology.gtidops("plan").code, 0) << "to look needs no lease";
}

TEST_F(OnServers, StatusIsWhatTheContractSays) {
  Topology& topology = *topology_;
  topology.converge();
  const Ran ran = topology.gtidops("status", {"-o", "json"});
  ASSERT_EQ(ran.code, 0) << ran.err;
  const json document = json::parse(ran.out);
  const json& one = document["topologies"][0];
  EXPECT_EQ(one["primary"]["desired"], "db1");
  EXPECT_EQ(one["primary"]["observed"], "db1");
  EXPECT_EQ(one["servers"][0]["role"], "primary");
  EXPECT_EQ(one["servers"][1]["role"], "replica");
  EXPECT_EQ(one["servers"][1]["errant"], "");
  EXPECT_EQ(one["servers"][1]["channels"][0]["source"], "db1");
  EXPECT_EQ(one["servers"][1]["server_uuid"], value(topology["db2"], "SELECT @@server_uuid"));
  topology["db2"].pause();
  const Ran paused = topology.gtidops("status", {"-o", "json", "--timeout", "1s"});
  topology["db2"].resume();
  EXPECT_LT(paused.seconds, 5);
  const json dark = json::parse(paused.out)["topologies"][0]["servers"][1];
  EXPECT_EQ(dark["reachable"], false);
  EXPECT_TRUE(dark["gtid_executed"].is_null());
  EXPECT_TRUE(dark["read_only"].is_null());
  EXPECT_EQ(dark["role"], "unknown");
}

TEST(Secrets, NeverShowUpAnywhere) {
  Topology topology(2);
  sql(topology["db1"], "SET GLOBAL log_output = 'FILE'; SET GLOBAL general_log = ON");
  sql(topology["db2"], "SET GLOBAL log_output = 'FILE'; SET GLOBAL general_log = ON");
  std::string all;
  for (const Ran& ran :
       {topology.gtidops("plan", {"--sql"}), topology.gtidops("plan", {"-o", "json"}),
        topology.apply({"--sql", "--log-level", "trace"}),
        topology.gtidops("status", {"-o", "json"})})
    all += ran.out + ran.err;
  topology.expect_replica("db2", "db1");
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(topology.folder() / "state"))
    if (entry.is_regular_file()) all += text_of(entry.path());
  for (const char* name : {"db1", "db2"}) {
    all += text_of(
        value(topology[name],
              "SELECT IF(LEFT(@@general_log_file, 1) = '/', @@general_log_file, CONCAT(@@datadir, "
              "@@general_log_file))"));
    for (const auto& row :
         sql(topology[name],
             "SELECT sql_text FROM performance_schema.events_statements_history_long"))
      all += row[0].value_or("");
    for (const auto& log : sql(topology[name], "SHOW BINARY LOGS"))
      all += text_of(value(topology[name], "SELECT CONCAT(@@datadir, '" + log[0].value() + "')"));
  }
  EXPECT_NE(all.find("CREATE USER"), std::string::npos) << "the logs were read";
  // As it is, and as it is written in SQL.
  for (const std::string& part : {std::string("R3pl"), std::string("Adm1n")})
    EXPECT_EQ(all.find(part), std::string::npos) << all.substr(all.find(part) - 200, 400);
}

}  // namespace
}  // namespace gtidops::testing
