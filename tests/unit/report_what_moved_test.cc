// A saved plan is run only while it is still the plan.
#include "report/what_moved.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "report/plan_json.h"
#include "unit/support/sample_plan.h"

namespace gtidops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::sample_plan;
using testing::synced_plan;

using Lines = std::vector<std::string>;

Lines moved(const std::function<void(Plan&)>& change) {
  const Plan saved = sample_plan();
  Plan fresh = sample_plan();
  change(fresh);
  return what_moved(plans_json({{&saved}}), fresh);
}

TEST(WhatMoved, NothingWhenAllIsAsItWas) {
  EXPECT_THAT(moved([](Plan&) {}), IsEmpty());
}

TEST(WhatMoved, TimesWordsAndTheCommitDoNotCount) {
  EXPECT_THAT(moved([](Plan& plan) {
                plan.observed_at += Millis{3'600'000};
                plan.spec_revision = "another commit with the same file";
                plan.spec_file = "elsewhere/orders.yaml";
                plan.steps[0].why = "it lacks 12 transactions";
                plan.refusals[0].why = "it holds 3 transactions";
                plan.refusals[0].hint = "look";
                plan.warnings.clear();
                plan.inventories.clear();
              }),
              IsEmpty());
}

TEST(WhatMoved, TheSpecification) {
  EXPECT_THAT(moved([](Plan& plan) { plan.spec_digest = "sha256:1111111111111111"; }),
              ElementsAre("the specification: its digest was sha256:3f786850e387, is "
                          "sha256:111111111111"));
}

TEST(WhatMoved, Differences) {
  EXPECT_THAT(moved([](Plan& plan) { plan.differences.erase(plan.differences.begin()); }),
              ElementsAre("db2: replication.source does not differ any more"));
  EXPECT_THAT(moved([](Plan& plan) { plan.differences[1].observed = "1"; }),
              ElementsAre("db1: super_read_only was ON, is 1"));
  EXPECT_THAT(moved([](Plan& plan) { plan.differences[0].desired = "db3"; }),
              ElementsAre("db2: replication.source was to be db1, shall be db3"));
  EXPECT_THAT(moved([](Plan& plan) { plan.differences[0].observed = ""; }),
              ElementsAre("db2: replication.source was nothing, is ''"));
  EXPECT_THAT(moved([](Plan& plan) {
                plan.differences.push_back({"", "x\n", "a", std::nullopt});
              }),
              ElementsAre("x\\n differs now: it is nothing, shall be a"));
}

TEST(WhatMoved, TheOrderOfDifferencesDoesNotCount) {
  EXPECT_THAT(moved([](Plan& plan) { std::swap(plan.differences[0], plan.differences[4]); }),
              IsEmpty());
}

TEST(WhatMoved, Steps) {
  EXPECT_THAT(moved([](Plan& plan) { plan.steps.pop_back(); }),
              ElementsAre("step 4, revoke_privileges on db1, is not to be done any more"));
  EXPECT_THAT(moved([](Plan& plan) {
                plan.steps.push_back({5, PersistReadOnly{"db3"}, Risk::kSafe, ""});
              }),
              ElementsAre("a further step is to be done: persist_read_only on db3"));
  EXPECT_THAT(moved([](Plan& plan) { plan.steps[1].risk = Risk::kSafe; }),
              ElementsAre("step 2, set_super_read_only on db2: it was disruptive, is safe"));
  EXPECT_THAT(moved([](Plan& plan) { std::swap(plan.steps[0], plan.steps[1]); }),
              ElementsAre("the steps come in another order"));
}

TEST(WhatMoved, Statements) {
  EXPECT_THAT(moved([](Plan& plan) {
                std::get<RevokePrivileges>(plan.steps[3].action).revocations = {"INSERT ON *.*"};
              }),
              ElementsAre("step 4, revoke_privileges on db1: its statement was REVOKE SELECT ON "
                          "*.* FROM 'repl'@'10.0.%'; is REVOKE INSERT ON *.* FROM "
                          "'repl'@'10.0.%'"));
  EXPECT_THAT(moved([](Plan& plan) {
                std::get<RevokePrivileges>(plan.steps[3].action).revocations = {"A", "B"};
              }),
              ElementsAre("step 4, revoke_privileges on db1: it had 1 statement, has 2"));
}

