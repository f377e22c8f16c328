// Is gtidops.heartbeat as gtidops makes it? Somebody may have made it otherwise, altered it, put a
// view in its place or a trigger on it; then it is not written into.
//
// Thread-safety: pure functions. Errors: a reply that is not understood.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "mysql/client_library.h"

namespace gtidops::mysql {

std::string heartbeat_table_query();

// What is not as it should be; nullopt: nothing, or there is no such table. A trigger is seen by
// who has the privilege TRIGGER alone.
Result<std::optional<std::string>> heartbeat_table_trouble(const ResultSet& set);

}  // namespace gtidops::mysql
