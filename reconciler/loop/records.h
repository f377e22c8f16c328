// records: what is remembered of a pass.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <optional>
#include <string>

#include "reconcile.h"
#include "report/history.h"

namespace gtidops {

// "set_super_read_only db2: done", one for each step that was to be done.
PassRecord record_of(const Pass& pass, bool acted, const std::string& result,
                     const std::string& trigger, const std::string& error);
// nullopt: the pass changed no roles.
std::optional<PrimaryChangeRecord> primary_change_of(const Pass& pass);

}  // namespace gtidops
