#include "mysql/privileges.h"

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "base/nearest.h"

namespace gtidops::mysql {
namespace {

// Reads a quoted name at the beginning of `rest`. A doubled quote in it stands for the quote.
std::optional<std::string> take_name(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  if (rest.front() == '*') {
    rest.remove_prefix(1);
    return "*";
  }
  const char quote = rest.front();
  if (quote != '`' && quote != '"') return std::nullopt;
  std::string name;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] != quote) {
      name += rest[i];
    } else if (i + 1 < rest.size() && rest[i + 1] == quote) {
      name += rest[i++];
    } else {
      rest.remove_prefix(i + 1);
      return name;
    }
  }
  return std::nullopt;
}

// "SELECT, INSERT (`a`, `b`), CREATE USER": privileges on single columns are left out, because they
// are not enough for anything.
std::set<std::string> split_privileges(std::string_view list) {
  std::set<std::string> names;
  std::string name;
  int depth = 0;
  bool columns = false;
  const auto finish = [&] {
    while (!name.empty() && name.back() == ' ') name.pop_back();
    if (!name.empty() && !columns) names.insert(upper(name));
    name.clear();
    columns = false;
  };
  for (const char c : list) {
    if (c == '(') ++depth, columns = true;
    if (depth == 0 && c == ',')
      finish();
    else if (depth == 0 && (c != ' ' || !name.empty()))
      name += c;
    if (c == ')') --depth;
  }
  finish();
  return names;
}

struct Line {
  std::set<std::string> privileges;
  std::string schema, table;
  bool grant_option = false;
};

// "GRANT a, b ON `s`.`t` TO ...": nullopt for anything else, such as a granted role.
std::optional<Line> parse_line(std::string_view text, std::string_view verb) {
  if (text.substr(0, verb.size()) != verb) return std::nullopt;
  const std::size_t on = text.find(" ON ");
  if (on == std::string_view::npos) return std::nullopt;
  Line line;
  line.privileges = split_privileges(text.substr(verb.size(), on - verb.size()));
  std::string_view rest = text.substr(on + 4);
  const auto schema = take_name(rest);
  if (!schema || rest.empty() || rest.front() != '.') return std::nullopt;
  rest.remove_prefix(1);
  const auto table = take_name(rest);
  if (!table) return std::nullopt;
  line.schema = *schema;
  line.table = *table;
  line.grant_option = rest.find(" WITH GRANT OPTION") != std::string_view::npos;
  return line;
}

struct Need {
  std::string_view privilege, schema, table;  // schema empty: global
};

// The privileges that the statements need, and SHOW DATABASES and SHOW VIEW: these two read no
// data, and show whether a server is empty.
constexpr std::array<Need, 20> kNeeds{{
    {"SYSTEM_VARIABLES_ADMIN", "", ""},
    {"PERSIST_RO_VARIABLES_ADMIN", "", ""},
    {"REPLICATION_SLAVE_ADMIN", "", ""},
    {"REPLICATION CLIENT", "", ""},
    {"REPLICATION SLAVE", "", ""},
    {"GRANT OPTION", "", ""},
    {"CREATE USER", "", ""},
    {"RELOAD", "", ""},   // RESET REPLICA
    {"PROCESS", "", ""},  // information_schema.innodb_trx
    {"CONNECTION_ADMIN", "", ""},
    {"XA_RECOVER_ADMIN", "", ""},  // a prepared XA transaction can commit in spite of a freeze
    {"SHOW DATABASES", "", ""},
    {"SHOW VIEW", "", ""},
    {"SELECT", "performance_schema", ""},
    {"SELECT", "mysql", "user"},
    {"SELECT", "mysql", "slave_master_info"},  // to put a channel back as it was
    {"CREATE", "gtidops", ""},
    {"SELECT", "gtidops", ""},
    {"INSERT", "gtidops", ""},
    {"UPDATE", "gtidops", ""},
}};

// The manual, "CLONE Statement" and "Cloning Remote Data": CLONE_ADMIN on the recipient,
// BACKUP_ADMIN for the account on the donor; INSTALL PLUGIN writes mysql.plugin.
constexpr std::array<Need, 3> kCopyNeeds{
    {{"BACKUP_ADMIN", "", ""}, {"CLONE_ADMIN", "", ""}, {"INSERT", "mysql", "plugin"}}};

