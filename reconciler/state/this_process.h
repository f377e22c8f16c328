// this_process: what others are told of the process that writes a state directory.
//
// Thread-safety: pure functions of the machine. Errors: none.
#pragma once

#include <string>

namespace gtidops {

// The time as all files of the state say it.
std::string print_now();
std::string host_name();
// The kernel's name for the time since the machine was started; empty when it has none.
std::string boot_id();
// "gtidops run (process 123 on host1, since 2026-11-28T21:00:00.000Z)", at most 150 bytes.
// `holder`: the command, for instance "gtidops run".
std::string describe_this_process(const std::string& holder);

}  // namespace gtidops
