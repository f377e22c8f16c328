// The status of a topology: the tree, the whole text, the JSON and its schema.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "decide/goal.h"
#include "report/history.h"
#include "report/status_json.h"
#include "report/status_text.h"
#include "report/status_tree.h"
#include "unit/support/fleet_builder.h"
#include "unit/support/json_schema.h"

namespace gtidops {
namespace {

using nlohmann::json;
using testing::FleetBuilder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::schema_errors;

constexpr const char* kStatusSchema = "status.schema.json";

Plan empty_plan() {
  Plan plan;
  plan.topology = "orders";
  plan.spec_file = "orders.yaml";
  plan.spec_digest = "sha256:3f786850e387550fdab836ed7e6dc881de23001b";
  plan.observed_at = parse_moment("2026-11-22T15:00:00.123Z").value();
  return plan;
}

// All that one status is printed from, kept together.
struct Scene {
  Spec spec;
  Observation seen;
  Plan plan;
  std::vector<Condition> conditions;

  explicit Scene(const FleetBuilder& fleet, Plan made = empty_plan())
      : spec(fleet.spec()), seen(fleet.observation()), plan(std::move(made)) {
    if (plan.goal.primary.empty()) plan.goal = declared_goal(spec);
  }
  [[nodiscard]] StatusReport report() const { return {spec, seen, plan, conditions}; }
  [[nodiscard]] std::string text() const { return status_text(report(), {}); }
  [[nodiscard]] json parsed() const { return json::parse(status_json(report())); }
};

// --- The tree.

std::string drawn(const FleetBuilder& fleet) {
  const Spec spec = fleet.spec();
  std::string text;
  for (const TreeNode& node :
       tree_of(spec, assess(spec, declared_goal(spec), fleet.observation(), {})))
    text += node.branch + *node.server->name + "\n";
  return text;
}

TEST(StatusTree, IndentsReplicasUnderTheirSource) {
  FleetBuilder fleet;
  fleet.server("db2").server("db1").primary().server("db3").replica_of("db2");
  fleet.server("db4").replica_of("db3").server("db5").server("db6").replica_of("db5");
  EXPECT_EQ(drawn(fleet),
            "db1\n"
            "|- db2\n"
            "|  `- db3\n"
            "|     `- db4\n"
            "`- db5\n"
            "   `- db6\n");
}

TEST(StatusTree, ShowsWhatIsAndNotWhatIsDeclared) {
  FleetBuilder fleet;
  fleet.server("db1").server("db2").server("db3").follows("db2").server("db4").no_channel();
  fleet.server("db5").follows_stranger("10.9.9.9", 3306);
  EXPECT_EQ(drawn(fleet), "db1\n`- db2\n   `- db3\ndb4\ndb5\n");
}

TEST(StatusTree, PutsAServerThatCannotBeReadWhereItIsDeclared) {
  FleetBuilder fleet;
  fleet.server("db1").unreachable().server("db2").unreachable().server("db3").replica_of("db2");
  EXPECT_EQ(drawn(fleet), "db1\n`- db2\n   `- db3\n");
}

TEST(StatusTree, BeginsWithTheObservedPrimary) {
  FleetBuilder fleet;
  fleet.server("db1").no_channel().super_read_only();
  fleet.server("db2").no_channel().writable().server("db3").follows("db2");
  EXPECT_EQ(drawn(fleet), "db2\n`- db3\ndb1\n");
}

TEST(StatusTree, EndsInACircle) {
  FleetBuilder fleet;
  fleet.server("db1").follows("db3").server("db2").follows("db1").server("db3").follows("db2");
  fleet.server("db4").follows("db4").server("db5").no_channel();
  EXPECT_EQ(drawn(fleet), "db5\ndb1\n`- db2\n   `- db3\ndb4\n");
}

// --- The text.

FleetBuilder troubled_fleet() {
  FleetBuilder fleet;
  fleet.server("db1").executed("db1:1-100");
  fleet.server("db2").executed("db1:1-90,db2:1-2").behind(35);
  fleet.server("db3").delay(Millis{3'600'000}).behind(3605).maintenance("new disk");
  fleet.server("db4").replica_of("db2").applier_error(1062, "Duplicate '\x1b[31m\n' for key");
  fleet.server("db5").unreachable(Unreachable::Reason::kTimeout, "no answer within 3s");
  fleet.server("db6").follows_stranger("10.9.9.9", 3307).read_only().stray_channel("x", "h");
  fleet.server("db7").writable().no_channel().version("8.0.36-28 Percona");
  return fleet;
}

Scene troubled() {
  Plan plan = empty_plan();
  plan.spec_revision = "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33";
  plan.differences = {{"db4", "replication.applier", "ON", "OFF"}};
  plan.refusals = {{"db5", "unreachable", "no answer within 3s", "look whether the host is up"}};
  Scene scene(troubled_fleet(), plan);
  scene.conditions = {
      {"Ready", Condition::Status::kFalse, "ServerUnreachable", "db5\ncannot be read", {}},
      {"Synced", Condition::Status::kUnknown, "X", "y", {}}};
  return scene;
}

TEST(StatusText, TellsAllThereIs) {
  EXPECT_EQ(
      troubled().text(),
      R"(Topology orders (orders.yaml, commit 0beec7b5ea3f, sha256:3f786850e387), observed 2026-11-22T15:00:00.123Z

NAME       ADDRESS        ROLE        THREADS  LAG    MISSING  ERRANT  READ-ONLY  VERSION            NOTES
db1        10.0.0.1:3306  primary     -        -      0        0       off        8.4.3
|- db2     10.0.0.2:3306  replica     on/on    35s    10       2       super      8.4.3
|  `- db4  10.0.0.4:3306  replica     on/off   ?      0        0       super      8.4.3
|- db3     10.0.0.3:3306  replica     on/on    3605s  0        0       super      8.4.3              delayed by 1h; maintenance: new disk
`- db5     10.0.0.5:3306  unknown     ?        ?      ?        ?       ?          ?                  unreachable (timeout): no answer within 3s
db6        10.0.0.6:3306  replica     on/on    0s     0        0       read_only  8.4.3              replicates from the stranger 10.9.9.9:3307; has further channels
db7        10.0.0.7:3306  standalone  -        -      0        0       off        8.0.36-28 Percona

! db4, applier: error 1062: Duplicate '\x1b[31m\n' for key

CONDITION  STATUS   REASON             MESSAGE
Ready      False    ServerUnreachable  db5\ncannot be read
Synced     Unknown  X                  y

Differences
  db4
    ~ replication.applier: OFF -> ON

Refused
  ! db5: unreachable: no answer within 3s
      hint: look whether the host is up
)");
}

TEST(StatusText, OfAHealthyTopologyIsShort) {
  FleetBuilder fleet;
  fleet.server("db1").server("db2");
  EXPECT_EQ(Scene(fleet).text(),
            "Topology orders (orders.yaml, sha256:3f786850e387), observed "
            "2026-11-22T15:00:00.123Z\n"
            "\n"
            "NAME    ADDRESS        ROLE     THREADS  LAG  MISSING  ERRANT  READ-ONLY  VERSION  "
            "NOTES\n"
            "db1     10.0.0.1:3306  primary  -        -    0        0       off        8.4.3\n"
            "`- db2  10.0.0.2:3306  replica  on/on    0s   0        0       super      8.4.3\n");
}

TEST(StatusText, TellsSinceWhenOneKnows) {
  Scene scene = troubled();
  scene.conditions[0].since = parse_moment("2026-11-22T14:00:00Z");
  EXPECT_THAT(scene.text(),
              HasSubstr("CONDITION  STATUS   REASON             SINCE                     MESSAGE\n"
                        "Ready      False    ServerUnreachable  2026-11-22T14:00:00.000Z  db5\\n"
                        "cannot be read\n"
                        "Synced     Unknown  X                  -                         y\n"));
}

TEST(StatusText, TellsOfADeclaredPrimaryThatIsNone) {
  FleetBuilder fleet;
  fleet.server("db1").super_read_only().no_channel().server("db2").no_channel();
  EXPECT_THAT(Scene(fleet).text(), HasSubstr("db1   10.0.0.1:3306  standalone  -        -    0  "
                                             "      0       super      8.4.3    declared the "
                                             "primary\n"));
}

TEST(StatusText, WritesOutWhatServersSay) {
  const Scene scene = troubled();
  EXPECT_THAT(scene.text(), Not(HasSubstr("\x1b")));
  const std::string coloured = status_text(scene.report(), {true});
  EXPECT_THAT(coloured, HasSubstr("\x1b[1;31m"));
  EXPECT_THAT(coloured, Not(HasSubstr("\x1b[31m")));
}

// --- The JSON.

TEST(StatusJson, OfAReplicaThatCanBeRead) {
  const json servers = troubled().parsed().at("servers");
  EXPECT_EQ(servers[1], json::parse(R"({
    "name": "db2", "address": "10.0.0.2:3306", "reachable": true, "error": null,
    "role": "replica", "version": "8.4.3", "server_uuid": "00000002-0000-4000-8000-000000000002",
    "server_id": 2, "read_only": true, "super_read_only": true, "gtid_mode": "ON",
    "gtid_executed":
      "00000001-0000-4000-8000-000000000001:1-90,00000002-0000-4000-8000-000000000002:1-2",
    "gtid_purged": "", "errant": "00000002-0000-4000-8000-000000000002:1-2",
    "missing_transactions": 10, "lag_seconds": 35, "data_bytes": 1048576,
    "channels": [{"name": "", "source": "db1", "receiver": "ON", "applier": "ON",
                  "auto_position": true, "delay_seconds": 0, "last_error": null}],
    "provisioning": null})"));
}

TEST(StatusJson, WhatCannotBeReadIsNull) {
  const json servers = troubled().parsed().at("servers");
  EXPECT_EQ(servers[4], json::parse(R"({
    "name": "db5", "address": "10.0.0.5:3306", "reachable": false,
    "error": "timeout: no answer within 3s", "role": "unknown", "version": null,
    "server_uuid": null, "server_id": null, "read_only": null, "super_read_only": null,
    "gtid_mode": null, "gtid_executed": null, "gtid_purged": null, "errant": null,
    "missing_transactions": null, "lag_seconds": null, "data_bytes": null, "channels": null,
    "provisioning": null})"));
  FleetBuilder fleet;
  fleet.server("db1").unreachable().server("db2").schemas_unreadable().behind(std::nullopt);
  fleet.server("db3").no_details().server("db4").not_looked_at();
  const json some = Scene(fleet).parsed().at("servers");
  for (const char* member : {"errant", "missing_transactions", "lag_seconds", "data_bytes"})
    EXPECT_EQ(some[1].at(member), nullptr) << member;
  EXPECT_EQ(some[1].at("reachable"), true);
  EXPECT_EQ(some[2].at("data_bytes"), nullptr);
  EXPECT_EQ(some[3].at("error"), "it was not looked at");
}

TEST(StatusJson, AnEmptySetOfErrantTransactionsIsNoNull) {
  FleetBuilder fleet;
  fleet.server("db1").server("db2");
  const json servers = Scene(fleet).parsed().at("servers");
  for (const json& server : servers) {
    EXPECT_EQ(server.at("errant"), "");
    EXPECT_EQ(server.at("missing_transactions"), 0);
  }
}

TEST(StatusJson, ChannelsTellTheirSourceAndTheirError) {
  const json servers = troubled().parsed().at("servers");
  EXPECT_EQ(servers[3].at("channels")[0].at("last_error"),
            "error 1062: Duplicate '\x1b[31m\n' for key");
  EXPECT_EQ(servers[3].at("channels")[0].at("applier"), "OFF");
  EXPECT_EQ(servers[2].at("channels")[0].at("delay_seconds"), 3600);
  EXPECT_EQ(servers[5].at("channels")[0].at("source"), "10.9.9.9:3307");
  EXPECT_EQ(servers[5].at("channels")[1].at("name"), "x");
  EXPECT_EQ(servers[5].at("channels")[1].at("source"), "h:3306");
}

TEST(StatusJson, TellsBothPrimaries) {
  FleetBuilder fleet;
  fleet.server("db1").super_read_only().no_channel();
  fleet.server("db2").no_channel().writable().server("db3").follows("db2");
  EXPECT_EQ(Scene(fleet).parsed().at("primary"),
            json::parse(R"({"desired": "db1", "observed": "db2"})"));
  EXPECT_EQ(troubled().parsed().at("primary").at("observed"), "db1");
}

TEST(StatusJson, IsTheContractsEnvelope) {
  Scene scene = troubled();
  scene.conditions[1].since = parse_moment("2026-11-22T14:00:00Z");
  const json parsed = json::parse(statuses_json({scene.report(), scene.report()}));
  EXPECT_EQ(parsed.at("format_version"), "1.0");
  ASSERT_EQ(parsed.at("topologies").size(), 2U);
  const json one = parsed.at("topologies")[1];
  EXPECT_EQ(one, json::parse(status_json(scene.report())));
  EXPECT_EQ(one.at("name"), "orders");
  EXPECT_EQ(one.at("revision"), "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33");
  EXPECT_EQ(one.at("conditions")[0],
            json::parse(R"({"type": "Ready", "status": "False", "reason": "ServerUnreachable",
                            "message": "db5\ncannot be read", "since": null})"));
  EXPECT_EQ(one.at("conditions")[1].at("since"), "2026-11-22T14:00:00.000Z");
  EXPECT_EQ(one.at("differences")[0],
            json::parse(R"({"server": "db4", "path": "replication.applier", "desired": "ON",
                            "observed": "OFF"})"));
  EXPECT_EQ(Scene(troubled_fleet()).parsed().at("revision"), nullptr);
}

TEST(StatusJson, KeepsToTheSchema) {
  Scene scene(troubled_fleet(), troubled_fleet().plan());
  scene.conditions = conditions(scene.spec, scene.seen, scene.plan);
  EXPECT_THAT(schema_errors(kStatusSchema, statuses_json({scene.report()})), IsEmpty());
  scene.conditions = with_since(scene.conditions, {}, scene.seen.taken_at);
  EXPECT_THAT(schema_errors(kStatusSchema, statuses_json({scene.report()})), IsEmpty());
  EXPECT_THAT(schema_errors(kStatusSchema, statuses_json({})), IsEmpty());
}

TEST(History, KeepsSinceWhenTheConditionsAreSo) {
  const Moment moment = parse_moment("2026-11-22T15:00:00Z").value();
  History history;
  history.conditions = {{"Ready", Condition::Status::kFalse, "", "", moment},
                        {"Synced", Condition::Status::kUnknown, "", "", std::nullopt}};
  PrimaryChangeRecord change;
  change.change.lost_transactions = std::nullopt;
  history.add(change);
  const auto read = parse_history(print_history(history));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->conditions, history.conditions);
  EXPECT_EQ(read->primary_changes.at(0).change.lost_transactions, std::nullopt);
  // One of before they were kept.
  const auto old = parse_history(R"({"history": [], "primary_changes": []})");
  ASSERT_TRUE(old);
  EXPECT_TRUE(old->conditions.empty());
}

TEST(StatusSchema, DescribesEveryMember) {
  EXPECT_THAT(testing::undocumented(kStatusSchema), IsEmpty());
}

TEST(StatusSchema, FindsWhatIsWrong) {
  json text = json::parse(statuses_json({troubled().report()}));
  EXPECT_THAT(schema_errors(kStatusSchema, text.dump()), IsEmpty());
  json guess = text;
  guess["topologies"][0]["servers"][4]["read_only"] = "unknown";
  EXPECT_FALSE(schema_errors(kStatusSchema, guess.dump()).empty());
  text["topologies"][0]["servers"][4].erase("lag_seconds");
  EXPECT_FALSE(schema_errors(kStatusSchema, text.dump()).empty());
}

}  // namespace
}  // namespace gtidops
