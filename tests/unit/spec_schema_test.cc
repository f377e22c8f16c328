// The JSON Schema and the parser are one format: the same keys, the same defaults, the same
// judgement where a schema can judge at all.
#include <algorithm>
#include <map>
#include <set>

#include "unit/spec_support.h"

namespace gtidops::test {
namespace {

using nlohmann::json;

// One key of the schema, with what it refers to merged in.
struct SchemaKey {
  std::string path;
  json body;
};

json resolved(const json& root, json node) {
  if (!node.contains("$ref")) return node;
  const std::string pointer = node["$ref"].get<std::string>().substr(1);
  for (const auto& [key, value] : root.at(json::json_pointer(pointer)).items())
    if (!node.contains(key)) node[key] = value;
  return node;
}

void add_keys(const json& root, const json& written, const std::string& path,
              std::vector<SchemaKey>& out) {
  const json node = resolved(root, written);
  if (node.contains("items")) add_keys(root, node["items"], path + "[]", out);
  const auto add = [&](const std::string& name, const json& child) {
    const std::string below = path.empty() ? name : path + "." + name;
    out.push_back({below, resolved(root, child)});
    add_keys(root, child, below, out);
  };
  if (node.contains("properties"))
    for (const auto& [name, child] : node["properties"].items()) add(name, child);
  if (node.contains("patternProperties"))
    for (const auto& [pattern, child] : node["patternProperties"].items()) add("*", child);
}

std::vector<SchemaKey> schema_keys() {
  const json root = schema();
  std::vector<SchemaKey> keys;
  add_keys(root, root, "", keys);
  return keys;
}

TEST(SpecSchema, HasTheKeysOfTheParserAndNoOther) {
  std::set<std::string> of_schema;
  for (const SchemaKey& key : schema_keys()) of_schema.insert(key.path);
  const std::vector<std::string> known = known_key_paths();
  EXPECT_EQ(of_schema, std::set<std::string>(known.begin(), known.end()));
  EXPECT_EQ(std::set<std::string>(known.begin(), known.end()).size(), known.size());
}

TEST(SpecSchema, DescribesEveryKey) {
  for (const SchemaKey& key : schema_keys()) {
    const std::string text = key.body.value("description", "");
    EXPECT_TRUE(!text.empty() && text.back() == '.') << key.path;
  }
}

TEST(SpecSchema, KnowsEveryKeyOfEveryMap) {
  for (const SchemaKey& key : schema_keys())
    if (key.body.value("type", json()) == "object") {
      EXPECT_EQ(key.body.value("additionalProperties", true), false) << key.path;
    }
}

// What the parser takes when a key is not there, in the words of the file.
std::map<std::string, json> defaults_of(const Spec& spec) {
  const ServerSpec& server = spec.servers.at(0);
  const FailoverSpec& failover = spec.failover;
  const WindowSpec& window = spec.reconcile.windows.at(0);
  return {
      {"spec.admin.user", *spec.admin.user},
      {"spec.servers[].admin.user", *server.admin->user},
      {"spec.tls.mode", *spec.tls.mode == TlsMode::kRequired ? "required" : "?"},
      {"spec.servers[].delay", print_duration(*server.delay)},
      {"spec.servers[].promotion", *server.promotion == Promotion::kAllow ? "allow" : "?"},
      {"spec.servers[].maintenance.reason", *server.maintenance->reason},
      {"spec.servers[].ssh.port", *server.ssh->port},
      {"spec.gtid.mode", *spec.gtid.mode},
      {"spec.gtid.enforceConsistency", *spec.gtid.enforce_consistency},
      {"spec.gtid.onErrant", *spec.gtid.on_errant == OnErrant::kBlock ? "block" : "?"},
      {"spec.replication.semiSync.enabled", *spec.replication.semi_sync->enabled},
      {"spec.replication.semiSync.waitForReplicas", *spec.replication.semi_sync->wait_for_replicas},
      {"spec.replication.semiSync.timeout", print_duration(*spec.replication.semi_sync->timeout)},
      {"spec.users[].require", *spec.users.at(0).require},
      {"spec.variables.onRestartRequired",
       *spec.variables.on_restart_required == OnRestartRequired::kReport ? "report" : "?"},
      {"spec.provisioning.method", *spec.provisioning.method},
      {"spec.provisioning.donor", *spec.provisioning.donor},
      {"spec.provisioning.onExistingData",
       *spec.provisioning.on_existing_data == OnExistingData::kRefuse ? "refuse" : "?"},
      {"spec.provisioning.maxConcurrent", *spec.provisioning.max_concurrent},
      {"spec.provisioning.timeout", print_duration(*spec.provisioning.timeout)},
      {"spec.switchover.maxLag", print_duration(*spec.switchover.max_lag)},
      {"spec.switchover.catchUpTimeout", print_duration(*spec.switchover.catch_up_timeout)},
      {"spec.switchover.drainTimeout", print_duration(*spec.switchover.drain_timeout)},
      {"spec.switchover.longTransactions",
       *spec.switchover.long_transactions == LongTransactions::kKill ? "kill" : "?"},
      {"spec.failover.mode", *failover.mode == FailoverMode::kManual ? "manual" : "?"},
      {"spec.failover.detection.interval", print_duration(*failover.interval)},
      {"spec.failover.detection.failures", *failover.failures},
      {"spec.failover.detection.replicasMustAgree", *failover.replicas_must_agree},
      {"spec.failover.maxLostTransactions", *failover.max_lost_transactions},
      {"spec.failover.minInterval", print_duration(*failover.min_interval)},
      {"spec.failover.afterwards", *failover.afterwards == Afterwards::kCommit ? "commit" : "?"},
      {"spec.reconcile.mode", *spec.reconcile.mode == ReconcileMode::kEnforce ? "enforce" : "?"},
      {"spec.reconcile.interval", print_duration(*spec.reconcile.interval)},
      {"spec.reconcile.timeout", print_duration(*spec.reconcile.timeout)},
      {"spec.reconcile.prune.users", *spec.reconcile.prune_users},
      {"spec.reconcile.windows[].timeZone", *window.time_zone},
      {"spec.reconcile.windows[].risk", *window.risk},
      {"spec.suspend.enabled", *spec.suspend.enabled},
      {"spec.suspend.reason", *spec.suspend.reason},
      {"spec.suspend.until", nullptr},
  };
}

TEST(SpecSchema, HasTheDefaultsOfTheParser) {
  const Spec spec = valid(R"(apiVersion: gtidops/v1alpha1
kind: Topology
metadata: {name: orders}
spec:
  primary: db1
  servers:
    - {name: db1, address: db1, admin: {}, maintenance: {}, ssh: {}}
    - {name: db2, address: db2}
  replication: {user: {name: repl, host: "%"}, semiSync: {}}
  users: [{name: app, host: "%"}]
  reconcile: {windows: [{deny: "0 8 * * *", duration: 1h}]}
)");
  std::map<std::string, json> parsed;
  for (auto& [path, value] : defaults_of(spec))
    parsed[path] = value.is_string() && parse_duration(value.get<std::string>())
                       ? json(parse_duration(value.get<std::string>())->count())
                       : value;
  std::map<std::string, json> written;
  for (const SchemaKey& key : schema_keys()) {
    if (!key.body.contains("default")) continue;
    const json value = key.body["default"];
    const bool empty = value.is_structured() && value.empty();
    const auto time = value.is_string() ? parse_duration(value.get<std::string>()) : std::nullopt;
    if (!empty) written[key.path] = time ? json(time->count()) : value;
  }
  EXPECT_EQ(written, parsed);
}

TEST(SpecSchema, AcceptsWhatTheParserAccepts) {
  for (const std::string& name : yaml_files(in_repository("specs/examples"))) {
    const std::string text = read_text_file(in_repository("specs/examples/" + name));
    const YamlFile yaml = read_yaml(text);
    ASSERT_FALSE(yaml.problem) << name;
    ASSERT_FALSE(yaml.documents.empty()) << name;
    for (const YamlDocument& document : yaml.documents)
      EXPECT_EQ(schema_errors(to_json(document.root)), "") << name;
  }
}

// What a schema cannot see: what quotes do, what is repeated or aliased, and what values say about
// each other.
const std::set<std::string>& beyond_a_schema() {
  static const std::set<std::string> names{"compression-algorithms",
                                           "duplicate-key",
                                           "duplicate-key-in-list",
                                           "failover-without-a-candidate",
                                           "gtid-only",
                                           "heartbeat-period",
                                           "hidden-characters",
                                           "managed-variables",
                                           "no-replication-user",
                                           "not-utf8",
                                           "own-accounts",
                                           "own-source",
                                           "cascade-circles",
                                           "protect-and-ignore-what",
                                           "suspension-without-enabled",
                                           "tls-authorities-that-nobody-reads",
                                           "same-account",
                                           "same-address",
                                           "same-server-name",
                                           "tls-public-key",
                                           "semi-sync-without-replicas",
                                           "server-ids",
                                           "source-cycle",
                                           "tab-before-value",
                                           "tags",
                                           "tls",
                                           "too-many-errors",
                                           "two-topologies-with-one-name",
                                           "unfit-primary",
                                           "unknown-primary",
                                           "unknown-source",
                                           "variables-of-an-unknown-server"};
  return names;
}

TEST(SpecSchema, RefusesWhatASchemaCanRefuse) {
  for (const std::string& name : yaml_files(in_repository("specs/invalid"))) {
    const std::string text = read_text_file(in_repository("specs/invalid/" + name));
    const YamlFile yaml = read_yaml(text);
    if (yaml.problem || yaml.documents.empty()) continue;
    const bool all_fit = std::all_of(
        yaml.documents.begin(), yaml.documents.end(),
        [](const auto& document) { return schema_errors(to_json(document.root)).empty(); });
    EXPECT_EQ(all_fit, beyond_a_schema().contains(name.substr(0, name.size() - 5))) << name;
  }
}

TEST(SpecReference, NamesEveryKey) {
  const std::string text = read_text_file(in_repository("specs/README.md"));
  for (const std::string& path : known_key_paths()) {
    const std::string shown = path.rfind("spec.", 0) == 0 ? path.substr(5) : path;
    const bool shared = shown.find("passwordFrom.") != std::string::npos ||
                        shown.find("servers[].admin.") != std::string::npos;
    if (!shared) {
      EXPECT_NE(text.find("`" + shown + "`"), std::string::npos) << shown;
    }
  }
}

}  // namespace
}  // namespace gtidops::test
