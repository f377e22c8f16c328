// Files and folders on the disk.
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "unit/spec_support.h"

namespace gtidops::test {
namespace {

namespace fs = std::filesystem;

class SpecFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* const info = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ =
        fs::temp_directory_path() / ("gtidops-spec-" + std::to_string(::getpid()) + info->name());
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (root_ / name).string(); }
  // Its servers are its own, unless `host` is given.
  void write(const std::string& name, const std::string& topology, std::string host = "") const {
    if (host.empty()) host = topology + "-" + fs::path(name).stem().string();
    std::string text = two_servers();
    text.replace(text.find("orders"), 6, topology);
    for (const char* const address : {"10.0.0.1", "10.0.0.2"})
      text.replace(text.find(address), std::strlen(address), host + "-" + address);
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  // The errors without the name of the temporary folder.
  [[nodiscard]] std::string errors(const std::vector<std::string>& paths) const {
    std::string lines = lines_of(read_specs(paths).errors);
    for (std::size_t at = lines.find(root_.string()); at != std::string::npos;
         at = lines.find(root_.string()))
      lines.replace(at, root_.string().size(), "ROOT");
    return lines;
  }

  fs::path root_;
};

TEST_F(SpecFiles, AreFoundInFoldersSortedAndRecursively) {
  write("b.yaml", "b");
  write("a.yml", "a");
  write("deep/er/c.yaml", "c");
  std::ofstream(root_ / "notes.txt") << "no topology";
  const ParsedSpecs parsed = read_specs({root_.string()});
  EXPECT_EQ(lines_of(parsed.errors), "");
  ASSERT_EQ(parsed.specs.size(), 3U);
  EXPECT_EQ(*parsed.specs[0].name, "a");
  EXPECT_EQ(*parsed.specs[1].name, "b");
  EXPECT_EQ(*parsed.specs[2].name, "c");
  EXPECT_EQ(parsed.specs[0].file, path("a.yml"));
}

TEST_F(SpecFiles, InHiddenFoldersAreLeftAlone) {
  write("a.yaml", "a");
  write(".github/workflows/ci.yaml", "a");
  write("..2026_11_22/a.yaml", "a");
  write(".hidden.yaml", "a");
  EXPECT_EQ(errors({root_.string()}), "");
}

// git reads none of these: what `validate` took for declared would be let go.
TEST_F(SpecFiles, ThatGitWouldPassOverAreErrorsThatNameThem) {
  write("a.yaml", "a");
  write("deep/b.yaml", "b");
  fs::create_symlink("a.yaml", root_ / "link.yaml");
  fs::create_symlink("nowhere", root_ / "broken.yml");
  fs::create_directory_symlink("deep", root_ / "linked");
  fs::create_symlink("a.yaml", root_ / "README");
  write("sub/c.yaml", "c");
  std::ofstream(root_ / "sub/.git") << "gitdir: ../.git/modules/sub\n";
  const std::string lines = errors({root_.string()});
  for (const char* const line :
       {"ROOT/link.yaml: is a symbolic link,", "ROOT/broken.yml: is a symbolic link,",
        "ROOT/linked: is a symbolic link to a folder", "ROOT/sub: is a git submodule"})
    EXPECT_NE(lines.find(line), std::string::npos) << line << ": " << lines;
  EXPECT_EQ(lines.find("README"), std::string::npos) << lines;
}

// Who opens one waits for a writer, for ever.
TEST_F(SpecFiles, ANamedPipeIsAnError) {
  write("a.yaml", "a");
  ASSERT_EQ(::mkfifo((root_ / "pipe.yaml").c_str(), 0600), 0);
  EXPECT_NE(errors({root_.string()}).find("ROOT/pipe.yaml: it is no regular file"),
            std::string::npos);
}

TEST_F(SpecFiles, OfAMountedConfigMapAreRead) {
  write("..2026_11_22/a.yaml", "a");
  fs::create_directory_symlink("..2026_11_22", root_ / "..data");
  fs::create_symlink("..data/a.yaml", root_ / "a.yaml");
  EXPECT_EQ(errors({root_.string()}), "");
  EXPECT_EQ(read_specs({root_.string()}).specs.size(), 1U);
}

TEST_F(SpecFiles, WhosePlaceALargeFilePointerHoldsAreNamed) {
  std::ofstream(root_ / "a.yaml") << "version https://git-lfs.github.com/spec/v1\n"
                                     "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daa\n"
                                     "size 12345\n";
  const std::string lines = errors({root_.string()});
  EXPECT_EQ(lines.rfind("ROOT/a.yaml:1:1: a Git LFS pointer stands here", 0), 0U) << lines;
}

TEST_F(SpecFiles, WhoseNamesDifferInCapitalsOnlyAreAnError) {
  write("orders.yaml", "a");
  write("Orders.yaml", "b");
  EXPECT_EQ(errors({root_.string()}),
            "ROOT/orders.yaml: differs from ROOT/Orders.yaml in capital letters only: some file "
            "systems take them for one file\n");
  EXPECT_EQ(parse_texts({{"Orders.yaml", two_servers()}, {"x.yaml", ""}}).errors.size(), 1U);
  EXPECT_NE(lines_of(parse_texts({{"Orders.yaml", two_servers()}, {"orders.yaml", ""}}).errors)
                .find("capital letters"),
            std::string::npos);
}

TEST_F(SpecFiles, ReachedTwiceAreReadOnce) {
  write("a.yaml", "a");
  EXPECT_EQ(read_specs({root_.string(), path("a.yaml"), path("./a.yaml")}).specs.size(), 1U);
}

TEST_F(SpecFiles, OfAnyNameAreReadWhenNamed) {
  write("topology.txt", "a");
  EXPECT_EQ(read_specs({path("topology.txt")}).specs.size(), 1U);
}

TEST_F(SpecFiles, WithOneTopologyNameAreAnError) {
  write("a.yaml", "same");
  write("b.yaml", "same");
  write("c.yaml", "other");
  EXPECT_EQ(
      errors({root_.string()}),
      "ROOT/b.yaml:3:18: metadata.name: the topology \"same\" stands in ROOT/a.yaml:3 already\n");
  EXPECT_EQ(read_specs({root_.string()}).specs.size(), 2U);
}

TEST_F(SpecFiles, WithOneTopologyNameAreAnErrorEvenWhenOtherwiseWrong) {
  write("a.yaml", "same");
  std::ofstream(root_ / "a.yaml", std::ios::app) << "  primry: x\n";
  write("b.yaml", "same");
  EXPECT_EQ(
      errors({root_.string()}),
      "ROOT/a.yaml:11:3: spec.primry: unknown key \"primry\"; did you mean \"primary\"?\n"
      "ROOT/b.yaml:3:18: metadata.name: the topology \"same\" stands in ROOT/a.yaml:3 already\n");
}

// The daemon refuses it, so `validate` in the CI of the repository must: else the commit is merged,
// and not applied.
TEST_F(SpecFiles, WithOneServerInTwoTopologiesAreAnErrorAsForTheDaemon) {
  write("a.yaml", "orders", "shop");
  write("b.yaml", "other", "shop");
  write("c.yaml", "third");
  const std::string expected =
      "ROOT/b.yaml:7:28: spec.servers[0].address: \"shop-10.0.0.1:3306\" is a server of the "
      "topology "
      "\"orders\" (ROOT/a.yaml) already\n"
      "ROOT/b.yaml:8:28: spec.servers[1].address: \"shop-10.0.0.2:3306\" is a server of the "
      "topology "
      "\"orders\" (ROOT/a.yaml) already\n";
  EXPECT_EQ(errors({root_.string()}), expected);
  EXPECT_EQ(errors({path("a.yaml"), path("b.yaml")}), expected) << "named one by one";
  EXPECT_EQ(read_specs({root_.string()}).specs.size(), 2U);
}

TEST_F(SpecFiles, OfTheExamplesCanBeReadAllAtOnce) {
  EXPECT_EQ(lines_of(read_specs({in_repository("specs/examples")}).errors), "");
}

TEST_F(SpecFiles, ThatAreNotThereAreAnError) {
  EXPECT_EQ(errors({path("none.yaml")}),
            "ROOT/none.yaml: cannot read the file: No such file or directory\n");
}

TEST_F(SpecFiles, FolderWithoutOneIsAnError) {
  fs::create_directories(root_ / "empty");
  EXPECT_EQ(errors({path("empty")}), "ROOT/empty: no *.yaml or *.yml file in this folder\n");
}

TEST_F(SpecFiles, AreReadNoFurtherThanTheLimit) {
  EXPECT_EQ(lines_of(read_specs({"/dev/zero"}).errors),
            "/dev/zero:1:1: the file is larger than 8 MiB\n");
}

TEST_F(SpecFiles, FolderNamedLikeAFileIsAFolder) {
  write("x.yaml/a.yaml", "a");
  EXPECT_EQ(read_specs({root_.string()}).specs.size(), 1U);
}

TEST_F(SpecFiles, ErrorsOfAllFilesComeInOneRun) {
  std::ofstream(root_ / "a.yaml") << "kind: x\n";
  std::ofstream(root_ / "b.yaml") << "";
  const std::string lines = errors({root_.string(), path("none")});
  EXPECT_NE(lines.find("ROOT/a.yaml:1:7: kind: "), std::string::npos);
  EXPECT_NE(lines.find("ROOT/b.yaml:1:1: the file is empty"), std::string::npos);
  EXPECT_NE(lines.find("ROOT/none: cannot read"), std::string::npos);
}

}  // namespace
}  // namespace gtidops::test
