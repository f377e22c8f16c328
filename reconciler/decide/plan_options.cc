// Puts the declared options in force on the channels before the primary is changed. CHANGE
// REPLICATION SOURCE TO accepts a file that does not exist, an address that the replica does not
// have, or an account without its privilege; only the threads show it (tried on 9.7.4). After the
// switch, that would leave the old primary, or all replicas, without a channel that works.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "decide/channel_change.h"
#include "decide/draft.h"
#include "model/serving.h"

namespace gtidops {
namespace {

// Only the replica's own host or its own accounts can prove the values of these options.
bool depends_on_the_host(const std::string& name) {
  constexpr std::array<std::string_view, 10> kNames{
      "SOURCE_BIND",          "NETWORK_NAMESPACE",  "SOURCE_SSL_CA",
      "SOURCE_SSL_CAPATH",    "SOURCE_SSL_CERT",    "SOURCE_SSL_KEY",
      "SOURCE_SSL_CRL",       "SOURCE_SSL_CRLPATH", "SOURCE_PUBLIC_KEY_PATH",
      "PRIVILEGE_CHECKS_USER"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// The old primary has no channel yet that could prove the options.
void warn_of_options(Draft& draft) {
  std::vector<std::string> names;
  for (const auto& [name, value] : draft.spec.replication.options)
    if (depends_on_the_host(name) && !value->empty()) names.push_back(name);
  if (names.empty()) return;
  const std::string& from = draft.change->from;
  draft.warn(from, rule::kOptionsNotProven,
             fmt::format("it has no channel yet, so whether {} can be used there shows only when "
                         "it follows {}, after the switch",
                         join_names(names), draft.change->to),
             "look whether mysqld can read the files there, and has the addresses and accounts");
}

// The declared options in which the channel differs. Nothing else of the channel is changed.
PointReplica options_of(const Draft& draft, const ServerSpec& server, const ServerState& state,
                        const Channel& channel, const std::string& source) {
  PointReplica point;
  point.server = *server.name;
  point.source = source;
  point.source_uuid = draft.seen.state(source)->server_uuid;
  point.target = declared_target(draft, server, source, false);
  keep_left_alone(draft, *server.name, channel, point.target);
  point.target.host = channel.source_host;
  point.target.port = channel.source_port;
  point.target.user = channel.source_user;
  point.target.delay_seconds = channel.delay_seconds;
  change_in_place(state, channel, false, point);
  std::erase_if(point.changes, [&](const std::string& name) {
    return draft.spec.replication.options.count(name) == 0;
  });
  point.before_switch = true;
  return point;
}

void plan_options_of(Draft& draft, const ServerSpec& server) {
  const ServerState* state = draft.seen.state(*server.name);
  const Channel* channel = state == nullptr ? nullptr : state->default_channel();
  const std::string& source = draft.assessment.of(*server.name).observed_source;
  if (channel == nullptr || draft.seen.state(source) == nullptr) return;
  if (!draft.may_touch(*server.name) || draft.unattachable.count(*server.name) > 0 ||
      leaves_alone(draft.spec, *server.name, "replication/source"))
    return;
  // A channel that does not run proves nothing about its options.
  if (!channel_runs(*state, *server.name) && !never_started(*channel)) return;
  PointReplica point = options_of(draft, server, *state, *channel, source);
  if (point.changes.empty()) return;
  using Stops = SourceOption::Stops;
  const bool stops_applier = point.stops(Stops::kApplier) || point.stops(Stops::kBoth);
  const std::string lock = stops_applier ? backup_lock_of(*state) : std::string();
  if (!lock.empty()) {
    draft.refuse("", rule::kBackupLock,
                 fmt::format("{}, so {} cannot be put in force on {} before the switch", lock,
                             join_names(point.changes), *server.name),
                 "wait until the backup is over");
    return;
  }
  if (relay_log_of(draft, *state, *channel, point) != RelayLog::kStays) return;
  const std::string names = join_names(point.changes);
  const bool several = point.changes.size() > 1;
  draft.step(std::move(point),
             names + (several ? " are" : " is") +
                 " declared otherwise: that it works is seen before the primary changes");
}

}  // namespace

void plan_options_first(Draft& draft) {
  if (!draft.switching() || draft.change->frozen_at || draft.all_blocked) return;
  const RoleChange& change = *draft.change;
  const ServerState* old = draft.seen.state(change.from);
  // When the old primary is closed already, nobody takes writes, and the switch is more urgent.
  if (old == nullptr || old->fenced() || !draft.spec.replication.user) return;
  warn_of_options(draft);
  // plan_candidate() sets all options of a candidate that it gives another source.
  if (draft.assessment.of(change.to).observed_source == change.from)
    plan_options_of(draft, *draft.spec.server(change.to));
  for (const ServerSpec& server : draft.spec.servers)
    if (!draft.is_primary(server) && *server.name != change.from && !draft.all_blocked)
      plan_options_of(draft, server);
}

}  // namespace gtidops
