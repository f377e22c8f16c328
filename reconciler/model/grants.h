// What SHOW GRANTS prints, taken apart: what an account has, and what of it goes beyond REPLICATION
// SLAVE.
//
// Thread-safety: pure functions. A line that is not understood counts as a privilege too many,
// never as none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/observation.h"

namespace gtidops {

// Has the account REPLICATION SLAVE on *.*, by itself and not by a role?
bool has_replication_slave(const UserAccount& account);

// What is to be revoked, in this order, so that REPLICATION SLAVE is all there is: what stands
// between REVOKE and FROM, one for each line of SHOW GRANTS: "SELECT, INSERT ON `orders`.*",
// "`reader`@`%`", and at the end "GRANT OPTION ON *.*". Empty: nothing is too much.
std::vector<std::string> beyond_replication_slave(const UserAccount& account);

}  // namespace gtidops
