// heartbeat_table_trouble: is gtidops.heartbeat as gtidops makes it? Somebody may have made it
// otherwise, altered it, put a view in its place or a trigger on it; then it is not written into.
//
// Thread-safety: pure functions. Errors: a reply that is not understood.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "mysql/client_library.h"

namespace gtidops::mysql {

std::string heartbeat_table_query();

// What is wrong with the table; nullopt: nothing, or there is no such table. Triggers are seen only
// with the TRIGGER privilege.
Result<std::optional<std::string>> heartbeat_table_trouble(const ResultSet& set);

}  // namespace gtidops::mysql
