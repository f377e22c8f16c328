#include "model/actions/settings.h"

#include <array>

namespace gtidops {

std::string SetGtidMode::describe() const {
  return "set gtid_mode from " + from_mode + " to ON" +
         (enforce_first ? ", after enforce_gtid_consistency = ON" : "");
}

Check SetGtidMode::precondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState& state, const Details& details) {
    if (!state.channels.empty()) return Check::does_not(server + " replicates from another server");
    if (details.dump_threads > 0) return Check::does_not("replicas are connected to " + server);
    if (!details.schemas) return Check::unknown("the schemas of " + server + " cannot be read");
    if (!details.schemas->empty()) return Check::does_not(server + " holds data");
    return Check::holds();
  });
}

Check SetGtidMode::postcondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    if (state.gtid_mode == "ON" && state.enforce_gtid_consistency == "ON") return Check::holds();
    return Check::does_not(server + " has gtid_mode = " + state.gtid_mode +
                           ", enforce_gtid_consistency = " + state.enforce_gtid_consistency);
  });
}

std::vector<Statement> SetGtidMode::statements(const Version& /*version*/) const {
  std::vector<Statement> list;
  if (enforce_first) list.push_back(sql(server, "SET PERSIST enforce_gtid_consistency = ON"));
  constexpr std::array<std::string_view, 4> kRoad{"OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"};
  bool ahead = false;
  for (const std::string_view mode : kRoad) {
    if (ahead) list.push_back(sql(server, "SET PERSIST gtid_mode = " + std::string(mode)));
    if (mode == from_mode) ahead = true;
  }
  return list;
}

std::string SetServerId::describe() const { return "set server_id = " + std::to_string(server_id); }

Check SetServerId::precondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    for (const Channel& channel : state.channels)
      if (channel.receiver != ThreadState::kOff)
        return Check::does_not("the receiver of " + server + " runs with the old server_id");
    return Check::holds();
  });
}

Check SetServerId::postcondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    if (state.server_id == server_id) return Check::holds();
    return Check::does_not(server + " has server_id = " + std::to_string(state.server_id));
  });
}

std::vector<Statement> SetServerId::statements(const Version& /*version*/) const {
  return {sql(server, "SET PERSIST server_id = " + std::to_string(server_id))};
}

}  // namespace gtidops
