#include "state/memory_json.h"

namespace gtidops {
namespace {

using Json = nlohmann::json;

std::int64_t milliseconds(Moment at) { return at.time_since_epoch().count(); }

bool read_set(const Json& value, const char* name, GtidSet& set) {
  const auto read = GtidSet::parse(value.value(name, std::string()));
  if (read) set = *read;
  return read.has_value();
}

Acknowledgement read_acknowledgement(const Json& value) {
  const auto text = [&](const char* name) { return value.value(name, std::string()); };
  return {text("server"), text("server_uuid"),
          text("rule"),   text("reason"),
          text("what"),   text("user"),
          text("host"),   Moment(Millis(value.value("at", std::int64_t{0})))};
}

}  // namespace

Json memory_json(const Memory& memory) {
  Json servers = Json::object();
  for (const auto& [uuid, known] : memory.servers) {
    Json one{{"name", known.name}, {"executed", known.executed.to_string()}};
    if (!known.addresses.empty()) one["addresses"] = known.addresses;
    if (known.purged) one["purged"] = known.purged->to_string();
    if (!known.first_log.empty()) one["first_log"] = known.first_log;
    if (!known.purged_at_first_log.empty())
      one["purged_at_first_log"] = known.purged_at_first_log.to_string();
    if (known.purged_in_the_look) one["purged_in_the_look"] = true;
    if (known.all_purged) one["all_purged"] = true;
    if (known.perhaps_open) one["perhaps_open"] = true;
    if (known.last_open) one["last_open"] = true;
    if (!known.lost.empty()) one["lost"] = known.lost.to_string();
    if (!known.shrunk.empty()) one["shrunk"] = known.shrunk.to_string();
    if (!known.filters.empty()) one["filters"] = known.filters;
    if (known.written_since) one["written_since"] = true;
    if (known.was_primary) one["was_primary"] = true;
    if (known.wrote_unseen) one["wrote_unseen"] = true;
    if (known.closed_by_hand) one["closed_by_hand"] = true;
    if (known.unlogged) one["unlogged"] = true;
    if (known.boots_writable) one["boots_writable"] = true;
    if (!known.decreed.empty()) one["decreed"] = known.decreed.to_string();
    if (!known.purged_ahead.empty()) one["purged_ahead"] = known.purged_ahead.to_string();
    if (known.last_clone) one["last_clone"] = *known.last_clone;
    if (!known.copied_from.empty()) one["copied_from"] = known.copied_from;
    if (!known.perhaps_primarys.empty())
      one["perhaps_primarys"] = known.perhaps_primarys.to_string();
    if (known.open_since_start != Moment{})
      one["open_since_start"] = milliseconds(known.open_since_start);
    if (!known.renumbered.empty()) one["renumbered"] = known.renumbered.to_string();
    if (!known.perhaps_renumbered.empty())
      one["perhaps_renumbered"] = known.perhaps_renumbered.to_string();
    if (!known.passed_over.empty()) one["passed_over"] = known.passed_over.to_string();
    if (!known.lacks_schemas.empty()) one["lacks_schemas"] = known.lacks_schemas;
    servers[uuid] = std::move(one);
  }
  Json acknowledged = Json::array();
  for (const Acknowledgement& one : memory.acknowledged)
    acknowledged.push_back({{"server", one.server},
                            {"server_uuid", one.server_uuid},
                            {"rule", one.rule},
                            {"reason", one.reason},
                            {"what", one.what},
                            {"user", one.user},
                            {"host", one.host},
                            {"at", milliseconds(one.at)}});
  return {{"servers", std::move(servers)},
          {"acknowledged", std::move(acknowledged)},
          {"noted_at", milliseconds(memory.noted_at)}};
}

std::optional<Memory> read_memory(const Json& value) {
  Memory memory;
  for (const auto& [uuid, one] : value.at("servers").items()) {
    KnownServer known;
    known.name = one.value("name", std::string());
    known.first_log = one.value("first_log", std::string());
    known.purged_in_the_look = one.value("purged_in_the_look", false);
    known.all_purged = one.value("all_purged", false);
    known.perhaps_open = one.value("perhaps_open", false);
    known.last_open = one.value("last_open", false);
    if (one.contains("purged") && !read_set(one, "purged", known.purged.emplace()))
      return std::nullopt;
    if (const auto addresses = one.find("addresses"); addresses != one.end())
      known.addresses = addresses->get<std::set<std::string>>();
    known.written_since = one.value("written_since", false);
    known.was_primary = one.value("was_primary", false);
    known.wrote_unseen = one.value("wrote_unseen", false);
    known.closed_by_hand = one.value("closed_by_hand", false);
    known.unlogged = one.value("unlogged", false);
    known.boots_writable = one.value("boots_writable", false);
    if (const auto clone = one.find("last_clone"); clone != one.end())
      known.last_clone = clone->get<std::string>();
    known.copied_from = one.value("copied_from", std::string());
    known.open_since_start = Moment(Millis(one.value("open_since_start", std::int64_t{0})));
    if (const auto filters = one.find("filters"); filters != one.end())
      known.filters = filters->get<std::set<std::string>>();
    if (const auto schemas = one.find("lacks_schemas"); schemas != one.end())
      known.lacks_schemas = schemas->get<std::set<std::string>>();
    if (!read_set(one, "executed", known.executed) || !read_set(one, "lost", known.lost) ||
        !read_set(one, "purged_ahead", known.purged_ahead) ||
        !read_set(one, "purged_at_first_log", known.purged_at_first_log) ||
        !read_set(one, "decreed", known.decreed) || !read_set(one, "shrunk", known.shrunk) ||
        !read_set(one, "perhaps_primarys", known.perhaps_primarys) ||
        !read_set(one, "renumbered", known.renumbered) ||
        !read_set(one, "perhaps_renumbered", known.perhaps_renumbered) ||
        !read_set(one, "passed_over", known.passed_over))
      return std::nullopt;
    memory.servers[uuid] = std::move(known);
  }
  if (const auto all = value.find("acknowledged"); all != value.end())
    for (const Json& one : *all) memory.acknowledged.push_back(read_acknowledgement(one));
  memory.noted_at = Moment(Millis(value.value("noted_at", std::int64_t{0})));
  return memory;
}

}  // namespace gtidops
