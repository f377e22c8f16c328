#include "model/observation.h"

#include <algorithm>

namespace gtidops {

std::string reason_name(Unreachable::Reason reason) {
  using Reason = Unreachable::Reason;
  switch (reason) {
    case Reason::kConnectionRefused:
      return "connection-refused";
    case Reason::kTimeout:
      return "timeout";
    case Reason::kNameNotResolved:
      return "name-not-resolved";
    case Reason::kNoRoute:
      return "no-route";
    case Reason::kAccessDenied:
      return "access-denied";
    case Reason::kTls:
      return "tls";
    case Reason::kNotMysql:
      return "not-mysql";
    case Reason::kMariadb:
      return "mariadb";
    case Reason::kVersionTooOld:
      return "version-too-old";
    case Reason::kTooManyConnections:
      return "too-many-connections";
    case Reason::kSecret:
      return "secret";
    case Reason::kPrivileges:
      return "privileges";
    case Reason::kLost:
      return "lost";
    case Reason::kOther:
      return "other";
  }
  return "other";
}

const Channel* ServerState::channel(const std::string& name) const {
  const auto found = std::find_if(channels.begin(), channels.end(),
                                  [&](const Channel& one) { return one.name == name; });
  return found == channels.end() ? nullptr : &*found;
}

const ServerState* Observation::state(const std::string& server) const {
  const auto found = servers.find(server);
  return found == servers.end() ? nullptr : std::get_if<ServerState>(&found->second);
}

bool Observation::sees(const std::string& server_uuid) const {
  return std::any_of(servers.begin(), servers.end(), [&](const auto& one) {
    const auto* state = std::get_if<ServerState>(&one.second);
    return state != nullptr && state->server_uuid == server_uuid;
  });
}

bool Observation::source_is_out_of_sight(const Channel& channel) const {
  return channel.receiver == ThreadState::kOn && !channel.source_uuid.empty() &&
         !sees(channel.source_uuid);
}

}  // namespace gtidops
