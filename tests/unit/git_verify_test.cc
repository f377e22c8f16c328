// Signatures of commits, with the real ssh-keygen, gpg and gpgv.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "git/git_source.h"
#include "git_world/git_world.h"
#include "git_world/ssh_signers.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using gtidops::testing::GitWorld;
using gtidops::testing::kPullTime;
using Reason = SourceError::Reason;
using Verify = GitOptions::Verify;

class GitVerifyTest : public ::testing::Test {
 protected:
  void expect_signed_by(const std::string& signer) {
    const auto pulled = GitSource(options).pull(kPullTime);
    ASSERT_TRUE(pulled) << pulled.error().message;
    EXPECT_NE(pulled->revision.signed_by.find(signer), std::string::npos)
        << pulled->revision.signed_by;
  }
  void expect_refused(const std::string& why) {
    const auto pulled = GitSource(options).pull(kPullTime);
    ASSERT_FALSE(pulled) << why;
    const std::string head = world.git({"rev-parse", "HEAD"});
    EXPECT_EQ(pulled.error().reason, Reason::kSignature);
    EXPECT_NE(pulled.error().message.find(why), std::string::npos) << pulled.error().message;
    ASSERT_TRUE(pulled.error().revision);
    EXPECT_EQ(pulled.error().revision->commit, head);
    // The tools were given a file; it is gone.
    for (const auto& entry : fs::directory_iterator(options.directory))
      EXPECT_EQ(entry.path().filename().string().rfind("signature-", 0), std::string::npos);
  }
  // The tip's signature on another content.
  void forge() {
    std::string text = world.git({"cat-file", "commit", "HEAD"}) + "\n";
    text.replace(text.rfind("Change"), 6, "Forged");
    const std::string forged =
        world.run({"git", "hash-object", "-t", "commit", "-w", "--stdin"}, text);
    world.git({"reset", "-q", "--hard", forged});
    world.git({"push", "-q", "-f", "origin", "HEAD"});
  }

  GitWorld world;
  GitOptions options = world.options();
};

class GitVerifySshTest : public GitVerifyTest {
 protected:
  GitVerifySshTest() {
    for (const char* const name : {"ada", "eve"}) signers.make_key(name);
    signers.allow("ada@example.com", "ada");
    options.verify = Verify::kSsh;
    options.signers_file = signers.file();
  }
  testing::SshSigners signers{world};
};

TEST_F(GitVerifySshTest, GoodUnsignedAndOthers) {
  expect_refused("is not signed");
  signers.sign_as("ada");
  world.commit("a.yaml", "1", {"-S"});
  expect_signed_by("ada@example.com");
  signers.sign_as("eve");
  world.commit("a.yaml", "2", {"-S"});
  expect_refused("is signed with a key that is not in");
  signers.allow("eve@example.com", "eve", "valid-before=\"20200101\" ");
  expect_refused("");
  signers.allow("eve@example.com", "eve", "namespaces=\"file\" ");
  expect_refused("");
  signers.allow("eve@example.com", "eve");
  expect_signed_by("eve@example.com");
  forge();
  expect_refused("has a signature that does not fit it");
  world.commit("a.yaml", "3");
  expect_refused("is not signed");
  options.verify = Verify::kNone;
  EXPECT_TRUE(GitSource(options).pull(kPullTime));
}

TEST_F(GitVerifySshTest, TakingASignerBackCounts) {
  signers.sign_as("ada");
  world.commit("a.yaml", "1", {"-S"});
  GitSource source(options);
  ASSERT_TRUE(source.pull(kPullTime));
  fs::remove(options.signers_file);
  EXPECT_FALSE(source.pull(kPullTime));
  signers.allow("eve@example.com", "eve");
  const auto pulled = source.pull(kPullTime);
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().reason, Reason::kSignature);
}

// An older commit keeps its signature: without a key, whoever controls the server could bring back
// what was changed for a reason.
class GitRollbackTest : public GitVerifySshTest {
 protected:
  GitRollbackTest() {
    signers.sign_as("ada");
    old_one = world.commit("a.yaml", "1", {"-S"});
    accept();
    newer = world.commit("a.yaml", "2", {"-S"});
    accept();
  }
  void accept() {
    GitSource source(options);
    const auto pulled = source.pull(kPullTime);
    ASSERT_TRUE(pulled) << pulled.error().message;
    ASSERT_TRUE(source.accept(pulled->revision));
  }
  void serve(const std::string& commit) {
    world.git({"reset", "-q", "--hard", commit});
    world.git({"push", "-q", "-f", "origin", "HEAD:main"});
  }
  std::string old_one, newer;
};

TEST_F(GitRollbackTest, AnOlderSignedCommitIsRefused) {
  serve(old_one);
  expect_refused("commit " + old_one +
                 ", signed by ada@example.com, is older than the last good one, "
                 "which descends from it: " +
                 newer);
  // A clone that was made anew does not even hold what was good.
  fs::remove_all(options.directory + "/repository.git");
  expect_refused("does not descend from the last good one: " + newer);
  const auto good = GitSource(options).last_good();
  ASSERT_TRUE(good);
  EXPECT_EQ(good->revision.commit, newer);
  options.allow_rewrite = true;
  GitSource source(options);
  const auto pulled = source.pull(kPullTime);
  ASSERT_TRUE(pulled) << pulled.error().message;
  EXPECT_TRUE(pulled->rewritten);
  ASSERT_TRUE(source.accept(pulled->revision));
  options.allow_rewrite = false;
  expect_signed_by("ada@example.com");
  serve(newer);
  expect_signed_by("ada@example.com");
}

