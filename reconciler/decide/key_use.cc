#include "decide/key_use.h"

#include <array>
#include <utility>

namespace gtidops {
namespace {

using How = KeyUse::How;

constexpr std::array<KeyUse, 60> kUses{{
    {"apiVersion", How::kNote, "", ""},
    {"kind", How::kNote, "", ""},
    {"metadata", How::kNote, "", ""},
    {"metadata.name", How::kInForce, "mysql/fleet.cc", "spec.name"},
    {"metadata.labels", How::kNote, "", ""},
    {"spec", How::kNote, "", ""},
    {"spec.primary", How::kInForce, "decide/goal.cc", "spec.primary"},
    {"spec.admin", How::kInForce, "mysql/fleet.cc", "admin_of"},
    {"spec.tls.mode", How::kInForce, "mysql/fleet.cc", "tls.mode"},
    {"spec.tls.caFile", How::kInForce, "mysql/fleet.cc", "ca_file"},
    {"spec.tls.certFile", How::kInForce, "mysql/fleet.cc", "cert_file"},
    {"spec.tls.keyFile", How::kInForce, "mysql/fleet.cc", "key_file"},
    {"spec.tls.serverPublicKeyFile", How::kInForce, "mysql/fleet.cc", "server_public_key_file"},
    {"spec.tls", How::kNote, "", ""},
    {"spec.servers", How::kInForce, "decide/planner.cc", "spec.servers"},
    {"spec.servers[].name", How::kInForce, "mysql/fleet.cc", "server.name"},
    {"spec.servers[].address", How::kInForce, "mysql/fleet.cc", "server.address"},
    {"spec.servers[].replicationAddress", How::kInForce, "decide/channel_change.cc", "dialled"},
    {"spec.servers[].source", How::kInForce, "decide/channel_change.cc", "source_of"},
    {"spec.servers[].delay", How::kInForce, "decide/channel_change.cc", "delay"},
    {"spec.servers[].promotion", How::kInForce, "metrics/topology_gauges.cc", "promotion"},
    {"spec.servers[].admin", How::kInForce, "mysql/fleet.cc", "admin_of"},
    {"spec.servers[].maintenance", How::kInForce, "decide/rules_specification.cc", "maintenance"},
    {"spec.servers[].ssh", How::kWarned, "decide/key_use.cc", ""},
    {"spec.gtid", How::kNote, "", ""},
    {"spec.gtid.mode", How::kRefused, "decide/rules_specification.cc", ""},
    {"spec.gtid.enforceConsistency", How::kRefused, "decide/rules_specification.cc", ""},
    {"spec.gtid.onErrant", How::kInForce, "decide/rules_history.cc", "on_errant"},
    {"spec.replication", How::kNote, "", ""},
    {"spec.replication.user", How::kInForce, "decide/plan_replication_user.cc", "replication.user"},
    {"spec.replication.user.passwordFrom", How::kInForce, "mysql/fleet.cc", "user->password"},
    {"spec.replication.user.passwordFrom.keepOldFor", How::kWarned, "decide/key_use.cc", ""},
    {"spec.replication.options", How::kInForce, "decide/channel_change.cc", "replication.options"},
    {"spec.replication.semiSync", How::kInForce, "decide/plan_semi_sync.cc", "semi_sync"},
    {"spec.users", How::kRefused, "decide/rules_specification.cc", ""},
    {"spec.roles", How::kRefused, "decide/rules_specification.cc", ""},
    {"spec.variables", How::kRefused, "decide/rules_specification.cc", ""},
    {"spec.variables.onRestartRequired", How::kWarned, "decide/key_use.cc", ""},
    {"spec.provisioning", How::kNote, "", ""},
    {"spec.provisioning.method", How::kInForce, "decide/plan_provisioning.cc", "method"},
    {"spec.provisioning.donor", How::kInForce, "decide/plan_provisioning.cc", "donor"},
    {"spec.provisioning.onExistingData", How::kWarned, "decide/key_use.cc", ""},
    {"spec.provisioning.maxConcurrent", How::kInForce, "decide/plan_provisioning.cc",
     "max_concurrent"},
    {"spec.provisioning.timeout", How::kInForce, "commands/apply.cc", "provisioning.timeout"},
    {"spec.switchover", How::kNote, "", ""},
    {"spec.switchover.maxLag", How::kInForce, "decide/rules_candidate.cc", "max_lag"},
    {"spec.switchover.catchUpTimeout", How::kInForce, "decide/plan_role_change.cc", "catch_up"},
    {"spec.switchover.drainTimeout", How::kInForce, "decide/plan_role_change.cc", "drain"},
    {"spec.switchover.longTransactions", How::kInForce, "decide/plan_role_change.cc",
     "long_transactions"},
    {"spec.failover", How::kWarned, "decide/key_use.cc", ""},
    {"spec.failover.mode", How::kRefused, "decide/rules_specification.cc", ""},
    {"spec.reconcile", How::kNote, "", ""},
    {"spec.reconcile.mode", How::kInForce, "decide/rules_specification.cc", "reconcile.mode"},
    {"spec.reconcile.interval", How::kInForce, "loop/topology_loop.cc", "reconcile.interval"},
    {"spec.reconcile.timeout", How::kInForce, "loop/topology_loop.cc", "reconcile.timeout"},
    {"spec.reconcile.prune", How::kInForce, "decide/plan_prune.cc", "prune_users"},
    {"spec.reconcile.protect", How::kInForce, "decide/untouched.cc", "protect"},
    {"spec.reconcile.ignore", How::kInForce, "decide/untouched.cc", "ignore"},
    {"spec.reconcile.windows", How::kInForce, "decide/plan_windows.cc", "windows"},
    {"spec.suspend", How::kInForce, "decide/rules_specification.cc", "suspend"},
}};

bool is_below(std::string_view key, std::string_view of) {
  if (key.substr(0, of.size()) != of) return false;
  return key.size() == of.size() || key[of.size()] == '.' || key[of.size()] == '[';
}

class Declared {
 public:
  template <class T>
  void add(const char* key, const Field<T>& field) {
    if (field.declared) keys_.emplace_back(key);
  }
  void add(std::string key, bool declared) {
    if (declared) keys_.push_back(std::move(key));
  }
  std::vector<std::string> take() { return std::move(keys_); }

