// What must hold of every plan, tried on thousands of fleets in any state. A failure names its
// seed; RandomFleet makes the same fleet from it again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "decide/planner.h"
#include "scenarios/effects.h"
#include "scenarios/invariants.h"
#include "scenarios/random_fleet.h"

namespace gtidops::testing {
namespace {

using ::testing::IsEmpty;

// GTIDOPS_FLEETS tries more of them, for a night.
std::uint32_t fleets() {
  const char* text = std::getenv("GTIDOPS_FLEETS");
  return text == nullptr ? 2000 : static_cast<std::uint32_t>(std::stoul(text));
}

std::string text_of(const Plan& plan) {
  std::string text;
  for (const Difference& one : plan.differences)
    text += "difference " + one.server + " " + one.path + ": " + one.observed.value_or("-") +
            " -> " + one.desired.value_or("-") + "\n";
  for (const Step& step : plan.steps) {
    text += std::to_string(step.id) + " " + std::string(name_of(step.action)) + " " +
            server_of(step.action) + ": " + describe(step.action) + ", " + step.why + "\n";
    for (const Statement& statement : plan.statements_of(step))
      text += "  " + statement.printable() + "\n";
  }
  for (const auto* findings : {&plan.refusals, &plan.warnings})
    for (const Finding& one : *findings)
      text += one.server + " " + one.rule + ": " + one.why + "; " + one.hint + "\n";
  return text;
}

TEST(PlannerPropertyTest, EveryPlanKeepsTheInvariants) {
  for (std::uint32_t seed = 0; seed < fleets(); ++seed) {
    const RandomFleet fleet = random_fleet(seed, Trouble::kAny);
    const Plan plan = make_plan(fleet.spec, fleet.seen, fleet.intent);
    ASSERT_THAT(broken_invariants(fleet.spec, fleet.seen, fleet.intent, plan), IsEmpty())
        << "seed " << seed << "\n"
        << text_of(plan);
  }
}

TEST(PlannerPropertyTest, TheSameInputsGiveTheSamePlan) {
  for (std::uint32_t seed = 0; seed < fleets() / 4; ++seed) {
    const RandomFleet fleet = random_fleet(seed, Trouble::kAny);
    const RandomFleet twin = random_fleet(seed, Trouble::kAny);
    const std::string text = text_of(make_plan(fleet.spec, fleet.seen, fleet.intent));
    ASSERT_EQ(text, text_of(make_plan(fleet.spec, fleet.seen, fleet.intent))) << "seed " << seed;
    ASSERT_EQ(text, text_of(make_plan(twin.spec, twin.seen, twin.intent))) << "seed " << seed;
  }
}

// Steps and refusals may remain, where a person has to decide; but nothing is planned for ever.
TEST(PlannerPropertyTest, PlansComeToAnEndInAnyState) {
  for (std::uint32_t seed = 0; seed < fleets(); ++seed) {
    const RandomFleet fleet = random_fleet(seed, Trouble::kAny);
    const Convergence run = converge(fleet.spec, fleet.seen, fleet.intent);
    ASSERT_THAT(run.left.steps, IsEmpty()) << "seed " << seed << "\n" << text_of(run.left);
    ASSERT_THAT(broken_invariants(fleet.spec, run.seen, run.intent, run.left), IsEmpty())
        << "seed " << seed;
  }
}

TEST(PlannerPropertyTest, WhatCanBePutRightIsPutRight) {
  for (std::uint32_t seed = 0; seed < fleets(); ++seed) {
    const RandomFleet fleet = random_fleet(seed, Trouble::kMild);
    const Plan plan = make_plan(fleet.spec, fleet.seen, fleet.intent);
    if (!plan.refusals.empty()) continue;
    const Convergence run = converge(fleet.spec, fleet.seen, fleet.intent);
    ASSERT_TRUE(run.left.synced()) << "seed " << seed << "\n"
                                   << text_of(plan) << "\nleft\n"
                                   << text_of(run.left);
    ASSERT_THAT(run.broken, IsEmpty()) << "seed " << seed << "\n" << text_of(plan);
    ASSERT_LE(run.passes, 2) << "seed " << seed << "\n" << text_of(plan);
  }
}

// Else the property above would say nothing.
TEST(PlannerPropertyTest, MostMildTroubleIsNotRefused) {
  std::uint32_t refused = 0;
  for (std::uint32_t seed = 0; seed < fleets() / 4; ++seed) {
    const RandomFleet fleet = random_fleet(seed, Trouble::kMild);
    if (!make_plan(fleet.spec, fleet.seen, fleet.intent).refusals.empty()) ++refused;
  }
  EXPECT_LT(refused, fleets() / 8);
}

}  // namespace
}  // namespace gtidops::testing
