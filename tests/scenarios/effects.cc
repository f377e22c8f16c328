#include "scenarios/effects.h"

#include <algorithm>
#include <utility>

#include "decide/assess.h"
#include "decide/planner.h"
#include "decide/remember.h"
#include "model/grants.h"
#include "model/source_options.h"

namespace gtidops::testing {
namespace {

ServerState* state_of(Observation& seen, const std::string& server) {
  const auto found = seen.servers.find(server);
  return found == seen.servers.end() ? nullptr : std::get_if<ServerState>(&found->second);
}

Channel* default_channel(ServerState& state) {
  for (Channel& channel : state.channels)
    if (channel.name.empty()) return &channel;
  return nullptr;
}

// One more transaction, with a number that nobody has used.
void commit(ServerState& state) {
  const std::int64_t number = 1'000'000 + state.gtid_executed.of_server(state.server_uuid).count();
  state.gtid_executed = state.gtid_executed.united(GtidSet::of(state.server_uuid, number, number));
}

bool may_log_in(const Spec& spec, const ServerState& source) {
  if (!source.details || !source.details->users || !spec.replication.user) return true;
  const UserAccount* account = find_account(*source.details->users, *spec.replication.user->name,
                                            *spec.replication.user->host);
  return account != nullptr && has_replication_slave(*account);
}

SemiSync* semi_sync_of(ServerState& state) {
  return state.details && state.details->semi_sync ? &*state.details->semi_sync : nullptr;
}

// A receiver that connects: do both sides know semi-synchronous replication?
void agree(ServerState& state, const ServerState* source) {
  SemiSync* const own = semi_sync_of(state);
  if (own == nullptr || !own->replica) return;
  const bool there = source != nullptr && source->details && source->details->semi_sync &&
                     source->details->semi_sync->source;
  own->replica->active = own->replica->enabled && there;
}

void count_acknowledgers(Observation& seen) {
  for (auto& [name, look] : seen.servers) {
    auto* const source = std::get_if<ServerState>(&look);
    SemiSync* const side = source == nullptr ? nullptr : semi_sync_of(*source);
    if (side == nullptr || !side->source) continue;
    side->source->clients = 0;
    for (auto& [other, other_look] : seen.servers) {
      auto* const state = std::get_if<ServerState>(&other_look);
      SemiSync* const own = state == nullptr ? nullptr : semi_sync_of(*state);
      if (own == nullptr || !own->replica || !own->replica->active.value_or(false)) continue;
      const Channel* const channel = state->default_channel();
      if (channel != nullptr && channel->receiver == ThreadState::kOn &&
          channel->source_uuid == source->server_uuid)
        ++*side->source->clients;
    }
  }
}

void start(const Spec& spec, Observation& seen, ServerState& state) {
  Channel* channel = default_channel(state);
  if (channel == nullptr) return;
  channel->applier = ThreadState::kOn;
  channel->applier_error = {};
  const ServerState* source =
      seen.state(server_at(spec, {channel->source_host, channel->source_port}));
  if (channel->receiver == ThreadState::kOn) return;  // what runs is not asked again
  channel->receiver = ThreadState::kConnecting;
  if (source == nullptr) {
    channel->receiver_error = {2003, "cannot connect"};
  } else if (!may_log_in(spec, *source)) {
    channel->receiver_error = {1045, "access denied"};
  } else {
    channel->receiver = ThreadState::kOn;
    channel->receiver_error = {};
    channel->source_uuid = source->server_uuid;
    agree(state, source);
  }
}

void add_schemas(Details& to, const Details& from) {
  if (!to.schemas || !from.schemas) return;
  for (const SchemaSize& schema : *from.schemas) {
    const bool there =
        std::any_of(to.schemas->begin(), to.schemas->end(),
                    [&](const SchemaSize& other) { return other.name == schema.name; });
    if (!there) to.schemas->push_back(schema);
  }
}

// The replica receives and applies all that its source has.
void flow(const Spec& spec, Observation& seen, const std::string& server) {
  ServerState* state = state_of(seen, server);
  const Channel* channel = state == nullptr ? nullptr : state->default_channel();
  if (channel == nullptr || channel->receiver != ThreadState::kOn ||
      channel->applier != ThreadState::kOn)
    return;
  const ServerState* from =
      seen.state(server_at(spec, {channel->source_host, channel->source_port}));
  if (from == nullptr) return;
  state->gtid_executed =
      state->gtid_executed.united(from->gtid_executed).united(channel->retrieved);
  // Of a server that was not looked at in depth nobody knows what it passes on: what the primary
  // has, then.
  const ServerState* primary = seen.state(*spec.primary);
  if (!from->details) from = primary;
  if (!state->details || from == nullptr || !from->details) return;
  add_schemas(*state->details, *from->details);
  if (from->details->users) state->details->users = from->details->users;
  if (!from->details->heartbeat) return;
  state->details->heartbeat = from->details->heartbeat;
  state->details->heartbeat_table = from->details->heartbeat_table;
}

std::string shown_as(const std::string& name, const std::string& value) {
  const SourceOption* option = find_source_option(name);
  if (option->type != SourceOption::Type::kBoolean) return value;
  return same_option(name, value, "1") ? "Yes" : "No";
}

struct Effect {
  const Spec& spec;
  Observation& seen;

