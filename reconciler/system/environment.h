// child_environment: the part of gtidops's own environment that a program started by it gets: the
// variables of a list, and no other. Otherwise a password in a variable (passwordFrom: {env: X})
// could be read by every command of a notification, by ssh-keygen, and in /proc by everybody who
// may look at their processes.
//
// A person who needs more variables lists them in GTIDOPS_CHILD_ENV, separated by blanks.
//
// Thread-safety: as getenv(3). Errors: none.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gtidops {

// "NAME=value" of each variable that is passed on, then those of `added`, which take precedence.
std::vector<std::string> child_environment(
    const std::vector<std::pair<std::string, std::string>>& added = {});

// Is a variable of this name passed on without being listed in GTIDOPS_CHILD_ENV?
bool is_passed_on(std::string_view name);

}  // namespace gtidops
