// The part of the plan that creates the replication user: once, on the primary.
#include <algorithm>

#include "decide/draft.h"
#include "model/grants.h"

namespace gtidops {
namespace {

// MySQL matches a login to the account with the most specific host. So an account of this name with
// another host may be the one that a replica logs in with, as long as some channel uses the name.
std::vector<std::string> who_logs_in(const Draft& draft, const std::string& user) {
  std::vector<std::string> names;
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*server.name);
    if (state == nullptr) continue;
    const auto logs_in = [&](const Channel& one) { return one.source_user == user; };
    if (std::any_of(state->channels.begin(), state->channels.end(), logs_in))
      names.push_back(*server.name);
  }
  return names;
}

// An unseen server may log in with the account later, and a replica that the file does not name may
// be connected.
bool surely_unused(const Draft& draft, const ServerState& primary) {
  const bool all_seen =
      std::all_of(draft.spec.servers.begin(), draft.spec.servers.end(),
                  [&](const ServerSpec& one) { return draft.seen.state(*one.name) != nullptr; });
  return all_seen && primary.details->dump_threads == 0;
}

void warn_of_namesakes(Draft& draft, const ServerState& primary, const std::string& host) {
  for (const UserAccount& account : *primary.details->users) {
    if (account.host == host) continue;
    const std::string text = quote_account(account.user, account.host);
    const auto replicas = who_logs_in(draft, account.user);
    std::string hint = "DROP USER " + text + ", if nobody needs it";
    if (!replicas.empty())
      hint = "leave it: " + join_names(replicas) + " logged in by this name, perhaps with it; if " +
             "it is the one that is meant, write its host in replication.user.host";
    else if (!surely_unused(draft, primary))
      hint = "look who logs in with it before you change it: a replica may, that is not seen now";
    draft.warn(
        draft.goal.primary, rule::kReplicationUserElsewhere,
        "an account " + text + " of the same name is there too, and is let in from other addresses",
        hint);
  }
}

void judge_account(Draft& draft, const UserAccount& account) {
  const std::string& primary = draft.goal.primary;
  const std::string path = "replication.user";
  if (account.locked || account.password_expired)
    draft.object(primary, rule::kReplicationUserLocked,
                 quote_account(account.user, account.host) +
                     (account.locked ? " is locked" : "'s password has expired"),
                 "ALTER USER " + quote_account(account.user, account.host) +
                     (account.locked ? " ACCOUNT UNLOCK"
                                     : " IDENTIFIED BY its password again; PASSWORD EXPIRE NEVER "
                                       "alone does not lift it"));
  if (!has_replication_slave(account)) {
    draft.differs(primary, path + ".grants", "REPLICATION SLAVE ON *.*", std::nullopt);
    if (draft.may_touch(primary))
      draft.step(GrantReplication{primary, account.user, account.host},
                 "without it no replica can replicate");
  }
}

// The replication user as the primary has it; nullptr: it does not exist or cannot be read.
const UserAccount* account_on_primary(const Draft& draft) {
  const auto& user = draft.spec.replication.user;
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  if (!user || primary == nullptr || !primary->details || !primary->details->users) return nullptr;
  return find_account(*primary->details->users, *user->name, *user->host);
}

}  // namespace

void plan_replication_user(Draft& draft) {
  draft.stage = Stage::kReplicationUser;
  const auto& user = draft.spec.replication.user;
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  if (!user || primary == nullptr || !primary->details || !primary->details->users) return;
  if (draft.switching()) return;  // judged by rules_on_role_change
  warn_of_namesakes(draft, *primary, *user->host);
  if (const UserAccount* account = account_on_primary(draft)) {
    judge_account(draft, *account);
    return;
  }
  draft.differs(draft.goal.primary, "replication.user", quote_account(*user->name, *user->host),
                std::nullopt);
  if (!draft.may_touch(draft.goal.primary) || draft.secret_is_no_good()) return;
  draft.step(CreateReplicationUser{draft.goal.primary, *user->name, *user->host, user->password},
             "the replication user does not exist; it is made once, here, and reaches the replicas "
             "by replication");
}

// Planned after all else: it needs a permission that a run may lack, and no other step needs it.
void plan_privileges(Draft& draft) {
  draft.stage = Stage::kPrivileges;
  const UserAccount* account = account_on_primary(draft);
  if (account == nullptr) return;
  const auto extra = beyond_replication_slave(*account);
  if (extra.empty()) return;
  const std::string& primary = draft.goal.primary;
  draft.differs(primary, "replication.user.grants", "REPLICATION SLAVE ON *.*", join_names(extra));
  if (draft.may_touch(primary))
    draft.step(RevokePrivileges{primary, account->user, account->host, extra},
               "the replication user shall have REPLICATION SLAVE alone");
}

}  // namespace gtidops
