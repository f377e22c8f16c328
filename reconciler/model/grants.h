// grants: takes apart what SHOW GRANTS prints: which privileges an account has, and which of them
// go beyond REPLICATION SLAVE.
//
// Thread-safety: pure functions. Errors: none; a line that is not understood counts as a privilege
// too many, never as none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/observation.h"

namespace gtidops {

// Does the account have REPLICATION SLAVE on *.* by itself, without a role?
bool has_replication_slave(const UserAccount& account);

// What must be revoked, in this order, so that only REPLICATION SLAVE is left. Each entry is the
// text between REVOKE and FROM, for one line of SHOW GRANTS: "SELECT, INSERT ON `orders`.*",
// "`reader`@`%`", and last "GRANT OPTION ON *.*". Empty: the account has nothing more.
std::vector<std::string> beyond_replication_slave(const UserAccount& account);

}  // namespace gtidops
