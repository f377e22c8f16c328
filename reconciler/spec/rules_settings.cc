#include "spec/names.h"
#include "spec/rules.h"
#include "spec/scalars.h"
#include "spec/source_text.h"
#include "spec/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace gtidops {
namespace {

void check_object_servers(const Spec& spec, const std::vector<std::string>& objects,
                          const std::string& where, Errors& errors) {
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const std::string server = server_of_object_path(objects[i]);
    if (!server.empty() && spec.server(server) == nullptr && !errors.full())
      errors.add_at_value(where + "[" + std::to_string(i) + "]", no_such_server(spec, server));
  }
}

// Variables that gtidops sets or compares even when spec.variables does not declare them.
bool is_managed(const std::string& variable) {
  const std::set<std::string> ours{
      "read_only", "super_read_only", "gtid_mode",       "enforce_gtid_consistency",
      "server_id", "server_uuid",     "event_scheduler", "binlog_group_commit_sync_delay"};
  return ours.contains(variable) || variable.rfind("rpl_semi_sync_", 0) == 0;
}

bool is_declared(const VariablesSpec& all, const std::string& variable) {
  return all.all.contains(variable) || all.primary.contains(variable) ||
         all.replicas.contains(variable) ||
         std::any_of(all.servers.begin(), all.servers.end(),
                     [&](const auto& one) { return one.second.contains(variable); });
}

// A misspelt variable would protect nothing, and nobody would notice.
void check_object_variables(const Spec& spec, const std::vector<std::string>& objects,
                            const std::string& where, Errors& errors) {
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const std::string name = variable_of_object_path(objects[i]);
    if (name.empty() || is_managed(name) || is_declared(spec.variables, name) || errors.full())
      continue;
    errors.add_at_value(
        fmt::format("{}[{}]", where, i),
        show(name) + " is no variable that gtidops sets, nor one that spec.variables declares" +
            did_you_mean(name, {"read_only", "super_read_only", "gtid_mode",
                                "enforce_gtid_consistency", "server_id"}));
  }
}

}  // namespace

void gtid_mode_has_consistency(const Spec& spec, Errors& errors) {
  if (errors.any_below("spec.gtid")) return;
  if (*spec.gtid.mode == "ON" && *spec.gtid.enforce_consistency != "ON")
    errors.add_at_value("spec.gtid.enforceConsistency",
                        "must be \"ON\" when gtid.mode is \"ON\": MySQL refuses the pair");
}

void tls_files_fit(const Spec& spec, Errors& errors) {
  if (errors.any_below("spec.tls")) return;
  const TlsSpec& tls = spec.tls;
  if (tls.cert_file.declared != tls.key_file.declared)
    errors.add_at_key(tls.cert_file.declared ? "spec.tls.keyFile" : "spec.tls.certFile",
                      "is missing: a certificate and its key come together");
  const bool verifies = *tls.mode == TlsMode::kVerifyCa || *tls.mode == TlsMode::kVerifyIdentity;
  if (verifies && !tls.ca_file.declared)
    errors.add_at_key("spec.tls.caFile", "is missing: this mode verifies the server against it");
  if (!verifies && tls.ca_file.declared)
    errors.add_at_key("spec.tls.caFile",
                      "is not read in this mode, which verifies no certificate: write tls.mode: "
                      "verify-ca or verify-identity, or leave it out");
  const bool all_encrypt = std::all_of(
      spec.servers.begin(), spec.servers.end(),
      [&](const ServerSpec& server) { return always_encrypts(tls.mode_for(*server.address)); });
  if (tls.server_public_key_file.declared && all_encrypt)
    errors.add_at_key("spec.tls.serverPublicKeyFile",
                      "is for connections without TLS, which tls.mode " +
                          std::string(tls.mode.declared ? "" : "(by default required) ") +
                          "never makes");
}

// MySQL refuses GTID_ONLY without REQUIRE_ROW_FORMAT: error 4065 when GTID_ONLY is set, error 4066
// when REQUIRE_ROW_FORMAT is taken away.
void gtid_only_has_row_format(const Spec& spec, Errors& errors) {
  const std::string path = "spec.replication.options";
  if (errors.any_below(path)) return;
  const auto is_on = [&](const char* name) {
    const auto found = spec.replication.options.find(name);
    return found != spec.replication.options.end() && *found->second == "1";
  };
  if (is_on("GTID_ONLY") && !is_on("REQUIRE_ROW_FORMAT"))
    errors.add_at_value(child_path(path, "GTID_ONLY"),
                        "needs REQUIRE_ROW_FORMAT: 1 beside it: MySQL refuses it without");
}

