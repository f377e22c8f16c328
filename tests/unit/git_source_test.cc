// GitSource on real repositories: what is read, what is remembered, what is refused.
#include "git/git_source.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "git_world/git_world.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using gtidops::testing::GitWorld;
using gtidops::testing::kPullTime;
using Reason = SourceError::Reason;

// "path=text path=text"
std::string files_of(const Sourced& sourced) {
  std::string all;
  for (const SourceFile& file : sourced.files)
    all += (all.empty() ? "" : " ") + file.path + "=" +
           file.text.substr(0, file.text.find_last_not_of('\n') + 1);
  return all;
}

std::string files_of(const tl::expected<Sourced, SourceError>& pulled) {
  return pulled ? files_of(*pulled) : "error: " + pulled.error().message;
}

class GitSourceTest : public ::testing::Test {
 protected:
  tl::expected<Sourced, SourceError> pull() { return GitSource(options).pull(kPullTime); }
  Reason reason() {
    const auto pulled = pull();
    EXPECT_FALSE(pulled);
    message = pulled ? "" : pulled.error().message;
    return pulled ? Reason::kOther : pulled.error().reason;
  }
  std::string clone() const { return options.directory + "/repository.git"; }

  GitWorld world;
  GitOptions options = world.options();
  std::string message;
};

TEST_F(GitSourceTest, ReadsFilesOfTheDefaultBranch) {
  const std::string head = world.commit("top.yml", "second\n");
  world.write("README.md", "no topology");
  const auto pulled = pull();
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_EQ(files_of(*pulled), "top.yml=second topologies/orders.yaml=first");
  EXPECT_EQ(pulled->revision.commit, head);
  EXPECT_EQ(pulled->revision.author, "Ada <ada@example.com>");
  EXPECT_EQ(pulled->revision.subject, "Change top.yml");
  EXPECT_GT(pulled->revision.committed_at.time_since_epoch().count(), 1'600'000'000'000);
  EXPECT_EQ(pulled->revision.signed_by, "");
  EXPECT_FALSE(pulled->rewritten);
}

TEST_F(GitSourceTest, FollowsNewCommitsAndIsTheSameWithoutOne) {
  GitSource source(options);
  const auto first = source.pull(kPullTime);
  ASSERT_TRUE(first) << first.error().message;
  const auto same = source.pull(kPullTime);
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_EQ(same->revision.commit, first->revision.commit);
  EXPECT_EQ(files_of(*same), files_of(*first));
  const std::string head = world.commit("topologies/orders.yaml", "changed\n");
  const auto next = source.pull(kPullTime);
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(next->revision.commit, head);
  EXPECT_EQ(files_of(*next), "topologies/orders.yaml=changed");
  EXPECT_FALSE(next->rewritten);
}

TEST_F(GitSourceTest, FileUrl) {
  options.url = "file://" + world.remote();
  EXPECT_EQ(files_of(pull()), "topologies/orders.yaml=first");
}

TEST_F(GitSourceTest, BranchTagCommit) {
  const std::string first = world.git({"rev-parse", "HEAD"});
  world.git({"tag", "plain"});
  world.git({"tag", "-a", "-m", "annotated", "v1"});
  world.git({"push", "-q", "origin", "plain", "v1"});
  const std::string second = world.commit("topologies/orders.yaml", "second\n");
  world.git({"checkout", "-q", "-b", "feature/x"});
  const std::string third = world.commit("topologies/orders.yaml", "third\n");
  EXPECT_EQ(files_of(pull()), "topologies/orders.yaml=second");
  const auto expect = [&](const std::string& commit) {
    const auto pulled = pull();
    ASSERT_TRUE(pulled) << pulled.error().message;
    EXPECT_EQ(pulled->revision.commit, commit);
  };
  options.branch = "feature/x";
  expect(third);
  options.branch = "";
  for (const char* const tag : {"plain", "v1"}) {
    options.tag = tag;
    expect(first);
  }
  options.tag = "";
  for (const std::string& name : {second, second.substr(0, 8)}) {
    options.commit = name;
    expect(second);
  }
  // A whole commit that is here needs no remote.
  options.commit = first;
  expect(first);
  fs::remove_all(world.remote());
  expect(first);
}

TEST_F(GitSourceTest, OnlyBelowThePath) {
  world.write("topologies/deep/er/billing.yml", "deep");
  world.write("topologies/.hidden/x.yaml", "hidden");
  world.write("topologies/notes.txt", "notes");
  world.write(".github/workflows/ci.yaml", "ci");
  world.commit("other/o.yaml", "other");
  options.path = "./topologies/";
  EXPECT_EQ(files_of(pull()), "topologies/deep/er/billing.yml=deep topologies/orders.yaml=first");
  options.path = "topologies/orders.yaml";
  EXPECT_EQ(files_of(pull()), "topologies/orders.yaml=first");
  options.path = "";
  EXPECT_EQ(files_of(pull()),
            "other/o.yaml=other topologies/deep/er/billing.yml=deep topologies/orders.yaml=first");
}

