#include "model/actions/read_only.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/words.h"

namespace gtidops {

bool persists_read_only(const Details& details) {
  const auto is_on = [&](const char* name) {
    const auto found = details.persisted->find(name);
    return found != details.persisted->end() && (found->second == "ON" || found->second == "1");
  };
  return is_on("read_only") && is_on("super_read_only");
}

bool loads_persisted(const Details& details) {
  const auto found = details.variables.find("persisted_globals_load");
  return found == details.variables.end() || (found->second != "OFF" && found->second != "0");
}

bool boots_read_only(const Details& details) {
  return persists_read_only(details) && loads_persisted(details);
}

GtidSet lost_by(const ServerState& primary, const ServerState& other) {
  GtidSet held = other.gtid_executed;
  for (const Channel& channel : other.channels) held = held.united(channel.retrieved);
  const Channel* channel = other.default_channel();
  const bool ours = (channel != nullptr && channel->source_uuid == primary.server_uuid) ||
                    other.gtid_executed.intersects(primary.executed_latest());
  const GtidSet counted = ours ? held.subtracted(held.of_server(other.server_uuid))
                               : held.of_server(primary.server_uuid);
  // A closed primary commits nothing more, except a prepared XA transaction; as long as it has one,
  // no other server is opened.
  return counted.subtracted(primary.fenced() ? primary.executed_latest()
                                             : primary.executed_or_in_flight());
}

OwnCommits own_commits(const Observation& seen, const std::vector<std::string>& servers) {
  OwnCommits own;
  for (const std::string& name : servers)
    if (const ServerState* state = seen.state(name))
      own[name] = state->gtid_executed.of_server(state->server_uuid);
  return own;
}

GtidSet committed_since(const OwnCommits& own, const std::string& other, const ServerState& state,
                        const ServerState& primary) {
  const GtidSet now =
      state.gtid_executed.of_server(state.server_uuid).subtracted(primary.executed_latest());
  const auto known = own.find(other);
  return known == own.end() ? now : now.subtracted(known->second);
}

namespace {

// Each unseen server accounts for one live source that is out of sight, and no more. Which one it
// is was judged when this was planned, because that takes the declared addresses.
Check sources_are_in_sight(const Observation& seen, const std::vector<std::string>& servers) {
  const auto unseen = static_cast<std::size_t>(
      std::count_if(servers.begin(), servers.end(),
                    [&](const std::string& name) { return seen.state(name) == nullptr; }));
  std::set<std::string> elsewhere;
  for (const std::string& name : servers) {
    const ServerState* state = seen.state(name);
    if (state == nullptr) continue;
    for (const Channel& channel : state->channels) {
      if (!seen.source_is_out_of_sight(channel)) continue;
      elsewhere.insert(channel.source_uuid);
      if (elsewhere.size() > unseen)
        return Check::does_not(
            fmt::format("{} is connected to the server {}, which is alive, is none of the servers "
                        "seen, and may take writes",
                        name, channel.source_uuid));
    }
  }
  return Check::holds();
}

}  // namespace

std::string PersistReadOnly::describe() const { return "make the server boot read-only"; }

Check PersistReadOnly::precondition(const Observation& seen) const {
  return check_state(seen, server, [](const ServerState&) { return Check::holds(); });
}

Check PersistReadOnly::postcondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState&, const Details& details) {
    if (!details.persisted)
      return Check::unknown("the persisted variables of " + server + " cannot be read");
    if (persists_read_only(details)) return Check::holds();
    return Check::does_not(server + " would boot writable");
  });
}

std::vector<Statement> PersistReadOnly::statements(const Version& /*version*/) const {
  return {sql(server, "SET PERSIST_ONLY read_only = ON"),
          sql(server, "SET PERSIST_ONLY super_read_only = ON")};
}

std::string SetReadOnly::describe() const {
  return "refuse writes of every client (super_read_only = ON)";
}

Check SetReadOnly::precondition(const Observation& seen) const {
  return check_state(seen, server, [](const ServerState&) { return Check::holds(); });
}

Check SetReadOnly::postcondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    return state.fenced() ? Check::holds() : Check::does_not(server + " takes writes");
  });
}

std::vector<Statement> SetReadOnly::statements(const Version& /*version*/) const {
  return {sql(server, "SET GLOBAL super_read_only = ON")};
}

std::string OpenWrites::describe() const {
  return "open for writes (read_only = OFF, not persisted)";
}

std::vector<std::string> OpenWrites::touches() const {
  std::vector<std::string> all = others;
  all.push_back(server);
  return all;
}

Check OpenWrites::precondition(const Observation& seen) const {
  const ServerState* self = seen.state(server);
  if (self == nullptr) return Check::unknown(server + " cannot be read");
  if (!server_uuid.empty() && self->server_uuid != server_uuid)
    return Check::does_not(server + " is not the server that was planned with");
  if (!self->channels.empty()) return Check::does_not(server + " replicates from another server");
  for (const std::string& other : others) {
    const ServerState* state = seen.state(other);
    if (state == nullptr) {
      if (std::find(may_stay_unseen.begin(), may_stay_unseen.end(), other) != may_stay_unseen.end())
        continue;
      return Check::unknown(other + " cannot be read and may still take writes");
    }
    if (!state->fenced()) return Check::does_not(other + " still takes writes");
    if (const GtidSet lost = lost_by(*self, *state); !lost.empty())
      return Check::does_not(
          other + " holds " + counted(lost.count(), "transaction") + " that " + server +
          (lost.of_server(self->server_uuid).empty() ? " does not" : " committed and has lost"));
    if (const GtidSet since = committed_since(own, other, *state, *self); !since.empty())
      return Check::does_not(
          fmt::format("{} has committed {} since this was planned, which {} does not hold", other,
                      counted(since.count(), "transaction"), server));
  }
  return sources_are_in_sight(seen, touches());
}

Check OpenWrites::postcondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    return state.writable() ? Check::holds() : Check::does_not(server + " is read-only");
  });
}

std::vector<Statement> OpenWrites::statements(const Version& /*version*/) const {
  return {sql(server, "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF")};
}

}  // namespace gtidops
