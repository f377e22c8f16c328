// The forms of names, addresses and the like: each check gives nullopt, or what is wrong with the
// text.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/spec.h"

namespace gtidops {

using Complaint = std::optional<std::string>;

// "read_only" of "variables/read_only" and "servers/db3/variables/read_only"; else nothing.
std::string variable_of_object_path(std::string_view text);

// Of topologies and servers: lower-case letters, digits, '-', '.', '_'; at most 63.
Complaint check_name(std::string_view text);
// The same, without the words that `donor` keeps for itself.
Complaint check_server_name(std::string_view text);
Complaint check_label_key(std::string_view text);
// MySQL's limits of an account: 32 characters and 255.
Complaint check_account_name(std::string_view text);
Complaint check_account_host(std::string_view text);
Complaint check_environment_name(std::string_view text);
Complaint check_credential_name(std::string_view text);
// clone, xtrabackup, exec:NAME, none.
Complaint check_provisioning_method(std::string_view text);
Complaint check_time_zone(std::string_view text);
Complaint check_absolute_path(std::string_view text);
// An entry of `protect` or `ignore`: users/NAME, roles/NAME, variables/NAME, servers/NAME,
// servers/NAME/WHAT/...
Complaint check_object_path(std::string_view text);
// "users/app" -> "" ; "servers/db3/variables/x" -> "db3".
std::string server_of_object_path(std::string_view text);

// "db1", "db1:3306", "10.0.0.1:3306", "[::1]:3306".
Result<Address> parse_address(std::string_view text);
// One text for all the ways to write one address.
std::string canonical(const Address& address);

// A variable's name as MySQL has it, from how my.cnf may have it: lower case, underscores.
std::string variable_name(std::string_view text);
Complaint check_variable_name(std::string_view text);

}  // namespace gtidops
