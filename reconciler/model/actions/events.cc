#include "model/actions/events.h"

#include <algorithm>

namespace gtidops {
namespace {

std::string definer_account(const std::string& definer) {
  const std::size_t at = definer.rfind('@');
  if (at == std::string::npos) return quote_account(definer, "%");
  return quote_account(definer.substr(0, at), definer.substr(at + 1));
}

}  // namespace

const ScheduledEvent* find_event(const Details& details, const std::string& schema,
                                 const std::string& name) {
  if (!details.events) return nullptr;
  const auto found = std::find_if(
      details.events->begin(), details.events->end(),
      [&](const ScheduledEvent& one) { return one.schema == schema && one.name == name; });
  return found == details.events->end() ? nullptr : &*found;
}

std::string EnableEvents::describe() const {
  std::string text = "enable the events that the old primary ran:";
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
      if (now != nullptr && now->status != ScheduledEvent::Status::kEnabled)
        return Check::does_not("the event " + event.schema + "." + event.name + " of " + server +
                               " is not enabled");
    }
    return Check::holds();
  });
}

// Without DEFINER, whoever alters an event becomes its definer.
std::vector<Statement> EnableEvents::statements(const Version& /*version*/) const {
  std::vector<Statement> list;
  for (const ScheduledEvent& event : events)
    list.push_back(sql(server, "ALTER DEFINER = " + definer_account(event.definer) + " EVENT " +
                                   quote_name(event.schema) + "." + quote_name(event.name) +
                                   " ENABLE"));
  return list;
}

}  // namespace gtidops
