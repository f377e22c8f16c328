// records: the entries that a pass adds to the history.
#pragma once

#include <optional>
#include <string>

#include "reconcile.h"
#include "report/history.h"

namespace gtidops {

// The record of a pass, with one line for each step: "set_super_read_only db2: done".
PassRecord record_of(const Pass& pass, bool acted, const std::string& result,
                     const std::string& trigger, const std::string& error);
// nullopt: the pass changed no roles.
std::optional<PrimaryChangeRecord> primary_change_of(const Pass& pass);

}  // namespace gtidops
