// The rules on the specification itself: a pause, servers to leave alone, and keys that this
// version does not support.
#include "decide/draft.h"
#include "decide/key_use.h"

namespace gtidops {
namespace {

void not_yet(Draft& draft, const std::string& server, const std::string& key,
             const std::string& what) {
  draft.object(server, rule::kNotYetSupported,
               key + " is declared, but this version does not " + what,
               "do it by hand, or take the key out of the file; everything else is still done");
}

void rule_not_yet(Draft& draft) {
  const Spec& spec = draft.spec;
  if (!spec.users.empty() && *spec.reconcile.prune_users)
    draft.object(
        "", rule::kNotYetSupported,
        "users is declared, but this version does not create or change users other than the "
        "replication user; and reconcile.prune.users is true",
        "leave users declared, or take prune.users out first: accounts that the file does "
        "not declare are dropped");
  else if (!spec.users.empty())
    not_yet(draft, "", "users", "create or change users other than the replication user");
  if (!spec.roles.empty()) not_yet(draft, "", "roles", "create or change roles");
  const VariablesSpec& variables = spec.variables;
  if (!variables.all.empty() || !variables.primary.empty() || !variables.replicas.empty() ||
      !variables.servers.empty())
    not_yet(draft, "", "variables", "set variables other than those that replication needs");
  if (*spec.failover.mode == FailoverMode::kAutomatic)
    not_yet(draft, "", "failover.mode", "fail over by itself");
  if (spec.gtid.mode.value != "ON" || spec.gtid.enforce_consistency.value != "ON")
    draft.refuse("", rule::kNotYetSupported,
                 "gtid.mode and gtid.enforceConsistency other than ON are declared, and this "
                 "version only does ON",
                 "declare ON for both");
}

// No code reads these keys yet. That does no harm, so it is only warned of.
void rule_not_in_force(Draft& draft) {
  const auto keys = declared_not_in_force(draft.spec);
  if (keys.empty()) return;
  draft.warn("", rule::kNotInForce,
             join_names(keys) + (keys.size() == 1 ? " is" : " are") +
                 " declared, and this version acts on none of it",
             "nothing is to be done; do not rely on it");
}

// No declared password means an empty one. That is a risk as soon as a network is in between.
void rule_empty_passwords(Draft& draft) {
  bool all_on_loopback = true;
  for (const ServerSpec& server : draft.spec.servers) {
    if (server.address->on_loopback()) continue;
    all_on_loopback = false;
    if (draft.spec.admin_of(server).password.kind == SecretRef::Kind::kNone)
      draft.warn(
          *server.name, rule::kEmptyPassword,
          "gtidops logs in there as " + *draft.spec.admin_of(server).user + " without a password",
          "declare admin.passwordFrom");
  }
  const auto& user = draft.spec.replication.user;
  if (user && !all_on_loopback && user->password.kind == SecretRef::Kind::kNone)
    draft.warn(draft.goal.primary, rule::kEmptyPassword,
               "the replication user " + *user->name + " has no password",
               "declare replication.user.passwordFrom");
}

// Somebody between gtidops and the server can send a key of their own, and decrypt the password.
void rule_unprotected_passwords(Draft& draft) {
  if (draft.spec.tls.server_public_key_file.declared) return;
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* const state = draft.seen.state(*server.name);
    if (server.address->on_loopback() || state == nullptr || !state->details) continue;
    if (state->details->connection_encrypted != std::optional(false)) continue;
    draft.warn(*server.name, rule::kPasswordUnprotected,
               "the connection to it is not encrypted, and the password of " +
                   *draft.spec.admin_of(server).user +
                   " is encrypted for whatever key is sent from there",
               "set tls.mode to required, or better to verify-ca; or name the server's public key "
               "in tls.serverPublicKeyFile");
  }
}

void rule_paused(Draft& draft) {
  const SuspendSpec& suspend = draft.spec.suspend;
  const bool over = suspend.until->has_value() && draft.seen.taken_at >= **suspend.until;
  draft.changes_nothing =
      (*suspend.enabled && !over) || *draft.spec.reconcile.mode == ReconcileMode::kObserve;
  if (*suspend.enabled && !over)
    draft.refuse(
        "", rule::kSuspended,
        "the topology is suspended" + (suspend.reason->empty() ? "" : ": " + *suspend.reason),
        "set suspend.enabled to false to go on");
  if (*draft.spec.reconcile.mode == ReconcileMode::kObserve)
    draft.refuse("", rule::kObserveMode, "reconcile.mode is observe: nothing is ever changed",
                 "set reconcile.mode to enforce to let gtidops act");
}

// Whole servers only: any other object is looked up where its difference or step is planned.
void rule_left_alone(Draft& draft) {
  for (const ServerSpec& server : draft.spec.servers) {
    const bool ignored = names_server(*draft.spec.reconcile.ignore, *server.name);
    if (!ignored && !names_server(*draft.spec.reconcile.protect, *server.name)) continue;
    draft.blocked.insert(*server.name);
    if (ignored) draft.maintained.insert(*server.name);
    draft.warn(*server.name, ignored ? rule::kIgnored : rule::kProtected,
               ignored ? "reconcile.ignore names it: it is neither judged nor touched"
                       : "reconcile.protect names it: it is not touched",
               "take it out of the list when it is to be managed again");
  }
}

void rule_maintenance(Draft& draft) {
  for (const ServerSpec& server : draft.spec.servers) {
    if (!server.maintenance) continue;
    const auto& until = *server.maintenance->until;
    if (until && draft.seen.taken_at >= *until) {
      draft.warn(*server.name, rule::kMaintenanceOver,
                 "its maintenance ended at " + print_moment(*until),
                 "take `maintenance` out of the file");
      continue;
    }
    draft.blocked.insert(*server.name);
    draft.maintained.insert(*server.name);
    draft.warn(*server.name, rule::kMaintenance,
               "it is in maintenance and is not touched" +
                   (server.maintenance->reason->empty() ? "" : ": " + *server.maintenance->reason),
               "take `maintenance` out of the file when the work is done");
  }
}

}  // namespace

void rules_on_specification(Draft& draft) {
  rule_not_yet(draft);
  rule_not_in_force(draft);
  rule_empty_passwords(draft);
  rule_unprotected_passwords(draft);
  rule_paused(draft);
  rule_maintenance(draft);
  rule_left_alone(draft);
}

}  // namespace gtidops
