// What every state of a topology does (ports/state.h), asked of each implementation: the files, and
// the simulated disk that stands for them in a million seeds.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "sim/process.h"
#include "sim/world.h"
#include "state/checked_line.h"
#include "state/state_folder.h"

namespace gtidops::sim {
namespace {

namespace fs = std::filesystem;

// Where a state lies, and what may happen to it.
class Place {
 public:
  Place() = default;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  virtual ~Place() = default;

  // By a process of its own. nullptr: the lease was refused.
  virtual std::unique_ptr<OpenState> open() = 0;
  // Somebody takes the lease's holder its lease, unasked.
  virtual void break_lease() = 0;
  // The machine goes down; what was written and not forced to the disk is kept, or is not.
  virtual void power_cut(bool keeps_unforced) = 0;
};

class Files : public Place {
 public:
  Files() {
    std::string pattern = ::testing::TempDir() + "gtidops-state-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Files() override { fs::remove_all(folder_); }
  std::unique_ptr<OpenState> open() override {
    auto opened = open_state_folder(folder_, "orders", "a test");
    return opened ? std::move(*opened) : nullptr;
  }
  void break_lease() override { fs::remove(folder_ / "orders.lease"); }
  // Which boot a file was written in is all that tells of a reboot.
  void power_cut(bool keeps_unforced) override {
    if (!keeps_unforced)
      for (const char* name : {"orders.intent.soon", "orders.intent.soon.1", "orders.intent.seen"})
        fs::remove(folder_ / name);
    const fs::path path = folder_ / "orders.intent";
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    auto value = read_checked_line(text.str());
    ASSERT_TRUE(value);
    (*value)["boot"] = "another";
    std::ofstream(path) << write_checked_line(*value);
  }

 private:
  fs::path folder_;
};

class Simulated : public Place {
 public:
  std::unique_ptr<OpenState> open() override {
    if (!world_.disk.take_lease(next_)) return nullptr;
    return std::make_unique<Opened>(world_, next_++);
  }
  void break_lease() override { world_.disk.holder = 0; }
  void power_cut(bool keeps_unforced) override { world_.disk.power_cut(keeps_unforced); }

 private:
  class Opened : public OpenState {
   public:
    Opened(World& world, int number)
        : process_(world, number, kFirstHost, world.disk, {}, none_), state_(world, process_) {}
    [[nodiscard]] StatePorts ports() override { return state_.ports(); }

   private:
    const Decorators none_;
    Process process_;
    SimState state_;
  };

  World world_{1, 1, false};
  int next_ = 1;
};

template <class P>
std::unique_ptr<Place> make_place() {
  return std::make_unique<P>();
}

class StateContract : public ::testing::TestWithParam<std::unique_ptr<Place> (*)()> {
 protected:
  std::unique_ptr<OpenState> open() { return place_->open(); }
  // What a process that starts now knows.
  Intent known() {
    const auto state = open();
    if (!state) throw std::runtime_error("the lease is not free");
    const auto intent = state->ports().intents.load();
    if (!intent) throw std::runtime_error(intent.error().message);
    return *intent;
  }

