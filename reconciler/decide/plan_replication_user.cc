// The part of the plan that makes the replication user: once, on the primary.
#include "decide/draft.h"
#include "model/grants.h"

namespace gtidops {
namespace {

void warn_of_namesakes(Draft& draft, const std::vector<UserAccount>& users,
                       const std::string& host) {
  for (const UserAccount& account : users) {
    if (account.host == host) continue;
    draft.warn(*draft.spec.primary, "replication-user-elsewhere",
               "an account " + quote_account(account.user, account.host) +
                   " of the same name is there too, and is let in from other addresses",
               "DROP USER " + quote_account(account.user, account.host) + ", if nobody needs it");
  }
}

void judge_account(Draft& draft, const UserAccount& account) {
  const std::string& primary = *draft.spec.primary;
  const std::string path = "replication.user";
  if (account.locked || account.password_expired)
    draft.object(primary, "replication-user-locked",
                 quote_account(account.user, account.host) +
                     (account.locked ? " is locked" : "'s password has expired"),
                 "ALTER USER " + quote_account(account.user, account.host) +
                     (account.locked ? " ACCOUNT UNLOCK" : " PASSWORD EXPIRE NEVER"));
  if (!has_replication_slave(account)) {
    draft.differs(primary, path + ".grants", "REPLICATION SLAVE ON *.*", std::nullopt);
    if (draft.may_touch(primary))
      draft.step(GrantReplication{primary, account.user, account.host},
                 "without it no replica can replicate");
  }
}

// The replication user as the primary has it; nullptr when that cannot be told.
const UserAccount* account_on_primary(const Draft& draft) {
  const auto& user = draft.spec.replication.user;
  const ServerState* primary = draft.seen.state(*draft.spec.primary);
  if (!user || primary == nullptr || !primary->details || !primary->details->users) return nullptr;
  return find_account(*primary->details->users, *user->name, *user->host);
}

}  // namespace

void plan_replication_user(Draft& draft) {
  const auto& user = draft.spec.replication.user;
  const ServerState* primary = draft.seen.state(*draft.spec.primary);
  if (!user || primary == nullptr || !primary->details || !primary->details->users) return;
  if (draft.switching()) return;  // rules_on_role_change has judged it
  warn_of_namesakes(draft, *primary->details->users, *user->host);
  if (const UserAccount* account = account_on_primary(draft)) {
    judge_account(draft, *account);
    return;
  }
  draft.differs(*draft.spec.primary, "replication.user", quote_account(*user->name, *user->host),
                std::nullopt);
  if (!draft.may_touch(*draft.spec.primary)) return;
  draft.step(CreateReplicationUser{*draft.spec.primary, *user->name, *user->host, user->password},
             "the replication user does not exist; it is made once, here, and reaches the replicas "
             "by replication");
}

// Behind everything else, since it needs a permission that a run may lack, and nothing waits for
// it.
void plan_privileges(Draft& draft) {
  const UserAccount* account = account_on_primary(draft);
  if (account == nullptr) return;
  const auto extra = beyond_replication_slave(*account);
  if (extra.empty()) return;
  const std::string& primary = *draft.spec.primary;
  draft.differs(primary, "replication.user.grants", "REPLICATION SLAVE ON *.*", join_names(extra));
  if (draft.may_touch(primary))
    draft.step(RevokePrivileges{primary, account->user, account->host, extra},
               "the replication user shall have REPLICATION SLAVE alone");
}

}  // namespace gtidops