// What is passed over in silence would seem to be deleted, and its topology would be let go.
TEST_F(GitSourceTest, LinksAndSubmodulesAreErrorsThatNameThem) {
  fs::create_directories(world.work() + "/topologies/deep");
  fs::create_symlink("/etc/hostname", world.work() + "/topologies/link.yaml");
  fs::create_symlink("../orders.yaml", world.work() + "/topologies/deep/inside.yml");
  fs::create_symlink("topologies", world.work() + "/linked");
  fs::create_symlink("../topologies/deep/", world.work() + "/topologies/again");
  fs::create_symlink("orders.yaml", world.work() + "/topologies/README");  // nobody reads it
  fs::create_symlink("/srv/elsewhere", world.work() + "/topologies/out");
  world.git({"update-index", "--add", "--cacheinfo",
             "160000," + world.git({"rev-parse", "HEAD"}) + ",sub"});
  world.git({"add", "topologies", "linked"});
  world.git({"commit", "-q", "-m", "Links"});
  world.git({"push", "-q", "origin", "HEAD"});
  EXPECT_EQ(reason(), Reason::kOther);
  for (const char* const name : {"linked is a symbolic link to a folder", "sub is a git submodule",
                                 "topologies/again is a symbolic link to a folder",
                                 "topologies/deep/inside.yml is a symbolic link,",
                                 "topologies/link.yaml is a symbolic link,"})
    EXPECT_NE(message.find(name), std::string::npos) << name << ": " << message;
  EXPECT_EQ(message.find("README"), std::string::npos) << message;
  EXPECT_EQ(message.find("/out"), std::string::npos) << message;
  world.git({"rm", "-q", "topologies/link.yaml", "topologies/again", "topologies/deep/inside.yml"});
  world.git({"commit", "-q", "-m", "None below"});
  world.git({"push", "-q", "origin", "HEAD"});
  options.path = "topologies";
  EXPECT_EQ(files_of(pull()), "topologies/orders.yaml=first");
  options.path = "linked";
  EXPECT_EQ(reason(), Reason::kNotFound);
  EXPECT_NE(message.find("symbolic link"), std::string::npos) << message;
}

TEST_F(GitSourceTest, WhatIsNotThere) {
  options.branch = "nope";
  EXPECT_EQ(reason(), Reason::kNotFound);
  EXPECT_NE(message.find("has no branch nope"), std::string::npos) << message;
  options.branch = "";
  options.tag = "v9";
  EXPECT_EQ(reason(), Reason::kNotFound);
  EXPECT_NE(message.find("has no tag v9"), std::string::npos) << message;
  options.tag = "";
  for (int again = 0; again < 2; ++again) {
    options.commit = "deadbeef";
    EXPECT_EQ(reason(), Reason::kNotFound);
    EXPECT_NE(message.find("has no commit deadbeef"), std::string::npos) << message;
  }
  options.commit = "";
  options.path = "topologies/none";
  EXPECT_EQ(reason(), Reason::kNotFound);
  EXPECT_NE(message.find("holds no \"topologies/none\", which git.path"), std::string::npos)
      << message;
  options.path = "";
  options.url = world.path("nowhere");
  EXPECT_EQ(reason(), Reason::kUnreachable);
}

TEST_F(GitSourceTest, EmptyRepositoryAndNoTopologies) {
  world.git({"init", "-q", "--bare", "-b", "main", world.path("empty.git")});
  options.url = world.path("empty.git");
  EXPECT_EQ(reason(), Reason::kNotFound);
  EXPECT_NE(message.find("has no commits yet"), std::string::npos) << message;
  options = world.options();
  world.git({"rm", "-q", "-r", "topologies"});
  const std::string head = world.commit("README.md", "nothing here");
  const auto pulled = pull();
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().reason, Reason::kNotFound);
  ASSERT_TRUE(pulled.error().revision);
  EXPECT_EQ(pulled.error().revision->commit, head);
}

TEST_F(GitSourceTest, TooLarge) {
  world.commit("big.yaml", std::string((std::size_t{8} << 20U) + 1, 'x'));
  EXPECT_EQ(reason(), Reason::kOther);
  EXPECT_NE(message.find("big.yaml is larger than 8.0 MiB"), std::string::npos) << message;
  options.directory = world.path("other-state");
  options.max_fetch_bytes = 100;
  EXPECT_EQ(reason(), Reason::kOther);
}

