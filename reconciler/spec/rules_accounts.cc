#include "base/nearest.h"
#include "spec/rules.h"
#include "spec/scalars.h"

#include <map>
#include <set>

namespace gtidops {
namespace {

std::string user_path(std::size_t index, std::string_view key) {
  return "spec.users[" + std::to_string(index) + "]." + std::string(key);
}
std::string role_path(std::size_t index, std::string_view key) {
  return "spec.roles[" + std::to_string(index) + "]." + std::string(key);
}

bool is_mysqls_own(const std::string& name) {
  return name == "mysql.sys" || name == "mysql.session" || name == "mysql.infoschema";
}

// The names of all accounts that gtidops logs in with.
std::set<std::string> admins(const Spec& spec) {
  std::set<std::string> names{*spec.admin.user};
  for (const ServerSpec& server : spec.servers)
    if (server.admin) names.insert(*server.admin->user);
  return names;
}

}  // namespace

void replicas_have_a_user(const Spec& spec, Errors& errors) {
  if (spec.servers.size() < 2 || spec.replication.user) return;
  if (errors.any_below("spec.replication.user")) return;
  errors.add_at_key(
      "spec.replication.user",
      "is missing: with more than one server, the replicas need an account to connect with");
}

void accounts_are_distinct(const Spec& spec, Errors& errors) {
  std::map<std::pair<std::string, std::string>, Position> seen;
  for (std::size_t i = 0; i < spec.users.size(); ++i) {
    const UserSpec& user = spec.users[i];
    if (!user.name.declared || !user.host.declared) continue;
    const auto [first, is_new] = seen.try_emplace({*user.name, lower(*user.host)}, user.name.at);
    if (!is_new)
      errors.add_at_value(
          user_path(i, "name"),
          "the same account stands in line " + std::to_string(first->second.line) + " already");
  }
  // A role is an account too, with the host '%'.
  for (std::size_t i = 0; i < spec.roles.size(); ++i) {
    const RoleSpec& role = spec.roles[i];
    if (!role.name.declared) continue;
    const auto [first, is_new] = seen.try_emplace({*role.name, "%"}, role.name.at);
    if (!is_new)
      errors.add_at_value(role_path(i, "name"),
                          "the account " + show(*role.name + "@%") + " stands in line " +
                              std::to_string(first->second.line) + " already");
  }
}

void own_accounts_are_not_declared(const Spec& spec, Errors& errors) {
  const std::set<std::string> admin_names = admins(spec);
  const auto whose = [&](const std::string& name) -> std::string {
    if (is_mysqls_own(name)) return "is an account of MySQL itself";
    if (admin_names.contains(name)) return "is the account that gtidops logs in with (admin.user)";
    return {};
  };
  const bool replicates = spec.replication.user && spec.replication.user->name.declared;
  const std::string replication = replicates ? *spec.replication.user->name : std::string();
  const std::string of_replication = replicates ? whose(replication) : std::string();
  if (!of_replication.empty())
    errors.add_at_value("spec.replication.user.name",
                        of_replication + "; replication needs an account of its own");
  for (std::size_t i = 0; i < spec.users.size(); ++i) {
    const Field<std::string>& name = spec.users[i].name;
    if (!name.declared) continue;
    std::string problem = whose(*name);
    if (replicates && *name == replication)
      problem = "is the account of replication (replication.user)";
    if (!problem.empty())
      errors.add_at_value(user_path(i, "name"), problem + "; it is not declared here");
  }
}

void roles_exist(const Spec& spec, Errors& errors) {
  std::vector<std::string> names;
  for (const RoleSpec& role : spec.roles) {
    if (!role.name.declared) return;
    names.push_back(*role.name);
  }
  if (errors.any_below("spec.roles")) return;
  const std::set<std::string> known(names.begin(), names.end());
  for (std::size_t i = 0; i < spec.users.size(); ++i) {
    const Field<std::vector<std::string>>& roles = spec.users[i].roles;
    for (std::size_t k = 0; k < roles->size(); ++k) {
      const std::string& role = (*roles)[k];
      if (known.contains(role) || errors.full()) continue;
      errors.add_at_value(
          user_path(i, "roles[" + std::to_string(k) + "]"),
          "there is no role " + show(role) + " in spec.roles" + did_you_mean(role, names));
    }
  }
}

}  // namespace gtidops
