#include "model/actions/drop_user.h"

#include <algorithm>

namespace gtidops {

std::string DropUser::describe() const { return "drop " + quote_account(user, host); }

Check DropUser::precondition(const Observation& seen) const { return open_primary(seen, server); }

Check DropUser::postcondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState&, const Details& details) {
    if (!details.accounts) return Check::unknown("the accounts of " + server + " cannot be read");
    const bool there = std::any_of(
        details.accounts->begin(), details.accounts->end(),
        [&](const AccountName& name) { return name.user == user && name.host == host; });
    return there ? Check::does_not(quote_account(user, host) + " exists") : Check::holds();
  });
}

std::vector<Statement> DropUser::statements(const Version& /*version*/) const {
  return {sql(server, "DROP USER IF EXISTS " + quote_account(user, host))};
}

}  // namespace gtidops
