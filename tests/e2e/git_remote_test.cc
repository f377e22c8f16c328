// GitSource over the network: a real sshd, and git's http-backend over http and https.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>

#include "git/git_source.h"
#include "git_world/git_world.h"
#include "git_world/servers.h"

namespace gtidops {
namespace {

using gtidops::testing::GitWorld;
using gtidops::testing::HttpGitServer;
using gtidops::testing::secret_in_file;
using gtidops::testing::SshAgent;
using gtidops::testing::SshServer;
using Reason = SourceError::Reason;

constexpr Millis kTime{30'000};

class GitRemoteTest : public ::testing::Test {
 protected:
  void expect_pulled() {
    const auto pulled = GitSource(options).pull(kTime);
    ASSERT_TRUE(pulled) << pulled.error().message;
    EXPECT_EQ(pulled->revision.commit, world.git({"rev-parse", "HEAD"}));
    ASSERT_EQ(pulled->files.size(), 1U);
  }
  void expect_refused(Reason reason, const std::string& why) {
    const auto pulled = GitSource(options).pull(kTime);
    ASSERT_FALSE(pulled) << why;
    EXPECT_EQ(static_cast<int>(pulled.error().reason), static_cast<int>(reason))
        << pulled.error().message;
    EXPECT_NE(pulled.error().message.find(why), std::string::npos) << pulled.error().message;
    EXPECT_EQ(pulled.error().message.find("S3cret"), std::string::npos) << pulled.error().message;
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(world.path(name)) << text;
  }
  SecretRef secret(const std::string& text) const {
    write("secret", text);
    return secret_in_file(world.path("secret"));
  }

  GitWorld world;
  GitOptions options = world.options();
};

class GitSshTest : public GitRemoteTest {
 protected:
  GitSshTest() {
    options.url = server.url();
    options.ssh_key_file = world.path("client");
    options.known_hosts_file = world.path("known_hosts");
    write("known_hosts", server.known_as("ed25519"));
  }

  SshServer server{world};
};

TEST_F(GitSshTest, PullsAndFollows) {
  expect_pulled();
  world.commit("topologies/orders.yaml", "second\n");
  expect_pulled();
  options.url = "ssh://127.0.0.1:" + std::to_string(server.port()) + world.remote();
  options.user = server.user();
  expect_pulled();
}

// Whichever key of the server is known is the one that it is asked for.
TEST_F(GitSshTest, AnyOfTheKeysOfTheServer) {
  write("known_hosts", server.known_as("ecdsa"));
  expect_pulled();
  write("known_hosts", "# both\n@cert-authority * ssh-rsa AAAA\n" + server.known_as("ed25519") +
                           server.known_as("ecdsa"));
  expect_pulled();
  world.run({"ssh-keygen", "-q", "-H", "-f", options.known_hosts_file});  // hashed names
  expect_pulled();
}

TEST_F(GitSshTest, AnUnknownHostIsRefused) {
  write("known_hosts", "");
  expect_refused(Reason::kHostKey, "is not in " + options.known_hosts_file);
  options.known_hosts_file = world.path("none");
  expect_refused(Reason::kHostKey, "SHA256:");
  std::ifstream known(world.path("known_hosts"));
  EXPECT_EQ(known.peek(), std::ifstream::traits_type::eof()) << "nothing is learned by itself";
}

TEST_F(GitSshTest, AChangedHostKeyIsRefused) {
  const std::string line = server.known_as("ed25519");
  std::ifstream other(world.path("client.pub"));
  std::string type;
  std::string key;
  other >> type >> key;
  write("known_hosts", line.substr(0, line.find(' ')) + " " + type + " " + key + "\n");
  expect_refused(Reason::kHostKey, "is not the one in " + options.known_hosts_file);
  write("known_hosts", line + "@revoked * " + line.substr(line.find(' ') + 1));
  expect_refused(Reason::kHostKey, "the host key of 127.0.0.1");
}

TEST_F(GitSshTest, AKeyWithAPassphrase) {
  options.ssh_key_file = world.path("locked");
  expect_refused(Reason::kAccess, server.url());
  options.password = secret("S3cret but wrong");
  expect_refused(Reason::kAccess, server.url());
  options.password = secret("open sesame\n");
  expect_pulled();
}

TEST_F(GitSshTest, AKeyThatIsNotLetIn) {
  world.run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", world.path("stranger")});
  options.ssh_key_file = world.path("stranger");
  expect_refused(Reason::kAccess, "refuses the key " + options.ssh_key_file);
  options.ssh_key_file = world.path("no-such-key");
  expect_refused(Reason::kAccess, server.url());
}

TEST_F(GitSshTest, ARepositoryThatIsNotThere) {
  options.url += "x";
  expect_refused(Reason::kUnreachable, server.url() + "x");
}

TEST_F(GitSshTest, WhatTheAgentOffers) {
  const std::string socket = world.path("agent");
  auto agent = std::make_unique<SshAgent>(socket);
  world.set("SSH_AUTH_SOCK", socket);
  ::setenv("SSH_AUTH_SOCK", socket.c_str(), 1);
  options.ssh_key_file = "";
  expect_refused(Reason::kAccess, server.url());
  world.run({"ssh-add", "-q", world.path("client")});
  expect_pulled();
  ::unsetenv("SSH_AUTH_SOCK");
  agent.reset();
  expect_refused(Reason::kAccess, server.url());
}

TEST_F(GitRemoteTest, Http) {
  const HttpGitServer server(world, {});
  options.url = server.url();
  expect_pulled();
  world.commit("topologies/orders.yaml", "second\n");
  expect_pulled();
  options.url += "x";
  expect_refused(Reason::kUnreachable, "there is no repository at " + options.url);
}

TEST_F(GitRemoteTest, HttpWithAPassword) {
  const HttpGitServer server(world, {"ada", "S3cret", false, ""});
  options.url = server.url();
  expect_refused(Reason::kAccess, "none was given");
  options.password = secret("S3cret-wrong");
  options.user = "ada";
  expect_refused(Reason::kAccess, "refuses the user ada");
  options.password = secret("S3cret\n");
  expect_pulled();
  options = world.options();
  options.url = server.url("ada:S3cret");
  expect_pulled();
  options.url = server.url("ada:S3cretx");
  expect_refused(Reason::kAccess, "refuses the user ada");
}

TEST_F(GitRemoteTest, Https) {
  const HttpGitServer server(world, {"ada", "S3cret", true, ""});
  options.url = server.url();
  options.user = "ada";
  options.password = secret("S3cret");
  expect_refused(Reason::kHostKey, "the certificate of localhost is not trusted");
  options.ca_file = world.path("ca.pem");
  expect_pulled();
  options.url = server.url("", "127.0.0.1");
  expect_refused(Reason::kHostKey, "the certificate of 127.0.0.1 is not trusted");
  options.ca_file = world.path("none.pem");
  expect_refused(Reason::kOther, "cannot be used");
}

TEST_F(GitRemoteTest, ARedirectToAnotherHostGetsNoPassword) {
  const HttpGitServer target(world, {"ada", "S3cret", false, ""});
  const HttpGitServer server(world,
                             {"", "", false, "http://127.0.0.1:" + std::to_string(target.port())});
  options.url = server.url("ada:S3cret");
  expect_refused(Reason::kAccess, "leads to 127.0.0.1");
}

}  // namespace
}  // namespace gtidops
