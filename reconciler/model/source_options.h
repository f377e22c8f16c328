// source_options: the options of CHANGE REPLICATION SOURCE TO that a topology file may declare
// (manual, "CHANGE REPLICATION SOURCE TO Statement"), where the server shows their values, and
// which thread must be stopped to change them (tried on MySQL 9.7.4 for every option:
// tests/contract/channel_change_test).
//
// Thread-safety: constant data. Errors: none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gtidops {

struct SourceOption {
  enum class Type { kInteger, kBoolean, kDecimal, kString, kWord, kList, kAccount };
  // The threads that must be stopped for a change. While the other thread runs, the server keeps
  // the relay log. When both are stopped, it deletes the relay log, and with it what was received
  // and is not applied.
  enum class Stops { kReceiver, kApplier, kBoth };
  std::string_view name;  // "SOURCE_CONNECT_RETRY"
  Type type;
  Stops stops;
  // Where the server shows the value: a column of SHOW REPLICA STATUS; or, when this is the
  // option's own name, of the query on replication_connection_configuration and
  // replication_applier_configuration (mysql/queries.h). Empty: nothing shows it.
  std::string_view shown_as;
  // Not to be declared in `options`: gtidops sets it from another key, named here.
  std::string_view managed_by;
};

// nullptr when MySQL has no such option. `name` in any case.
const SourceOption* find_source_option(std::string_view name);
// Does this column of SHOW REPLICA STATUS show an option?
bool shows_source_option(std::string_view status_column);
// Is the performance schema the only place that shows the option?
bool configured_only(const SourceOption& option);
// All names that may be declared, for "did you mean".
std::vector<std::string> declarable_source_options();

}  // namespace gtidops
