// What a valid file becomes: values, defaults, and where each stood.
#include "unit/spec_support.h"

namespace gtidops::test {
namespace {

TEST(SpecValues, TakeTheFullExample) {
  const std::string path = in_repository("specs/examples/full.yaml");
  const Spec spec = valid(read_text_file(path));
  EXPECT_EQ(*spec.name, "orders");
  EXPECT_EQ(spec.labels.at("env"), "prod");
  EXPECT_EQ(*spec.primary, "db1");
  EXPECT_EQ(*spec.admin.user, "gtidops");
  EXPECT_EQ(spec.admin.password.describe(), "env:ORDERS_ADMIN_PW");
  EXPECT_EQ(*spec.tls.mode, TlsMode::kVerifyCa);
  ASSERT_EQ(spec.servers.size(), 4U);
  EXPECT_EQ(spec.servers[0].address->to_string(), "10.0.0.1:3306");
  EXPECT_EQ(*spec.servers[0].promotion, Promotion::kPrefer);
  EXPECT_EQ(spec.servers[1].dialled().to_string(), "172.16.0.2:3306");
  EXPECT_EQ(*spec.servers[1].ssh->data_directory, "/var/lib/mysql");
  EXPECT_EQ(*spec.servers[2].delay, Millis(3'600'000));
  EXPECT_EQ(spec.source_of(spec.servers[3]), "db2");
  EXPECT_EQ(*spec.admin_of(spec.servers[3]).user, "gtidops4");
  EXPECT_EQ(print_moment(**spec.servers[3].maintenance->until), "2026-12-01T06:00:00.000Z");
  EXPECT_EQ(*spec.replication.options.at("SOURCE_HEARTBEAT_PERIOD"), "2.5");
  EXPECT_EQ(*spec.replication.options.at("SOURCE_SSL"), "1");
  EXPECT_TRUE(*spec.replication.semi_sync->enabled);
  EXPECT_EQ(spec.users.at(0).password.keep_old_for, Millis(86'400'000));
  EXPECT_EQ(*spec.users.at(0).grants.at("orders.outbox"), std::vector<std::string>{"TRIGGER"});
  EXPECT_EQ(*spec.users.at(1).roles, std::vector<std::string>{"app_read"});
  EXPECT_EQ(*spec.variables.all.at("sync_binlog"), "1");
  EXPECT_EQ(*spec.variables.servers.at("db3").at("innodb_buffer_pool_size"), "4G");
  EXPECT_EQ(*spec.reconcile.protect, std::vector<std::string>{"users/legacy"});
  EXPECT_TRUE(spec.reconcile.windows.at(0).deny.declared);
  EXPECT_EQ(*spec.reconcile.windows.at(1).risk, "destructive");
  EXPECT_FALSE(spec.suspend.until->has_value());
}

TEST(SpecValues, KnowWhatWasDeclared) {
  const Spec spec = valid(two_servers("  suspend: {until: null}\n"));
  EXPECT_TRUE(spec.suspend.until.declared);
  EXPECT_FALSE(spec.suspend.enabled.declared);
  EXPECT_FALSE(spec.servers[1].source.declared);
  EXPECT_EQ(spec.source_of(spec.servers[1]), "db1");
  EXPECT_EQ(spec.source_of(spec.servers[0]), "");
  EXPECT_EQ(spec.admin.password.kind, SecretRef::Kind::kNone);
}

TEST(SpecValues, KeepTheirPositions) {
  const Spec spec = valid(two_servers("  failover:\n    detection:\n      failures: 5\n"));
  EXPECT_EQ(spec.name.at, (Position{3, 18}));
  EXPECT_EQ(spec.primary.at, (Position{5, 12}));
  EXPECT_EQ(spec.servers[1].at, (Position{8, 7}));
  EXPECT_EQ(spec.servers[1].name.at, (Position{8, 14}));
  EXPECT_EQ(spec.servers[1].address.at, (Position{8, 28}));
  EXPECT_EQ(spec.replication.user->password.at, (Position{10, 54}));
  EXPECT_EQ(spec.failover.failures.at, (Position{13, 17}));
  EXPECT_EQ(spec.failover.mode.at, Position{});
}

TEST(SpecValues, StandWhereTheErrorSaysInBlocksToo) {
  EXPECT_EQ(
      invalid(R"(apiVersion: gtidops/v1alpha1
kind: Topology
metadata:
  name: orders
spec:
  primary: db1
  servers:
    - name: db1
      address:
        "10.0.0.1:99999"
    -
      name: db2
      source: >-
        db3
)"),
      "t.yaml:5:1: spec.replication.user: is missing: with more than one server, the replicas need "
      "an "
      "account to connect with\n"
      "t.yaml:10:9: spec.servers[0].address: \"99999\" is no port: 1 to 65535\n"
      "t.yaml:12:7: spec.servers[1].address: is missing\n"
      "t.yaml:13:15: spec.servers[1].source: there is no server \"db3\"; did you mean \"db1\"?\n");
}

TEST(SpecValues, TellMissingKeysAtTheKeyAbove) {
  EXPECT_EQ(invalid(two_servers(
                "  users:\n    - name: app\n    - passwordFrom:\n        keepOldFor: 1h\n")),
            "t.yaml:12:7: spec.users[0].host: is missing: say from where the account may connect, "
            "like \"10.0.%\"; "
            "it is never a silent '%'\n"
            "t.yaml:13:7: spec.users[1].passwordFrom: needs one of env, file, credential, exec\n"
            "t.yaml:13:7: spec.users[1].name: is missing\n"
            "t.yaml:13:7: spec.users[1].host: is missing: say from where the account may connect, "
            "like \"10.0.%\"; "
            "it is never a silent '%'\n");
}

TEST(SpecValues, NormaliseNamesOfVariables) {
  const Spec spec = valid(two_servers(R"(  variables:
    all: {Sync-Binlog: 1, validate_password.length: 8, innodb_log_file_size: 64m, init_connect: "64m", x: -1, y: 0.5}
)"));
  const Variables& all = spec.variables.all;
  EXPECT_EQ(*all.at("sync_binlog"), "1");
  EXPECT_EQ(*all.at("validate_password.length"), "8");
  EXPECT_EQ(*all.at("innodb_log_file_size"), "64M");
  EXPECT_EQ(*all.at("init_connect"), "64m");
  EXPECT_EQ(*all.at("x"), "-1");
  EXPECT_EQ(*all.at("y"), "0.5");
  EXPECT_EQ(all.at("sync_binlog").at, (Position{12, 24}));
}

TEST(SpecValues, NormaliseGrants) {
  const Spec spec = valid(two_servers(R"(  roles:
    - name: r
      grants:
        "`orders`.*": [ALL PRIVILEGES, GRANT OPTION]
        "`a.b`.`c``d`": [SELECT]
        "orders\\_%.*": [USAGE]
        "*.*": [MY_OWN_PRIVILEGE, XA_RECOVER_ADMIN]
)"));
  const Grants& grants = spec.roles.at(0).grants;
  EXPECT_EQ(*grants.at("orders.*"), (std::vector<std::string>{"ALL", "GRANT OPTION"}));
  EXPECT_EQ(grants.count("`a.b`.`c``d`"), 1U);
  EXPECT_EQ(grants.count("orders\\_%.*"), 1U);
  EXPECT_EQ(grants.at("*.*")->size(), 2U);
}

TEST(SpecValues, TakeBooleansOfOptionsAsMysqlPrintsThem) {
  const Spec spec =
      valid(two_servers("    options: {SOURCE_SSL: true, GTID_ONLY: 0, SOURCE_SSL_CA: \"\", "
                        "REQUIRE_TABLE_PRIMARY_KEY_CHECK: STREAM}\n"));
  EXPECT_EQ(*spec.replication.options.at("SOURCE_SSL"), "1");
  EXPECT_EQ(*spec.replication.options.at("GTID_ONLY"), "0");
  EXPECT_EQ(*spec.replication.options.at("SOURCE_SSL_CA"), "");
  EXPECT_EQ(*spec.replication.options.at("REQUIRE_TABLE_PRIMARY_KEY_CHECK"), "STREAM");
}

TEST(SpecValues, DigestIsOfTheDocumentAlone) {
  const std::string one = two_servers();
  std::string other = one;
  other.replace(other.find("orders"), 6, "second");
  const ParsedSpecs both = parse_specs("t.yaml", one + "---\n" + other);
  ASSERT_EQ(both.specs.size(), 2U);
  EXPECT_EQ(both.specs[0].digest, valid(one).digest);
  EXPECT_EQ(both.specs[1].digest, valid("---\n" + other).digest);
  EXPECT_NE(both.specs[0].digest, both.specs[1].digest);
  EXPECT_EQ(valid(one).digest.substr(0, 7), "sha256:");
  EXPECT_EQ(valid(one).digest.size(), 7U + 64U);
}

TEST(SpecValues, OfAWrongDocumentAreNotGiven) {
  std::string wrong = two_servers("  primry: db1\n");
  wrong.replace(wrong.find("orders"), 6, "second");
  const ParsedSpecs parsed = parse_specs("t.yaml", two_servers() + "---\n" + wrong);
  ASSERT_EQ(parsed.specs.size(), 1U);
  EXPECT_EQ(*parsed.specs[0].name, "orders");
  EXPECT_EQ(parsed.errors.size(), 1U);
}

TEST(SpecValues, AreReadBeforeAYamlErrorOfALaterDocument) {
  EXPECT_EQ(invalid(two_servers("  primry: x\n") + "---\n[a\n"),
            "t.yaml:11:3: spec.primry: unknown key \"primry\"; did you mean \"primary\"?\n"
            "t.yaml:14:1: not valid YAML: expected ',' or ']' here\n");
}

TEST(SpecErrors, PrintWithAndWithoutAPlace) {
  EXPECT_EQ((SpecError{"f", {1, 2}, "a.b", "m"}.to_string()), "f:1:2: a.b: m");
  EXPECT_EQ((SpecError{"f", {1, 2}, "", "m"}.to_string()), "f:1:2: m");
  EXPECT_EQ((SpecError{"f", {}, "", "m"}.to_string()), "f: m");
}

}  // namespace
}  // namespace gtidops::test
