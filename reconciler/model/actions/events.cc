#include "model/actions/events.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace gtidops {
namespace {

std::string definer_account(const std::string& definer) {
  const std::size_t at = definer.rfind('@');
  if (at == std::string::npos) return quote_account(definer, "%");
  return quote_account(definer.substr(0, at), definer.substr(at + 1));
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// "COLLATION_CONNECTION is a, and was b"; empty: all columns but the status are alike.
std::string changed_column(const ScheduledEvent& was, const ScheduledEvent& is) {
  const auto all = [](const ScheduledEvent& event) {
    auto columns = event.columns;
    columns["DEFINER"] = event.definer;
    columns["CHARACTER_SET_CLIENT"] = event.character_set_client;
    columns["COLLATION_CONNECTION"] = event.collation_connection;
    columns["DATABASE_COLLATION"] = event.database_collation;
    return columns;
  };
  const auto before = all(was);
  const auto after = all(is);
  for (const auto& [name, value] : before) {
    const auto found = after.find(name);
    if (found == after.end()) return fmt::format("{} is NULL, and was {}", name, value);
    if (found->second != value)
      return fmt::format("{} is {}, and was {}", name, found->second, value);
  }
  for (const auto& [name, value] : after)
    if (before.count(name) == 0) return fmt::format("{} is {}, and was NULL", name, value);
  return {};
}

}  // namespace

std::optional<std::string> changes_when_enabled(const ScheduledEvent& event) {
  if (event.schema_collation != event.database_collation)
    return fmt::format("the default collation of its schema has become {} since, and it has {}",
                       event.schema_collation, event.database_collation);
  const bool utf8 = event.character_set_client.substr(0, 4) == "utf8";
  if (!utf8 && !(is_ascii(event.schema) && is_ascii(event.name) && is_ascii(event.definer)))
    return fmt::format("its name or definer is not ASCII, and its character_set_client is {}",
                       event.character_set_client);
  return std::nullopt;
}

const ScheduledEvent* find_event(const Details& details, const std::string& schema,
                                 const std::string& name) {
  if (!details.events) return nullptr;
  const auto found = std::find_if(
      details.events->begin(), details.events->end(),
      [&](const ScheduledEvent& one) { return one.schema == schema && one.name == name; });
  return found == details.events->end() ? nullptr : &*found;
}

std::string EnableEvents::describe() const {
  std::string text = again ? "enable events once more, so that they run on no replica:"
                           : "enable the events that the old primary ran:";
  for (const ScheduledEvent& event : events) text += " " + event.schema + "." + event.name;
  return text;
}

Check EnableEvents::precondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    return state.writable() ? Check::holds() : Check::does_not(server + " is read-only");
  });
}

Check EnableEvents::postcondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState&, const Details& details) {
    if (!details.events) return Check::unknown("the events of " + server + " cannot be seen");
    for (const ScheduledEvent& event : events) {
      const ScheduledEvent* now = find_event(details, event.schema, event.name);
      if (now == nullptr) continue;
      if (const std::string what = changed_column(event, *now); !what.empty())
        return Check::does_not(fmt::format("the event {}.{} of {} is not what it was: {}",
                                           event.schema, event.name, server, what));
      if (now->status != ScheduledEvent::Status::kEnabled)
        return Check::does_not("the event " + event.schema + "." + event.name + " of " + server +
                               " is not enabled");
    }
    return Check::holds();
  });
}

// Without DEFINER, ALTER EVENT makes its session's user the definer. All three statements go in one
// request: if the connection broke after the first SET, ALTER EVENT would run on a new one with
// other values, and change the event.
std::vector<Statement> EnableEvents::statements(const Version& /*version*/) const {
  std::vector<Statement> list;
  for (const ScheduledEvent& event : events) {
    list.push_back(sql(
        server,
        fmt::format("SET @gtidops_client = @@SESSION.character_set_client, @gtidops_collation = "
                    "@@SESSION.collation_connection, SESSION character_set_client = {}, SESSION "
                    "collation_connection = {}; ALTER DEFINER = {} EVENT {}.{} ENABLE; SET SESSION "
                    "character_set_client = @gtidops_client, SESSION collation_connection = "
                    "@gtidops_collation",
                    quote_string(event.character_set_client),
                    quote_string(event.collation_connection), definer_account(event.definer),
                    quote_name(event.schema), quote_name(event.name))));
    list.back().changes_session = true;
  }
  return list;
}

}  // namespace gtidops
