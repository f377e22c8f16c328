// `gtidops run` and its command line, on servers that are not there: which topologies it manages,
// and that what is said there wins over the configuration file.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "e2e/support/process.h"

namespace gtidops::testing {
namespace {

namespace fs = std::filesystem;

class RunCommandLine : public ::testing::Test {
 protected:
  RunCommandLine() {
    fs::create_directories(folder_ / "fleet");
    // Nobody listens there.
    declare("orders", "127.0.0.1:1");
    declare("sales", "127.0.0.1:2");
  }
  ~RunCommandLine() override { fs::remove_all(folder_); }

  void declare(const std::string& name, const std::string& address) const {
    std::ofstream(folder_ / "fleet" / (name + ".yaml"))
        << "apiVersion: gtidops/v1alpha1\nkind: Topology\nmetadata: {name: " << name
        << "}\nspec:\n  primary: db1\n  servers:\n    - {name: db1, address: \"" << address
        << "\"}\n";
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  void configure(const std::string& more) const {
    std::ofstream(folder_ / "run.yaml")
        << "path: " << path("fleet") << "\nstateDir: " << path("file-state") << "\n"
        << more;
  }
  Ran run(std::vector<std::string> more) const {
    std::vector<std::string> line{GTIDOPS_BINARY, "run", "--once"};
    line.insert(line.end(), more.begin(), more.end());
    return run_process(line);
  }
  // Whose lease was taken in that folder.
  [[nodiscard]] std::string managed(const std::string& state) const {
    std::string all;
    for (const char* name : {"orders", "sales"})
      if (fs::exists(folder_ / state / (std::string(name) + ".lease")))
        all += std::string(name) + " ";
    return all;
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("gtidops-run-options-" + std::to_string(::getpid()));
};

TEST_F(RunCommandLine, OnlyTheTopologyThatIsNamedIsManaged) {
  const Ran all = run({"--path", path("fleet"), "--state-dir", path("all")});
  EXPECT_EQ(all.code, 3) << all.err;
  EXPECT_EQ(managed("all"), "orders sales ");
  const Ran one =
      run({"--path", path("fleet"), "--state-dir", path("one"), "--topology", "orders"});
  EXPECT_EQ(one.code, 3) << one.err;
  EXPECT_EQ(managed("one"), "orders ");
  EXPECT_EQ(one.err.find("sales"), std::string::npos) << one.err;
  const Ran none =
      run({"--path", path("fleet"), "--state-dir", path("none"), "--topology", "order"});
  EXPECT_EQ(none.code, 64) << none.err;
  EXPECT_EQ(managed("none"), "");
  EXPECT_NE(none.err.find("there is no topology order in the folder (did you mean orders?)"),
            std::string::npos)
      << none.err;
}

TEST_F(RunCommandLine, WhatTheCommandLineSaysWinsOverTheFile) {
  const std::string info = "2 topologies declared";
  configure("log: {level: info, format: json}\n");
  Ran ran = run({"--config", path("run.yaml")});
  EXPECT_NE(ran.err.find(info), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.rfind("{\"time\"", 0), 0U) << ran.err;
  EXPECT_EQ(managed("file-state"), "orders sales ");

  ran = run(
      {"--config", path("run.yaml"), "--log-format", "text", "--state-dir", path("line-state")});
  EXPECT_NE(ran.err.find(info), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find("{\"time\""), std::string::npos) << ran.err;
  EXPECT_EQ(managed("line-state"), "orders sales ");
  ran = run({"--config", path("run.yaml"), "--log-level", "error"});
  EXPECT_EQ(ran.err.find(info), std::string::npos) << ran.err;

  configure("log: {level: error}\n");
  ran = run({"--config", path("run.yaml")});
  EXPECT_EQ(ran.err.find(info), std::string::npos) << ran.err;
  ran = run({"--config", path("run.yaml"), "--log-level", "info"});
  EXPECT_NE(ran.err.find(info), std::string::npos) << ran.err;

  // Where the topologies are.
  fs::create_directories(folder_ / "other");
  fs::rename(folder_ / "fleet/sales.yaml", folder_ / "other/sales.yaml");
  ran = run(
      {"--config", path("run.yaml"), "--path", path("other"), "--state-dir", path("other-state")});
  EXPECT_EQ(managed("other-state"), "sales ") << ran.err;
}

TEST_F(RunCommandLine, ThatNobodyWouldReadAreRefused) {
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{"--git", path("x.git"), "--path", path("fleet")},
        {"--path", path("fleet"), "--branch", "main"},
        {"--path", path("fleet"), "--git-allow-rewrite"},
        {"--path", path("fleet"), "--git-interval", "10s"},
        {"--path", path("fleet"), "--web.external-url", "gtidops.example.com"},
        {}}) {
    std::vector<std::string> line = more;
    line.insert(line.end(), {"--state-dir", path("none")});
    const Ran ran = run(line);
    EXPECT_EQ(ran.code, 64) << ran.err;
    EXPECT_EQ(managed("none"), "");
  }
}

}  // namespace
}  // namespace gtidops::testing
