#include "mysql/heartbeat_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace gtidops::mysql {
namespace {

// How information_schema of 9.7.4 shows what kCreateTable (model/actions/proof.cc) makes.
struct Part {
  std::string_view name, definition;
};
constexpr std::array<Part, 5> kParts{{{"table", "BASE TABLE InnoDB"},
                                      {"topology", "varchar(63) utf8mb4_bin NOT NULL PRI"},
                                      {"server_uuid", "char(36) ascii_general_ci NOT NULL"},
                                      {"beat", "bigint unsigned NOT NULL"},
                                      {"written_at", "timestamp(6) NOT NULL"}}};

std::string named(std::string_view name) {
  return name == "table" ? std::string("it") : fmt::format("its column {}", name);
}

}  // namespace

// A column's default is not compared: with explicit_defaults_for_timestamp = OFF MySQL adds one.
std::string heartbeat_table_query() {
  return "SELECT 'table', CONCAT_WS(' ', TABLE_TYPE, ENGINE) FROM information_schema.TABLES WHERE "
         "TABLE_SCHEMA = 'gtidops' AND TABLE_NAME = 'heartbeat' UNION ALL SELECT COLUMN_NAME, "
         "CONCAT_WS(' ', COLUMN_TYPE, COLLATION_NAME, IF(IS_NULLABLE = 'NO', 'NOT NULL', 'NULL'), "
         "NULLIF(COLUMN_KEY, ''), IF(GENERATION_EXPRESSION = '', NULL, 'GENERATED')) FROM "
         "information_schema.COLUMNS WHERE "
         "TABLE_SCHEMA = 'gtidops' AND TABLE_NAME = 'heartbeat' UNION ALL SELECT CONCAT('trigger "
         "', "
         "TRIGGER_NAME), '' FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = 'gtidops' "
         "AND EVENT_OBJECT_TABLE = 'heartbeat'";
}

Result<std::optional<std::string>> heartbeat_table_trouble(const ResultSet& set) {
  std::optional<std::string> trouble;
  std::vector<std::string_view> found;
  const auto say = [&](std::string what) {
    if (!trouble) trouble = std::move(what);
  };
  for (const Row& row : set.rows) {
    if (row.size() != 2 || !row[0] || !row[1])
      return fail(ErrorCode::kFailed, "how gtidops.heartbeat is made is not said");
    const std::string& name = *row[0];
    const auto* const part = std::find_if(kParts.begin(), kParts.end(),
                                          [&](const Part& one) { return one.name == name; });
    if (part == kParts.end())
      say(name.rfind("trigger ", 0) == 0 ? fmt::format("it has the {}", name)
                                         : fmt::format("it has a column {} of its own", name));
    else if (*row[1] != part->definition)
      say(fmt::format("{} is {}, not {}", named(name), *row[1], part->definition));
    if (part != kParts.end()) found.push_back(part->name);
  }
  if (found.empty()) return std::optional<std::string>{};
  for (const Part& part : kParts)
    if (std::find(found.begin(), found.end(), part.name) == found.end())
      say(fmt::format("it lacks the column {}", part.name));
  return trouble;
}

}  // namespace gtidops::mysql
