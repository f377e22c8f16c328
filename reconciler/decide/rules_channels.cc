// The rules on channels: does any server replicate from a source that nobody declared?
#include <fmt/format.h>

#include "decide/draft.h"
#include "decide/hints.h"

namespace gtidops {
namespace {

void rule_stray_channels(Draft& draft) {
  for (const ServerSpec* server : replicas_in_order(draft.spec, draft.goal)) {
    const ServerState* state = draft.seen.state(*server->name);
    if (state == nullptr) continue;
    for (const Channel& channel : state->channels) {
      if (channel.name.empty()) continue;
      const Address from{channel.source_host, channel.source_port};
      const std::string known = server_at(draft.spec, from);
      draft.refuse_attach(
          *server->name, rule::kStrayChannel,
          "it has a channel '" + channel.name + "' from " +
              (known.empty() ? from.to_string() : known) +
              (known.empty() ? " that nobody declared: what comes in there is not on the primary"
                             : ", but the declared source belongs in the default channel, ''"),
          reset_hint(*state, channel) + ", once you know who made it");
    }
  }
}

// The channel has the declared address, but another server answers there.
void rule_source_identity(Draft& draft) {
  for (const ServerSpec* server : replicas_in_order(draft.spec, draft.goal)) {
    const std::string source = draft.goal.source_of(*server);
    const ServerState* state = draft.seen.state(*server->name);
    const ServerState* from = draft.seen.state(source);
    if (state == nullptr || from == nullptr) continue;
    const Channel* channel = state->default_channel();
    if (channel == nullptr || channel->receiver != ThreadState::kOn) continue;
    const Address& dialled = draft.spec.server(source)->dialled();
    if (channel->source_host != dialled.host || channel->source_port != dialled.port) continue;
    if (channel->source_uuid == from->server_uuid) continue;
    draft.refuse_attach(
        *server->name, rule::kSourceIdentity,
        "at " + dialled.to_string() + " it reached the server " + channel->source_uuid + ", but " +
            source + " is " + from->server_uuid,
        "correct replicationAddress of " + source + ": from the replica's side it leads elsewhere");
  }
}

// MySQL's asynchronous connection failover moves a channel to the source that it prefers, also back
// from where gtidops has pointed it. Switching it off needs both threads stopped, which deletes the
// relay log, so a person has to do it.
void rule_connection_failover(Draft& draft) {
  for (const ServerSpec& server : draft.spec.servers) {
    const ServerState* state = draft.seen.state(*server.name);
    if (state == nullptr) continue;
    for (const Channel& channel : state->channels)
      if (shown_option(channel, "SOURCE_CONNECTION_AUTO_FAILOVER") == "1")
        draft.refuse_attach(
            *server.name, rule::kConnectionFailover,
            fmt::format(
                "its channel '{}' has SOURCE_CONNECTION_AUTO_FAILOVER = 1: MySQL changes its "
                "source by itself, to whichever of its list it prefers",
                channel.name),
            fmt::format("STOP REPLICA IO_THREAD FOR CHANNEL '{0}'; wait until all that it has "
                        "received is applied; STOP REPLICA FOR CHANNEL '{0}'; CHANGE REPLICATION "
                        "SOURCE TO SOURCE_CONNECTION_AUTO_FAILOVER = 0 FOR CHANNEL '{0}'; START "
                        "REPLICA FOR CHANNEL '{0}'",
                        channel.name));
  }
}

}  // namespace

void rules_on_channels(Draft& draft) {
  rule_stray_channels(draft);
  rule_source_identity(draft);
  rule_connection_failover(draft);
}

}  // namespace gtidops
