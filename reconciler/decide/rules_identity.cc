// The rules on identity: can each server be reached and read, and are all of them different
// servers?
#include <fmt/format.h>

#include "decide/draft.h"

namespace gtidops {
namespace {

std::string hint_for(Unreachable::Reason reason) {
  using Reason = Unreachable::Reason;
  switch (reason) {
    case Reason::kConnectionRefused:
      return "start mysqld there, or correct the address";
    case Reason::kTimeout:
      return "look whether the host is up, mysqld is not stopped or overloaded, and no firewall "
             "drops the packets";
    case Reason::kNameNotResolved:
      return "correct the host name, or the resolver of this machine";
    case Reason::kNoRoute:
      return "look at the network between this machine and the server";
    case Reason::kAccessDenied:
      return "look at `admin`: the user, where its password comes from, and from which addresses "
             "it may log in";
    case Reason::kTls:
      return "look at `tls` in the file and at the server's certificate";
    case Reason::kNotMysql:
      return "correct the address: something else listens there";
    case Reason::kMariadb:
      return "gtidops works with MySQL 8.0.23 and later; MariaDB's GTIDs are another thing";
    case Reason::kVersionTooOld:
      return "upgrade it to MySQL 8.0.23 or later";
    case Reason::kTooManyConnections:
      return "raise max_connections, or give the admin account CONNECTION_ADMIN and use "
             "admin_address";
    case Reason::kSecret:
      return "look at `passwordFrom`: it must give exactly one line, and this process must be able "
             "to "
             "read it";
    case Reason::kPrivileges:
      return "grant what deploy/grants.sql lists";
    case Reason::kLost:
    case Reason::kOther:
      return "look at the server's error log";
  }
  return {};
}

// What to do while the declared primary is unreachable. When it was to take over and the
// established primary is seen, that one stays the primary, and nobody has to replace it.
std::string hint_for_the_primary(const Draft& draft) {
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*server.name);
    if (state == nullptr || draft.is_primary(server) || !draft.intent.stable() ||
        state->server_uuid != draft.intent.established_primary_uuid)
      continue;
    return fmt::format(
        "; {} is the primary until then, and {}: declare primary: {} where it is to "
        "stay so, and open nobody else",
        *server.name, state->writable() ? "takes the writes" : "is closed now", *server.name);
  }
  return "; when the primary is lost for good, deploy/README tells what to do "
         "(GtidopsNoWritablePrimary)";
}

void rule_unreachable(Draft& draft) {
  for (const ServerSpec& server : draft.spec.servers) {
    const auto found = draft.seen.servers.find(*server.name);
    if (found == draft.seen.servers.end()) {
      draft.refuse(*server.name, rule::kUnreachable, "it was not looked at", "try again");
      draft.all_blocked = draft.all_blocked || draft.is_primary(server);
      continue;
    }
    const auto* unreachable = std::get_if<Unreachable>(&found->second);
    if (unreachable == nullptr) continue;
    const std::string rule = unreachable->reason == Unreachable::Reason::kVersionTooOld
                                 ? rule::kVersionTooOld
                                 : rule::kUnreachable;
    if (draft.maintained.count(*server.name) > 0 && !draft.is_primary(server)) {
      draft.warn(*server.name, rule, unreachable->message,
                 "it is in maintenance: nothing is to be done");
      continue;
    }
    const bool primary = draft.is_primary(server);
    const std::string hint =
        hint_for(unreachable->reason) + (primary ? hint_for_the_primary(draft) : "");
    draft.refuse(*server.name, rule, unreachable->message, hint);
    if (!primary) continue;
    // A person may be making another server the primary by hand at this moment, so gtidops changes
    // nothing on any server.
    draft.all_blocked = true;
  }
}

// Two names lead to one server, or two servers have the same server_uuid.
void judge_twins(Draft& draft, const ServerSpec& first, const ServerSpec& second) {
  const ServerState* a = draft.seen.state(*first.name);
  const ServerState* b = draft.seen.state(*second.name);
  if (a == nullptr || b == nullptr || a->server_uuid != b->server_uuid) return;
  if (a->instance == b->instance) {
    draft.refuse("", rule::kSameServerTwice,
                 *first.name + " (" + first.address->to_string() + ") and " + *second.name + " (" +
                     second.address->to_string() + ") are one and the same server, " +
                     a->server_uuid,
                 "list it once, or correct one of the addresses");
    return;
  }
  const std::string copy = draft.is_primary(second) ? *first.name : *second.name;
  draft.refuse(
      copy, rule::kDuplicateServerUuid,
      *first.name + " and " + *second.name + " both have server_uuid " + a->server_uuid +
          ": a data directory was copied with its auto.cnf",
      "stop mysqld on " + copy + ", delete auto.cnf in its data directory, and start it again");
}

void rule_twins(Draft& draft) {
  const auto& servers = draft.spec.servers;
  for (std::size_t i = 0; i < servers.size(); ++i)
    for (std::size_t j = i + 1; j < servers.size(); ++j) judge_twins(draft, servers[i], servers[j]);
}

void rule_fit_to_read(Draft& draft) {
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*server.name);
    if (state == nullptr) continue;
    if (!state->details) {
      draft.refuse(*server.name, rule::kUnreachable,
                   "it answered, but could not be looked at in depth", "try again");
      continue;
    }
    const Details& details = *state->details;
    if (details.group_replication_active)
      draft.refuse(*server.name, rule::kGroupReplication, "Group Replication is active there",
                   "gtidops works with asynchronous and semi-synchronous replication; STOP "
                   "GROUP_REPLICATION first");
    const auto found = details.variables.find("performance_schema");
    if (found != details.variables.end() && (found->second == "OFF" || found->second == "0"))
      draft.refuse(*server.name, rule::kPerformanceSchema,
                   "performance_schema is OFF, so its state cannot be judged",
                   "set performance_schema = ON in my.cnf and restart mysqld");
    if (!details.missing_privileges.empty())
      draft.refuse(*server.name, rule::kPrivileges,
                   "the account that gtidops uses lacks " + join_names(details.missing_privileges),
                   "grant what deploy/grants.sql lists");
    if (!details.users && draft.is_primary(server) && draft.spec.replication.user)
      draft.refuse(*server.name, rule::kPrivileges, "its accounts cannot be read",
                   "grant what deploy/grants.sql lists");
  }
}

void rule_version_order(Draft& draft) {
  for (const ServerSpec* server : replicas_in_order(draft.spec, draft.goal)) {
    const std::string source = draft.goal.source_of(*server);
    const ServerState* to = draft.seen.state(*server->name);
    const ServerState* from = draft.seen.state(source);
    if (to == nullptr || from == nullptr) continue;
    const auto series = [](const Version& v) { return std::pair(v.major, v.minor); };
    if (series(to->version) >= series(from->version)) continue;
    const std::string why = "it runs MySQL " + to->version_text + ", which is older than " +
                            from->version_text + " on its source " + source;
    const std::string hint = "upgrade replicas before their sources";
    if (draft.assessment.of(*server->name).observed_source == source)
      draft.warn(*server->name, rule::kVersionOrder, why, hint);
    else
      draft.refuse_attach(*server->name, rule::kVersionOrder, why, hint);
  }
}

}  // namespace

void rules_on_identity(Draft& draft) {
  rule_unreachable(draft);
  rule_twins(draft);
  rule_fit_to_read(draft);
  rule_version_order(draft);
}

}  // namespace gtidops
