// check_*: the forms of names, paths and addresses in a file. Each check returns nullopt, or what
// is wrong with the text. REQUIRES: the text is not empty (read_text() refuses an empty one).
//
// Thread-safety: pure functions. Errors: parse_address() fails with kInvalid.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/spec.h"

namespace gtidops {

using Complaint = std::optional<std::string>;

// The variable that an object path names: "read_only" for "variables/read_only" and for
// "servers/db3/variables/read_only"; else empty.
std::string variable_of_object_path(std::string_view text);

// The name of a topology or server: lower-case letters, digits, '-', '.', '_'; at most 63.
Complaint check_name(std::string_view text);
// As check_name(); also refuses the words that have another meaning in `provisioning.donor`.
Complaint check_server_name(std::string_view text);
Complaint check_label_key(std::string_view text);
// MySQL's limits: 32 characters for an account's name, 255 for its host.
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
// The server that an object path names: "servers/db3/variables/x" -> "db3"; "users/app" -> "".
std::string server_of_object_path(std::string_view text);

// "db1", "db1:3306", "10.0.0.1:3306", "[::1]:3306".
Result<Address> parse_address(std::string_view text);
// The same text for every spelling of one address, so that addresses can be compared.
std::string canonical(const Address& address);

// MySQL's own spelling of a variable's name (lower case, underscores) for one that is written as in
// my.cnf.
std::string variable_name(std::string_view text);
Complaint check_variable_name(std::string_view text);

}  // namespace gtidops
