#include "spec/names.h"
#include "spec/rules.h"
#include "spec/scalars.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace gtidops {
namespace {

// The index of each server by its name; of two servers with the same name, the first.
std::map<std::string, std::size_t> by_name(const Spec& spec) {
  std::map<std::string, std::size_t> out;
  for (std::size_t i = 0; i < spec.servers.size(); ++i)
    if (spec.servers[i].name.declared) out.try_emplace(*spec.servers[i].name, i);
  return out;
}

// By address: the first server that has it, and the position of that address in the file.
using FirstByAddress = std::map<std::string, std::pair<std::size_t, Position>>;

// Adds an error when an earlier server has the same address: two entries for one server could
// contradict each other.
void keep_distinct(const Field<Address>& address, std::size_t server, std::string_view key,
                   FirstByAddress& seen, Errors& errors) {
  if (!address.declared) return;
  const auto [first, is_new] = seen.try_emplace(canonical(*address), server, address.at);
  if (is_new || first->second.first == server) return;
  errors.add_at_value(server_path(server, key),
                      address->to_string() + " is the address of the server in line " +
                          std::to_string(first->second.second.line) + " already");
}

// Follows the sources from `start` as far as servers that were not walked before. When this way
// comes back to one of its own servers, the cycle is returned, rotated so that its first server in
// the file comes first; else nothing. `walked` is kept between calls, so that each server is
// visited only once.
std::vector<std::size_t> new_cycle(const Spec& spec, std::size_t start,
                                   const std::map<std::string, std::size_t>& names,
                                   std::vector<bool>& walked) {
  std::vector<std::size_t> way;
  std::map<std::size_t, std::size_t> place;  // index in `way` of each server on it
  for (std::size_t at = start; !walked[at];) {
    walked[at] = true;
    place.emplace(at, way.size());
    way.push_back(at);
    const auto next = names.find(spec.source_of(spec.servers[at]));
    if (next == names.end()) return {};
    at = next->second;
    const auto back = place.find(at);
    if (back == place.end()) continue;
    way.erase(way.begin(), way.begin() + static_cast<std::ptrdiff_t>(back->second));
    std::rotate(way.begin(), std::min_element(way.begin(), way.end()), way.end());
    return way;
  }
  return {};
}

}  // namespace

std::string server_path(std::size_t index, std::string_view key) {
  const std::string path = "spec.servers[" + std::to_string(index) + "]";
  return key.empty() ? path : path + "." + std::string(key);
}

bool knows_all_servers(const Spec& spec) {
  if (spec.servers.empty()) return false;  // the empty list has its own error
  for (const ServerSpec& server : spec.servers)
    if (!server.name.declared) return false;
  return true;
}

std::vector<std::string> server_names(const Spec& spec) {
  std::vector<std::string> names;
  for (const ServerSpec& server : spec.servers)
    if (server.name.declared) names.push_back(*server.name);
  return names;
}

std::string no_such_server(const Spec& spec, std::string_view name) {
  return "there is no server " + show(name) + did_you_mean(name, server_names(spec));
}

void server_names_are_distinct(const Spec& spec, Errors& errors) {
  std::map<std::string, Position> seen;
  for (std::size_t i = 0; i < spec.servers.size(); ++i) {
    const Field<std::string>& name = spec.servers[i].name;
    if (!name.declared) continue;
    const auto [first, is_new] = seen.try_emplace(*name, name.at);
    if (!is_new)
      errors.add_at_value(server_path(i, "name"), "the server in line " +
                                                      std::to_string(first->second.line) +
                                                      " is called " + show(*name) + " already");
  }
}

void addresses_are_distinct(const Spec& spec, Errors& errors) {
  FirstByAddress reached;
  FirstByAddress dialled;
  for (std::size_t i = 0; i < spec.servers.size(); ++i) {
    const ServerSpec& server = spec.servers[i];
    keep_distinct(server.address, i, "address", reached, errors);
    if (server.address.declared && !server.replication_address.declared)
      dialled.try_emplace(canonical(*server.address), i, server.address.at);
  }
  for (std::size_t i = 0; i < spec.servers.size(); ++i)
    keep_distinct(spec.servers[i].replication_address, i, "replicationAddress", dialled, errors);
}

void primary_exists(const Spec& spec, Errors& errors) {
  if (!spec.primary.declared || spec.servers.empty() || !knows_all_servers(spec)) return;
  if (spec.server(*spec.primary) == nullptr)
    errors.add_at_value("spec.primary", no_such_server(spec, *spec.primary));
}

void primary_can_be_primary(const Spec& spec, Errors& errors) {
  const std::string why = " is the primary, as spec.primary says: ";
  for (std::size_t i = 0; i < spec.servers.size(); ++i) {
    const ServerSpec& server = spec.servers[i];
    if (!spec.primary.declared || !server.name.declared || *server.name != *spec.primary) continue;
    const std::string subject = *server.name + why;
    if (server.delay->count() > 0)
      errors.add_at_value(server_path(i, "delay"), subject + "it cannot have a delay");
    if (server.source.declared)
      errors.add_at_value(server_path(i, "source"), subject + "it has no source");
    if (*server.promotion == Promotion::kNever)
      errors.add_at_value(server_path(i, "promotion"), subject + "\"never\" contradicts that");
  }
}

void sources_exist(const Spec& spec, Errors& errors) {
  if (!knows_all_servers(spec)) return;
  const auto names = by_name(spec);
  for (std::size_t i = 0; i < spec.servers.size() && !errors.full(); ++i) {
    const ServerSpec& server = spec.servers[i];
    if (!server.source.declared) continue;
    if (*server.source == *server.name)
      errors.add_at_value(server_path(i, "source"), "a server cannot be its own source");
    else if (names.find(*server.source) == names.end())
      errors.add_at_value(server_path(i, "source"), no_such_server(spec, *server.source));
  }
}

void sources_form_no_cycle(const Spec& spec, Errors& errors) {
  const auto names = by_name(spec);
  std::vector<bool> walked(spec.servers.size());
  for (std::size_t i = 0; i < spec.servers.size(); ++i) {
    const std::vector<std::size_t> cycle = new_cycle(spec, i, names, walked);
    if (cycle.size() < 2) continue;  // sources_exist() reports a server that is its own source
    std::string way;
    for (const std::size_t member : cycle) way += *spec.servers[member].name + " -> ";
    errors.add_at_value(server_path(cycle.front(), "source"),
                        fmt::format("the sources go round in a circle: {}{}", way,
                                    *spec.servers[cycle.front()].name));
  }
}

}  // namespace gtidops
