// GitSource with a clone that is damaged, busy, or that a killed process has left half made.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "git/git_source.h"
#include "git_world/git_world.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using gtidops::testing::GitWorld;
using gtidops::testing::kPullTime;
using Reason = SourceError::Reason;

class GitDamageTest : public ::testing::Test {
 protected:
  GitDamageTest() {
    for (int i = 0; i < 5; ++i)
      world.commit("topologies/orders.yaml", "number " + std::to_string(i) + "\n");
    GitSource source(options);
    const auto pulled = source.pull(kPullTime);
    EXPECT_TRUE(pulled) << pulled.error().message;
    EXPECT_TRUE(source.accept(pulled->revision));
  }

  // The damaged clone gives what is right, now and after the next commit, and nothing is lost.
  void expect_healed(const std::string& what) {
    GitSource source(options);
    EXPECT_TRUE(source.last_good()) << what;
    const auto pulled = source.pull(kPullTime);
    ASSERT_TRUE(pulled) << what << ": " << pulled.error().message;
    EXPECT_EQ(pulled->revision.commit, world.git({"rev-parse", "HEAD"})) << what;
    EXPECT_EQ(pulled->files.size(), 1U) << what;
    const std::string head = world.commit("topologies/orders.yaml", "after " + what + "\n");
    const auto next = source.pull(kPullTime);
    ASSERT_TRUE(next) << what << ": " << next.error().message;
    EXPECT_EQ(next->revision.commit, head) << what;
    EXPECT_EQ(next->files[0].text, "after " + what + "\n");
    EXPECT_FALSE(next->rewritten) << what;
    ASSERT_TRUE(source.accept(next->revision));
    EXPECT_FALSE(fs::exists(options.directory + "/fresh.git")) << what;
    EXPECT_FALSE(fs::exists(options.directory + "/old.git")) << what;
  }

  void each_file(const fs::path& below, const std::function<void(const fs::path&)>& work) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(clone() / below))
      if (entry.is_regular_file()) files.push_back(entry.path());
    for (const fs::path& file : files) {
      fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
      work(file);
    }
  }

  fs::path clone() const { return fs::path(options.directory) / "repository.git"; }

  GitWorld world;
  GitOptions options = world.options();
};

void truncate_to(const fs::path& file, std::uintmax_t size) { fs::resize_file(file, size); }

TEST_F(GitDamageTest, HealsWhatever) {
  const std::vector<std::pair<std::string, std::function<void()>>> damages{
      {"no clone", [&] { fs::remove_all(clone()); }},
      {"no objects", [&] { fs::remove_all(clone() / "objects"); }},
      {"objects lost", [&] { each_file("objects", [](const fs::path& f) { fs::remove(f); }); }},
      {"objects empty",
       [&] { each_file("objects", [](const fs::path& f) { truncate_to(f, 0); }); }},
      {"objects cut",
       [&] {
         each_file("objects", [](const fs::path& f) { truncate_to(f, fs::file_size(f) / 2); });
       }},
      {"objects overwritten",
       [&] {
         each_file("objects", [](const fs::path& f) {
           std::fstream file(f, std::ios::in | std::ios::out | std::ios::binary);
           file.seekp(static_cast<std::streamoff>(fs::file_size(f) / 2));
           file << "XXXXXXXX";
         });
       }},
      {"refs empty", [&] { each_file("refs", [](const fs::path& f) { truncate_to(f, 0); }); }},
      {"refs cut", [&] { each_file("refs", [](const fs::path& f) { truncate_to(f, 17); }); }},
      {"no refs", [&] { fs::remove_all(clone() / "refs"); }},
      {"HEAD empty", [&] { truncate_to(clone() / "HEAD", 0); }},
      {"configuration empty", [&] { truncate_to(clone() / "config", 0); }},
      {"configuration garbage", [&] { std::ofstream(clone() / "config") << "[[[\n\x01"; }},
      {"not a repository",
       [&] {
         fs::remove_all(clone());
         std::ofstream(clone()) << "a file";
       }},
      {"locks left",
       [&] {
         std::ofstream(clone() / "refs" / "gtidops" / "tip.lock") << "half";
         std::ofstream(clone() / "config.lock") << "half";
       }},
      {"killed between two names",
       [&] { fs::rename(clone(), fs::path(options.directory) / "old.git"); }},
      {"a half made one",
       [&] {
         fs::create_directories(fs::path(options.directory) / "fresh.git" / "objects");
         std::ofstream(fs::path(options.directory) / "fresh.git" / "HEAD") << "ref: refs/he";
       }},
  };
  for (const auto& [what, damage] : damages) {
    ASSERT_TRUE(fs::is_directory(clone())) << what;
    damage();
    expect_healed(what);
    if (HasFatalFailure()) return;
  }
}

TEST_F(GitDamageTest, LeftOversOfKilledFetchesGo) {
  const fs::path left = clone() / "objects" / "pack" / "pack_git2_123456";
  std::ofstream(left) << "half a pack";
  expect_healed("half a pack");
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(GitDamageTest, DamageWhileTheRemoteIsAwayTakesNothingAway) {
  each_file("objects", [](const fs::path& file) { fs::remove(file); });
  fs::rename(world.remote(), world.path("away"));
  GitSource source(options);
  const auto pulled = source.pull(kPullTime);
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().reason, Reason::kUnreachable);
  ASSERT_TRUE(source.last_good());
  EXPECT_EQ(source.last_good()->files[0].text, "number 4\n");
  fs::rename(world.path("away"), world.remote());
  expect_healed("away");
}

TEST_F(GitDamageTest, AnotherRepositoryAtAnotherUrl) {
  GitWorld other;
  options.url = other.remote();
  GitSource source(options);
  EXPECT_FALSE(source.last_good());
  const auto pulled = source.pull(kPullTime);
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(pulled->revision.commit, other.git({"rev-parse", "HEAD"}));
}

TEST_F(GitDamageTest, ManyFetchesEndInAFreshClone) {
  for (int i = 0; i < 201; ++i)
    std::ofstream(clone() / "objects" / "pack" / ("pack-" + std::to_string(i) + ".pack")) << "x";
  expect_healed("many packs");
  int packs = 0;
  each_file("objects/pack", [&](const fs::path& file) { packs += file.extension() == ".pack"; });
  EXPECT_LT(packs, 5);
}

TEST_F(GitDamageTest, OneAtATime) {
  const int lock = ::open((options.directory + "/lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(lock, 0);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  const auto pulled = GitSource(options).pull(kPullTime);
  ::close(lock);
  ASSERT_FALSE(pulled);
  EXPECT_NE(pulled.error().message.find("in use by another gtidops"), std::string::npos)
      << pulled.error().message;
  EXPECT_TRUE(GitSource(options).pull(kPullTime));
}

}  // namespace
}  // namespace gtidops
