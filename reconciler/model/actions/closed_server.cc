#include "model/actions/closed_server.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace gtidops {

Check may_write_there(const ServerState& state, const Details& details, const std::string& server,
                      bool lift) {
  if (details.backup_locks && !details.backup_locks->empty())
    return Check::does_not(fmt::format("LOCK INSTANCE FOR BACKUP is held on {}", server));
  if (state.fenced() == lift) return Check::holds();
  return Check::does_not(fmt::format(
      "{} is {}", server, lift ? "not super_read_only any more" : "super_read_only by now"));
}

Check is_closed_again(const ServerState& state, const std::string& server, bool lift) {
  if (!lift || state.fenced()) return Check::holds();
  return Check::does_not(fmt::format("{} is not super_read_only again", server));
}

std::vector<Statement> with_super_read_only_off(const std::string& server, bool lift,
                                                std::vector<Statement> statements) {
  if (!lift) return statements;
  std::vector<Statement> list = {sql(server, "SET GLOBAL super_read_only = OFF")};
  std::move(statements.begin(), statements.end(), std::back_inserter(list));
  list.push_back(sql(server, "SET GLOBAL super_read_only = ON"));
  return list;
}

std::vector<Statement> put_back_super_read_only(const std::string& server, bool lift) {
  if (!lift) return {};
  return {sql(server, "SET GLOBAL super_read_only = ON")};
}

Statement install_plugin(const std::string& server, const std::string& plugin,
                         const std::string& library) {
  constexpr int kPluginIsThere = 1125;  // ER_UDF_EXISTS, which INSTALL PLUGIN uses too
  Statement statement =
      sql(server, fmt::format("INSTALL PLUGIN {} SONAME {}", plugin, quote_string(library)));
  statement.tolerated = {kPluginIsThere};
  return statement;
}

std::string and_super_read_only_off(bool lift) {
  return lift ? ", with super_read_only lifted for that moment" : "";
}

}  // namespace gtidops
