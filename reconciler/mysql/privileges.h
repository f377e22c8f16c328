// Privileges: what an account may do, read from its SHOW GRANTS; and what of that gtidops needs.
//
// Thread-safety: plain values, pure functions. Errors: none; a line that is not understood grants
// nothing.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace gtidops::mysql {

struct Privileges {
  std::set<std::string>
      global;  // upper case; dynamic ones too; "ALL PRIVILEGES" as the server writes it
  bool grant_option = false;  // on *.*
  // On a whole schema, by its name as the grant writes it (a pattern), and on single tables
  // ("mysql.user").
  std::map<std::string, std::set<std::string>> schemas, tables;
  std::set<std::string>
      restricted;  // schemas for which something global was revoked again (partial_revokes)

  [[nodiscard]] bool has_global(const std::string& privilege) const;
  // The privilege is held globally, on the schema, or (when `table` is not empty) on the table.
  [[nodiscard]] bool has(const std::string& privilege, const std::string& schema,
                         const std::string& table = {}) const;
  // Does information_schema show every schema, and every table in them, to this account? If not, a
  // server that looks empty may be full.
  [[nodiscard]] bool sees_all_schemas() const;
};

Privileges parse_grants(const std::vector<std::string>& lines);

// The privileges that gtidops needs and the account lacks, as in a GRANT: "CREATE USER ON *.*".
std::vector<std::string> missing_privileges(const Privileges& privileges);
// The same for copies by CLONE, which the other actions do without.
std::vector<std::string> missing_copy_privileges(const Privileges& privileges);

}  // namespace gtidops::mysql
