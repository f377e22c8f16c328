#include "spec/grants.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/nearest.h"
#include "spec/wording.h"

namespace gtidops {
namespace {

enum class Reach { kAnywhere, kNotTables, kGlobal };  // where a privilege can be granted

struct Privilege {
  std::string_view name;
  Reach reach;
};

constexpr std::array<Privilege, 32> kStatic{{
    {"ALL", Reach::kAnywhere},
    {"ALTER", Reach::kAnywhere},
    {"ALTER ROUTINE", Reach::kNotTables},
    {"CREATE", Reach::kAnywhere},
    {"CREATE ROLE", Reach::kGlobal},
    {"CREATE ROUTINE", Reach::kNotTables},
    {"CREATE TABLESPACE", Reach::kGlobal},
    {"CREATE TEMPORARY TABLES", Reach::kNotTables},
    {"CREATE USER", Reach::kGlobal},
    {"CREATE VIEW", Reach::kAnywhere},
    {"DELETE", Reach::kAnywhere},
    {"DROP", Reach::kAnywhere},
    {"DROP ROLE", Reach::kGlobal},
    {"EVENT", Reach::kNotTables},
    {"EXECUTE", Reach::kNotTables},
    {"FILE", Reach::kGlobal},
    {"GRANT OPTION", Reach::kAnywhere},
    {"INDEX", Reach::kAnywhere},
    {"INSERT", Reach::kAnywhere},
    {"LOCK TABLES", Reach::kNotTables},
    {"PROCESS", Reach::kGlobal},
    {"REFERENCES", Reach::kAnywhere},
    {"RELOAD", Reach::kGlobal},
    {"REPLICATION CLIENT", Reach::kGlobal},
    {"REPLICATION SLAVE", Reach::kGlobal},
    {"SELECT", Reach::kAnywhere},
    {"SHOW DATABASES", Reach::kGlobal},
    {"SHOW VIEW", Reach::kAnywhere},
    {"SHUTDOWN", Reach::kGlobal},
    {"SUPER", Reach::kGlobal},
    {"TRIGGER", Reach::kAnywhere},
    {"UPDATE", Reach::kAnywhere},
}};

// Dynamic privileges are all global.
constexpr std::array kDynamic{
    std::string_view("ALLOW_NONEXISTENT_DEFINER"),
    std::string_view("APPLICATION_PASSWORD_ADMIN"),
    std::string_view("AUDIT_ABORT_EXEMPT"),
    std::string_view("AUDIT_ADMIN"),
    std::string_view("AUTHENTICATION_POLICY_ADMIN"),
    std::string_view("BACKUP_ADMIN"),
    std::string_view("BINLOG_ADMIN"),
    std::string_view("BINLOG_ENCRYPTION_ADMIN"),
    std::string_view("CLONE_ADMIN"),
    std::string_view("CONNECTION_ADMIN"),
    std::string_view("CREATE_SPATIAL_REFERENCE_SYSTEM"),
    std::string_view("ENCRYPTION_KEY_ADMIN"),
    std::string_view("FIREWALL_ADMIN"),
    std::string_view("FIREWALL_EXEMPT"),
    std::string_view("FIREWALL_USER"),
    std::string_view("FLUSH_OPTIMIZER_COSTS"),
    std::string_view("FLUSH_PRIVILEGES"),
    std::string_view("FLUSH_STATUS"),
    std::string_view("FLUSH_TABLES"),
    std::string_view("FLUSH_USER_RESOURCES"),
    std::string_view("GROUP_REPLICATION_ADMIN"),
    std::string_view("GROUP_REPLICATION_STREAM"),
    std::string_view("INNODB_REDO_LOG_ARCHIVE"),
    std::string_view("INNODB_REDO_LOG_ENABLE"),
    std::string_view("MASKING_DICTIONARIES_ADMIN"),
    std::string_view("NDB_STORED_USER"),
    std::string_view("OPTIMIZE_LOCAL_TABLE"),
    std::string_view("PASSWORDLESS_USER_ADMIN"),
    std::string_view("PERSIST_RO_VARIABLES_ADMIN"),
    std::string_view("REPLICATION_APPLIER"),
    std::string_view("REPLICATION_SLAVE_ADMIN"),
    std::string_view("RESOURCE_GROUP_ADMIN"),
    std::string_view("RESOURCE_GROUP_USER"),
    std::string_view("ROLE_ADMIN"),
    std::string_view("SENSITIVE_VARIABLES_OBSERVER"),
    std::string_view("SERVICE_CONNECTION_ADMIN"),
    std::string_view("SESSION_VARIABLES_ADMIN"),
    std::string_view("SET_ANY_DEFINER"),
    std::string_view("SET_USER_ID"),
    std::string_view("SHOW_ROUTINE"),
    std::string_view("SKIP_QUERY_REWRITE"),
    std::string_view("SYSTEM_USER"),
    std::string_view("SYSTEM_VARIABLES_ADMIN"),
    std::string_view("TABLE_ENCRYPTION_ADMIN"),
    std::string_view("TELEMETRY_LOG_ADMIN"),
    std::string_view("TP_CONNECTION_ADMIN"),
    std::string_view("TRANSACTION_GTID_TAG"),
    std::string_view("VERSION_TOKEN_ADMIN"),
    std::string_view("XA_RECOVER_ADMIN"),
};

bool is_bare(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         c == '$' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
}

// Takes one name, in backquotes or bare, off the front of `text`; nullopt when there is none. A
// bare name may also contain the characters of `more_bare`.
std::optional<std::string> take_name(std::string_view& text, std::string_view more_bare) {
  if (text.empty()) return std::nullopt;
  if (text.front() != '`') {
    const auto* const end = std::find_if(text.begin(), text.end(), [more_bare](char c) {
      return !is_bare(c) && more_bare.find(c) == std::string_view::npos;
    });
    const std::string name(text.begin(), end);
    text.remove_prefix(name.size());
    return name.empty() ? std::nullopt : std::optional(name);
  }
  std::string name;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '`' && text.substr(i + 1, 1) != "`") {
      text.remove_prefix(i + 1);
      return name.empty() ? std::nullopt : std::optional(name);
    }
    if (text[i] == '`') ++i;
    name += text[i];
  }
  return std::nullopt;
}

