#include "unit/support/sample_plan.h"

namespace gtidops::testing {

FleetBuilder sample_fleet() {
  FleetBuilder fleet;
  fleet.server("db1").server("db2").server("db3");
  return fleet;
}

Plan synced_plan() {
  Plan plan;
  plan.topology = "orders";
  plan.spec_file = "orders.yaml";
  plan.spec_digest = "sha256:3f786850e387550fdab836ed7e6dc881de23001b";
  plan.observed_at = parse_moment("2026-11-22T15:00:00.123Z").value();
  return plan;
}

Plan sample_plan() {
  Plan plan = synced_plan();
  plan.spec_revision = "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33";
  plan.differences = {{"db2", "replication.source", "db1", std::nullopt},
                      {"db1", "super_read_only", "OFF", "ON"},
                      {"", "primary", "db1", "db2"},
                      {"db2", "replication.user", std::nullopt, "old\n"},
                      {"db3", "replication.options.SOURCE_BIND", "10.0.0.3", ""}};
  CreateReplicationUser create;
  create.server = "db1";
  create.user = "repl";
  create.host = "10.0.%";
  create.password.kind = SecretRef::Kind::kEnv;
  create.password.name = "REPL_PW";
  plan.steps = {{1, PersistReadOnly{"db1"}, Risk::kSafe, "it would boot writable"},
                {2, SetReadOnly{"db2", true}, Risk::kDisruptive, "only db1 may take writes"},
                {3, create, Risk::kSafe, ""},
                {4, RevokePrivileges{"db1", "repl", "10.0.%", {"SELECT ON *.*"}},
                 Risk::kDestructive, "it shall have REPLICATION SLAVE alone"}};
  plan.refusals = {
      {"db3", "errant-transactions", "it holds 2 transactions\x1b[2J", "look at them"}};
  plan.warnings = {{"", "not-yet", "users is declared", ""},
                   {"db2", "sync_binlog", "sync_binlog is 0", "SET PERSIST sync_binlog = 1"}};
  plan.inventories = {{"db1", {{"orders", 12, 3 << 20}, {"a", 1, 532}}}};
  for (const char* server : {"db1", "db2", "db3"}) plan.versions[server] = Version{8, 4, 3};
  return plan;
}

Outcome sample_outcome() {
  const Moment at = parse_moment("2026-11-22T15:00:01Z").value();
  Outcome outcome;
  outcome.steps = {{1, StepResult::kSkipped, at, 0.4, "", "it is so already"},
                   {2, StepResult::kDone, at, 12.3456, "no session was in the way", ""},
                   {3, StepResult::kFailed, at, 3000, "", "error 1396: Operation\nfailed"},
                   {4, StepResult::kRefused, at, 0, "", "it is destructive"}};
  outcome.gtid_executed["db1"] = {FleetBuilder::gtids("db1:1-100"),
                                  FleetBuilder::gtids("db1:1-103")};
  outcome.gtid_executed["db2"] = {FleetBuilder::gtids("db1:1-100"),
                                  FleetBuilder::gtids("db1:1-100")};
  outcome.gtid_executed["db3"] = {FleetBuilder::gtids("db1:1-100,db3:1"),
                                  FleetBuilder::gtids("db1:1-100")};
  return outcome;
}

}  // namespace gtidops::testing
