// The child process that fetches: it ends at the deadline and with its parent, and tells nobody the
// secret that it was given.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "git/fetch_protocol.h"
#include "git/git_source.h"
#include "git_world/git_world.h"
#include "sandbox/listener.h"
#include "support/text.h"
#include "system/child_process.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using gtidops::testing::GitWorld;
using gtidops::testing::secret_in_file;
using sandbox::Listener;
using Reason = SourceError::Reason;
using Clock = std::chrono::steady_clock;

// The helpers of this process's build that run now, below `parent` (0: any).
std::vector<pid_t> helpers(pid_t parent = 0) {
  std::vector<pid_t> found;
  const std::string wanted = std::string(GTIDOPS_BINARY) + '\0' + "git-fetch" + '\0';
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (testing::text_of(entry.path() / "cmdline") != wanted) continue;
    const std::string status = testing::text_of(entry.path() / "status");
    if (parent == 0 ||
        status.find("\nPPid:\t" + std::to_string(parent) + "\n") != std::string::npos)
      found.push_back(std::stoi(name));
  }
  return found;
}

bool eventually(const std::function<bool()>& holds) {
  const auto until = Clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (Clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class GitChildTest : public ::testing::Test {
 protected:
  GitWorld world;
  GitOptions options = world.options();
};

TEST_F(GitChildTest, ASilentServerIsGivenUp) {
  const Listener silent(Listener::Speaks::Nothing);
  for (const char* const scheme : {"git://", "http://", "https://", "ssh://"}) {
    options.url = scheme + silent.address() + "/x.git";
    const auto since = Clock::now();
    const auto pulled = GitSource(options).pull(Millis{400});
    const auto took = Clock::now() - since;
    ASSERT_FALSE(pulled) << scheme;
    EXPECT_EQ(pulled.error().reason, Reason::kTimeout) << scheme << pulled.error().message;
    EXPECT_GE(took, std::chrono::milliseconds(400)) << scheme;
    EXPECT_LT(took, std::chrono::milliseconds(3'000)) << scheme;
    EXPECT_TRUE(helpers(::getpid()).empty()) << scheme;
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left, be it dead";
  }
  EXPECT_EQ(silent.connections(), 4);
}

TEST_F(GitChildTest, DiesWithItsParent) {
  const Listener silent(Listener::Speaks::Nothing);
  options.url = "http://" + silent.address() + "/x.git";
  const pid_t parent = ::fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    (void)GitSource(options).pull(Millis{60'000});
    ::_exit(0);
  }
  EXPECT_TRUE(eventually([&] { return silent.connections() == 1; }));
  const std::vector<pid_t> running = helpers(parent);
  EXPECT_EQ(running.size(), 1U);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  for (const pid_t pid : running)
    EXPECT_TRUE(eventually([&] {
      const auto left = helpers();
      return std::find(left.begin(), left.end(), pid) == left.end();
    }));
}

TEST_F(GitChildTest, ASecretIsNeitherInArgumentsNorEnvironmentNorOnTheDisk) {
  const Listener silent(Listener::Speaks::Nothing);
  options.url = "http://user:S3cretInUrl@" + silent.address() + "/x.git?private_token=S3cretQuery";
  std::string message;
  std::thread pulling([&] { message = GitSource(options).pull(Millis{1'500}).error().message; });
  EXPECT_TRUE(eventually([&] { return silent.connections() == 1; }));
  std::string seen;
  for (const pid_t pid : helpers()) {
    const fs::path process = "/proc/" + std::to_string(pid);
    seen += testing::text_of(process / "cmdline") + testing::text_of(process / "environ");
  }
  pulling.join();
  EXPECT_NE(seen.find("git-fetch"), std::string::npos);
  EXPECT_EQ(seen.find("S3cret"), std::string::npos);
  EXPECT_EQ(message.find("S3cret"), std::string::npos) << message;
  EXPECT_NE(message.find("http://***@" + silent.address() + "/x.git"), std::string::npos)
      << message;
  for (const auto& entry : fs::recursive_directory_iterator(options.directory))
    EXPECT_TRUE(!entry.is_regular_file() ||
                testing::text_of(entry.path()).find("S3cret") == std::string::npos)
        << entry.path();
}

TEST_F(GitChildTest, ErrorsHoldNoSecret) {
  const std::string address = "127.0.0.1:" + std::to_string(sandbox::closed_port());
  for (const std::string& url : std::vector<std::string>{
           "https://user:S3cret@" + address + "/x", "https://S3cret@" + address + "/x",
           "http://user:S3/cret@" + address + "/S3cret?", "ssh://git:S3cret@" + address + "/x",
           "user:S3cret@host:path", "gopher://user:S3cret@" + address}) {
    options.url = url;
    const auto pulled = GitSource(options).pull(Millis{5'000});
    ASSERT_FALSE(pulled);
    std::string message = pulled.error().message;
    if (url.find("/S3cret?") != std::string::npos)
      message.erase(std::min(message.find("/S3cret"), message.size()), 7);
    EXPECT_EQ(message.find("cret"), std::string::npos) << url << " -> " << pulled.error().message;
  }
}

TEST_F(GitChildTest, ASecretThatCannotBeRead) {
  options.password = secret_in_file(world.path("no-such-secret"));
  const auto pulled = GitSource(options).pull(Millis{5'000});
  ASSERT_FALSE(pulled);
  EXPECT_EQ(pulled.error().reason, Reason::kAccess);
}

TEST_F(GitChildTest, AHelperThatSaysNonsense) {
  const auto with_helper = [&](const std::string& body) {
    options.helper = world.path("helper");
    std::ofstream(options.helper) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(options.helper, fs::perms::owner_all);
    const auto pulled = GitSource(options).pull(Millis{5'000});
    return pulled ? std::string("pulled") : pulled.error().message;
  };
  EXPECT_NE(with_helper("exit 7").find("ended with 7 and no answer"), std::string::npos);
  EXPECT_NE(with_helper("echo '{\"version\":1,\"commit\":\"\"}'").find("no answer"),
            std::string::npos);
  EXPECT_NE(with_helper("yes").find("prints more than it may"), std::string::npos);
  EXPECT_NE(with_helper("echo '{\"version\":1,\"commit\":\"../../x\"}'").find("no answer"),
            std::string::npos);
  options.helper = world.path("no-helper");
  EXPECT_NE(GitSource(options).pull(Millis{5'000}).error().message.find("cannot be started"),
            std::string::npos);
}

TEST(GitHelperTest, DoesNothingForOthers) {
  git::FetchRequest request;
  request.url = "/nowhere";
  request.directory = "/nowhere/at/all";
  request.parent = 1;
  const Secret text = git::encode(request, Secret("pw"));
  for (const std::string_view input :
       {text.reveal(), std::string_view("{}\n"), std::string_view()}) {
    const auto end =
        run_child({{GTIDOPS_BINARY, "git-fetch"}, input, {}}, Deadline::after(Millis{10'000}));
    ASSERT_TRUE(end) << end.error().message;
    EXPECT_EQ(end->code, 1);
    EXPECT_EQ(end->out, "");
  }
}

TEST(GitHelperTest, NobodyIsToldOfIt) {
  for (const std::vector<std::string>& asked : {std::vector<std::string>{"--help"},
                                                {"completion", "bash"},
                                                {"completion", "zsh"},
                                                {"completion", "fish"}}) {
    std::vector<std::string> command{GTIDOPS_BINARY};
    command.insert(command.end(), asked.begin(), asked.end());
    const auto end = run_child({command, {}, {}}, Deadline::after(Millis{10'000}));
    ASSERT_TRUE(end);
    EXPECT_EQ(end->code, 0);
    EXPECT_NE(end->out.find("validate"), std::string::npos);
    EXPECT_EQ(end->out.find("git-fetch"), std::string::npos) << asked[0];
  }
}

TEST(GitProtocolTest, RoundTrip) {
  git::FetchRequest request;
  request.url = "https://host/x";
  request.wanted = git::FetchRequest::Wanted::kTag;
  request.name = "v1 \"ü\"";
  request.directory = "/d";
  request.fresh = true;
  request.known_hosts_files = {"/a", "/b"};
  request.max_bytes = 1'234'567'890'123;
  request.parent = 42;
  const Secret text = git::encode(request, Secret("line\nand \x01 more"));
  const auto back = git::decode_request(text.reveal());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->second.reveal(), "line\nand \x01 more");
  EXPECT_EQ(back->first.url, request.url);
  EXPECT_EQ(back->first.wanted, request.wanted);
  EXPECT_EQ(back->first.name, request.name);
  EXPECT_EQ(back->first.known_hosts_files, request.known_hosts_files);
  EXPECT_EQ(back->first.max_bytes, request.max_bytes);
  EXPECT_TRUE(back->first.fresh);
  const auto answer = git::decode_answer(
      git::encode(git::FetchAnswer{"", SourceError{Reason::kHostKey, "why", std::nullopt}}));
  ASSERT_TRUE(answer && answer->error);
  EXPECT_EQ(answer->error->reason, Reason::kHostKey);
  EXPECT_EQ(answer->error->message, "why");
  for (const char* const bad :
       {"", "[]", "{\"version\":\"1\",\"commit\":\"a\"}", "{\"version\":2,\"commit\":\"a\"}",
        "{\"version\":1,\"commit\":7}",
        "{\"version\":1,\"commit\":\"\",\"error\":{\"reason\":99,\"message\":\"\"}}"})
    EXPECT_FALSE(git::decode_answer(bad)) << bad;
  std::string unwanted(text.reveal());
  const std::string wanted = "\"wanted\":2";
  ASSERT_NE(unwanted.find(wanted), std::string::npos) << unwanted;
  unwanted.replace(unwanted.find(wanted), wanted.size(), "\"wanted\":9");
  EXPECT_FALSE(git::decode_request(unwanted));
}

}  // namespace
}  // namespace gtidops
