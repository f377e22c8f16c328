// The options of CHANGE REPLICATION SOURCE TO that a topology file may declare (manual, "CHANGE
// REPLICATION SOURCE TO Statement"), where the server shows what is set, and which thread must be
// stopped to change it (tried on MySQL 9.7.4 for every option: tests/contract/channel_change_test).
//
// Thread-safety: constant data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gtidops {

struct SourceOption {
  enum class Type { kInteger, kBoolean, kDecimal, kString, kWord, kList, kAccount };
  // The threads that must be stopped. While the other one runs, the relay log is kept; with both
  // stopped the server deletes it, and with it what was received and is not applied.
  enum class Stops { kReceiver, kApplier, kBoth };
  std::string_view name;  // "SOURCE_CONNECT_RETRY"
  Type type;
  Stops stops;
  // Where it shows: a column of SHOW REPLICA STATUS, or, when it has the option's own name, of the
  // query on replication_connection_configuration and replication_applier_configuration
  // (mysql/queries.h). Empty: nothing shows it.
  std::string_view shown_as;
  // Not to be declared in `options`: gtidops sets it from another key, named here.
  std::string_view managed_by;
};

// nullptr when MySQL has no such option. `name` in any case.
const SourceOption* find_source_option(std::string_view name);
// Does this column of SHOW REPLICA STATUS show any of them?
bool shows_source_option(std::string_view status_column);
// Does only the performance schema show it?
bool configured_only(const SourceOption& option);
// All names that may be declared, for "did you mean".
std::vector<std::string> declarable_source_options();

}  // namespace gtidops