 private:
  std::vector<std::string> keys_;
};

}  // namespace

std::span<const KeyUse> key_uses() { return kUses; }

const KeyUse* use_of(std::string_view key) {
  const KeyUse* best = nullptr;
  for (const KeyUse& use : kUses)
    if (is_below(key, use.key) && (best == nullptr || use.key.size() > best->key.size()))
      best = &use;
  return best;
}

std::vector<std::string> declared_not_in_force(const Spec& spec) {
  Declared declared;
  for (const ServerSpec& server : spec.servers) {
    if (!server.ssh) continue;
    declared.add("servers[].ssh", true);
    break;
  }
  const OnErrant policy = *spec.gtid.on_errant;
  declared.add("gtid.onErrant: injectEmpty", policy == OnErrant::kInjectEmpty);
  declared.add("gtid.onErrant: rebuild", policy == OnErrant::kRebuild);
  const auto& user = spec.replication.user;
  declared.add("replication.user.passwordFrom.keepOldFor",
               user && user->password.keep_old_for.has_value());
  declared.add("variables.onRestartRequired", spec.variables.on_restart_required);
  const ProvisioningSpec& provisioning = spec.provisioning;
  declared.add("provisioning.method: " + *provisioning.method,
               *provisioning.method != "clone" && *provisioning.method != "none");
  declared.add("provisioning.onExistingData",
               *provisioning.on_existing_data == OnExistingData::kOverwrite);
  const FailoverSpec& failover = spec.failover;
  declared.add("failover.detection.interval", failover.interval);
  declared.add("failover.detection.failures", failover.failures);
  declared.add("failover.detection.replicasMustAgree", failover.replicas_must_agree);
  declared.add("failover.maxLostTransactions", failover.max_lost_transactions);
  declared.add("failover.minInterval", failover.min_interval);
  declared.add("failover.afterwards", failover.afterwards);
  return declared.take();
}

}  // namespace gtidops
