// Which news of a pass the notifiers are told, and how urgent each one is.
#include "loop/notices.h"

#include <gtest/gtest.h>

#include "unit/support/fleet_builder.h"

namespace gtidops {
namespace {

using testing::FleetBuilder;
using Severity = Notice::Severity;
using State = RevisionEvent::State;

FleetBuilder three() {
  FleetBuilder fleet;
  fleet.server("db1").server("db2").server("db3");
  return fleet;
}

// Of each condition that is not well: its name and how urgent it is.
std::string urgent(const FleetBuilder& fleet) {
  std::string text;
  for (const Condition& one : conditions(fleet.spec(), fleet.observation(), fleet.plan())) {
    const Severity severity = severity_of(one);
    EXPECT_EQ(is_well(one), severity == Severity::kInfo) << one.type;
    if (severity != Severity::kInfo)
      text += one.type + (severity == Severity::kCritical ? " critical; " : " warning; ");
  }
  return text;
}

TEST(Notices, WhatStopsWritesIsCriticalAndAReplicaThatIsAwayIsNot) {
  EXPECT_EQ(urgent(three()), "");
  EXPECT_EQ(urgent(three().server("db3").unreachable()),
            "Ready warning; Synced warning; Healthy warning; Stalled warning; ");
  EXPECT_EQ(urgent(three().server("db3").applier_error(1062, "Duplicate")).substr(0, 14),
            "Ready warning;");
  EXPECT_EQ(urgent(three().server("db1").unreachable()).substr(0, 15), "Ready critical;");
  EXPECT_EQ(urgent(three().server("db2").writable()).substr(0, 15), "Ready critical;");
  EXPECT_EQ(urgent(three().server("db1").super_read_only()).substr(0, 15), "Ready critical;");
}

Plan synced() {
  Plan plan;
  plan.topology = "orders";
  return plan;
}

Plan refused() {
  Plan plan = synced();
  plan.refusals.push_back({"db2", "errant-transactions", "it holds more", ""});
  return plan;
}

std::string told(const std::optional<RevisionEvent>& event) {
  if (!event) return "nothing";
  const char* state = event->state == State::kSuccess   ? "success"
                      : event->state == State::kFailure ? "failure"
                                                        : "pending";
  return event->topology + " " + event->revision + " " + state + ": " + event->description;
}

TEST(RevisionNews, EachStateOfACommitIsToldOnce) {
  RevisionNews news;
  EXPECT_EQ(told(news.after_pass(refused(), "aaaa", "refused", "")),
            "orders aaaa failure: it holds more");
  EXPECT_EQ(told(news.after_pass(refused(), "aaaa", "refused", "")), "nothing");
  EXPECT_EQ(told(news.after_pass(refused(), "aaaa", "changed", "")),
            "orders aaaa pending: it holds more");
  EXPECT_EQ(told(news.after_pass(refused(), "aaaa", "failed", "db2 hangs")),
            "orders aaaa failure: db2 hangs");
  EXPECT_EQ(told(news.after_pass(synced(), "aaaa", "synced", "")),
            "orders aaaa success: live is as declared");
}

// db2 breaks hours after the commit was applied: whoever wrote the commit has not failed.
TEST(RevisionNews, ACommitThatWasAppliedDoesNotFailLater) {
  RevisionNews news;
  EXPECT_NE(news.after_pass(synced(), "aaaa", "synced", ""), std::nullopt);
  EXPECT_EQ(told(news.after_pass(refused(), "aaaa", "refused", "")), "nothing");
  EXPECT_EQ(told(news.after_pass(synced(), "aaaa", "synced", "")), "nothing");
  EXPECT_EQ(told(news.after_pass(refused(), "bbbb", "refused", "")),
            "orders bbbb failure: it holds more")
      << "of the next commit it is told";
}

}  // namespace
}  // namespace gtidops
