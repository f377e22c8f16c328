// What tests of histories have in common: rows that are written and arrive, and what a plan
// refuses.
//
// Thread-safety: one thread. Errors: what the servers say fails the test.
#pragma once

#include <string>

#include "e2e/support/switching.h"

namespace gtidops::testing {

// In d.t, which is made where it is not there.
void write_rows(Topology& topology, const std::string& server, int rows);
// Does everybody hold what `from` holds, within some seconds?
bool arrives(Topology& topology, const std::string& from, const Names& everybody);
// Deletes all binary logs of this server but a new, empty one, within some seconds. PURGE BINARY
// LOGS silently keeps a file that a dump thread still reads, and those after it (MySQL manual,
// PURGE BINARY LOGS).
void purge_logs(Topology& topology, const std::string& server);
// "db2:filtered-once", from the plan as JSON.
bool refuses(const Ran& ran, const std::string& rule);

// As gtidops leaves it when it dies between the note that the switch from db1 to db2 is committed
// and the opening of db2: db1 is super_read_only.
void leave_committed(Topology& topology);

}  // namespace gtidops::testing
