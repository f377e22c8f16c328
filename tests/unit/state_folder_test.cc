// The state as files in a folder: what only files have. What every state does is in
// tests/sim/state_test.cc.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "state/checked_line.h"
#include "state/file_journal.h"
#include "state/state_folder.h"
#include "state/this_process.h"
#include "support/text.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

Intent known(const std::string& primary) {
  Intent intent;
  intent.established_primary_uuid = primary;
  return intent;
}

class StateFolderTest : public ::testing::Test {
 protected:
  StateFolderTest() {
    std::string pattern = ::testing::TempDir() + "gtidops-state-XXXXXX";
    top = ::mkdtemp(pattern.data());
    folder = top / "state";
  }
  ~StateFolderTest() override { fs::remove_all(top); }

  std::unique_ptr<OpenState> open() {
    auto state = open_state_folder(folder, "orders", "gtidops apply orders.yaml");
    EXPECT_TRUE(state) << state.error().message;
    return state ? *std::move(state) : nullptr;
  }
  std::string refusal() {
    const auto state = open_state_folder(folder, "orders", "another");
    return state ? "taken" : state.error().message;
  }
  std::string read(const std::string& name) const { return testing::text_of(folder / name); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    std::istringstream text(read("orders.journal"));
    for (std::string line; std::getline(text, line);) {
      const auto value = read_checked_line(line);
      all.push_back(value ? value->at("line").get<std::string>() : "damaged");
    }
    return all;
  }
  // Runs `work` in a process of its own, which then is killed with everything it holds, or ends by
  // itself.
  pid_t in_child(const std::function<void(int ready)>& work) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      work(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    char byte = 0;
    (void)!::read(ends[0], &byte, 1);
    ::close(ends[0]);
    return child;
  }

  fs::path top, folder;
};

