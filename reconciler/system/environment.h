// What a program that gtidops starts sees of gtidops's own environment: the variables of a list,
// and no other. A password that is handed to gtidops as a variable (passwordFrom: {env: X}) would
// else be read by every command of a notification, by ssh-keygen, and in /proc by whoever may see
// those.
//
// A person who needs more names it in GTIDOPS_CHILD_ENV, with blanks between.
//
// Thread-safety: as getenv(3). Errors: none.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gtidops {

// "NAME=value" of each variable that is passed, then those of `added`, which win.
std::vector<std::string> child_environment(
    const std::vector<std::pair<std::string, std::string>>& added = {});

// Is it passed by its name alone?
bool is_passed_on(std::string_view name);

}  // namespace gtidops
