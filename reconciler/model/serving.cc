#include "model/serving.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include "model/open_transaction.h"

namespace gtidops {
namespace {

using Weight = Hindrance::Weight;

std::string value(const Details& details, const std::string& name) {
  const auto found = details.variables.find(name);
  return found == details.variables.end() ? std::string() : found->second;
}

bool is_on(const Details& details, const std::string& name) {
  const std::string text = value(details, name);
  return text == "ON" || text == "1";
}

std::optional<std::int64_t> number(const Details& details, const std::string& name) {
  const std::string text = value(details, name);
  std::int64_t parsed = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (text.empty() || error != std::errc{} || rest != text.data() + text.size())
    return std::nullopt;
  return parsed;
}

// mandatory_roles: names separated by commas, each with or without a host.
std::set<std::string> roles_in(const std::string& list) {
  std::set<std::string> roles;
  std::size_t at = 0;
  while (at <= list.size()) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    std::string role;
    for (const char c : list.substr(at, end - at))
      if (c != ' ' && c != '`' && c != '\'' && c != '"') role += c;
    if (role.size() > 2 && role.compare(role.size() - 2, 2, "@%") == 0)
      role.resize(role.size() - 2);
    if (!role.empty()) roles.insert(role);
    at = end + 1;
  }
  return roles;
}

struct Comparison {
  const Details& to;
  const Details& from;
  const std::string& from_name;
  std::vector<Hindrance> found;

  void add(Weight weight, const std::string& rule, const std::string& why,
           const std::string& hint) {
    found.push_back({weight, rule, why, hint});
  }
};

void judge_login(Comparison& all) {
  if (is_on(all.to, "offline_mode"))
    all.add(Weight::kUseless, "candidate-offline",
            "offline_mode is ON, so that it lets in neither clients nor replicas",
            "SET GLOBAL offline_mode = OFF, once you know who switched it on");
  if (is_on(all.to, "require_secure_transport") && !is_on(all.from, "require_secure_transport"))
    all.add(Weight::kForbids, "candidate-secure-transport",
            "require_secure_transport is ON there, and OFF on " + all.from_name +
                ": clients and replicas without TLS would be locked out",
            "make it the same on both servers");
  if (!all.to.tls_available && all.from.tls_available)
    all.add(Weight::kForbids, "candidate-without-tls",
            "it offers no TLS, and " + all.from_name +
                " does: clients and replicas that ask for it would be locked out",
            "look at its certificate and at tls_version");
}

// Only clients are counted: they come to the new primary all at once, but the replicas of the old
// one move one by one.
void judge_connections(Comparison& all) {
  const auto most = number(all.to, "max_connections");
  if (!most || !all.to.threads_connected || !all.from.threads_connected) return;
  const std::int64_t used = *all.to.threads_connected;
  const std::int64_t clients =
      std::max<std::int64_t>(0, *all.from.threads_connected - all.from.dump_threads);
  const std::string hint = "raise max_connections there, or end what uses them";
  const std::string limit = std::to_string(*most) + " (max_connections)";
  if (used >= *most)
    all.add(Weight::kForbids, "candidate-connections", "all its connections are taken: " + limit,
            hint);
  else if (*most < clients)
    all.add(Weight::kForbids, "candidate-connections",
            "it takes " + limit + " connections at most, and " + all.from_name + " serves " +
                std::to_string(clients) + " now",
            hint);
  else if (*most - used < clients)
    all.add(Weight::kWarns, "candidate-connections",
            "it has " + std::to_string(*most - used) + " connections left of " + limit + ", and " +
                all.from_name + " serves " + std::to_string(clients) + " now",
            hint);
}

void judge_sessions(Comparison& all) {
  const auto only_there = [&](const std::string& name) {
    return is_on(all.to, name) && !is_on(all.from, name);
  };
  const std::string alike = "make it the same on both servers";
  if (only_there("transaction_read_only"))
    all.add(Weight::kForbids, "candidate-transaction-read-only",
            "transaction_read_only is ON there: new sessions begin read-only transactions",
            "SET GLOBAL transaction_read_only = OFF");
  std::string lacking;
  const std::set<std::string> there = roles_in(value(all.to, "mandatory_roles"));
  for (const std::string& role : roles_in(value(all.from, "mandatory_roles")))
    if (there.count(role) == 0) lacking += (lacking.empty() ? "" : ", ") + role;
  if (!lacking.empty())
    all.add(Weight::kForbids, "candidate-roles",
            "mandatory_roles lacks " + lacking + ", which everybody has on " + all.from_name,
            alike);
  if (is_on(all.from, "activate_all_roles_on_login") &&
      !is_on(all.to, "activate_all_roles_on_login"))
    all.add(Weight::kForbids, "candidate-roles",
            "activate_all_roles_on_login is OFF there, and ON on " + all.from_name +
                ": accounts would lack the privileges of their roles",
            alike);
  if (only_there("skip_name_resolve"))
    all.add(Weight::kWarns, "candidate-differs",
            "skip_name_resolve is ON there: accounts whose host is a name do not match", alike);
  if (only_there("sql_require_primary_key"))
    all.add(Weight::kWarns, "candidate-differs",
            "sql_require_primary_key is ON there: tables without a primary key cannot be created",
            alike);
  const auto here = number(all.from, "max_allowed_packet");
  const auto then = number(all.to, "max_allowed_packet");
  if (here && then && *then < *here)
    all.add(Weight::kWarns, "candidate-differs",
            "max_allowed_packet is " + std::to_string(*then) + " there, and " +
                std::to_string(*here) + " on " + all.from_name + ": larger statements are refused",
            alike);
}

}  // namespace

std::string backup_lock_of(const ServerState& state) {
  if (!state.details || !state.details->backup_locks || state.details->backup_locks->empty())
    return {};
  return first_of(*state.details->backup_locks) +
         (state.details->backup_locks->size() == 1 ? " holds" : " hold") +
         " LOCK INSTANCE FOR BACKUP";
}

std::vector<Hindrance> hindrances(const ServerState& to, const ServerState& from,
                                  const std::string& from_name) {
  if (!to.details || !from.details) return {};
  Comparison all{*to.details, *from.details, from_name, {}};
  judge_login(all);
  judge_connections(all);
  if (const std::string lock = backup_lock_of(to); !lock.empty())
    all.add(Weight::kForbids, "backup-lock",
            lock + ", so STOP REPLICA is refused and it cannot be taken off its source afterwards",
            "wait until the backup is over");
  if (const std::string lock = backup_lock_of(from); !lock.empty())
    all.add(Weight::kWarns, "backup-lock",
            "on " + from_name + " " + lock +
                ": as a replica it waits at the first DDL statement until that is over",
            "wait until the backup is over");
  judge_sessions(all);
  return std::move(all.found);
}

}  // namespace gtidops