// Ten levels of ten names for the same folder: 10^10 files, and a repository of 3 KB.
TEST_F(GitSourceTest, EndlessTree) {
  std::string tree = world.run({"git", "hash-object", "-w", "--stdin"}, "x");
  std::string kind = "100644 blob ";
  for (int level = 0; level < 10; ++level) {
    std::string listing;
    for (int i = 0; i < 10; ++i) listing += kind + tree + "\tn" + std::to_string(i) + ".txt\n";
    tree = world.run({"git", "mktree"}, listing);
    kind = "040000 tree ";
  }
  const std::string commit = world.git({"commit-tree", "-m", "bomb", tree});
  world.git({"push", "-q", "-f", "origin", commit + ":refs/heads/main"});
  EXPECT_EQ(reason(), Reason::kOther);
  EXPECT_NE(message.find("too many files"), std::string::npos) << message;
}

TEST_F(GitSourceTest, LastGoodSurvivesRestartAndTheRemote) {
  GitSource source(options);
  EXPECT_FALSE(source.last_good());
  const auto first = source.pull(kPullTime);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_FALSE(source.last_good()) << "pulled is not accepted";
  ASSERT_TRUE(source.accept(first->revision));
  world.commit("topologies/orders.yaml", "bad\n");
  ASSERT_TRUE(source.pull(kPullTime));
  EXPECT_EQ(files_of(*source.last_good()), "topologies/orders.yaml=first");
  fs::remove_all(world.remote());
  GitSource restarted(options);
  EXPECT_FALSE(restarted.pull(kPullTime));
  const auto good = restarted.last_good();
  ASSERT_TRUE(good);
  EXPECT_EQ(files_of(*good), "topologies/orders.yaml=first");
  EXPECT_EQ(good->revision.commit, first->revision.commit);
  EXPECT_EQ(good->revision.author, first->revision.author);
  EXPECT_EQ(good->revision.subject, first->revision.subject);
  EXPECT_EQ(good->revision.committed_at, first->revision.committed_at);
  fs::remove_all(clone());
  EXPECT_TRUE(GitSource(options).last_good());
  // Another branch, path or way of verifying is another source.
  for (const auto change : {&GitOptions::branch, &GitOptions::path, &GitOptions::url}) {
    GitOptions other = options;
    other.*change += "x";
    EXPECT_FALSE(GitSource(other).last_good());
  }
  std::ofstream(options.directory + "/good", std::ios::app) << "damage";
  EXPECT_FALSE(GitSource(options).last_good());
}

TEST_F(GitSourceTest, AcceptsOnlyWhatWasPulled) {
  GitSource source(options);
  ASSERT_TRUE(source.pull(kPullTime));
  SourceRevision other;
  other.commit = std::string(40, 'a');
  EXPECT_FALSE(source.accept(other));
  EXPECT_FALSE(source.last_good());
}

TEST_F(GitSourceTest, ForcePushIsTold) {
  world.commit("topologies/orders.yaml", "second\n");
  {
    GitSource source(options);
    const auto pulled = source.pull(kPullTime);
    ASSERT_TRUE(pulled);
    ASSERT_TRUE(source.accept(pulled->revision));
  }
  world.git({"reset", "-q", "--hard", "HEAD~1"});
  const std::string head = world.commit("topologies/orders.yaml", "rewritten\n");
  GitSource source(options);
  const auto rewritten = source.pull(kPullTime);
  ASSERT_TRUE(rewritten) << rewritten.error().message;
  EXPECT_EQ(rewritten->revision.commit, head);
  EXPECT_TRUE(rewritten->rewritten);
  // In a fresh clone what was accepted is not even there.
  fs::remove_all(clone());
  EXPECT_TRUE(source.pull(kPullTime)->rewritten);
  ASSERT_TRUE(source.accept(rewritten->revision));
  EXPECT_FALSE(source.pull(kPullTime)->rewritten);
  world.commit("topologies/orders.yaml", "and on\n");
  EXPECT_FALSE(source.pull(kPullTime)->rewritten);
}

TEST_F(GitSourceTest, WrongOptions) {
  const auto wrong = [](GitOptions options) {
    const auto status = GitSource::check(options);
    return status ? std::string() : status.error().message;
  };
  EXPECT_EQ(wrong(options), "");
  GitOptions bad = options;
  bad.branch = "a";
  bad.tag = "b";
  EXPECT_NE(wrong(bad).find("only one of"), std::string::npos);
  EXPECT_EQ(GitSource(bad).pull(kPullTime).error().reason, Reason::kOther);
  bad = options;
  bad.commit = "not-hex";
  EXPECT_NE(wrong(bad).find("not-hex is no commit"), std::string::npos);
  bad = options;
  bad.path = "../x";
  EXPECT_NE(wrong(bad).find("leads out"), std::string::npos);
  bad = options;
  bad.verify = GitOptions::Verify::kSsh;
  EXPECT_NE(wrong(bad).find("the file of those who may sign"), std::string::npos);
  bad = options;
  bad.url = "";
  EXPECT_NE(wrong(bad), "");
}

TEST_F(GitSourceTest, StateIsForThisUserOnly) {
  ASSERT_TRUE(pull());
  struct stat status {};
  ASSERT_EQ(::stat(options.directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

}  // namespace
}  // namespace gtidops