// The name bare where all its characters allow that, else in backquotes.
std::string normal(const std::string& name, std::string_view more_bare) {
  const bool bare = std::all_of(name.begin(), name.end(), [more_bare](char c) {
    return is_bare(c) || more_bare.find(c) != std::string_view::npos;
  });
  if (bare) return name;
  std::string out = "`";
  for (const char c : name) out += c == '`' ? std::string("``") : std::string(1, c);
  return out + "`";
}

const Privilege* find_static(std::string_view name) {
  const auto* const found = std::find_if(kStatic.begin(), kStatic.end(),
                                         [name](const Privilege& p) { return p.name == name; });
  return found == kStatic.end() ? nullptr : found;
}

bool is_dynamic(std::string_view name) {
  return std::find(kDynamic.begin(), kDynamic.end(), name) != kDynamic.end();
}

// Do the two words differ in one place only, and there by at most two characters?
bool is_slip(std::string_view word, std::string_view known) {
  const std::size_t shorter = std::min(word.size(), known.size());
  const std::size_t longer = std::max(word.size(), known.size());
  std::size_t front = 0;
  while (front < shorter && word[front] == known[front]) ++front;
  std::size_t back = 0;
  while (back < shorter - front && word[word.size() - 1 - back] == known[known.size() - 1 - back])
    ++back;
  return longer - front - back <= 2;
}

bool looks_dynamic(std::string_view name) {
  const bool letters = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return letters && name.find('_') != std::string_view::npos;
}

std::string unknown_privilege(std::string_view text, const std::vector<std::string>& known) {
  if (text.find('(') != std::string_view::npos)
    return show(text) + ": privileges on single columns are not supported";
  if (text == "PROXY") return "PROXY is not supported";
  return show(text) + " is no privilege of MySQL" + did_you_mean(text, known);
}

std::string_view level_name(GrantLevel level) {
  return level == GrantLevel::kTable ? "a table" : "a database";
}

}  // namespace

Result<GrantObject> parse_grant_object(std::string_view text) {
  constexpr std::string_view kDatabaseChars = "%\\";
  if (text == "*.*") return GrantObject{GrantLevel::kGlobal, "*.*"};
  const std::string written(text);
  const auto wrong = [&written](const std::string& why) {
    return fail(ErrorCode::kInvalid, show(written) + " is no object of a grant: " + why);
  };
  const std::string_view first_word = text.substr(0, text.find(' '));
  if (first_word == "PROCEDURE" || first_word == "FUNCTION" || first_word == "TABLE")
    return wrong("write *.*, database.* or database.table; single routines are not supported");
  const auto database = take_name(text, kDatabaseChars);
  if (!database) return wrong("write *.*, database.* or database.table");
  if (text.empty()) return wrong("write " + show(written + ".*") + " for the whole database");
  if (text.front() != '.') return wrong("expected '.' after the database");
  text.remove_prefix(1);
  const std::string prefix = normal(*database, kDatabaseChars) + ".";
  if (text == "*") return GrantObject{GrantLevel::kDatabase, prefix + "*"};
  const auto table = take_name(text, "");
  if (!table || !text.empty()) return wrong("expected a table's name or * after the '.'");
  return GrantObject{GrantLevel::kTable, prefix + normal(*table, "")};
}

Result<std::string> parse_privilege(std::string_view text, GrantLevel level) {
  if (text == "USAGE") return std::string(text);  // grants nothing, valid at every level
  const std::string_view name = text == "ALL PRIVILEGES" ? "ALL" : text;
  const Privilege* known = find_static(name);
  if (known == nullptr && !is_dynamic(name)) {
    std::vector<std::string> names(kDynamic.begin(), kDynamic.end());
    for (const Privilege& privilege : kStatic) names.emplace_back(privilege.name);
    const auto meant = nearest(name, names);
    const bool slip = meant && is_slip(name, *meant);
    if (!looks_dynamic(name) || slip)
      return fail(ErrorCode::kInvalid, unknown_privilege(text, names));
  }
  const Reach reach = known == nullptr ? Reach::kGlobal : known->reach;
  const bool fits = level == GrantLevel::kGlobal || reach == Reach::kAnywhere ||
                    (reach == Reach::kNotTables && level == GrantLevel::kDatabase);
  if (fits) return std::string(name);
  return fail(ErrorCode::kInvalid,
              std::string(name) + " cannot be granted on " + std::string(level_name(level)) +
                  (reach == Reach::kGlobal ? "; only on *.*" : "; only on *.* or database.*"));
}

}  // namespace gtidops
