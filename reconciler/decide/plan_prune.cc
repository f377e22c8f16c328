// The part of the plan that drops accounts that the file does not name, when reconcile.prune.users
// is true.
#include <algorithm>

#include "decide/draft.h"

namespace gtidops {
namespace {

// These accounts are never dropped here: MySQL's own, root, that of a copy, those that gtidops and
// the replicas log in with (with any host part, since they may have a session open), and roles,
// since the accounts that have a role would lose its privileges.
bool is_kept(const Spec& spec, const AccountName& account) {
  if (account.role || account.user.compare(0, 6, "mysql.") == 0 || account.user == "root" ||
      account.user == kCopyUser)
    return true;
  if (spec.replication.user && *spec.replication.user->name == account.user) return true;
  const auto logs_in = [&](const ServerSpec& server) {
    return *spec.admin_of(server).user == account.user;
  };
  if (std::any_of(spec.servers.begin(), spec.servers.end(), logs_in)) return true;
  return std::any_of(spec.users.begin(), spec.users.end(), [&](const UserSpec& user) {
    return *user.name == account.user && *user.host == account.host;
  });
}

// The file declares this user with another host, and that account does not exist: dropping this one
// would lock the user out.
bool is_the_only_one(const Spec& spec, const std::vector<AccountName>& accounts,
                     const AccountName& account) {
  return std::any_of(spec.users.begin(), spec.users.end(), [&](const UserSpec& user) {
    return *user.name == account.user &&
           std::none_of(accounts.begin(), accounts.end(), [&](const AccountName& other) {
             return other.user == *user.name && other.host == *user.host;
           });
  });
}

}  // namespace

void plan_prune_users(Draft& draft) {
  draft.stage = Stage::kPrivileges;
  const std::string& primary = draft.goal.primary;
  const ServerState* state = draft.seen.state(primary);
  if (!*draft.spec.reconcile.prune_users || state == nullptr || !state->details ||
      !state->writable() || !state->channels.empty())
    return;
  if (!state->details->accounts) {
    draft.object(primary, rule::kPrivileges, "its accounts cannot be read, so none can be dropped",
                 "grant what deploy/grants.sql lists");
    return;
  }
  for (const AccountName& account : *state->details->accounts) {
    if (is_kept(draft.spec, account) ||
        is_the_only_one(draft.spec, *state->details->accounts, account) ||
        leaves_alone(draft.spec, primary, "users/" + account.user))
      continue;
    draft.differs(primary, "users." + account.user, std::nullopt,
                  quote_account(account.user, account.host));
    if (draft.may_touch(primary))
      draft.step(DropUser{primary, account.user, account.host},
                 "the file does not name it, and reconcile.prune.users is true");
  }
}

}  // namespace gtidops
