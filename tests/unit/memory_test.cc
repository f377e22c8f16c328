// What is remembered of the servers: what a look adds, when that is written down, and what a person
// takes from it.
#include "model/memory.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "decide/conditions.h"
#include "decide/planner.h"
#include "decide/remember.h"
#include "execute/run_memory.h"
#include "model/rules.h"
#include "report/acknowledged.h"
#include "state/checked_line.h"
#include "state/intent_file.h"
#include "support/whole_state.h"
#include "unit/support/fleet_builder.h"
#include "unit/support/json_schema.h"
#include "unit/support/memory_fixture.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using testing::FleetBuilder;
using testing::KeptState;
using testing::MemoryTest;

TEST_F(MemoryTest, WhatMerelyGrewIsForcedToTheDiskOnceAMinute) {
  EXPECT_TRUE(look());
  EXPECT_FALSE(look(Millis{1'000}));
  for (const char* name : {"db1", "db2", "db3"}) fleet_.server(name).executed("db1:1-200");
  EXPECT_FALSE(look(Millis{59'999}));
  EXPECT_EQ(known("db1").executed, FleetBuilder::gtids("db1:1-200"));
  for (const char* name : {"db1", "db2", "db3"}) fleet_.server(name).executed("db1:1-201");
  EXPECT_TRUE(look(Millis{60'000}));
  EXPECT_EQ(known("db1").executed, FleetBuilder::gtids("db1:1-201"));
  EXPECT_TRUE(known("db1").was_primary);
  EXPECT_FALSE(known("db2").was_primary);
}

// A primary that hangs, waiting for an acknowledgement, could not be seen for one look.
TEST_F(MemoryTest, WhatThePrimaryIsStillCommittingIsNotLost) {
  look();
  fleet_.server("db1").unreachable(Unreachable::Reason::kTimeout, "no answer");
  fleet_.server("db2").executed("db1:1-103");
  look(Millis{60'000});
  EXPECT_EQ(known("db1").executed, FleetBuilder::gtids("db1:1-103"));
  fleet_ = FleetBuilder();
  fleet_.server("db1").executed("db1:1-101").owned("db1:102-103");
  fleet_.server("db2").executed("db1:1-103").server("db3");
  look(Millis{120'000});
  EXPECT_EQ(lost("db1"), "");
  EXPECT_EQ(known("db1").executed, FleetBuilder::gtids("db1:1-103"));
  EXPECT_EQ(rules(), "");
  // It was killed, and has lost the last one.
  fleet_.server("db1").executed("db1:1-102").owned("");
  look(Millis{180'000});
  EXPECT_EQ(lost("db1"), FleetBuilder::gtids("db1:103").to_string());
}

TEST_F(MemoryTest, WhatIsOfAnotherKindIsWrittenDownAtOnce) {
  look();
  fleet_.server("db2").filter("Replicate_Do_DB=shop");
  EXPECT_TRUE(look(Millis{1}));
  EXPECT_EQ(known("db2").filters, std::set<std::string>{"Replicate_Do_DB=shop"});
  fleet_.server("db3").executed("db1:1-90");
  EXPECT_TRUE(look(Millis{2}));
  EXPECT_EQ(known("db3").lost, FleetBuilder::gtids("db1:91-100"));
}

TEST_F(MemoryTest, WhatWasLostStaysWhenTheCounterPassesTheOldNumbers) {
  look();
  for (const char* name : {"db2", "db3"}) fleet_.server(name).executed("db1:1-100");
  fleet_.server("db1").executed("db1:1-5");
  EXPECT_EQ("db1:history-shrunk ", rules().substr(0, 19));
  look();
  fleet_.server("db1").executed("db1:1-150");
  fleet_.server("db2").executed("db1:1-150").server("db3").executed("db1:1-150");
  look();
  EXPECT_EQ(known("db1").lost, FleetBuilder::gtids("db1:6-100"));
  EXPECT_EQ("db1:history-shrunk db2:history-shrunk db3:history-shrunk ", rules());
}

// A source sends in the order of its binary log.
TEST_F(MemoryTest, WhatAChannelHasLeftBehindIsAGap) {
  for (const char* name : {"db1", "db2"}) fleet_.server(name).executed("db1:1-100,old:1-50");
  fleet_.server("db3").executed("db1:1-90").retrieved("db1:1-95");
  look();
  EXPECT_EQ("", rules());
  for (const char* name : {"db1", "db2"}) fleet_.server(name).executed("db1:1-103,old:1-50");
  fleet_.server("db3").executed("db1:1-100").retrieved("db1:1-100");
  look();
  EXPECT_EQ("", rules());  // it has nothing yet of what came since
  fleet_.server("db1").executed("db1:1-104,old:1-50");
  fleet_.server("db3").executed("db1:1-104").retrieved("db1:1-104");
  EXPECT_EQ("db3:gap-in-history ", rules());
  look();
  EXPECT_EQ(known("db3").passed_over, FleetBuilder::gtids("old:1-50"));
  // Fetched after all, under another server_id.
  fleet_.server("db3").executed("db1:1-104,old:1-50");
  look();
  EXPECT_EQ("", rules());
}

// When a person has judged what the primary lost, the others still hold other data under the
// numbers that it has given anew: they are judged one by one, or provisioned anew.
TEST_F(MemoryTest, WhatThePrimaryLostIsJudgedForEachThatHoldsIt) {
  look();
  for (const char* name : {"db2", "db3"}) fleet_.server(name).executed("db1:1-100");
  fleet_.server("db1").executed("db1:1-5");
  look();
  fleet_.server("db1").executed("db1:1-150");
  fleet_.server("db2").executed("db1:1-150").server("db3").executed("db1:1-150");
  look();
  EXPECT_FALSE(say("db2", rule::kFilteredOnce));
  intent_ = *say("db1", rule::kHistoryShrunk);
  EXPECT_EQ("db2:history-shrunk db3:history-shrunk ", rules());
  intent_ = *say("db2", rule::kHistoryShrunk);
  EXPECT_EQ("db3:history-shrunk ", rules());
  // Made anew from the primary.
  fleet_.server("db3").uuid(FleetBuilder::uuid_of("rebuilt")).purged("db1:1-150");
  look();
  EXPECT_EQ("", rules());
}

// What replicas hold is confirmed by a second look, and the plan learns from both once more.
TEST_F(MemoryTest, OneObservationCanBeLearnedTwice) {
  look();
  fleet_.server("db1").executed("db1:1-105").executed_later("db1:1-150");
  look();
  look();
  EXPECT_TRUE(known("db1").lost.empty());
  EXPECT_EQ(known("db1").executed, FleetBuilder::gtids("db1:1-150"));
}

TEST_F(MemoryTest, WhatASecondLookDoesNotShowAnyMoreIsLost) {
  look();
  fleet_.server("db1").executed("db1:1-100").executed_later("db1:1-5");
  look();
  EXPECT_EQ(known("db1").lost, FleetBuilder::gtids("db1:6-100"));
}

// Another controller has opened db2 and is gone; so is db2, and a person took db1 off it.
TEST_F(MemoryTest, WhoTookWritesUnseenMayBeOpenUntilItIsSeenClosed) {
  look();
  fleet_.server("db1").super_read_only().executed("db1:1-100,db2:1-3");
  fleet_.server("db2").unreachable();
  look();
  EXPECT_TRUE(intent_.may_be_open("db2"));
  EXPECT_NE(std::string::npos, rules().find("db1:another-may-be-writable"));
  // It is no news any more, and holds on.
  look(Millis{1'000});
  EXPECT_TRUE(intent_.may_be_open("db2"));
  EXPECT_FALSE(intent_.may_be_open("db3"));
  FleetBuilder back;
  back.server("db1").super_read_only().executed("db1:1-100,db2:1-3");
  back.server("db2").executed("db1:1-100,db2:1-3").server("db3");
  intent_ = intent_after_look(back.spec(), back.observation(), intent_);
  EXPECT_FALSE(intent_.may_be_open("db2"));
}

// It still has its channel: by its looks it is a replica with transactions of its own.
TEST_F(MemoryTest, WhatWasCommittedWhileNobodyElseTookWritesIsPerhapsThePrimarys) {
  look();
  fleet_.server("db1").super_read_only();
  fleet_.server("db2").executed("db1:1-100,db2:1-57");
  look();
  EXPECT_NE(std::string::npos, rules().find("db1:primary-behind"));
  look(Millis{1'000});
  EXPECT_NE(std::string::npos, rules().find("db1:primary-behind"));
}

// By hand, on a replica, while the primary took writes.
TEST_F(MemoryTest, WhatWasCommittedBesideThePrimaryIsNot) {
  look();
  fleet_.server("db2").executed("db1:1-100,db2:1-57");
  look();
  fleet_.server("db1").super_read_only();
  EXPECT_EQ(std::string::npos, rules().find("db1:primary-behind"));
}

TEST_F(MemoryTest, ATaggedTransactionIsLostLikeAnother) {
  fleet_.server("db1").executed("db1:1-100:app:1-7");
  fleet_.server("db2").executed("db1:1-100:app:1-7");
  fleet_.server("db3").executed("db1:1-100:app:1-7");
  look();
  fleet_.server("db1").executed("db1:1-100");
  look();
  EXPECT_EQ(known("db1").lost, FleetBuilder::gtids("db1:app:1-7"));
}

// After a RESET its data had them already: they were applied twice.
TEST_F(MemoryTest, AReplicaThatFetchedItAgainIsRefusedUntilAPersonHasJudgedThat) {
  look();
  fleet_.server("db3").executed("db1:1-60");
  look();
  fleet_.server("db3").executed("db1:1-100");
  look();
  EXPECT_EQ("", lost("db3"));
  EXPECT_EQ(known("db3").shrunk, FleetBuilder::gtids("db1:61-100"));
  EXPECT_EQ("db3:history-shrunk ", rules());
  intent_ = *say("db3", rule::kHistoryShrunk);
  EXPECT_EQ("", rules());
}

// Nobody is there any more who held more than the snapshot.
TEST_F(MemoryTest, WhatOthersHeldOfAClosedPrimaryIsRemembered) {
  look();
  fleet_.server("db1").super_read_only().executed("db1:1-60");
  look();
  fleet_.server("db2").unreachable().server("db3").unreachable();
  EXPECT_NE(std::string::npos, rules().find("db1:history-shrunk"));
}

TEST_F(MemoryTest, WhatOthersShowOfAPrimaryThatIsAwayIsItsNewest) {
  look();
  fleet_.server("db1").unreachable();
  fleet_.server("db2").executed("db1:1-104");
  look(Millis{60'000});
  EXPECT_EQ(known("db1").executed, FleetBuilder::gtids("db1:1-104"));
}

// A commit that is under way: a replica has it, and the open primary does not show it yet.
TEST_F(MemoryTest, WhatIsBeingCommittedIsNotLost) {
  fleet_.server("db2").executed("db1:1-101");
  look();
  EXPECT_EQ("", lost("db1"));
}

TEST_F(MemoryTest, AnAcknowledgementIsAboutTheServerAsItIsNow) {
  look();
  fleet_.server("db1").executed("db1:1-5");
  fleet_.server("db2").executed("db1:1-5").server("db3").executed("db1:1-5");
  look();
  const auto said = say("db1", rule::kHistoryShrunk);
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ("", said->memory.servers.at(uuid("db1")).lost.to_string());
  const Acknowledgement& one = said->memory.acknowledged.back();
  EXPECT_EQ(uuid("db1"), one.server_uuid);
  EXPECT_EQ("looked at", one.reason);
  EXPECT_NE(std::string::npos, one.what.find("95 transactions")) << one.what;
  intent_ = *said;
  fleet_.server("db1").executed("db1:1-2");
  EXPECT_NE(std::string::npos, rules().find("db1:history-shrunk"));
}

TEST_F(MemoryTest, NothingOfTheKindToAcknowledge) {
  look();
  for (const char* rule : {rule::kHistoryShrunk, rule::kFilteredOnce, rule::kPrimaryIdentity})
    EXPECT_FALSE(say("db1", rule)) << rule;
  fleet_.server("db3").executed("db1:1-100,db3:1");
  EXPECT_FALSE(say("db3", "errant-transactions"));
  fleet_.server("db2").filter("Replicate_Do_DB=shop");
  look();
  // It is still there.
  EXPECT_FALSE(say("db2", rule::kFilteredOnce));
  fleet_.server("db2").unreachable();
  EXPECT_FALSE(say("db2", rule::kFilteredOnce));
}

TEST_F(MemoryTest, AnotherServerIsThePrimaryOnceAPersonSaysSo) {
  look();
  fleet_.server("db1").uuid(uuid("rebuilt"));
  fleet_.server("db1").super_read_only();
  for (const char* name : {"db2", "db3"})
    fleet_.server(name).source_uuid(uuid("db1")).receiver(ThreadState::kConnecting);
  EXPECT_EQ("db1:primary-identity ", rules());
  const auto said = say("db1", rule::kPrimaryIdentity);
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(uuid("rebuilt"), said->established_primary_uuid);
  intent_ = *said;
  EXPECT_EQ("", rules());
  look();
  EXPECT_EQ("", rules());
}

// It takes writes, and is not known: nobody is told that all is well.
TEST_F(MemoryTest, AStrangerThatIsOpenIsNoReadyPrimary) {
  look();
  fleet_.server("db1").uuid(uuid("stranger"));
  for (const char* name : {"db2", "db3"})
    fleet_.server(name).source_uuid(uuid("db1")).receiver(ThreadState::kConnecting);
  const Observation seen = fleet_.observation();
  const Condition ready =
      conditions(fleet_.spec(), seen, make_plan(fleet_.spec(), seen, intent_)).front();
  EXPECT_EQ("Ready", ready.type);
  EXPECT_EQ(Condition::Status::kFalse, ready.status);
  EXPECT_EQ("PrimaryIdentity", ready.reason);
  look();
  EXPECT_EQ(uuid("db1"), intent_.established_primary_uuid);
}

// A typing error in an address does not take anything away.
TEST_F(MemoryTest, AServerThatWasAnotherForAWhileIsKnownAsBefore) {
  fleet_.server("db2").filter("Replicate_Do_DB=shop");
  look();
  FleetBuilder wrong;
  wrong.server("db1").server("db2").uuid(uuid("stranger")).executed("stranger:1-9");
  wrong.server("db3");
  intent_ = intent_after_look(wrong.spec(), wrong.observation(), intent_);
  FleetBuilder right;
  right.server("db1").server("db2").server("db3");
  intent_ = intent_after_look(right.spec(), right.observation(), intent_);
  EXPECT_EQ(1U, known("db2").filters.size());
  EXPECT_EQ("db2", known("db2").name);
  EXPECT_EQ("", known("stranger").name);
}

TEST_F(MemoryTest, OutlivesTheProcessAndIsReadFromOlderFilesAsNone) {
  std::string pattern = ::testing::TempDir() + "gtidops-memory-XXXXXX";
  const fs::path folder = ::mkdtemp(pattern.data());
  fleet_.server("db2").filter("Replicate_Do_DB=shop");
  look();
  fleet_.server("db1").executed("db1:1-5:app:1-3");
  look();
  intent_ = say("db1", rule::kHistoryShrunk).value_or(intent_);
  ASSERT_EQ(1U, intent_.memory.acknowledged.size());
  ASSERT_TRUE(IntentFile(folder, "orders").save(intent_));
  EXPECT_EQ(intent_, IntentFile(folder, "orders").load().value());

  // What clients wait for does not have it, and does not take it away.
  IntentFile file(folder, "orders");
  Intent committed = intent_;
  committed.phase = Intent::Phase::kCommitted;
  ASSERT_TRUE(file.save_soon(committed));
  EXPECT_LT(fs::file_size(folder / "orders.intent.soon"), fs::file_size(folder / "orders.intent"));
  EXPECT_EQ(committed, IntentFile(folder, "orders").load().value());

  const nlohmann::json before{{"sequence", 9},
                              {"epoch", 3},
                              {"established_primary_uuid", uuid("db1")},
                              {"phase", "stable"}};
  std::ofstream(folder / "orders.intent") << write_checked_line(before);
  const Intent old = IntentFile(folder, "orders").load().value();
  EXPECT_EQ(uuid("db1"), old.established_primary_uuid);
  EXPECT_EQ(Memory{}, old.memory);
  fs::remove_all(folder);
}

// Written without being forced to the disk: of what comes after the last save, the newest counts.
TEST_F(MemoryTest, ANoteOutlivesTheProcessAndNotANewerSave) {
  std::string pattern = ::testing::TempDir() + "gtidops-memory-XXXXXX";
  const fs::path folder = ::mkdtemp(pattern.data());
  look();
  IntentFile file(folder, "orders");
  ASSERT_TRUE(file.save(intent_));
  Memory grown = intent_.memory;
  grown.servers.at(uuid("db1")).executed = FleetBuilder::gtids("db1:1-2000000");
  grown.servers.at(uuid("db2")).perhaps_primarys = FleetBuilder::gtids("db2:1-7");
  ASSERT_TRUE(file.note(grown));
  EXPECT_EQ(grown, IntentFile(folder, "orders").load().value().memory);
  // A shorter one over a longer one.
  grown.servers.at(uuid("db1")).executed = FleetBuilder::gtids("db1:1-3");
  grown.servers.at(uuid("db2")).wrote_unseen = true;
  grown.servers.at(uuid("db2")).perhaps_primarys = {};
  ASSERT_TRUE(file.note(grown));
  EXPECT_EQ(grown, IntentFile(folder, "orders").load().value().memory);
  fs::resize_file(folder / "orders.intent.seen", 40);
  EXPECT_EQ(intent_, IntentFile(folder, "orders").load().value());
  ASSERT_TRUE(file.note(grown));
  ASSERT_TRUE(file.save(intent_));
  EXPECT_EQ(intent_, IntentFile(folder, "orders").load().value());
  fs::remove_all(folder);
}

class ToldFleet : public Fleet {
 public:
  Observation look(const std::vector<std::string>&, Depth, Millis) override { return seen; }
  Result<Rows> run(const Statement&, Millis) override { return Rows{}; }
  Observation seen;
};

// A filter that is gone when the run ends; and whoever saves something else does not forget it.
TEST_F(MemoryTest, ALookInTheMiddleOfARunIsRemembered) {
  look();
  ToldFleet fleet;
  KeptState state;
  state.intent = intent_;
  const Spec spec = fleet_.spec();
  RunMemory run(spec, intent_, fleet, state.ports());
  fleet.seen = fleet_.server("db2").filter("Replicate_Do_DB=shop").observation();
  (void)run.look({"db1", "db2", "db3"}, Depth::kDetails, Millis{1'000});
  EXPECT_EQ(1U, state.intent.memory.servers.at(uuid("db2")).filters.size());
  Intent other = intent_;
  other.super_read_only_off.insert("db3");
  ASSERT_TRUE(run.save(other));
  EXPECT_EQ(1U, state.intent.memory.servers.at(uuid("db2")).filters.size());
  EXPECT_EQ(1U, state.intent.super_read_only_off.size());
}

TEST_F(MemoryTest, AnAcknowledgementIsToldInOneLineAndAsJson) {
  const Acknowledgement one{"db1",
                            uuid("db1"),
                            rule::kHistoryShrunk,
                            "RESET by \"us\"",
                            "it shrank",
                            "ada",
                            "ops1",
                            Moment(Millis{1'764'000'000'000})};
  const std::string text = acknowledged_text("orders", one);
  EXPECT_EQ(std::string::npos, text.find('\n'));
  EXPECT_NE(std::string::npos, text.find("by ada on ops1 at 2025-11-24T16:00:00"));
  const auto json = nlohmann::json::parse(acknowledged_json("orders", one));
  EXPECT_EQ("1.0", json["format_version"]);
  EXPECT_TRUE(testing::schema_errors("acknowledged.schema.json", json.dump()).empty());
  EXPECT_EQ("RESET by \"us\"", json["acknowledged"][0]["reason"]);
}

// The plan is for whom an unfinished switch was committed to; what is run by it waits for that one.
TEST(PlansPrimary, IsThatOfTheSwitchWhichIsFinishedFirst) {
  FleetBuilder fleet;
  fleet.server("db1").super_read_only().no_channel();
  fleet.server("db2").writable().executed("db1:1-100,db2:1-3");
  fleet.server("db3");
  fleet.edit_spec([](Spec& spec) { spec.primary.value = "db3"; });
  Intent intent;
  intent.phase = Intent::Phase::kCommitted;
  intent.from = "db1";
  intent.to = "db2";
  intent.from_uuid = FleetBuilder::uuid_of("db1");
  intent.to_uuid = FleetBuilder::uuid_of("db2");
  intent.frozen_at = FleetBuilder::gtids("db1:1-100");
  EXPECT_EQ("db2", make_plan(fleet.spec(), fleet.observation(), intent).goal.primary);
  EXPECT_EQ("db3", make_plan(fleet.spec(), fleet.observation(), Intent{}).goal.primary);
}

}  // namespace
}  // namespace gtidops
