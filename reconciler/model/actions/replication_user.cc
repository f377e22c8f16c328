#include "model/actions/replication_user.h"

#include "model/grants.h"

namespace gtidops {
namespace {

std::string account_text(const std::string& user, const std::string& host) {
  return quote_account(user, host);
}

// Runs `judge` on the account; a missing account is nullptr.
template <class Judge>
Check check_account(const Observation& seen, const std::string& server, const std::string& user,
                    const std::string& host, Judge judge) {
  return check_details(seen, server, [&](const ServerState&, const Details& details) {
    if (!details.users) return Check::unknown("the accounts of " + server + " cannot be read");
    return judge(find_account(*details.users, user, host));
  });
}

}  // namespace

const UserAccount* find_account(const std::vector<UserAccount>& users, const std::string& user,
                                const std::string& host) {
  for (const UserAccount& account : users)
    if (account.user == user && account.host == host) return &account;
  return nullptr;
}

std::string CreateReplicationUser::describe() const {
  return "create " + account_text(user, host) + " with REPLICATION SLAVE alone";
}

Check CreateReplicationUser::precondition(const Observation& seen) const {
  return open_primary(seen, server);
}

Check CreateReplicationUser::postcondition(const Observation& seen) const {
  return check_account(seen, server, user, host, [&](const UserAccount* account) {
    if (account == nullptr) return Check::does_not(account_text(user, host) + " does not exist");
    if (!has_replication_slave(*account))
      return Check::does_not(account_text(user, host) + " lacks REPLICATION SLAVE");
    return Check::holds();
  });
}

std::vector<Statement> CreateReplicationUser::statements(const Version& /*version*/) const {
  const std::string account = account_text(user, host);
  Statement create{server, {"CREATE USER IF NOT EXISTS " + account + " IDENTIFIED BY "}, {}};
  if (password.kind == SecretRef::Kind::kNone)
    create.parts.emplace_back(std::string("''"));
  else
    create.parts.emplace_back(password.for_replication());
  return {create, sql(server, "GRANT REPLICATION SLAVE ON *.* TO " + account)};
}

std::string GrantReplication::describe() const {
  return "grant REPLICATION SLAVE to " + account_text(user, host);
}

Check GrantReplication::precondition(const Observation& seen) const {
  return open_primary(seen, server);
}

Check GrantReplication::postcondition(const Observation& seen) const {
  return check_account(seen, server, user, host, [&](const UserAccount* account) {
    if (account == nullptr) return Check::does_not(account_text(user, host) + " does not exist");
    if (!has_replication_slave(*account))
      return Check::does_not(account_text(user, host) + " lacks REPLICATION SLAVE");
    return Check::holds();
  });
}

std::vector<Statement> GrantReplication::statements(const Version& /*version*/) const {
  return {sql(server, "GRANT REPLICATION SLAVE ON *.* TO " + account_text(user, host))};
}

std::string RevokePrivileges::describe() const {
  return "revoke from " + account_text(user, host) + " what goes beyond REPLICATION SLAVE";
}

Check RevokePrivileges::precondition(const Observation& seen) const {
  return open_primary(seen, server);
}

Check RevokePrivileges::postcondition(const Observation& seen) const {
  return check_account(seen, server, user, host, [&](const UserAccount* account) {
    if (account == nullptr) return Check::does_not(account_text(user, host) + " does not exist");
    const auto extra = beyond_replication_slave(*account);
    if (!extra.empty())
      return Check::does_not(account_text(user, host) + " also has " + extra.front());
    return Check::holds();
  });
}

std::vector<Statement> RevokePrivileges::statements(const Version& /*version*/) const {
  std::vector<Statement> list;
  for (const std::string& revocation : revocations)
    list.push_back(sql(server, "REVOKE " + revocation + " FROM " + account_text(user, host)));
  return list;
}

}  // namespace gtidops