  const std::unique_ptr<Place> place_ = GetParam()();
};

Intent established(const std::string& primary) {
  Intent intent;
  intent.established_primary_uuid = primary;
  return intent;
}

Intent switching() {
  Intent intent = established("2052ed60-e6b1-11f1-8122-02fc00000001");
  intent.phase = Intent::Phase::kSwitching;
  intent.from = "db1";
  intent.to = "db2";
  intent.from_uuid = intent.established_primary_uuid;
  intent.to_uuid = "3052ed60-e6b1-11f1-8122-02fc00000001";
  intent.blocked_since = Moment(Millis{1'790'000'000'000});
  intent.throttle = {"db1", 15};
  intent.super_read_only_off = {"db3"};
  return intent;
}

Intent committed() {
  Intent intent = switching();
  intent.phase = Intent::Phase::kCommitted;
  intent.frozen_at = GtidSet::of(intent.from_uuid, 1, 9);
  return intent;
}

Memory memory_of(const std::string& server) {
  Memory memory;
  memory.servers["2052ed60-e6b1-11f1-8122-02fc00000001"].name = server;
  return memory;
}

TEST_P(StateContract, AtFirstTheIntentIsAFreshOne) { EXPECT_EQ(known(), Intent{}); }

TEST_P(StateContract, WhatIsSavedIsLoadedByItAndByTheNextProcess) {
  Intent intent = switching();
  intent.memory = memory_of("db1");
  {
    const auto state = open();
    ASSERT_TRUE(state->ports().intents.save(intent));
    EXPECT_EQ(*state->ports().intents.load(), intent);
  }
  EXPECT_EQ(known(), intent);
  place_->power_cut(false);
  EXPECT_EQ(known().memory, intent.memory);
}

TEST_P(StateContract, WhatIsSavedSoonOutlivesTheProcess) {
  Intent first = switching();
  first.memory = memory_of("db1");
  Intent soon = committed();
  {
    const auto state = open();
    ASSERT_TRUE(state->ports().intents.save(first));
    ASSERT_TRUE(state->ports().intents.save_soon(soon));
  }
  soon.memory = memory_of("db1");  // that of the saved one
  EXPECT_EQ(known(), soon);
  ASSERT_TRUE(open()->ports().intents.save(established("x")));
  EXPECT_EQ(known(), established("x"));
}

// Then nobody knows whether the note that it was committed was there.
TEST_P(StateContract, AfterAPowerCutASwitchMayHaveBeenCommitted) {
  for (const bool keeps : {false, true}) {
    {
      const auto state = open();
      ASSERT_TRUE(state->ports().intents.load());
      ASSERT_TRUE(state->ports().intents.save(switching()));
      ASSERT_TRUE(state->ports().intents.save_soon(committed()));
    }
    place_->power_cut(keeps);
    Intent unsure = switching();
    unsure.may_have_committed = true;
    EXPECT_EQ(known(), keeps ? committed() : unsure);
  }
}

TEST_P(StateContract, WithoutAPowerCutASwitchThatIsNotNotedAsCommittedWasNot) {
  ASSERT_TRUE(open()->ports().intents.save(switching()));
  EXPECT_TRUE(known().surely_not_committed());
}

TEST_P(StateContract, ANotedMemoryCountsUntilTheNextSave) {
  Intent intent = established("x");
  intent.memory = memory_of("db1");
  {
    const auto state = open();
    ASSERT_TRUE(state->ports().intents.save(intent));
    ASSERT_TRUE(state->ports().intents.note(memory_of("db2")));
    EXPECT_EQ(state->ports().intents.load()->memory, memory_of("db2"));
  }
  EXPECT_EQ(known().memory, memory_of("db2"));
  place_->power_cut(false);
  EXPECT_EQ(known().memory, memory_of("db1")) << "it was not forced to the disk";
  {
    const auto state = open();
    ASSERT_TRUE(state->ports().intents.note(memory_of("db2")));
    intent.memory = memory_of("db3");
    ASSERT_TRUE(state->ports().intents.save(intent));
  }
  EXPECT_EQ(known().memory, memory_of("db3"));
}

TEST_P(StateContract, TheLeaseHasOneHolder) {
  auto first = open();
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->ports().lease.held());
  EXPECT_FALSE(open());
  EXPECT_TRUE(still_held(first->ports().lease));
  first.reset();
  const auto second = open();
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->ports().lease.held());
}

TEST_P(StateContract, WhoseLeaseWasTakenByAnotherKnowsIt) {
  const auto first = open();
  place_->break_lease();
  EXPECT_FALSE(first->ports().lease.held());
  const auto second = open();
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->ports().lease.held());
  EXPECT_FALSE(first->ports().lease.held());
  EXPECT_FALSE(still_held(first->ports().lease));
}

// It may not have asked whether it still holds the lease.
TEST_P(StateContract, WhatAnotherHasSavedSinceIsNotOverwritten) {
  const auto first = open();
  ASSERT_TRUE(first->ports().intents.save(established("first")));
  place_->break_lease();
  const auto second = open();
  ASSERT_TRUE(second->ports().intents.load());
  ASSERT_TRUE(second->ports().intents.save(established("second")));
  for (const Status& saved : {first->ports().intents.save(established("late")),
                              first->ports().intents.save_soon(established("late"))}) {
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().code, ErrorCode::kRefused);
  }
  EXPECT_EQ(*second->ports().intents.load(), established("second"));
  EXPECT_TRUE(second->ports().intents.save(established("third")));
}

TEST_P(StateContract, TheJournalTakesAnyText) {
  const auto state = open();
  EXPECT_TRUE(state->ports().journal.append("begin step 1 \"quoted\" \n \xff"));
  EXPECT_TRUE(state->ports().journal.append(std::string(100'000, 'x')));
}

INSTANTIATE_TEST_SUITE_P(Files, StateContract, ::testing::Values(&make_place<Files>));
INSTANTIATE_TEST_SUITE_P(Simulated, StateContract, ::testing::Values(&make_place<Simulated>));

}  // namespace
}  // namespace gtidops::sim