TEST_F(GitRollbackTest, ABranchThatIsDeletedAndMadeAgainIsTheSameBranch) {
  world.git({"push", "-q", "origin", "HEAD:refs/heads/other"});
  options.branch = "other";
  accept();  // of another branch nothing is known yet
  world.git({"push", "-q", "origin", ":refs/heads/other"});
  EXPECT_FALSE(GitSource(options).pull(kPullTime));
  world.git({"reset", "-q", "--hard", old_one});
  const std::string beside = world.commit("b.yaml", "beside", {"-S"});  // pushes main
  world.git({"push", "-q", "origin", beside + ":refs/heads/other"});
  expect_refused("does not descend from the last good one: " + newer);
  world.git({"push", "-q", "-f", "origin", newer + ":refs/heads/other"});
  expect_signed_by("ada@example.com");
}

TEST_F(GitRollbackTest, ATagThatIsMovedBackIsRefused) {
  world.git({"tag", "prod"});
  world.git({"push", "-q", "origin", "prod"});
  options.tag = "prod";
  accept();
  world.git({"tag", "-f", "prod", old_one});
  world.git({"push", "-q", "-f", "origin", "prod"});
  world.git({"reset", "-q", "--hard", old_one});
  expect_refused("is older than the last good one");
}

TEST_F(GitRollbackTest, TheFirstCommitMayBeAny) {
  serve(old_one);
  options.directory = world.path("another-state");
  expect_signed_by("ada@example.com");
}

TEST_F(GitVerifySshTest, WhatWasGoodUnverifiedIsNotGoodVerified) {
  GitOptions lax = options;
  lax.verify = Verify::kNone;
  GitSource source(lax);
  const auto pulled = source.pull(kPullTime);
  ASSERT_TRUE(pulled);
  ASSERT_TRUE(source.accept(pulled->revision));
  EXPECT_TRUE(GitSource(lax).last_good());
  EXPECT_FALSE(GitSource(options).last_good());
}

class GitVerifyGpgTest : public GitVerifyTest {
 protected:
  GitVerifyGpgTest() {
    home = world.path("g");
    fs::create_directories(home);
    fs::permissions(home, fs::perms::owner_all);
    world.set("GNUPGHOME", home);
    options.verify = Verify::kGpg;
    options.signers_file = world.path("keyring.gpg");
  }
  ~GitVerifyGpgTest() override { world.run({"gpgconf", "--kill", "gpg-agent"}); }

  void make_key(const std::string& name, std::vector<std::string> before = {},
                const std::string& expires = "never") {
    std::vector<std::string> command{"gpg", "--batch", "-q", "--passphrase", ""};
    command.insert(command.end(), before.begin(), before.end());
    command.insert(command.end(), {"--quick-gen-key", name, "ed25519", "sign", expires});
    world.run(command);
  }
  void export_keys(const std::vector<std::string>& names) {
    fs::remove(options.signers_file);
    std::vector<std::string> command{"gpg",     "--batch", "-q", "-o", options.signers_file,
                                     "--export"};
    command.insert(command.end(), names.begin(), names.end());
    world.run(command);
  }
  void sign_as(const std::string& name) { world.git({"config", "user.signingkey", name}); }

  std::string home;
};

TEST_F(GitVerifyGpgTest, GoodUnsignedAndOthers) {
  make_key("Ada <ada@example.com>");
  make_key("Eve <eve@example.com>");
  expect_refused("is not signed");
  expect_refused("is not signed");
  sign_as("ada@example.com");
  world.commit("a.yaml", "1", {"-S"});
  expect_refused("there is no file");
  export_keys({"ada@example.com"});
  expect_signed_by("Ada <ada@example.com>");
  sign_as("eve@example.com");
  world.commit("a.yaml", "2", {"-S"});
  expect_refused("is signed with a key that is not in");
  export_keys({"ada@example.com", "eve@example.com"});
  expect_signed_by("Eve <eve@example.com>");
  forge();
  expect_refused("has a signature that does not fit it");
  world.commit("a.yaml", "3", {"-S"});
  expect_signed_by("Eve");
  std::ofstream(options.signers_file) << "no keyring";
  expect_refused("");
  options.verify = Verify::kSsh;
  expect_refused("has no signature of the kind ssh");
}

TEST_F(GitVerifyGpgTest, AKeyThatHasExpired) {
  make_key("Old <old@example.com>", {"--faked-system-time", "20200101T000000"}, "2020-06-01");
  const std::string gpg = world.path("old-gpg");
  std::ofstream(gpg) << "#!/bin/sh\nexec gpg --faked-system-time 20200201T000000 \"$@\"\n";
  fs::permissions(gpg, fs::perms::owner_all);
  world.git({"config", "gpg.program", gpg});
  sign_as("old@example.com");
  world.commit("a.yaml", "1", {"-S"});
  export_keys({"old@example.com"});
  expect_refused("is signed with a key that has expired");
}

}  // namespace
}  // namespace gtidops