bool meets(const Privileges& privileges, const Need& need) {
  const std::string privilege(need.privilege);
  return need.schema.empty()
             ? privileges.has_global(privilege)
             : privileges.has(privilege, std::string(need.schema), std::string(need.table));
}

std::string printed(const Need& need) {
  const std::string object = need.schema.empty() ? "*.*"
                             : need.table.empty()
                                 ? std::string(need.schema) + ".*"
                                 : std::string(need.schema) + "." + std::string(need.table);
  return std::string(need.privilege) + " ON " + object;
}

// The schema in a grant is a pattern: `_` is any character, `%` any text, and a backslash before
// either makes it literal.
bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '%')
    return matches(pattern.substr(1), name) || (!name.empty() && matches(pattern, name.substr(1)));
  if (name.empty()) return false;
  if (pattern.front() == '\\' && pattern.size() > 1)
    return pattern[1] == name.front() && matches(pattern.substr(2), name.substr(1));
  return (pattern.front() == '_' || pattern.front() == name.front()) &&
         matches(pattern.substr(1), name.substr(1));
}

bool contains(const std::set<std::string>& privileges, const std::string& privilege) {
  return privileges.count(privilege) != 0 || privileges.count("ALL PRIVILEGES") != 0;
}

bool is_system_schema(std::string_view name) {
  return name == "mysql" || name == "sys" || name == "information_schema" ||
         name == "performance_schema";
}

}  // namespace

bool Privileges::has_global(const std::string& privilege) const {
  if (privilege == "GRANT OPTION") return grant_option;
  // ALL PRIVILEGES on *.* includes the dynamic privileges; SUPER includes most of them, for they
  // were split from it.
  const bool in_super =
      privilege.find('_') != std::string::npos && privilege != "PERSIST_RO_VARIABLES_ADMIN";
  return contains(global, privilege) || (in_super && global.count("SUPER") != 0);
}

bool Privileges::has(const std::string& privilege, const std::string& schema,
                     const std::string& table) const {
  if (has_global(privilege) && restricted.count(schema) == 0) return true;
  for (const auto& [pattern, there] : schemas)
    if (matches(pattern, schema) && contains(there, privilege)) return true;
  const auto found = tables.find(schema + "." + table);
  return found != tables.end() && contains(found->second, privilege);
}

bool Privileges::sees_all_schemas() const {
  // Any one of these on *.* makes every table visible, even one that permits more than is needed.
  constexpr std::array<const char*, 12> kVisible{
      "SELECT", "INSERT", "UPDATE",      "DELETE",  "CREATE",    "DROP",
      "ALTER",  "INDEX",  "CREATE VIEW", "TRIGGER", "SHOW VIEW", "REFERENCES"};
  if (!has_global("SHOW DATABASES")) return false;
  for (const std::string& schema : restricted)
    if (!is_system_schema(schema)) return false;
  for (const char* privilege : kVisible)
    if (has_global(privilege)) return true;
  return false;
}

Privileges parse_grants(const std::vector<std::string>& lines) {
  Privileges all;
  for (const std::string& text : lines) {
    if (const auto revoked = parse_line(text, "REVOKE ")) all.restricted.insert(revoked->schema);
    const auto line = parse_line(text, "GRANT ");
    if (!line) continue;
    if (line->schema == "*") {
      all.global.insert(line->privileges.begin(), line->privileges.end());
      // Only of the static privileges: WITH GRANT OPTION on a line of dynamic privileges covers
      // only those.
      const bool is_static =
          line->privileges.empty() || line->privileges.begin()->find('_') == std::string::npos;
      all.grant_option = all.grant_option || (line->grant_option && is_static);
    } else if (line->table == "*") {
      all.schemas[line->schema].insert(line->privileges.begin(), line->privileges.end());
    } else {
      all.tables[line->schema + "." + line->table].insert(line->privileges.begin(),
                                                          line->privileges.end());
    }
  }
  return all;
}

namespace {

std::vector<std::string> missing_of(std::span<const Need> needs, const Privileges& privileges) {
  std::vector<std::string> missing;
  for (const Need& need : needs)
    if (!meets(privileges, need)) missing.push_back(printed(need));
  return missing;
}

}  // namespace

std::vector<std::string> missing_privileges(const Privileges& privileges) {
  return missing_of(kNeeds, privileges);
}

std::vector<std::string> missing_copy_privileges(const Privileges& privileges) {
  return missing_of(kCopyNeeds, privileges);
}

}  // namespace gtidops::mysql
