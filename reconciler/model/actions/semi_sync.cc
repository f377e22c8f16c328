#include "model/actions/semi_sync.h"

#include <fmt/format.h>

#include <utility>

#include "model/actions/closed_server.h"
#include "model/actions/role_change.h"

namespace gtidops {
namespace {

constexpr const char* kOn = "ON";
constexpr const char* kOff = "OFF";

const char* word(bool on) { return on ? kOn : kOff; }

template <class Judge>
Check check_semi_sync(const Observation& seen, const std::string& server, Judge judge) {
  return check_details(seen, server, [&](const ServerState& state, const Details& details) {
    if (!details.semi_sync)
      return Check::unknown("semi-synchronous replication of " + server + " was not looked at");
    return judge(state, details, *details.semi_sync);
  });
}

template <class Judge>
Check check_source(const Observation& seen, const std::string& server, Judge judge) {
  return check_semi_sync(
      seen, server,
      [&](const ServerState& /*state*/, const Details& details, const SemiSync& semi_sync) {
        if (!semi_sync.source)
          return Check::does_not("the plugin of the source side is not loaded on " + server);
        return judge(details, *semi_sync.source);
      });
}

template <class Judge>
Check check_replica(const Observation& seen, const std::string& server, Judge judge) {
  return check_semi_sync(
      seen, server,
      [&](const ServerState& state, const Details& details, const SemiSync& semi_sync) {
        if (!semi_sync.replica)
          return Check::does_not("the plugin of the replica side is not loaded on " + server);
        return judge(state, details, *semi_sync.replica);
      });
}

Check has_clients(const std::string& server, const SemiSync::Source& source, int count) {
  if (!source.clients)
    return Check::unknown("how many replicas of " + server + " would acknowledge cannot be read");
  if (*source.clients >= count) return Check::holds();
  return Check::does_not("of the " + std::to_string(count) + " replicas that must acknowledge, " +
                         std::to_string(*source.clients) + " are connected to " + server);
}

// Does the variable run with the wanted value, and is this value persisted?
Check is_set(const Details& details, const std::string& server, const std::string& name,
             const std::string& running, const std::string& wanted) {
  if (running != wanted) return Check::does_not(server + " has " + name + " = " + running);
  const auto kept = persisted_value(details, name);
  if (kept == wanted) return Check::holds();
  return Check::does_not(server + " has not persisted " + name + " = " + wanted);
}

Statement set(const std::string& server, const std::string& how, const std::string& name,
              const std::string& value) {
  return sql(server, "SET " + how + " " + name + " = " + value);
}

std::string side(bool old_names, bool source) {
  if (source) return old_names ? "rpl_semi_sync_master" : "rpl_semi_sync_source";
  return old_names ? "rpl_semi_sync_slave" : "rpl_semi_sync_replica";
}

bool old_by_version(const Version& version) { return version < kNewSemiSyncNames; }

}  // namespace

std::optional<std::string> persisted_value(const Details& details, const std::string& name) {
  if (!details.persisted) return std::nullopt;
  const auto found = details.persisted->find(name);
  if (found == details.persisted->end()) return std::nullopt;
  // Only a flag may be persisted as 1 instead of ON; in any other variable, 1 is a number.
  const bool flag = name.size() > 8 && name.compare(name.size() - 8, 8, "_enabled") == 0;
  if (flag && found->second == "1") return kOn;
  return flag && found->second == "0" ? "OFF" : found->second;
}

std::string semi_sync_source_enabled(bool old_names) { return side(old_names, true) + "_enabled"; }
std::string semi_sync_timeout(bool old_names) { return side(old_names, true) + "_timeout"; }
std::string semi_sync_wait_count(bool old_names) {
  return side(old_names, true) + (old_names ? "_wait_for_slave_count" : "_wait_for_replica_count");
}
std::string semi_sync_replica_enabled(bool old_names) {
  return side(old_names, false) + "_enabled";
}

bool old_semi_sync_source(const ServerState& state) {
  if (state.details && state.details->semi_sync && state.details->semi_sync->source)
    return state.details->semi_sync->source->old_names;
  return old_by_version(state.version);
}

bool old_semi_sync_replica(const ServerState& state) {
  if (state.details && state.details->semi_sync && state.details->semi_sync->replica)
    return state.details->semi_sync->replica->old_names;
  return old_by_version(state.version);
}

Check acknowledgers_connected(const Observation& seen, const std::string& server, int count) {
  return check_source(seen, server, [&](const Details& /*details*/, const SemiSync::Source& side) {
    return has_clients(server, side, count);
  });
}

std::string LoadSemiSync::describe() const {
  return fmt::format("load {} of semi-synchronous replication{}",
                     source && replica ? "both plugins"
                     : source          ? "the source's plugin"
                                       : "the replica's plugin",
                     and_super_read_only_off(lift_super_read_only));
}

Check LoadSemiSync::precondition(const Observation& seen) const {
  return check_semi_sync(
      seen, server,
      [&](const ServerState& state, const Details& details, const SemiSync& /*semi_sync*/) {
        return may_write_there(state, details, server, lift_super_read_only);
      });
}

Check LoadSemiSync::postcondition(const Observation& seen) const {
  return check_semi_sync(
      seen, server,
      [&](const ServerState& state, const Details& /*details*/, const SemiSync& semi_sync) {
        if (!semi_sync.source || !semi_sync.replica)
          return Check::does_not("a plugin is not loaded on " + server);
        return is_closed_again(state, server, lift_super_read_only);
      });
}

std::vector<Statement> LoadSemiSync::statements(const Version& version) const {
  const bool old_names = old_by_version(version);
  std::vector<Statement> list;
  if (source)
    list.push_back(install_plugin(server, side(old_names, true),
                                  old_names ? "semisync_master.so" : "semisync_source.so"));
  if (replica)
    list.push_back(install_plugin(server, side(old_names, false),
                                  old_names ? "semisync_slave.so" : "semisync_replica.so"));
  return with_super_read_only_off(server, lift_super_read_only, std::move(list));
}

std::vector<Statement> LoadSemiSync::put_back() const {
  return put_back_super_read_only(server, lift_super_read_only);
}

std::string ConfigureSemiSync::describe() const {
  return "let a commit wait for " + std::to_string(wait_count) +
         (wait_count == 1 ? " replica" : " replicas") + ", at most " + std::to_string(timeout_ms) +
         " ms";
}

Check ConfigureSemiSync::precondition(const Observation& seen) const {
  return check_source(seen, server,
                      [&](const Details& /*details*/, const SemiSync::Source& source) {
                        // A higher count is in force at once: commits would hang without enough
                        // acknowledgers.
                        if (!source.enabled || wait_count <= source.wait_count)
                          return Check::holds();
                        return has_clients(server, source, wait_count);
                      });
}

Check ConfigureSemiSync::postcondition(const Observation& seen) const {
  return check_source(seen, server, [&](const Details& details, const SemiSync::Source& source) {
    const Check count = is_set(details, server, semi_sync_wait_count(old_names),
                               std::to_string(source.wait_count), std::to_string(wait_count));
    if (!count) return count;
    const Check time = is_set(details, server, semi_sync_timeout(old_names),
                              std::to_string(source.timeout_ms), std::to_string(timeout_ms));
    if (!time) return time;
    return is_set(details, server, semi_sync_source_enabled(old_names), kOff, kOff);
  });
}

std::vector<Statement> ConfigureSemiSync::statements(const Version& /*version*/) const {
  return {set(server, "PERSIST", semi_sync_wait_count(old_names), std::to_string(wait_count)),
          set(server, "PERSIST", semi_sync_timeout(old_names), std::to_string(timeout_ms)),
          set(server, "PERSIST_ONLY", semi_sync_source_enabled(old_names), kOff)};
}

std::string SetSemiSyncReplica::describe() const {
  return "set " + semi_sync_replica_enabled(old_names) + " = " + word(on);
}

Check SetSemiSyncReplica::precondition(const Observation& seen) const {
  return check_replica(seen, server,
                       [](const ServerState& /*state*/, const Details& /*details*/,
                          const SemiSync::Replica& /*replica*/) { return Check::holds(); });
}

Check SetSemiSyncReplica::postcondition(const Observation& seen) const {
  return check_replica(
      seen, server,
      [&](const ServerState& /*state*/, const Details& details, const SemiSync::Replica& replica) {
        const std::string name = semi_sync_replica_enabled(old_names);
        if (!on && !replica.enabled && persisted_value(details, name) != kOn) return Check::holds();
        return is_set(details, server, name, word(replica.enabled), word(on));
      });
}

std::vector<Statement> SetSemiSyncReplica::statements(const Version& /*version*/) const {
  return {set(server, "PERSIST", semi_sync_replica_enabled(old_names), word(on))};
}

std::string RestartReceiver::describe() const {
  return fmt::format("let the receiver{} connect to {} anew, so that it acknowledges",
                     of_channel(channel_name), source);
}

Check RestartReceiver::precondition(const Observation& seen) const {
  return check_source(
      seen, source, [&](const Details& /*details*/, const SemiSync::Source& /*side*/) {
        return check_replica(seen, server,
                             [&](const ServerState& state, const Details& /*deep*/,
                                 const SemiSync::Replica& replica) {
                               if (!replica.enabled)
                                 return Check::does_not("the replica side is off on " + server);
                               const Channel* channel = state.channel(channel_name);
                               if (channel != nullptr && channel->receiver != ThreadState::kOff)
                                 return Check::holds();
                               return Check::does_not("the receiver of " + server + " is stopped");
                             });
      });
}

Check RestartReceiver::postcondition(const Observation& seen) const {
  return check_replica(
      seen, server,
      [&](const ServerState& state, const Details& /*details*/, const SemiSync::Replica& replica) {
        const Channel* channel = state.channel(channel_name);
        if (channel == nullptr || channel->receiver != ThreadState::kOn)
          return Check::does_not("the receiver of " + server + " does not run");
        if (!replica.active)
          return Check::unknown("whether " + server + " acknowledges cannot be read");
        if (*replica.active) return Check::holds();
        return Check::does_not(server + " does not acknowledge");
      });
}

std::vector<Statement> RestartReceiver::statements(const Version& /*version*/) const {
  return {sql(server, "STOP REPLICA IO_THREAD" + for_channel(channel_name)),
          sql(server, "START REPLICA IO_THREAD" + for_channel(channel_name))};
}

std::string AwaitAcknowledgers::describe() const {
  return "wait until " + std::to_string(count) + (count == 1 ? " replica is" : " replicas are") +
         " connected that will acknowledge";
}

Check AwaitAcknowledgers::precondition(const Observation& seen) const {
  return check_source(
      seen, server,
      [](const Details& /*details*/, const SemiSync::Source& /*side*/) { return Check::holds(); });
}

Check AwaitAcknowledgers::postcondition(const Observation& seen) const {
  return acknowledgers_connected(seen, server, count);
}

std::vector<Statement> AwaitAcknowledgers::statements(const Version& /*version*/) const {
  return {read_acknowledgers(server)};
}

std::string SetSemiSyncSource::describe() const {
  return "set " + semi_sync_source_enabled(old_names) + " = " + word(on);
}

Check SetSemiSyncSource::precondition(const Observation& seen) const {
  return check_source(seen, server,
                      [&](const Details& /*details*/, const SemiSync::Source& source) {
                        return on ? has_clients(server, source, wait_count) : Check::holds();
                      });
}

Check SetSemiSyncSource::postcondition(const Observation& seen) const {
  return check_source(seen, server, [&](const Details& details, const SemiSync::Source& source) {
    if (source.enabled != on)
      return Check::does_not(server + " has " + semi_sync_source_enabled(old_names) + " = " +
                             word(source.enabled));
    if (!on && persisted_value(details, semi_sync_source_enabled(old_names)) == kOn)
      return Check::does_not(server + " would have it on after a restart");
    return Check::holds();
  });
}

std::vector<Statement> SetSemiSyncSource::statements(const Version& /*version*/) const {
  // OFF is persisted as well, so that the source side stays off after a restart.
  return {set(server, on ? "GLOBAL" : "PERSIST", semi_sync_source_enabled(old_names), word(on))};
}

}  // namespace gtidops