void semi_sync_has_replicas(const Spec& spec, Errors& errors) {
  const auto& semi_sync = spec.replication.semi_sync;
  if (!semi_sync || !*semi_sync->enabled || spec.servers.empty()) return;
  if (errors.any_below("spec.replication.semiSync")) return;
  const std::size_t others = spec.servers.size() - 1;
  const auto waits = static_cast<std::size_t>(*semi_sync->wait_for_replicas);
  if (waits <= others) return;
  errors.add_at_value("spec.replication.semiSync.waitForReplicas",
                      "each commit would wait for " + std::to_string(waits) +
                          " replicas, and there " +
                          (others == 1 ? "is 1" : "are " + std::to_string(others)));
}

void variables_name_servers(const Spec& spec, Errors& errors) {
  if (!knows_all_servers(spec)) return;
  for (const auto& [server, variables] : spec.variables.servers)
    if (spec.server(server) == nullptr && !errors.full())
      errors.add_at_key(child_path("spec.variables.servers", server), no_such_server(spec, server));
}

void server_ids_are_distinct(const Spec& spec, Errors& errors) {
  const VariablesSpec& variables = spec.variables;
  const std::string name = "server_id";
  const std::string why = "every server needs its own; write it under spec.variables.servers.NAME";
  if (variables.all.contains(name)) errors.add_at_key("spec.variables.all.server_id", why);
  if (variables.replicas.contains(name))
    errors.add_at_key("spec.variables.replicas.server_id", why);
  if (variables.primary.contains(name)) errors.add_at_key("spec.variables.primary.server_id", why);
  std::map<std::string, std::string> owners;
  for (const auto& [server, own] : variables.servers) {
    const auto id = own.find(name);
    if (id == own.end() || id->second->empty()) continue;
    const auto [first, is_new] = owners.try_emplace(*id->second, server);
    if (!is_new)
      errors.add_at_value(child_path("spec.variables.servers", server) + ".server_id",
                          "is the server_id of " + first->second + " already");
  }
}

void donor_exists(const Spec& spec, Errors& errors) {
  const std::string& donor = *spec.provisioning.donor;
  if (donor == "prefer-replica" || donor == "primary" || spec.server(donor) != nullptr) return;
  if (!knows_all_servers(spec)) return;
  std::vector<std::string> choices = server_names(spec);
  choices.insert(choices.end(), {"prefer-replica", "primary"});
  errors.add_at_value("spec.provisioning.donor",
                      show(donor) +
                          " is neither prefer-replica nor primary nor the name of a server" +
                          did_you_mean(donor, choices));
}

void failover_has_a_candidate(const Spec& spec, Errors& errors) {
  if (*spec.failover.mode != FailoverMode::kAutomatic || !knows_all_servers(spec)) return;
  if (spec.server(*spec.primary) == nullptr || errors.any_below("spec.failover")) return;
  const bool candidate =
      std::any_of(spec.servers.begin(), spec.servers.end(), [&](const ServerSpec& server) {
        return *server.name != *spec.primary && *server.promotion != Promotion::kNever;
      });
  if (!candidate)
    errors.add_at_value("spec.failover.mode",
                        "is automatic, but no server beside the primary may be promoted");
}

void object_paths_name_servers(const Spec& spec, Errors& errors) {
  if (!knows_all_servers(spec)) return;
  check_object_servers(spec, *spec.reconcile.protect, "spec.reconcile.protect", errors);
  check_object_servers(spec, *spec.reconcile.ignore, "spec.reconcile.ignore", errors);
}

void object_paths_name_variables(const Spec& spec, Errors& errors) {
  if (errors.any_below("spec.variables")) return;
  check_object_variables(spec, *spec.reconcile.protect, "spec.reconcile.protect", errors);
  check_object_variables(spec, *spec.reconcile.ignore, "spec.reconcile.ignore", errors);
}

// The default of `enabled` is false. A person who writes `reason` or `until` probably believes that
// the topology is suspended.
void suspension_says_whether(const Spec& spec, Errors& errors) {
  const SuspendSpec& suspend = spec.suspend;
  if (errors.any_below("spec.suspend") || suspend.enabled.declared) return;
  if (!suspend.reason->empty() || suspend.until->has_value())
    errors.add_at_key("spec.suspend.enabled",
                      "is missing: write enabled: true, or nothing is suspended (enabled: false "
                      "keeps the other keys for later)");
}

}  // namespace gtidops
