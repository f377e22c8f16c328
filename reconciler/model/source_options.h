// The options of CHANGE REPLICATION SOURCE TO that a topology file may declare (manual, "CHANGE
// REPLICATION SOURCE TO Statement"), and where the server shows what is set.
//
// Thread-safety: constant data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gtidops {

struct SourceOption {
  enum class Type { kInteger, kBoolean, kDecimal, kString, kWord };
  std::string_view name;  // "SOURCE_CONNECT_RETRY"
  Type type;
  std::string_view
      status_column;  // the column of SHOW REPLICA STATUS that shows it; empty: none does
  // Not to be declared in `options`: gtidops sets it from another key, named here.
  std::string_view managed_by;
};

// nullptr when MySQL has no such option. `name` in any case.
const SourceOption* find_source_option(std::string_view name);
// Does this column of SHOW REPLICA STATUS show any of them?
bool shows_source_option(std::string_view status_column);
// All names that may be declared, for "did you mean".
std::vector<std::string> declarable_source_options();

}  // namespace gtidops
