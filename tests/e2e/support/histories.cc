#include "e2e/support/histories.h"

namespace gtidops::testing {

using sandbox::sql;

void write_rows(Topology& topology, const std::string& server, int rows) {
  sql(topology[server], "CREATE DATABASE IF NOT EXISTS d");
  sql(topology[server],
      "CREATE TABLE IF NOT EXISTS d.t (id INT AUTO_INCREMENT PRIMARY KEY, a INT)");
  for (int i = 0; i < rows; ++i) sql(topology[server], "INSERT INTO d.t (a) VALUES (1)");
}

bool arrives(Topology& topology, const std::string& from, const Names& everybody) {
  return eventually([&] {
    for (const std::string& name : everybody)
      if (topology.gtid_executed(name) != topology.gtid_executed(from)) return false;
    return true;
  });
}

bool refuses(const Ran& ran, const std::string& rule) {
  return rules_in(plan_in(ran)).find(rule) != std::string::npos;
}

}  // namespace gtidops::testing
