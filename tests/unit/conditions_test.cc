// The seven conditions, each from a topology that is healthy but for what the row says.
#include "decide/conditions.h"

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "decide/assess.h"
#include "decide/untouched.h"
#include "model/rules.h"
#include "unit/support/fleet_builder.h"

namespace gtidops {
namespace {

using testing::FleetBuilder;
using State = Condition::Status;

// One primary, two replicas.
FleetBuilder bare_three() {
  FleetBuilder fleet;
  fleet.server("db1").server("db2").server("db3");
  return fleet;
}

// An empty plan: the conditions are judged by themselves, whatever the planner thinks.
Plan empty_plan() {
  Plan plan;
  plan.topology = "orders";
  return plan;
}

Condition of(const std::vector<Condition>& all, const std::string& type) {
  for (const Condition& one : all)
    if (one.type == type) return one;
  return {};
}

Condition judge(const FleetBuilder& fleet, const Plan& plan, const std::string& type) {
  return of(conditions(fleet.spec(), fleet.observation(), plan), type);
}

std::string told(const Condition& condition) {
  return std::string(status_name(condition.status)) + " " + condition.reason + ": " +
         condition.message;
}

TEST(Conditions, AreSevenInOneOrder) {
  const FleetBuilder fleet = bare_three();
  std::string all;
  for (const Condition& one : conditions(fleet.spec(), fleet.observation(), fleet.plan())) {
    all += one.type + "=" + std::string(status_name(one.status)) + " " + one.reason + "\n";
    EXPECT_FALSE(one.message.empty()) << one.type;
    EXPECT_FALSE(one.since) << one.type;
  }
  EXPECT_EQ(all,
            "Ready=True PrimaryWritable\n"
            "Synced=True NothingToDo\n"
            "Healthy=True AllServersHealthy\n"
            "Reconciling=False NothingToDo\n"
            "Stalled=False NothingRefused\n"
            "Suspended=False NotSuspended\n"
            "PrimaryDiverged=False AsDeclared\n");
}

struct ConditionRow {
  const char* what;
  std::function<void(FleetBuilder&)> change;
  const char* type;
  const char* expected;  // "Status Reason: message"
};

void PrintTo(const ConditionRow& row, std::ostream* out) { *out << row.type << ", " << row.what; }

class ConditionTable : public ::testing::TestWithParam<ConditionRow> {};

TEST_P(ConditionTable, IsAsExpected) {
  FleetBuilder fleet = bare_three();
  GetParam().change(fleet);
  EXPECT_EQ(told(judge(fleet, empty_plan(), GetParam().type)), GetParam().expected);
}

using F = FleetBuilder;

INSTANTIATE_TEST_SUITE_P(
    Healthy, ConditionTable,
    ::testing::Values(
        ConditionRow{
            "nothing", [](F&) {}, "Healthy",
            "True AllServersHealthy: 3 servers can be read, replication runs without an error"},
        ConditionRow{"a replica is down", [](F& f) { f.server("db3").unreachable(); }, "Healthy",
                     "False ServerUnreachable: db3 cannot be read: nobody listens there"},
        ConditionRow{
            "the applier stopped",
            [](F& f) { f.server("db2").applier_error(1062, "Duplicate entry"); }, "Healthy",
            "False ReplicationError: the applier of db2 stopped: error 1062, Duplicate entry"},
        ConditionRow{"the applier was stopped",
                     [](F& f) { f.server("db2").applier(ThreadState::kOff); }, "Healthy",
                     "False ReplicationStopped: the applier of db2 is stopped"},
        ConditionRow{"the receiver connects",
                     [](F& f) { f.server("db2").receiver(ThreadState::kConnecting); }, "Healthy",
                     "False ReplicationConnecting: the receiver of db2 is still connecting"},
        ConditionRow{"no channel", [](F& f) { f.server("db2").no_channel(); }, "Healthy",
                     "False NotReplicating: db2 has no replication channel"},
        ConditionRow{
            "the worst gives the reason, all are told",
            [](F& f) { f.server("db2").no_channel().server("db3").unreachable(); }, "Healthy",
            "False ServerUnreachable: db2 has no replication channel; db3 cannot be read: nobody "
            "listens there"},
        ConditionRow{
            "a replica in maintenance is down",
            [](F& f) { f.server("db3").unreachable().maintenance("new disk"); }, "Healthy",
            "True AllServersHealthy: 2 servers can be read, replication runs without an error; not "
            "judged: db3"},
        ConditionRow{
            "its maintenance is over",
            [](F& f) {
              f.server("db3").unreachable().maintenance("new disk", parse_moment("2026-01-01"));
            },
            "Healthy", "False ServerUnreachable: db3 cannot be read: nobody listens there"},
        ConditionRow{
            "a delayed replica",
            [](F& f) { f.server("db3").delay(Millis{3'600'000}).behind(3600); }, "Healthy",
            "True AllServersHealthy: 3 servers can be read, replication runs without an error"},
        ConditionRow{"one was not looked at", [](F& f) { f.server("db3").not_looked_at(); },
                     "Healthy", "Unknown NotObserved: db3 was not looked at"}));

INSTANTIATE_TEST_SUITE_P(
    Ready, ConditionTable,
    ::testing::Values(
        ConditionRow{"nothing", [](F&) {}, "Ready",
                     "True PrimaryWritable: db1 takes writes, and nobody else does"},
        ConditionRow{"a read-only primary", [](F& f) { f.server("db1").super_read_only(); },
                     "Ready", "False PrimaryReadOnly: the primary db1 is read-only"},
        ConditionRow{"two take writes", [](F& f) { f.server("db2").writable(); }, "Ready",
                     "False SeveralWritableServers: db1 and db2 take writes"},
        ConditionRow{"one of the two is in maintenance",
                     [](F& f) { f.server("db2").writable().maintenance("test"); }, "Ready",
                     "False SeveralWritableServers: db1 and db2 take writes"},
        ConditionRow{"only administrators can write on a replica",
                     [](F& f) { f.server("db2").read_only(); }, "Ready",
                     "True PrimaryWritable: db1 takes writes, and nobody else does"},
        ConditionRow{"one that may not be judged takes writes",
                     [](F& f) {
                       f.server("db2").writable().edit_spec([](Spec& spec) {
                         spec.reconcile.ignore.value = {std::string("servers/db2/") +
                                                        kReadOnlyObject};
                       });
                     },
                     "Ready",
                     "True PrimaryWritable: db1 takes writes; reconcile.ignore forbids to judge "
                     "db2, where writes are possible"},
        ConditionRow{"the primary is down", [](F& f) { f.server("db1").unreachable(); }, "Ready",
                     "False PrimaryUnreachable: the primary db1 cannot be read"},
        ConditionRow{"unhealthy", [](F& f) { f.server("db3").no_channel(); }, "Ready",
                     "False NotReplicating: db3 has no replication channel"},
        ConditionRow{"not looked at", [](F& f) { f.server("db1").not_looked_at(); }, "Ready",
                     "Unknown NotObserved: db1 was not looked at"},
        ConditionRow{"another is the primary",
                     [](F& f) {
                       f.server("db2")
                           .no_channel()
                           .writable()
                           .server("db1")
                           .follows("db2")
                           .super_read_only();
                       f.server("db3").follows("db2");
                     },
                     "Ready",
                     "False PrimaryDiverged: db1 is declared the primary, but db2 acts as it and "
                     "takes writes"}));

INSTANTIATE_TEST_SUITE_P(NobodyTakesWrites, ConditionTable,
                         ::testing::Values(ConditionRow{
                             "another was the primary, and is closed",
                             [](F& f) {
                               f.server("db2").no_channel().super_read_only();
                               f.server("db1").follows("db2").super_read_only();
                               f.server("db3").follows("db2");
                             },
                             "Ready",
                             "False PrimaryDiverged: db1 is declared the primary, but db2 acts as "
                             "it; no server that can "
                             "be seen takes writes"}));

INSTANTIATE_TEST_SUITE_P(
    PrimaryDiverged, ConditionTable,
    ::testing::Values(
        ConditionRow{"nothing", [](F&) {}, "PrimaryDiverged",
                     "False AsDeclared: no other server than db1 acts as primary"},
        ConditionRow{"another one",
                     [](F& f) {
                       f.server("db2")
                           .no_channel()
                           .writable()
                           .server("db1")
                           .follows("db2")
                           .super_read_only();
                       f.server("db3").follows("db2");
                     },
                     "PrimaryDiverged",
                     "True AnotherServerActsAsPrimary: db1 is declared the primary, but db2 acts "
                     "as it and takes writes"},
        ConditionRow{"a closed one is followed, and the declared one cannot be read",
                     [](F& f) {
                       f.server("db1").unreachable().server("db2").no_channel();
                       f.server("db3").follows("db2");
                     },
                     "PrimaryDiverged", "Unknown PrimaryUnreachable: db1 cannot be read"},
        ConditionRow{"failed over by hand, the old one is gone",
                     [](F& f) {
                       f.server("db1").unreachable().server("db2").no_channel().writable();
                       f.server("db3").follows("db2");
                     },
                     "PrimaryDiverged",
                     "True AnotherServerActsAsPrimary: db1 is declared the primary, but db2 acts "
                     "as it and takes writes"},
        ConditionRow{
            "it replicates from elsewhere",
            [](F& f) { f.server("db1").follows_stranger("10.9.9.9", 3306).super_read_only(); },
            "PrimaryDiverged",
            "True PrimaryReplicates: db1 is declared the primary, but replicates from "
            "10.9.9.9:3306"},
        ConditionRow{"the primary is down", [](F& f) { f.server("db1").unreachable(); },
                     "PrimaryDiverged", "Unknown PrimaryUnreachable: db1 cannot be read"}));

INSTANTIATE_TEST_SUITE_P(
    Suspended, ConditionTable,
    ::testing::Values(
        ConditionRow{"with a reason", [](F& f) { f.suspended("audit"); }, "Suspended",
                     "True Declared: audit"},
        ConditionRow{"until later",
                     [](F& f) { f.suspended("audit", parse_moment("2026-12-01T06:00:00Z")); },
                     "Suspended", "True Declared: audit, until 2026-12-01T06:00:00.000Z"},
        ConditionRow{
            "over", [](F& f) { f.suspended("audit", parse_moment("2026-11-01T06:00:00Z")); },
            "Suspended", "False SuspensionEnded: suspend.until was 2026-11-01T06:00:00.000Z"},
        ConditionRow{"no reason", [](F& f) { f.suspended(""); }, "Suspended",
                     "True Declared: suspend.enabled is true"}));

// --- Those that the plan decides.

// db2 was opened by hand while db1 was away, nobody follows it yet, and db1 came back closed, where
// db3 looks still: clients write to db2.
TEST(PrimaryDiverged, NamesWhoAloneTakesWritesThoughNobodyFollowsIt) {
  FleetBuilder fleet = bare_three();
  fleet.server("db1").super_read_only();
  fleet.server("db2").no_channel().writable().executed("db1:1-100,db2:1-7");
  const Plan plan = fleet.plan();
  EXPECT_EQ(told(judge(fleet, plan, "PrimaryDiverged")),
            "True AnotherServerActsAsPrimary: db1 is declared the primary, but db2 acts as it and "
            "takes writes");
  EXPECT_EQ(judge(fleet, plan, "Ready").reason, "PrimaryDiverged");
  const Assessment found = assess(fleet.spec(), plan.goal, fleet.observation(), plan.intent);
  EXPECT_EQ(found.observed_primary, "db2");
  EXPECT_EQ(found.of("db1").role, Role::kStandalone);
  EXPECT_EQ(found.of("db2").role, Role::kPrimary);
}

// It holds nothing that db1 lacks: it was merely opened, and is closed again.
TEST(PrimaryDiverged, IsNotSaidOfOneThatWasOpenedAndTookNoWrites) {
  FleetBuilder fleet = bare_three();
  fleet.server("db1").super_read_only();
  fleet.server("db2").no_channel().writable();
  EXPECT_EQ(judge(fleet, fleet.plan(), "PrimaryDiverged").status, State::kFalse);
}

// Two stand closed that are followed: neither can be told to act as the primary, and yet the plan
// is refused.
TEST(PrimaryDiverged, IsTrueWhereThePlanIsRefusedForIt) {
  FleetBuilder fleet = bare_three();
  fleet.server("db4").follows("db2");
  fleet.server("db1").super_read_only();
  fleet.server("db2").no_channel().super_read_only().executed("db1:1-100,db2:1-7");
  const Plan plan = fleet.plan();
  ASSERT_FALSE(plan.refusals.empty());
  ASSERT_EQ(plan.refusals.front().rule, "primary-diverged");
  const Condition diverged = judge(fleet, plan, "PrimaryDiverged");
  EXPECT_EQ(told(diverged), "True AnotherServerActsAsPrimary: " + plan.refusals.front().why);
}

Plan plan_with(std::size_t steps, std::size_t differences, const std::vector<std::string>& rules) {
  Plan plan = empty_plan();
  for (std::size_t i = 0; i < steps; ++i)
    plan.steps.push_back({static_cast<int>(i) + 1, PersistReadOnly{"db1"}, Risk::kSafe, "why"});
  for (std::size_t i = 0; i < differences; ++i)
    plan.differences.push_back({"db1", "path", "a", "b"});
  for (const std::string& rule : rules) plan.refusals.push_back({"db3", rule, "it is so", "hint"});
  return plan;
}

TEST(Synced, SaysWhatKeepsItFromBeing) {
  const FleetBuilder fleet = bare_three();
  EXPECT_EQ(told(judge(fleet, empty_plan(), "Synced")), "True NothingToDo: live is as declared");
  EXPECT_EQ(told(judge(fleet, plan_with(2, 1, {"errant-transactions"}), "Synced")),
            "False ChangesPending: 1 difference, 2 steps to do");
  EXPECT_EQ(told(judge(fleet, plan_with(0, 1, {}), "Synced")),
            "False Drifted: 1 difference, 0 steps: nothing may be done about it now");
  EXPECT_EQ(told(judge(fleet, plan_with(0, 0, {"errant-transactions"}), "Synced")),
            "False ErrantTransactions: db3: it is so");
}

TEST(Synced, IsUnknownWhileAServerCannotBeRead) {
  FleetBuilder fleet = bare_three();
  fleet.server("db3").unreachable();
  EXPECT_EQ(told(judge(fleet, plan_with(0, 0, {"unreachable"}), "Synced")),
            "Unknown ServerUnreachable: nothing differs, but db3 cannot be read");
  EXPECT_EQ(judge(fleet, plan_with(0, 1, {"unreachable"}), "Synced").status, State::kFalse);
}

TEST(Reconciling, IsTrueWhileThereIsSomethingToDo) {
  const FleetBuilder fleet = bare_three();
  EXPECT_EQ(told(judge(fleet, plan_with(0, 1, {}), "Reconciling")),
            "False NothingToDo: there is no step to do");
  Plan plan = plan_with(2, 1, {});
  EXPECT_EQ(told(judge(fleet, plan, "Reconciling")), "True ChangesPending: 2 steps to do");
  plan.steps[1].risk = Risk::kDestructive;
  EXPECT_EQ(told(judge(fleet, plan, "Reconciling")),
            "True ChangesPending: 2 steps to do, 1 of them destructive");
}

TEST(Stalled, IsTrueWhenOnlyAPersonCanHelp) {
  const FleetBuilder fleet = bare_three();
  EXPECT_EQ(told(judge(fleet, plan_with(0, 1, {}), "Stalled")),
            "False NothingRefused: nothing is refused");
  EXPECT_EQ(told(judge(fleet, plan_with(0, 1, {"binlog_filter"}), "Stalled")),
            "True BinlogFilter: db3: it is so");
  EXPECT_EQ(told(judge(fleet, plan_with(0, 0, {"errant-transactions", "x", "y"}), "Stalled")),
            "True ErrantTransactions: db3: it is so (and 2 more)");
  EXPECT_EQ(told(judge(fleet, plan_with(1, 1, {"errant-transactions"}), "Stalled")),
            "False Progressing: 1 step to do besides; refused: db3: it is so");
}

TEST(Stalled, TakesWillForNoTrouble) {
  FleetBuilder fleet = bare_three();
  fleet.suspended("audit");
  EXPECT_EQ(judge(fleet, plan_with(0, 1, {"suspended"}), "Stalled").status, State::kFalse);
  EXPECT_EQ(judge(fleet, plan_with(0, 1, {"observe-mode"}), "Stalled").status, State::kFalse);
  EXPECT_EQ(told(judge(fleet, plan_with(0, 1, {"suspended", "errant-transactions"}), "Stalled")),
            "True ErrantTransactions: db3: it is so");
}

TEST(Stalled, ATopologysOwnRefusalIsToldByItsName) {
  Plan plan = empty_plan();
  plan.refusals.push_back({"", "foreign-source", "it is so", "hint"});
  EXPECT_EQ(told(judge(bare_three(), plan, "Stalled")), "True ForeignSource: orders: it is so");
}

TEST(Conditions, AreUnknownBeforeTheFirstLook) {
  FleetBuilder fleet = bare_three();
  fleet.server("db1").not_looked_at().server("db2").not_looked_at().server("db3").not_looked_at();
  for (const char* type : {"Ready", "Synced", "Healthy", "PrimaryDiverged"})
    EXPECT_EQ(judge(fleet, fleet.plan(), type).status, State::kUnknown) << type;
}

TEST(WithSince, KeepsTheMomentOfAStatusThatStays) {
  const Moment first = parse_moment("2026-11-22T15:00:00Z").value();
  const Moment second = parse_moment("2026-11-22T16:00:00Z").value();
  const Condition ready{"Ready", State::kTrue, "A", "a", std::nullopt};
  const Condition synced{"Synced", State::kTrue, "A", "a", std::nullopt};
  const auto before = with_since({ready, synced}, {}, first);
  EXPECT_EQ(before[0].since, first);

  Condition other_reason = ready;
  other_reason.reason = "B";
  Condition other_status = synced;
  other_status.status = State::kFalse;
  const auto after = with_since({other_reason, other_status}, before, second);
  EXPECT_EQ(after[0].since, first);
  EXPECT_EQ(after[0].reason, "B");
  EXPECT_EQ(after[1].since, second);
}

TEST(WithSince, WhatNobodyKnowsStaysUnknown) {
  const Moment first = parse_moment("2026-11-22T15:00:00Z").value();
  const Moment second = parse_moment("2026-11-22T16:00:00Z").value();
  const Condition ready{"Ready", State::kTrue, "A", "a", std::nullopt};
  const Condition synced{"Synced", State::kTrue, "A", "a", std::nullopt};
  Condition changed = synced;
  changed.status = State::kFalse;
  // Nobody has written anything down.
  EXPECT_EQ(with_known_since({ready}, {})[0].since, std::nullopt);
  // What is otherwise than the daemon saw it last has become so at a moment that nobody saw.
  const auto kept = with_since({ready, synced}, {}, first);
  const auto now = with_known_since({ready, changed}, kept);
  EXPECT_EQ(now[0].since, first);
  EXPECT_EQ(now[1].since, std::nullopt);
  // Who watches from then on knows when something changes, and nothing more of what does not.
  const auto later = with_since({ready, synced}, now, second);
  EXPECT_EQ(later[0].since, first);
  EXPECT_EQ(later[1].since, second);
  EXPECT_EQ(with_since({changed}, now, second)[0].since, std::nullopt);
}

// --- The heartbeat.

bool may_beat(const FleetBuilder& fleet, const Plan& plan) {
  return may_write_heartbeat(fleet.spec(), fleet.observation(), plan);
}

TEST(Heartbeat, IsWrittenOnAPrimaryThatIsWellAndNotWhileEverythingIsPaused) {
  const FleetBuilder fleet = bare_three();
  EXPECT_TRUE(may_beat(fleet, fleet.plan()));
  EXPECT_FALSE(may_beat(bare_three().server("db1").super_read_only(), empty_plan()));
  EXPECT_FALSE(may_beat(bare_three().server("db1").follows("db2"), empty_plan()));
  EXPECT_FALSE(may_beat(bare_three().server("db1").unreachable(), empty_plan()));
  EXPECT_FALSE(may_beat(bare_three().server("db1").no_heartbeat(), empty_plan()));
  EXPECT_FALSE(may_beat(fleet, bare_three().suspended("audit").plan()));
  EXPECT_FALSE(may_beat(fleet, bare_three().observe_only().plan()));
}

// Each beat would take the number of a transaction that the primary has lost, and that others hold.
TEST(Heartbeat, IsNotWrittenOnAPrimaryThatHasLostTransactionsOrIsNotKnown) {
  const FleetBuilder fleet = bare_three();
  const auto with = [&](const char* server, const char* rule) {
    Plan plan = fleet.plan();
    plan.refusals.push_back({server, rule, "", ""});
    return may_beat(fleet, plan);
  };
  EXPECT_FALSE(with("db1", rule::kHistoryShrunk));
  EXPECT_FALSE(with("db1", rule::kPrimaryIdentity));
  EXPECT_TRUE(with("db2", rule::kHistoryShrunk)) << "a replica's loss is not the primary's";
}

// What else is told of Ready is worse, and stays.
TEST(Conditions, AHeartbeatThatFailsDoubtsAReadyOneOnly) {
  const FleetBuilder well = bare_three();
  FleetBuilder closed = bare_three();
  closed.server("db1").super_read_only();
  for (const FleetBuilder* fleet : {&well, static_cast<const FleetBuilder*>(&closed)}) {
    auto now = conditions(fleet->spec(), fleet->observation(), fleet->plan());
    const auto before = now;
    doubt_ready(now, "db1", "the disk is full");
    const bool doubted = fleet == &well;
    EXPECT_EQ(told(of(now, "Ready")),
              doubted ? "False PrimaryDoesNotCommit: db1 is open, and commits nothing: the "
                        "heartbeat failed with: the disk is full"
                      : told(of(before, "Ready")));
    EXPECT_EQ(told(of(now, "Healthy")), told(of(before, "Healthy")));
  }
}

}  // namespace
}  // namespace gtidops
