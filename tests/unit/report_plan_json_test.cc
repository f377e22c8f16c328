// plan -o json and apply -o json: the members that the contract names, and the schema.
#include "report/plan_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "unit/support/json_schema.h"
#include "unit/support/sample_plan.h"

namespace gtidops {
namespace {

using nlohmann::json;
using ::testing::IsEmpty;
using testing::sample_fleet;
using testing::sample_outcome;
using testing::sample_plan;
using testing::schema_errors;
using testing::synced_plan;

constexpr const char* kPlanSchema = "plan.schema.json";

std::vector<std::string> keys(const json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

TEST(PlanJson, IsTheContractsEnvelope) {
  const Plan plan = synced_plan();
  const std::string text = plans_json({{&plan}});
  const json parsed = json::parse(text);
  EXPECT_EQ(keys(parsed), (std::vector<std::string>{"format_version", "plans"}));
  EXPECT_EQ(parsed.at("format_version"), "1.0");
  ASSERT_EQ(parsed.at("plans").size(), 1U);
  EXPECT_EQ(parsed.at("plans")[0], json::parse(R"({
    "topology": "orders",
    "spec": {"file": "orders.yaml", "revision": null,
             "digest": "sha256:3f786850e387550fdab836ed7e6dc881de23001b"},
    "observed_at": "2026-11-22T15:00:00.123Z", "synced": true,
    "differences": [], "steps": [], "refusals": [], "warnings": [], "inventories": [], "copies": []})"));
  EXPECT_EQ(text.back(), '\n');
  EXPECT_THAT(schema_errors(kPlanSchema, text), IsEmpty());
  // In the contract's order, for people who read it.
  EXPECT_LT(text.find("\"topology\""), text.find("\"spec\""));
  EXPECT_LT(text.find("\"steps\""), text.find("\"refusals\""));
}

TEST(PlanJson, TellsAllThereIs) {
  const Plan plan = sample_plan();
  const std::string text = plans_json({{&plan}});
  EXPECT_THAT(schema_errors(kPlanSchema, text), IsEmpty());
  const json one = json::parse(text).at("plans")[0];
  EXPECT_EQ(one.at("spec").at("revision"), "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33");
  EXPECT_EQ(one.at("synced"), false);
  EXPECT_EQ(one.at("differences")[0],
            json::parse(R"({"server":"db2","path":"replication.source","desired":"db1",
                            "observed":null})"));
  EXPECT_EQ(one.at("differences")[3].at("desired"), nullptr);
  EXPECT_EQ(one.at("steps")[1],
            json::parse(R"json({"id":2,"action":"set_super_read_only","server":"db2",
              "risk":"disruptive","what":"refuse writes of every client (super_read_only = ON)",
              "why":"only db1 may take writes","sql":["SET GLOBAL super_read_only = ON"]
})json"));
  EXPECT_EQ(one.at("refusals")[0], json::parse(R"({"server":"db3","rule":"errant-transactions",
              "why":"it holds 2 transactions\u001b[2J","hint":"look at them"})"));
  EXPECT_EQ(one.at("warnings").size(), 2U);
  EXPECT_EQ(one.at("inventories")[0].at("schemas")[1],
            json::parse(R"({"name":"a","tables":1,"data_bytes":532})"));
  EXPECT_FALSE(one.contains("gtid_executed"));
  EXPECT_FALSE(one.contains("left"));
}

TEST(PlanJson, HoldsTheExactStatementsWithoutSecrets) {
  const Plan plan = sample_plan();
  const json parsed = json::parse(plans_json({{&plan}}));
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    std::vector<std::string> expected;
    for (const Statement& statement : plan.statements_of(plan.steps[i]))
      expected.push_back(statement.printable());
    EXPECT_EQ(parsed.at("plans")[0].at("steps")[i].at("sql"), json(expected));
  }
}

TEST(PlanJson, AnApplyAddsWhatCameOfEachStep) {
  const Plan plan = sample_plan();
  const Outcome outcome = sample_outcome();
  const Plan left = synced_plan();
  const std::string text = plans_json({{&plan, &outcome, &left}});
  EXPECT_THAT(schema_errors(kPlanSchema, text), IsEmpty());
  const json one = json::parse(text).at("plans")[0];
  const json& steps = one.at("steps");
  EXPECT_EQ(steps[1].at("result"), "done");
  EXPECT_EQ(steps[1].at("started_at"), "2026-11-22T15:00:01.000Z");
  EXPECT_EQ(steps[1].at("duration_ms"), 12.346);
  EXPECT_EQ(steps[1].at("error"), nullptr);
  EXPECT_EQ(steps[1].at("note"), "no session was in the way");
  // To find a thing done already is no error.
  EXPECT_EQ(steps[0].at("result"), "skipped");
  EXPECT_EQ(steps[0].at("error"), nullptr);
  EXPECT_EQ(steps[0].at("note"), "it is so already");
  EXPECT_EQ(steps[2].at("result"), "failed");
  EXPECT_EQ(steps[2].at("error"), "error 1396: Operation\nfailed");
  EXPECT_EQ(steps[2].at("note"), nullptr);
  EXPECT_EQ(steps[3].at("result"), "refused");
  EXPECT_EQ(one.at("gtid_executed").at("db1").at("after"),
            "00000001-0000-4000-8000-000000000001:1-103");
  EXPECT_EQ(one.at("synced"), false);
  EXPECT_EQ(one.at("left"), json::parse(R"({"observed_at":"2026-11-22T15:00:00.123Z",
    "synced":true,"differences":[],"steps":0,"copies":[],"refusals":[]})"));
}

TEST(PlanJson, AStepThatWasNotBegunSaysSo) {
  const Plan plan = sample_plan();
  Outcome outcome = sample_outcome();
  outcome.steps.resize(1);
  const std::string text = plans_json({{&plan, &outcome, nullptr}});
  EXPECT_THAT(schema_errors(kPlanSchema, text), IsEmpty());
  const json step = json::parse(text).at("plans")[0].at("steps")[3];
  EXPECT_EQ(step.at("result"), "skipped");
  EXPECT_EQ(step.at("started_at"), nullptr);
  EXPECT_EQ(step.at("note"), "it was not begun");
}

TEST(PlanJson, HoldsManyTopologies) {
  const Plan a = synced_plan();
  const Plan b = sample_plan();
  const std::string text = plans_json({{&a}, {&b}});
  EXPECT_THAT(schema_errors(kPlanSchema, text), IsEmpty());
  EXPECT_EQ(json::parse(text).at("plans").size(), 2U);
  EXPECT_EQ(json::parse(plans_json({})).at("plans"), json::array());
}

TEST(PlanJson, SurvivesTextThatIsNoUtf8) {
  Plan plan = sample_plan();
  plan.refusals[0].why = "caf\xe9 \xff";
  const std::string text = plans_json({{&plan}});
  EXPECT_EQ(json::parse(text).at("plans")[0].at("refusals")[0].at("why"), "caf\ufffd \ufffd");
}

TEST(PlanJson, WhatThePlannerMakesKeepsToTheSchema) {
  testing::FleetBuilder fleet;
  fleet.server("db1").fresh().schema("orders", 3, 5'000'000).server("db2").fresh();
  fleet.server("db3").executed("db1:1-98,db3:1-2").server("db4").unreachable();
  fleet.server("db5").maintenance("disk").server("db6").follows_stranger("10.9.9.9", 3306);
  const Plan plan = fleet.plan();
  ASSERT_FALSE(plan.steps.empty());
  ASSERT_FALSE(plan.refusals.empty());
  EXPECT_THAT(schema_errors(kPlanSchema, plans_json({{&plan}})), IsEmpty());
}

TEST(PlanSchema, DescribesEveryMember) {
  EXPECT_THAT(testing::undocumented(kPlanSchema), IsEmpty());
}

TEST(PlanSchema, FindsWhatIsWrong) {
  EXPECT_FALSE(schema_errors(kPlanSchema, R"({"format_version":"1.0"})").empty());
  EXPECT_FALSE(schema_errors(kPlanSchema, R"({"format_version":"2.0","plans":[]})").empty());
  EXPECT_FALSE(schema_errors(kPlanSchema, R"({"format_version":"1.0","plans":[],"x":1})").empty());
  const Plan plan = sample_plan();
  json text = json::parse(plans_json({{&plan}}));
  text["plans"][0]["steps"][0]["risk"] = "harmless";
  EXPECT_FALSE(schema_errors(kPlanSchema, text.dump()).empty());
}

}  // namespace
}  // namespace gtidops
