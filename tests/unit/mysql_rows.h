// Rows as a server returns them, for tests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mysql/client_library.h"

namespace gtidops::mysql {

using Columns = std::map<std::string, std::optional<std::string>>;

inline ResultSet set_of(const std::vector<Columns>& rows) {
  ResultSet set;
  if (rows.empty()) return set;
  for (const auto& [name, value] : rows.front()) set.columns.push_back(name);
  for (const Columns& row : rows) {
    Row& values = set.rows.emplace_back();
    for (const auto& [name, value] : row) values.push_back(value);
  }
  return set;
}

inline ResultSet rows_of(std::vector<Row> rows) { return {{}, std::move(rows)}; }

// One row of SHOW REPLICA STATUS of MySQL 9.7, as far as it is read.
inline Columns replica_status() {
  return {{"Channel_Name", ""},
          {"Source_Host", "10.0.0.1"},
          {"Source_Port", "3306"},
          {"Source_User", "repl"},
          {"Source_UUID", "2052ED60-E6B1-11F1-8122-02FC00000001"},
          {"Replica_IO_Running", "Yes"},
          {"Replica_SQL_Running", "Yes"},
          {"Last_IO_Errno", "0"},
          {"Last_IO_Error", ""},
          {"Last_SQL_Errno", "0"},
          {"Last_SQL_Error", ""},
          {"Auto_Position", "1"},
          {"Retrieved_Gtid_Set", ""},
          {"Seconds_Behind_Source", "0"},
          {"SQL_Delay", "0"},
          {"Connect_Retry", "60"},
          {"Replicate_Do_DB", ""},
          {"Replicate_Wild_Ignore_Table", ""},
          {"Replicate_Ignore_Server_Ids", ""}};
}

// The second result of state_query().
inline ResultSet identity() {
  return rows_of({{"9.7.4-2", "2052ed60-e6b1-11f1-8122-02fc00000001", "7", "db-host", "3306",
                   "/var/lib/mysql/", "ON", "ON", "1", "1", "1", "0", "", "",
                   "2052ed60-e6b1-11f1-8122-02fc00000001:1-12"}});
}

}  // namespace gtidops::mysql
