// The plan and the report of an apply, as a person reads them, word for word.
#include "report/plan_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "report/outcome_text.h"
#include "unit/support/sample_plan.h"

namespace gtidops {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::sample_fleet;
using testing::sample_outcome;
using testing::sample_plan;
using testing::synced_plan;

const std::string kHeader =
    "Topology orders (orders.yaml, sha256:3f786850e387), observed 2026-11-22T15:00:00.123Z\n";

TEST(PlanText, SyncedIsOneLine) {
  EXPECT_EQ(plan_text(sample_fleet().spec(), synced_plan(), {}),
            kHeader + "\norders: synced, nothing to do\n");
}

TEST(PlanText, SyncedStillWarns) {
  Plan plan = synced_plan();
  plan.warnings = {{"db2", "sync_binlog", "sync_binlog is 0", "set it to 1"}};
  EXPECT_EQ(plan_text(sample_fleet().spec(), plan, {}),
            kHeader +
                "\n"
                "Warnings\n"
                "  ! db2: sync_binlog: sync_binlog is 0\n"
                "      hint: set it to 1\n"
                "\n"
                "orders: synced, nothing to do\n");
}

TEST(PlanText, TellsAllThereIs) {
  EXPECT_EQ(
      plan_text(sample_fleet().spec(), sample_plan(), {}),
      R"(Topology orders (orders.yaml, commit 0beec7b5ea3f, sha256:3f786850e387), observed 2026-11-22T15:00:00.123Z

Differences
  the topology orders
    ~ primary: db2 -> db1
  db1
    ~ super_read_only: ON -> OFF
  db2
    + replication.source: db1
    - replication.user: old\n
  db3
    ~ replication.options.SOURCE_BIND: '' -> 10.0.0.3

Data on db1: 2 schemas, 13 tables, 3.0 MiB
  orders  12 tables  3.0 MiB
  a       1 table    532 B

Steps
  1  safe         db1  make the server boot read-only
     why: it would boot writable
  2  disruptive   db2  refuse writes of every client (super_read_only = ON)
     why: only db1 may take writes
  3  safe         db1  create 'repl'@'10.0.%' with REPLICATION SLAVE alone
  4  destructive  db1  revoke from 'repl'@'10.0.%' what goes beyond REPLICATION SLAVE
     why: it shall have REPLICATION SLAVE alone

Warnings
  ! orders: not-yet: users is declared
  ! db2: sync_binlog: sync_binlog is 0
      hint: SET PERSIST sync_binlog = 1

Refused
  ! db3: errant-transactions: it holds 2 transactions\x1b[2J
      hint: look at them

Plan: 4 steps (2 safe, 1 disruptive, 1 destructive), 1 refusal, 2 warnings
Destructive steps are only done with --allow-destructive.
)");
}

TEST(PlanText, ShowsTheStatementsAndWhereTheyRun) {
  const Plan plan = sample_plan();
  const std::string text = plan_text(sample_fleet().spec(), plan, {{}, true});
  EXPECT_THAT(text, HasSubstr("  2  disruptive   db2  refuse writes of every client "
                              "(super_read_only = ON)\n"
                              "     why: only db1 may take writes\n"
                              "     db2> SET GLOBAL super_read_only = ON;\n"
                              "  3  safe "));
  EXPECT_THAT(text, HasSubstr("<secret env:REPL_PW>"));
  for (const Step& step : plan.steps)
    for (const Statement& statement : plan.statements_of(step))
      EXPECT_THAT(text, HasSubstr("     " + statement.server + "> " + statement.printable() + ";"));
}

TEST(PlanText, NothingToDoAboutADifferenceIsNotSynced) {
  Plan plan = synced_plan();
  plan.differences = {{"db2", "super_read_only", "ON", "OFF"}};
  EXPECT_EQ(plan_text(sample_fleet().spec(), plan, {}),
            kHeader +
                "\n"
                "Differences\n"
                "  db2\n"
                "    ~ super_read_only: OFF -> ON\n"
                "\n"
                "Plan: 0 steps (0 safe, 0 disruptive, 0 destructive), 0 refusals, 0 warnings\n");
}

TEST(PlanText, NumbersLineUp) {
  Plan plan = synced_plan();
  for (int id = 1; id <= 10; ++id)
    plan.steps.push_back({id, SetServerId{"db1", 7}, Risk::kSafe, "why"});
  const std::string text = plan_text(sample_fleet().spec(), plan, {});
  EXPECT_THAT(text, HasSubstr("\n   9  safe  db1  set server_id = 7\n      why: why\n"
                              "  10  safe  db1  set server_id = 7\n      why: why\n"));
}

TEST(PlanText, ColoursCarryNoMeaningOfTheirOwn) {
  const Plan plan = sample_plan();
  const std::string coloured = plan_text(sample_fleet().spec(), plan, {{true}, true});
  EXPECT_THAT(coloured, HasSubstr("\x1b[32m+ replication.source: db1\x1b[0m"));
  EXPECT_THAT(coloured, Not(HasSubstr("\x1b[2J")));  // what the server said stays written out
  std::string plain;
  for (std::size_t i = 0; i < coloured.size(); ++i) {
    if (coloured[i] == '\x1b')
      i = coloured.find('m', i);
    else
      plain += coloured[i];
  }
  EXPECT_EQ(plain, plan_text(sample_fleet().spec(), plan, {{}, true}));
}

TEST(PlanText, AServerThatIsNotDeclaredComesLast) {
  Plan plan = synced_plan();
  plan.differences = {{"stranger", "a", "1", "2"}, {"db3", "a", "1", "2"}};
  EXPECT_THAT(plan_text(sample_fleet().spec(), plan, {}),
              HasSubstr("  db3\n    ~ a: 2 -> 1\n  stranger\n    ~ a: 2 -> 1\n"));
}

TEST(OutcomeText, TellsWhatWasDoneAndWhatIsLeft) {
  Plan left = synced_plan();
  left.differences = {{"db2", "replication.source", "db1", std::nullopt}};
  left.refusals = {{"db3", "errant-transactions", "it holds 2 transactions", "look at them"}};
  EXPECT_EQ(outcome_text(sample_fleet().spec(), sample_plan(), sample_outcome(), left, {}),
            R"(  1  skipped  db1  make the server boot read-only  (0.4 ms)
     because: it is so already
  2  done     db2  refuse writes of every client (super_read_only = ON)  (12.3 ms)
     note: no session was in the way
  3  failed   db1  create 'repl'@'10.0.%' with REPLICATION SLAVE alone  (3000.0 ms)
     error: error 1396: Operation\nfailed
  4  refused  db1  revoke from 'repl'@'10.0.%' what goes beyond REPLICATION SLAVE  (0.0 ms)
     error: it is destructive

gtid_executed
  db1  +3  103 in all  00000001-0000-4000-8000-000000000001:101-103
  db2  +0  100 in all
  db3  -1  100 in all  lost: 00000003-0000-4000-8000-000000000003:1

Differences
  db2
    + replication.source: db1

Refused
  ! db3: errant-transactions: it holds 2 transactions
      hint: look at them

orders: not synced, left are 1 difference, 0 steps, 1 refusal
)");
}

TEST(OutcomeText, EndsWithSynced) {
  Outcome outcome = sample_outcome();
  outcome.steps.resize(1);
  outcome.gtid_executed.clear();
  EXPECT_EQ(outcome_text(sample_fleet().spec(), sample_plan(), outcome, synced_plan(), {}),
            "  1  skipped  db1  make the server boot read-only  (0.4 ms)\n"
            "     because: it is so already\n"
            "\n"
            "orders: synced\n");
}

}  // namespace
}  // namespace gtidops
