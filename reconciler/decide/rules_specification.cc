// What the specification asks of the tool itself: pause, leave alone, or do what this version
// cannot do yet.
#include "decide/draft.h"

namespace gtidops {
namespace {

void not_yet(Draft& draft, const std::string& server, const std::string& key,
             const std::string& what) {
  draft.object(server, "not-yet-supported", key + " is declared, but this version does not " + what,
               "do it by hand, or take the key out of the file; everything else is still done");
}

void rule_not_yet(Draft& draft) {
  const Spec& spec = draft.spec;
  if (!spec.users.empty())
    not_yet(draft, "", "users", "create or change users other than the replication user");
  if (!spec.roles.empty()) not_yet(draft, "", "roles", "create or change roles");
  const VariablesSpec& variables = spec.variables;
  if (!variables.all.empty() || !variables.primary.empty() || !variables.replicas.empty() ||
      !variables.servers.empty())
    not_yet(draft, "", "variables", "set variables other than those that replication needs");
  if (spec.replication.semi_sync && *spec.replication.semi_sync->enabled)
    not_yet(draft, "", "replication.semiSync", "set up semi-synchronous replication");
  if (*spec.failover.mode == FailoverMode::kAutomatic)
    not_yet(draft, "", "failover.mode", "fail over by itself");
  if (!spec.reconcile.windows.empty()) {
    // A window forbids something: to act as if it were not there would be worse than not to act.
    draft.refuse("", "not-yet-supported",
                 "reconcile.windows is declared, but this version does not observe it",
                 "take the key out of the file to let gtidops act at any time");
  }
  if (!spec.reconcile.ignore->empty())
    draft.refuse("", "not-yet-supported",
                 "reconcile.ignore is declared, but this version does not observe it",
                 "take the key out of the file to let gtidops judge everything");
  if (spec.gtid.mode.value != "ON" || spec.gtid.enforce_consistency.value != "ON")
    draft.refuse("", "not-yet-supported",
                 "gtid.mode and gtid.enforceConsistency other than ON are declared, and this "
                 "version only does ON",
                 "declare ON for both");
}

void rule_paused(Draft& draft) {
  const SuspendSpec& suspend = draft.spec.suspend;
  const bool over = suspend.until->has_value() && draft.seen.taken_at >= **suspend.until;
  if (*suspend.enabled && !over)
    draft.refuse(
        "", "suspended",
        "the topology is suspended" + (suspend.reason->empty() ? "" : ": " + *suspend.reason),
        "set suspend.enabled to false to go on");
  if (*draft.spec.reconcile.mode == ReconcileMode::kObserve)
    draft.refuse("", "observe-mode", "reconcile.mode is observe: nothing is ever changed",
                 "set reconcile.mode to enforce to let gtidops act");
}

void rule_maintenance(Draft& draft) {
  for (const ServerSpec& server : draft.spec.servers) {
    if (!server.maintenance) continue;
    const auto& until = *server.maintenance->until;
    if (until && draft.seen.taken_at >= *until) {
      draft.warn(*server.name, "maintenance-over",
                 "its maintenance ended at " + print_moment(*until),
                 "take `maintenance` out of the file");
      continue;
    }
    draft.blocked.insert(*server.name);
    draft.maintained.insert(*server.name);
    draft.warn(*server.name, "maintenance",
               "it is in maintenance and is not touched" +
                   (server.maintenance->reason->empty() ? "" : ": " + *server.maintenance->reason),
               "take `maintenance` out of the file when the work is done");
  }
}

}  // namespace

void rules_on_specification(Draft& draft) {
  rule_not_yet(draft);
  rule_paused(draft);
  rule_maintenance(draft);
}

}  // namespace gtidops