TEST_F(StateFolderTest, MakesAFolderForNobodyElse) {
  folder = top / "a/b/state/";
  const auto state = open();
  struct stat status {};
  ASSERT_EQ(::stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  for (const char* name : {"orders.lease", "orders.journal"}) {
    ASSERT_EQ(::stat((folder / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << name;
  }
}

TEST_F(StateFolderTest, RemembersTheIntent) {
  Intent intent;
  intent.established_primary_uuid = "2052ed60-e6b1-11f1-8122-02fc00000001";
  intent.phase = Intent::Phase::kSwitching;
  intent.from = "db1";
  intent.to = "db2";
  intent.from_uuid = intent.established_primary_uuid;
  intent.to_uuid = "3052ed60-e6b1-11f1-8122-02fc00000001";
  intent.throttle = {"db1", 15};
  intent.super_read_only_off = {"db3"};
  {
    const auto state = open();
    EXPECT_EQ(*state->ports().intents.load(), Intent{});
    ASSERT_TRUE(state->ports().intents.save(intent));
    EXPECT_EQ(*state->ports().intents.load(), intent);
  }
  const auto state = open();
  EXPECT_EQ(*state->ports().intents.load(), intent);
  EXPECT_FALSE(fs::exists(folder / "orders.intent.new"));
}

Intent switching() {
  Intent intent = known("uuid-of-db1");
  intent.phase = Intent::Phase::kSwitching;
  intent.from = "db1";
  intent.to = "db2";
  intent.blocked_since = Moment(Millis{1'790'000'000'000});
  return intent;
}

TEST_F(StateFolderTest, WhatIsSavedSoonAndTornDoesNotCount) {
  {
    const auto state = open();
    ASSERT_TRUE(state->ports().intents.save(switching()));
    ASSERT_TRUE(state->ports().intents.save_soon(known("uuid-of-db2")));
  }
  const std::string good = read("orders.intent.soon");
  for (const std::size_t length : {std::size_t{0}, good.size() / 2}) {
    write("orders.intent.soon", good.substr(0, length));
    EXPECT_EQ(*open()->ports().intents.load(), switching());
  }
}

TEST_F(StateFolderTest, WhatIsSavedSoonAndTornLeavesTheOneBefore) {
  {
    const auto state = open();
    ASSERT_TRUE(state->ports().intents.save(switching()));
    ASSERT_TRUE(state->ports().intents.save_soon(known("uuid-of-db2")));
    ASSERT_TRUE(state->ports().intents.save_soon(known("uuid-of-db3")));
  }
  EXPECT_EQ(*open()->ports().intents.load(), known("uuid-of-db3"));
  const std::string good = read("orders.intent.soon.1");
  for (const std::size_t length : {std::size_t{0}, good.size() / 2}) {
    write("orders.intent.soon.1", good.substr(0, length));
    EXPECT_EQ(*open()->ports().intents.load(), known("uuid-of-db2"));
  }
}

// What an earlier version noted in the middle of something must not be forgotten by the next one.
TEST_F(StateFolderTest, TheNamesOfAnEarlierVersionAreRead) {
  open();
  write("orders.intent", write_checked_line({{"sequence", 7},
                                             {"established_primary_uuid", "uuid-of-db1"},
                                             {"phase", "stable"},
                                             {"brake", {{"server", "db1"}, {"microseconds", 15}}},
                                             {"lifted", {"db3"}}}));
  Intent intent = known("uuid-of-db1");
  intent.throttle = {"db1", 15};
  intent.super_read_only_off = {"db3"};
  EXPECT_EQ(*open()->ports().intents.load(), intent);
}

TEST_F(StateFolderTest, ADamagedIntentIsNoFreshOne) {
  const auto state = open();
  ASSERT_TRUE(state->ports().intents.save(known("uuid")));
  const std::string good = read("orders.intent");
  for (std::size_t at = 0; at + 1 < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x04);
    write("orders.intent", bad);
    const auto loaded = state->ports().intents.load();
    ASSERT_FALSE(loaded) << "byte " << at << ": " << bad;
    EXPECT_EQ(loaded.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(loaded.error().message, HasSubstr("remove this file"));
  }
  write("orders.intent", "");
  EXPECT_FALSE(state->ports().intents.load());
  write("orders.intent", good.substr(0, good.size() / 2));
  EXPECT_FALSE(state->ports().intents.load());
  write("orders.intent", write_checked_line({{"sequence", -1}, {"established_primary_uuid", ""}}));
  EXPECT_FALSE(state->ports().intents.load());
}

TEST_F(StateFolderTest, OneHolderATopology) {
  const auto state = open();
  EXPECT_TRUE(state->ports().lease.held());
  EXPECT_EQ(open_state_folder(folder, "orders", "x").error().code, ErrorCode::kRefused);
  EXPECT_THAT(
      refusal(),
      HasSubstr("the lease of topology orders is held by gtidops apply orders.yaml (process " +
                std::to_string(::getpid()) + " on "));
  EXPECT_TRUE(open_state_folder(folder, "billing", "x"));
}

TEST_F(StateFolderTest, TheLeaseIsFreeWhenItsHolderIsKilled) {
  const pid_t child = in_child([&](int ready) {
    const auto state = open_state_folder(folder, "orders", "the killed one");
    (void)!::write(ready, "x", 1);
    ::pause();
  });
  EXPECT_THAT(refusal(), HasSubstr("the killed one (process " + std::to_string(child)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(refusal(), "taken");
}

TEST_F(StateFolderTest, ALeaseWhoseFileWasReplacedIsLost) {
  const auto state = open();
  fs::remove(folder / "orders.lease");
  EXPECT_FALSE(state->ports().lease.held());
  const auto other = open();
  EXPECT_TRUE(other->ports().lease.held());
  EXPECT_FALSE(state->ports().lease.held());
}

// Who opens one waits for the other end, for ever.
TEST_F(StateFolderTest, ANamedPipeInPlaceOfAFileIsRefused) {
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  ASSERT_EQ(::mkfifo((folder / "orders.intent").c_str(), 0600), 0);
  const auto loaded = open()->ports().intents.load();
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("it is no regular file"));
}

TEST_F(StateFolderTest, ALinkInPlaceOfAFileIsNotFollowed) {
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  std::ofstream(top / "precious") << "precious";
  for (const char* name : {"orders.lease", "orders.journal"}) {
    fs::remove(folder / name);
    fs::create_symlink(top / "precious", folder / name);
    EXPECT_THAT(refusal(), HasSubstr("symbolic link")) << name;
    fs::remove(folder / name);
  }
  fs::create_symlink(top / "precious", folder / "orders.intent.new");
  EXPECT_FALSE(open()->ports().intents.save(known("uuid-of-db1")));
  EXPECT_EQ(testing::text_of(top / "precious"), "precious");
}

TEST_F(StateFolderTest, AFolderThatOthersMayWriteInIsRefused) {
  fs::create_directories(folder);
  for (const fs::perms more : {fs::perms::others_write, fs::perms::group_write}) {
    fs::permissions(folder, fs::perms::owner_all | more);
    EXPECT_THAT(refusal(), HasSubstr("can be written by others"));
  }
  fs::permissions(folder, fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read);
  EXPECT_EQ(refusal(), "taken");
  if (::geteuid() != 0) return;  // only root can give a folder away
  ASSERT_EQ(::chown(folder.c_str(), 65'534, 65'534), 0);
  EXPECT_THAT(refusal(), HasSubstr("belongs to another user"));
}

TEST_F(StateFolderTest, AControllerIsItsFolderAsLongAsTheMachineRuns) {
  open();
  const std::string here = controller_of(folder);
  EXPECT_NE(here, "");
  EXPECT_EQ(controller_of(folder / ""), here);
  EXPECT_NE(controller_of(top / "elsewhere"), here);
  fs::copy(folder, top / "copy", fs::copy_options::recursive);
  EXPECT_NE(controller_of(top / "copy"), here);
  EXPECT_LE(here.size(), 100U);
  EXPECT_LE(describe_this_process(std::string(300, 'x')).size(), 150U);
}

TEST_F(StateFolderTest, AppendsLines) {
  {
    const auto state = open();
    ASSERT_TRUE(state->ports().journal.append("step 1: begin"));
    ASSERT_TRUE(state->ports().journal.append("quotes \" and \n newlines and \xff bytes"));
  }
  ASSERT_TRUE(open()->ports().journal.append("step 1: done"));
  EXPECT_THAT(lines(), ::testing::ElementsAre("step 1: begin",
                                              "quotes \" and \n newlines and \xef\xbf\xbd bytes",
                                              "step 1: done"));
}

TEST_F(StateFolderTest, SurvivesALastLineThatWasTorn) {
  ASSERT_TRUE(open()->ports().journal.append("first"));
  ASSERT_TRUE(open()->ports().journal.append("second"));
  const std::string whole = read("orders.journal");
  const std::size_t second = whole.find('\n') + 1;
  for (const std::size_t size : {second + 1, second + 20, whole.size() - 1}) {
    write("orders.journal", whole.substr(0, size));
    ASSERT_TRUE(open()->ports().journal.append("third"));
    const auto after = lines();
    ASSERT_EQ(after.size(), 3U) << size;
    EXPECT_EQ(after[0], "first");
    EXPECT_THAT(after[1], HasSubstr("torn by a crash"));
    EXPECT_EQ(after[2], "third");
    EXPECT_EQ(read("orders.journal.torn"), whole.substr(second, size - second));
  }
  // Whole, but with other bytes than were written: a page that never reached the disk.
  write("orders.journal", whole.substr(0, second) + std::string(30, '\0') + "\n");
  open();
  EXPECT_EQ(lines().size(), 2U);
  EXPECT_THAT(lines()[1], HasSubstr("torn by a crash"));
}

TEST_F(StateFolderTest, GrowsNoFurtherThanItsLimit) {
  const auto state = open();
  const std::string long_line(1024 * 1024, 'x');
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(state->ports().journal.append(std::to_string(i) + long_line));
  EXPECT_LT(fs::file_size(folder / "orders.journal"), kJournalLimit + 2 * long_line.size());
  EXPECT_LT(fs::file_size(folder / "orders.journal.1"), kJournalLimit + 2 * long_line.size());
  EXPECT_EQ(lines().back().substr(0, 2), "9x");
}

TEST_F(StateFolderTest, SaysWhatIsWrongWhenTheDiskIsFull) {
  const pid_t child = in_child([&](int) {
    const auto state = open_state_folder(folder, "orders", "x");
    if (!state || !(*state)->ports().journal.append("fits") ||
        !(*state)->ports().intents.save(known("before")))
      ::_exit(1);
    const rlimit limit{200, 200};  // no file may become larger: what a full disk looks like
    ::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto appended = (*state)->ports().journal.append(std::string(500, 'x'));
    const auto saved = (*state)->ports().intents.save(known(std::string(500, 'x')));
    if (appended || appended.error().code != ErrorCode::kFailed) ::_exit(2);
    if (appended.error().message.find("orders.journal: it cannot be written: ") ==
        std::string::npos)
      ::_exit(3);
    if (saved) ::_exit(4);
    if (*(*state)->ports().intents.load() != known("before")) ::_exit(5);
  });
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(lines(), std::vector<std::string>{"fits"});
}

TEST_F(StateFolderTest, SaysWhatIsWrongWithTheFolder) {
  std::ofstream(top / "file") << "x";
  folder = top / "file";
  EXPECT_THAT(refusal(), HasSubstr("file"));
  folder = top / "file/below";
  EXPECT_THAT(refusal(), HasSubstr("cannot be"));
}

}  // namespace
}  // namespace gtidops