  ServerState& of(const std::string& server) const { return *state_of(seen, server); }
  Details& details_of(const std::string& server) const { return *of(server).details; }
  UserAccount* account(const std::string& server, const std::string& user,
                       const std::string& host) const {
    for (UserAccount& account : *details_of(server).users)
      if (account.user == user && account.host == host) return &account;
    return nullptr;
  }

  void operator()(const SetGtidMode& action) const {
    of(action.server).gtid_mode = of(action.server).enforce_gtid_consistency = "ON";
  }
  void operator()(const SetServerId& action) const {
    of(action.server).server_id = action.server_id;
  }
  void operator()(const PersistReadOnly& action) const {
    auto& persisted = *details_of(action.server).persisted;
    persisted["read_only"] = persisted["super_read_only"] = "ON";
  }
  void operator()(const SetReadOnly& action) const {
    of(action.server).read_only = of(action.server).super_read_only = true;
  }
  void operator()(const OpenWrites& action) const {
    of(action.server).read_only = of(action.server).super_read_only = false;
  }
  void operator()(const CreateReplicationUser& action) const {
    commit(of(action.server));
    details_of(action.server)
        .users->push_back(
            {action.user, action.host, "caching_sha2_password", false, false, {kGrant}});
  }
  void operator()(const GrantReplication& action) const {
    commit(of(action.server));
    account(action.server, action.user, action.host)->grants.emplace_back(kGrant);
  }
  void operator()(const RevokePrivileges& action) const {
    commit(of(action.server));
    account(action.server, action.user, action.host)->grants = {kGrant};
  }
  void operator()(const DropUser& action) const {
    commit(of(action.server));
    std::erase_if(*details_of(action.server).accounts, [&](const AccountName& name) {
      return name.user == action.user && name.host == action.host;
    });
  }
  void operator()(const PointReplica& action) const {
    ServerState& state = of(action.server);
    Channel* channel = default_channel(state);
    const bool attached = channel == nullptr;
    if (attached) channel = &state.channels.emplace_back();
    const auto changes = [&](const char* clause) {
      return attached || action.changes_clause(clause);
    };
    if (changes("SOURCE_HOST")) {
      channel->source_host = action.target.host;
      channel->source_port = action.target.port;
    }
    if (changes("SOURCE_USER")) channel->source_user = action.target.user;
    if (changes("SOURCE_AUTO_POSITION")) channel->auto_position = true;
    if (changes("SOURCE_DELAY")) channel->delay_seconds = action.target.delay_seconds;
    if (changes("SOURCE_PASSWORD")) channel->secret_as_declared = true;
    for (const auto& [name, value] : action.target.options) {
      const std::string column(find_source_option(name)->shown_as);
      if (!column.empty() && changes(name.c_str()))
        channel->columns[column] = shown_as(name, value);
    }
    if (attached || action.stops(SourceOption::Stops::kReceiver) ||
        action.stops(SourceOption::Stops::kBoth))
      channel->receiver = ThreadState::kOff;
    start(spec, seen, state);
  }
  void operator()(const StartReplica& action) const {
    if (action.applier_only)
      of(action.server).channels.front().applier = ThreadState::kOn;
    else
      start(spec, seen, of(action.server));
  }
  void operator()(const SwitchPrimary& action) const {
    flow(spec, seen, action.server);
    if (ServerState* from = state_of(seen, action.from))
      from->read_only = from->super_read_only = true;
    if (action.semi_sync) {
      (*this)(SetSemiSyncSource{action.from, false, 0, false});
      for (const PointReplica& late : action.semi_sync->moved_late) {
        if (late.server == action.from) (*this)(SetSemiSyncReplica{action.from, true, false});
        (*this)(late);
      }
      (*this)(SetSemiSyncSource{action.server, true, 0, false});
    }
    of(action.server).read_only = of(action.server).super_read_only = false;
  }
  void operator()(const MendHeartbeat& action) const {
    Details& details = details_of(action.server);
    details.heartbeat_table = true;
    if (!details.heartbeat) details.heartbeat = Heartbeat{action.server_uuid, 0};
  }
  void operator()(const DetachSource& action) const {
    std::erase_if(of(action.server).channels,
                  [](const Channel& channel) { return channel.name.empty(); });
  }
  // By replication they are disabled everywhere else.
  void operator()(const EnableEvents& action) const {
    for (auto& [name, look] : seen.servers) {
      auto* state = std::get_if<ServerState>(&look);
      if (state == nullptr || !state->details || !state->details->events) continue;
      for (ScheduledEvent& event : *state->details->events)
        for (const ScheduledEvent& enabled : action.events)
          if (event.schema == enabled.schema && event.name == enabled.name)
            event.status = name == action.server ? ScheduledEvent::Status::kEnabled
                                                 : ScheduledEvent::Status::kOnAnother;
    }
  }
  void operator()(const ReleaseCommitThrottle& action) const {
    details_of(action.server).variables["binlog_group_commit_sync_delay"] =
        std::to_string(action.microseconds);
  }
  void operator()(const LoadSemiSync& action) const {
    SemiSync& side = *details_of(action.server).semi_sync;
    const bool old_names = of(action.server).version < kNewSemiSyncNames;
    if (action.source) side.source = {old_names, false, 1, 10'000, "AFTER_SYNC", true, 0, false};
    if (action.replica) side.replica = {old_names, false, false};
  }
  void operator()(const ConfigureSemiSync& action) const {
    Details& details = details_of(action.server);
    details.semi_sync->source->wait_count = action.wait_count;
    details.semi_sync->source->timeout_ms = action.timeout_ms;
    auto& persisted = *details.persisted;
    persisted[semi_sync_wait_count(action.old_names)] = std::to_string(action.wait_count);
    persisted[semi_sync_timeout(action.old_names)] = std::to_string(action.timeout_ms);
    persisted[semi_sync_source_enabled(action.old_names)] = "OFF";
  }
  void operator()(const SetSemiSyncReplica& action) const {
    Details& details = details_of(action.server);
    details.semi_sync->replica->enabled = action.on;
    (*details.persisted)[semi_sync_replica_enabled(action.old_names)] = action.on ? "ON" : "OFF";
  }
  void operator()(const RestartReceiver& action) const {
    agree(of(action.server), &of(action.source));
  }
  void operator()(const AwaitAcknowledgers& /*action*/) const {}
  void operator()(const SetSemiSyncSource& action) const {
    Details& details = details_of(action.server);
    details.semi_sync->source->enabled = action.on;
    details.semi_sync->source->active = action.on;
    if (!action.on) (*details.persisted)[semi_sync_source_enabled(action.old_names)] = "OFF";
  }
  void operator()(const AwaitReplication& action) const {
    if (!action.delayed) flow(spec, seen, action.server);
  }
  void operator()(const Canary& action) const {
    ServerState& primary = of(action.server);
    commit(primary);
    primary.details->heartbeat = Heartbeat{action.server_uuid, 1};
    for (const std::string& replica : action.replicas) flow(spec, seen, replica);
  }

  void operator()(const LoadClone& action) const { details_of(action.server).clone_plugin = true; }
  void operator()(const CreateCopyAccount& action) const {
    commit(of(action.server));
    details_of(action.server).copy_accounts = {action.host};
  }
  void operator()(const DropCopyAccount& action) const {
    commit(of(action.server));
    details_of(action.server).copy_accounts->clear();
  }
  void operator()(const StartCopy& action) const {
    CloneStatus clone;
    clone.state = CloneStatus::State::kRunning;
    clone.source = Address{action.donor_host, action.donor_port}.to_string();
    clone.began = action.before + "later";
    details_of(action.server).clone = clone;
  }

  static constexpr const char* kGrant = "GRANT REPLICATION SLAVE ON *.* TO `it`@`there`";
};

std::string told(const Step& step, const char* when, const Check& check) {
  return std::to_string(step.id) + " " + std::string(name_of(step.action)) + " on " +
         server_of(step.action) + ", " + when + ": " + check.why;
}

// Copies that were begun end: the server has restarted, and holds what its donor holds.
void end_copies(const Spec& spec, Observation& seen) {
  for (const ServerSpec& server : spec.servers) {
    ServerState* state = state_of(seen, *server.name);
    if (state == nullptr || !state->details || !state->details->clone ||
        !state->details->clone->runs())
      continue;
    CloneStatus& clone = *state->details->clone;
    const std::size_t colon = clone.source.rfind(':');
    const ServerState* donor = seen.state(server_at(
        spec, {clone.source.substr(0, colon), std::stoi(clone.source.substr(colon + 1))}));
    if (donor == nullptr || !donor->details) continue;
    clone.state = CloneStatus::State::kCompleted;
    clone.ended = clone.began + " and ended";
    clone.gtid_executed = donor->gtid_executed;
    state->gtid_executed = state->gtid_purged = donor->gtid_executed;
    state->channels = donor->channels;
    state->details->schemas = donor->details->schemas;
    state->details->users = donor->details->users;
    state->details->heartbeat = donor->details->heartbeat;
    state->details->heartbeat_table = donor->details->heartbeat_table;
    state->details->first_binary_log = "binlog.000001";
  }
}

// Between two passes everything arrives, that which is delayed too. As many rounds as there can be
// levels.
void let_time_pass(const Spec& spec, Observation& seen) {
  end_copies(spec, seen);
  for (std::size_t i = 0; i < spec.servers.size(); ++i)
    for (const ServerSpec& server : spec.servers) flow(spec, seen, *server.name);
}

}  // namespace

void take_effect(const Spec& spec, const Action& action, Observation& seen) {
  std::visit(Effect{spec, seen}, action);
  count_acknowledgers(seen);
}

void carry_out(const Spec& spec, const Plan& plan, std::size_t most, Convergence& run) {
  for (const Step& step : plan.steps) {
    if (most-- == 0) return;
    if (!runs_even_if_so(step.action) && postcondition(step.action, run.seen)) continue;
    if (const Check before = precondition(step.action, run.seen); !before) {
      run.broken.push_back(told(step, "before", before));
      continue;
    }
    take_effect(spec, step.action, run.seen);
    if (const Check after = postcondition(step.action, run.seen); !after)
      run.broken.push_back(told(step, "after", after));
  }
}

Convergence converge(const Spec& spec, const Observation& seen, const Intent& intent, int most) {
  Convergence run;
  run.seen = seen;
  run.intent = intent;
  // reconcile() writes down what a look shows before it acts on it.
  run.intent.memory = remembered(spec, run.seen, run.intent);
  run.left = make_plan(spec, run.seen, run.intent);
  while (!run.left.steps.empty() && run.passes < most) {
    ++run.passes;
    // What was under way has ended, and is looked at anew.
    for (auto& [name, look] : run.seen.servers)
      if (auto* state = std::get_if<ServerState>(&look); state != nullptr) {
        state->gtid_executed = state->executed_or_in_flight();
        state->executed_later.reset();
        state->gtid_owned = {};
        state->owned_later.reset();
      }
    carry_out(spec, run.left, run.left.steps.size(), run);
    for (const Step& step : run.left.steps)
      if (std::holds_alternative<ReleaseCommitThrottle>(step.action)) run.intent.throttle.reset();
    let_time_pass(spec, run.seen);
    run.intent = intent_after_look(spec, run.seen, run.intent);
    run.left = make_plan(spec, run.seen, run.intent);
  }
  return run;
}

}  // namespace gtidops::testing
