#include "model/actions/provision.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/actions/closed_server.h"
#include "model/actions/read_only.h"

namespace gtidops {
namespace {

std::string account(const std::string& host) { return quote_account(kCopyUser, host); }

template <class Judge>
Check check_accounts(const Observation& seen, const std::string& server, Judge judge) {
  return check_details(seen, server, [&](const ServerState&, const Details& details) {
    if (!details.copy_accounts)
      return Check::unknown(fmt::format("the accounts of {} cannot be read", server));
    return judge(*details.copy_accounts);
  });
}

}  // namespace

Check holds_no_schemas(const Observation& seen, const std::string& server) {
  return check_details(seen, server, [&](const ServerState&, const Details& details) {
    if (!details.schemas)
      return Check::unknown(fmt::format("the schemas of {} cannot be read", server));
    if (details.schemas->empty()) return Check::holds();
    return Check::does_not(
        fmt::format("{} holds the schema {}", server, details.schemas->front().name));
  });
}

std::string LoadClone::describe() const {
  return fmt::format("load the clone plugin{}", and_super_read_only_off(lift_super_read_only));
}

Check LoadClone::precondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState& state, const Details& details) {
    return may_write_there(state, details, server, lift_super_read_only);
  });
}

Check LoadClone::postcondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState& state, const Details& details) {
    if (!details.clone_plugin)
      return Check::does_not(fmt::format("the clone plugin is not loaded on {}", server));
    return is_closed_again(state, server, lift_super_read_only);
  });
}

std::vector<Statement> LoadClone::statements(const Version& /*version*/) const {
  return with_super_read_only_off(server, lift_super_read_only,
                                  {install_plugin(server, "clone", "mysql_clone.so")});
}

std::vector<Statement> LoadClone::put_back() const {
  return put_back_super_read_only(server, lift_super_read_only);
}

std::string CreateCopyAccount::describe() const {
  return fmt::format("create {} with BACKUP_ADMIN alone, for the time of the copy", account(host));
}

Check CreateCopyAccount::precondition(const Observation& seen) const {
  return open_primary(seen, server);
}

Check CreateCopyAccount::postcondition(const Observation& seen) const {
  return check_accounts(seen, server, [&](const std::vector<std::string>& hosts) {
    if (std::find(hosts.begin(), hosts.end(), host) != hosts.end()) return Check::holds();
    return Check::does_not(fmt::format("{} does not exist", account(host)));
  });
}

std::vector<Statement> CreateCopyAccount::statements(const Version& /*version*/) const {
  return {sql(server, fmt::format("DROP USER IF EXISTS {}", account(host))),
          {server,
           {fmt::format("CREATE USER {} IDENTIFIED BY ", account(host)), password,
            fmt::format(" COMMENT {}", quote_string(kCopyComment))},
           {}},
          sql(server, fmt::format("GRANT BACKUP_ADMIN ON *.* TO {}", account(host)))};
}

std::string DropCopyAccount::describe() const {
  return fmt::format("drop {}: no copy is under way", kCopyUser);
}

Check DropCopyAccount::precondition(const Observation& seen) const {
  return open_primary(seen, server);
}

Check DropCopyAccount::postcondition(const Observation& seen) const {
  return check_accounts(seen, server, [&](const std::vector<std::string>& there) {
    if (there.empty()) return Check::holds();
    return Check::does_not(fmt::format("{} still exists", account(there.front())));
  });
}

std::vector<Statement> DropCopyAccount::statements(const Version& /*version*/) const {
  std::vector<Statement> list;
  list.reserve(hosts.size());
  for (const std::string& host : hosts)
    list.push_back(sql(server, fmt::format("DROP USER IF EXISTS {}", account(host))));
  return list;
}

std::string StartCopy::describe() const {
  return fmt::format("copy {} into it by CLONE; it restarts at the end", donor);
}

Check StartCopy::precondition(const Observation& seen) const {
  const Check empty = holds_no_schemas(seen, server);
  if (!empty) return empty;
  if (seen.state(donor) == nullptr) return Check::unknown(fmt::format("{} cannot be read", donor));
  return check_details(seen, server, [&](const ServerState& state, const Details& details) {
    if (state.server_uuid != server_uuid)
      return Check::does_not(fmt::format("{} is another server by now", server));
    if (!state.fenced()) return Check::does_not(fmt::format("{} is not super_read_only", server));
    // It restarts by itself, and nobody may find it writable then.
    if (!boots_read_only(details))
      return Check::does_not(fmt::format("{} would not boot read-only", server));
    if (!state.channels.empty())
      return Check::does_not(fmt::format("{} has a replication channel", server));
    if (details.clone && details.clone->runs())
      return Check::does_not(fmt::format("another copy into {} is under way", server));
    return Check::holds();
  });
}

Check StartCopy::postcondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState&, const Details& details) {
    if (!details.clone)
      return Check::unknown(fmt::format("whether a copy into {} runs cannot be read", server));
    const CloneStatus& clone = *details.clone;
    if (clone.state == CloneStatus::State::kNone || clone.began == before)
      return Check::does_not(fmt::format("no copy into {} has begun", server));
    if (clone.state == CloneStatus::State::kFailed)
      return Check::does_not(fmt::format("the copy failed: {}", clone.error));
    return Check::holds();
  });
}

std::vector<Statement> StartCopy::statements(const Version& /*version*/) const {
  const std::string from = fmt::format("{}:{}", donor_host, donor_port);
  return {
      sql(server, fmt::format("SET GLOBAL clone_valid_donor_list = {}", quote_string(from))),
      {server,
       {fmt::format("CLONE INSTANCE FROM {}:{} IDENTIFIED BY ", account(donor_host), donor_port),
        password, std::string(tls ? " REQUIRE SSL" : " REQUIRE NO SSL")},
       {}}};
}

}  // namespace gtidops