TEST(WhatMoved, TheSameActionTwiceIsComparedOneByOne) {
  const auto twice = [](std::uint32_t first, std::uint32_t second) {
    Plan plan = synced_plan();
    plan.steps = {{1, SetServerId{"db1", first}, Risk::kSafe, ""},
                  {2, SetServerId{"db1", second}, Risk::kSafe, ""}};
    return plan;
  };
  const Plan saved = twice(7, 8);
  EXPECT_THAT(what_moved(plans_json({{&saved}}), twice(7, 8)), IsEmpty());
  EXPECT_THAT(what_moved(plans_json({{&saved}}), twice(7, 9)),
              ElementsAre(HasSubstr("step 2, set_server_id on db1: its statement was")));
}

TEST(WhatMoved, Refusals) {
  EXPECT_THAT(moved([](Plan& plan) { plan.refusals.clear(); }),
              ElementsAre("db3: errant-transactions is not refused any more"));
  EXPECT_THAT(moved([](Plan& plan) {
                plan.refusals.push_back({"", "suspended", "", ""});
              }),
              ElementsAre("the topology: suspended is refused now"));
}

TEST(WhatMoved, FindsItsTopologyAmongMany) {
  Plan other = synced_plan();
  other.topology = "billing";
  const Plan mine = sample_plan();
  const std::string saved = plans_json({{&other}, {&mine}});
  EXPECT_THAT(what_moved(saved, mine), IsEmpty());
  EXPECT_THAT(what_moved(saved, other), IsEmpty());
  other.topology = "hr";
  EXPECT_THAT(what_moved(saved, other),
              ElementsAre("the saved plan holds no plan for the topology hr"));
  EXPECT_THAT(what_moved(plans_json({{&mine}, {&mine}}), mine),
              ElementsAre("the saved plan holds orders twice"));
}

TEST(WhatMoved, AReportOfAnApplyIsReadToo) {
  const Plan plan = sample_plan();
  const Outcome outcome = testing::sample_outcome();
  EXPECT_THAT(what_moved(plans_json({{&plan, &outcome, &plan}}), plan), IsEmpty());
}

TEST(WhatMoved, TextThatIsNoUtf8IsTheSameText) {
  Plan plan = sample_plan();
  plan.differences[0].observed = "caf\xe9";
  EXPECT_THAT(what_moved(plans_json({{&plan}}), plan), IsEmpty());
}

// Whatever the file holds: an answer, and never "nothing moved".
TEST(WhatMoved, WhatCannotBeReadCountsAsMoved) {
  const Plan plan = sample_plan();
  const std::string good = plans_json({{&plan}});
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("null"), std::string("[]"), std::string("{}"),
        std::string(R"({"format_version":"2.0","plans":[]})"),
        std::string(R"({"format_version":1,"plans":[]})"),
        std::string(R"({"format_version":"1.0","plans":{"a":1}})"),
        std::string(R"({"format_version":"1.0","plans":[{"topology":"orders"}]})"),
        std::string(R"({"format_version":"1.0","plans":[{"topology":1}]})"), good + "x",
        good.substr(0, good.size() / 2), std::string(100'000, '[')})
    EXPECT_THAT(what_moved(text, plan), ElementsAre(HasSubstr("cannot be read"))) << text;
  EXPECT_THAT(what_moved(R"({"format_version":"1.0","plans":[]})", plan),
              ElementsAre("the saved plan holds no plan for the topology orders"));
  EXPECT_THAT(what_moved("{", plan)[0], Not(HasSubstr("json.exception")));
}

TEST(WhatMoved, AMemberThatIsMissingCountsAsMoved) {
  const Plan plan = sample_plan();
  for (const char* member : {"digest", "differences", "steps", "refusals", "risk", "sql", "rule",
                             "desired", "observed", "action"}) {
    std::string text = plans_json({{&plan}});
    text.replace(text.find('"' + std::string(member) + '"'), std::string(member).size() + 2,
                 "\"renamed\"");
    EXPECT_THAT(what_moved(text, plan), ElementsAre(HasSubstr("cannot be read"))) << member;
  }
}

TEST(TopologiesOf, TellsThemInOrder) {
  Plan other = synced_plan();
  other.topology = "billing";
  const Plan mine = sample_plan();
  const auto names = topologies_of(plans_json({{&mine}, {&other}}));
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ElementsAre("orders", "billing"));
  const auto bad = topologies_of("{");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace gtidops
