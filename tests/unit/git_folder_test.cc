// FolderSource, and which known_hosts lines are taken.
#include "git/folder_source.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "git/known_hosts.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using Reason = SourceError::Reason;

class FolderSourceTest : public ::testing::Test {
 protected:
  FolderSourceTest() {
    std::string pattern = ::testing::TempDir() + "gtidops-folder-XXXXXX";
    folder = ::mkdtemp(pattern.data());
  }
  ~FolderSourceTest() override { fs::remove_all(folder); }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((fs::path(folder) / name).parent_path());
    std::ofstream(fs::path(folder) / name) << text;
  }

  std::string folder;
};

TEST_F(FolderSourceTest, ReadsWhatIsThereNow) {
  write("b.yml", "b");
  write("a/deep.yaml", "deep");
  write("a/empty.yaml", "");
  write(".git/x.yaml", "no");
  write("notes.txt", "no");
  write("real", "linked");
  fs::create_symlink(folder + "/real", folder + "/link.yaml");
  FolderSource source(folder);
  EXPECT_FALSE(source.last_good());
  EXPECT_FALSE(source.accept({}));
  const auto pulled = source.pull(Millis{1'000});
  ASSERT_TRUE(pulled) << pulled.error().message;
  ASSERT_EQ(pulled->files.size(), 4U);
  EXPECT_EQ(pulled->files[0].path, "a/deep.yaml");
  EXPECT_EQ(pulled->files[0].text, "deep");
  EXPECT_EQ(pulled->files[1].text, "");
  EXPECT_EQ(pulled->files[2].path, "b.yml");
  EXPECT_EQ(pulled->files[3].text, "linked");
  EXPECT_EQ(pulled->revision.commit, "");
  ASSERT_TRUE(source.accept(pulled->revision));
  write("b.yml", "changed");
  EXPECT_EQ(source.pull(Millis{1'000})->files[2].text, "changed");
  EXPECT_EQ(source.last_good()->files[2].text, "b");
}

// A mounted ConfigMap, as Kubernetes makes it.
TEST_F(FolderSourceTest, WhatIsMountedIsRead) {
  write("..2026_11_22/orders.yaml", "mounted");
  fs::create_directory_symlink("..2026_11_22", folder + "/..data");
  fs::create_symlink("..data/orders.yaml", folder + "/orders.yaml");
  const auto pulled = FolderSource(folder).pull(Millis{1'000});
  ASSERT_TRUE(pulled) << pulled.error().message;
  ASSERT_EQ(pulled->files.size(), 1U);
  EXPECT_EQ(pulled->files[0].text, "mounted");
}

// Else what stood there would seem to be deleted, and its topology would be let go.
TEST_F(FolderSourceTest, LinksThatCannotBeReadAreErrorsThatNameThem) {
  write("orders.yaml", "text");
  fs::create_symlink("nowhere", folder + "/broken.yaml");
  auto pulled = FolderSource(folder).pull(Millis{1'000});
  ASSERT_FALSE(pulled);
  EXPECT_NE(pulled.error().message.find("broken.yaml is a symbolic link that leads to no file"),
            std::string::npos)
      << pulled.error().message;
  fs::remove(folder + "/broken.yaml");
  write("deep/x.yaml", "text");
  fs::create_directory_symlink("deep", folder + "/linked");
  pulled = FolderSource(folder).pull(Millis{1'000});
  ASSERT_FALSE(pulled);
  EXPECT_NE(pulled.error().message.find("linked is a symbolic link to a folder"), std::string::npos)
      << pulled.error().message;
}

TEST_F(FolderSourceTest, OneFile) {
  write("orders.yaml", "text");
  const auto pulled = FolderSource(folder + "/orders.yaml").pull(Millis{1'000});
  ASSERT_TRUE(pulled) << pulled.error().message;
  ASSERT_EQ(pulled->files.size(), 1U);
  EXPECT_EQ(pulled->files[0].path, "orders.yaml");
}

TEST_F(FolderSourceTest, Refused) {
  EXPECT_EQ(FolderSource(folder + "/none").pull(Millis{1'000}).error().reason, Reason::kNotFound);
  EXPECT_EQ(FolderSource(folder).pull(Millis{1'000}).error().reason, Reason::kNotFound);
  EXPECT_EQ(FolderSource("/dev/null").pull(Millis{1'000}).error().reason, Reason::kNotFound);
  write("big.yaml", "");
  fs::resize_file(folder + "/big.yaml", (std::uintmax_t{8} << 20U) + 1);
  EXPECT_NE(FolderSource(folder).pull(Millis{1'000}).error().message.find("too large"),
            std::string::npos);
}

TEST_F(FolderSourceTest, KnownHosts) {
  write("one",
        "# comment\n"
        "host ssh-ed25519 AAAA a comment\n"
        "@cert-authority *.example.com ssh-rsa BBBB\n"
        "|1|salt=|hash= ssh-ed25519 CCCC\n"
        "odd line\n");
  write("two", "bad ssh-ed25519 DDDD\n@revoked * ssh-ed25519 DDDD\nother ssh-rsa EEEE\n");
  EXPECT_EQ(git::merge_known_hosts({folder + "/one", folder + "/two", folder + "/none"}),
            "host ssh-ed25519 AAAA\n|1|salt=|hash= ssh-ed25519 CCCC\nother ssh-rsa EEEE\n");
}

TEST(GitFingerprintTest, AsSshPrintsIt) {
  EXPECT_EQ(git::fingerprint(std::string(32, '\0')),
            "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(git::fingerprint("\xff\xff"), "SHA256://8");
}

}  // namespace
}  // namespace gtidops
