// Nothing that is declared is ignored silently: every key of the format is in force, refused, or
// warned of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "decide/key_use.h"
#include "decide/planner.h"
#include "spec/parse.h"
#include "unit/support/fleet_builder.h"

namespace gtidops::test {
namespace {

using ::testing::HasSubstr;
using How = KeyUse::How;
using testing::FleetBuilder;

std::string source(std::string_view file) {
  std::ifstream in(std::filesystem::path(GTIDOPS_SOURCE_DIR) / "reconciler" / file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(KeyUseTest, EveryKeyOfTheFormatIsInTheTable) {
  for (const std::string& key : known_key_paths())
    EXPECT_NE(use_of(key), nullptr) << key << " is read by nobody";
}

TEST(KeyUseTest, EveryEntryIsAKeyOfTheFormat) {
  const auto known = known_key_paths();
  for (const KeyUse& use : key_uses())
    EXPECT_THAT(known, ::testing::Contains(std::string(use.key)));
}

TEST(KeyUseTest, WhatIsInForceIsReadWhereTheTableSays) {
  for (const KeyUse& use : key_uses()) {
    if (use.how != How::kInForce) continue;
    EXPECT_THAT(source(use.where), HasSubstr(std::string(use.word))) << use.key;
  }
}

// Declares one key, with a value that is good.
Spec declaring(std::string_view key) {
  FleetBuilder fleet;
  fleet.server("db1").server("db2");
  Spec spec = fleet.spec();
  const Position here{1, 1};
  if (key == "spec.servers[].ssh") spec.servers.front().ssh.emplace();
  if (key == "spec.replication.user.passwordFrom.keepOldFor")
    spec.replication.user->password.keep_old_for = Millis{1};
  if (key == "spec.variables.onRestartRequired")
    spec.variables.on_restart_required = {OnRestartRequired::kRestart, here};
  if (key == "spec.provisioning.onExistingData")
    spec.provisioning.on_existing_data = {OnExistingData::kOverwrite, here};
  if (key == "spec.failover") spec.failover.failures = {5, here};
  if (key == "spec.failover.mode") spec.failover.mode = {FailoverMode::kAutomatic, here};
  if (key == "spec.gtid.mode") spec.gtid.mode = {"OFF", here};
  if (key == "spec.gtid.enforceConsistency") spec.gtid.enforce_consistency = {"WARN", here};
  if (key == "spec.users") spec.users.emplace_back();
  if (key == "spec.roles") spec.roles.emplace_back();
  if (key == "spec.variables") spec.variables.all["sync_binlog"] = {"1", here};
  return spec;
}

TEST(KeyUseTest, WhatIsNotInForceIsSaidInThePlan) {
  FleetBuilder fleet;
  fleet.server("db1").server("db2");
  for (const KeyUse& use : key_uses()) {
    if (use.how != How::kRefused && use.how != How::kWarned) continue;
    const Plan plan = make_plan(declaring(use.key), fleet.observation(), fleet.intent());
    const std::string name(use.key.substr(std::string_view("spec.").size()));
    const bool refused = use.how == How::kRefused;
    std::string said;
    for (const auto& one : refused ? plan.refusals : plan.warnings)
      if (one.rule == (refused ? "not-yet-supported" : "not-in-force")) said += one.why;
    EXPECT_THAT(said, HasSubstr(name));
  }
  for (const auto& one : fleet.plan().warnings) EXPECT_NE(one.rule, "not-in-force") << one.why;
}

// Each key below one of those is told by its own name.
TEST(KeyUseTest, EveryKeyThatIsWarnedOfIsNamed) {
  FleetBuilder fleet;
  fleet.server("db1").server("db2");
  Spec spec = fleet.spec();
  const Position here{1, 1};
  spec.provisioning = {{"clone", here},
                       {"primary", here},
                       {OnExistingData::kOverwrite, here},
                       {2, here},
                       {Millis{1}, here}};
  spec.failover = {{},
                   {Millis{1}, here},
                   {1, here},
                   {true, here},
                   {1, here},
                   {Millis{1}, here},
                   {Afterwards::kHold, here}};
  const auto said = declared_not_in_force(spec);
  for (const std::string& key : known_key_paths()) {
    if (use_of(key)->how != How::kWarned) continue;
    const std::string name = key.substr(std::string_view("spec.").size());
    if (name.rfind("provisioning.", 0) != 0 && name.rfind("failover.", 0) != 0) continue;
    if (name == "failover.detection") continue;
    EXPECT_THAT(said, ::testing::Contains(name));
  }
}

}  // namespace
}  // namespace gtidops::test
