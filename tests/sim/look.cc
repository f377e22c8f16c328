// A look: what the queries of mysql/queries.h would have read, in their order: the channel first,
// gtid_executed last, and the rest in a second round trip.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "model/actions/provision.h"
#include "model/source_options.h"
#include "sim/fleet.h"
#include "sim/process.h"
#include "sim/world.h"

namespace gtidops::sim {

struct SimFleet::Looking {
  std::map<int, ServerState> states;
  std::map<int, Unreachable> unreachable;
  std::set<int> answered;
  std::map<int, Micros> read_at;
};

void read_channel(const World& world, const SimServer& server, ServerState& state) {
  const Replication& channel = server.replication;
  if (!channel.setup) return;
  Channel seen;
  seen.source_host = channel.setup->host;
  seen.source_port = channel.setup->port;
  seen.source_user = channel.setup->user;
  seen.source_uuid = channel.source_uuid;
  seen.receiver = channel.receiver;
  seen.applier = channel.applier;
  seen.receiver_error = channel.receiver_error;
  seen.applier_error = channel.applier_error;
  seen.auto_position = channel.setup->auto_position;
  seen.retrieved = channel.retrieved.gtids(world.ledger);
  if (channel.receiver == ThreadState::kOn && channel.applier == ThreadState::kOn)
    seen.seconds_behind =
        channel.relay_log.empty()
            ? 0
            : (world.time.now() - world.ledger.of(channel.relay_log.front()).committed) / kSecond;
  seen.delay_seconds = channel.setup->delay;
  seen.columns = {
      {"Connect_Retry", "60"}, {"Source_SSL_Allowed", "No"}, {"Get_Source_public_key", "No"}};
  for (const auto& [name, value] : channel.setup->options) {
    const SourceOption* option = find_source_option(name);
    if (option == nullptr || option->shown_as.empty()) continue;
    const bool boolean = option->type == SourceOption::Type::kBoolean;
    seen.columns[std::string(option->shown_as)] = boolean ? (value == "1" ? "Yes" : "No") : value;
  }
  if (channel.filtering) seen.filters.emplace_back("Replicate_Ignore_Table=shop.items");
  state.channels.push_back(std::move(seen));
}

void read_state(const World& world, const SimServer& server, ServerState& state) {
  state.version_text = server.version;
  state.version = Version::parse(server.version).value_or(kOldestSupported);
  state.server_uuid = server.uuid;
  state.server_id = server.server_id;
  state.hostname = server.name;
  state.port = 3306;
  state.instance = server.name + ":3306:/var/lib/mysql/";
  state.gtid_mode = server.gtid_mode;
  state.enforce_gtid_consistency = server.enforce_gtid_consistency;
  state.log_bin = state.log_replica_updates = true;
  state.read_only = server.read_only;
  // It shows ON while it still waits for a writer.
  state.super_read_only = server.super_read_only || server.writes.frozen_or_freezing();
  state.gtid_purged = server.purged.gtids(world.ledger);
  state.gtid_owned = server.writes.committing().gtids(world.ledger);
  state.gtid_executed = server.executed.gtids(world.ledger);
}

SemiSync read_semi_sync(const World& world, const SimServer& server) {
  SemiSync seen;
  if (server.semi_sync_source_loaded) {
    SemiSync::Source& source = seen.source.emplace();
    source.enabled = server.number("rpl_semi_sync_source_enabled") != 0;
    source.wait_count =
        static_cast<int>(server.number("rpl_semi_sync_source_wait_for_replica_count"));
    source.timeout_ms = static_cast<std::uint64_t>(server.number("rpl_semi_sync_source_timeout"));
    source.wait_point = "AFTER_SYNC";
    source.clients = 0;
    for (const auto& other : world.servers)
      if (other->replication.source == server.index && other->replication.semi_sync)
        ++*source.clients;
    source.active = source.enabled && !server.writes.fell_back();
  }
  if (server.semi_sync_replica_loaded) {
    SemiSync::Replica& replica = seen.replica.emplace();
    replica.enabled = server.number("rpl_semi_sync_replica_enabled") != 0;
    replica.active =
        server.replication.receiver == ThreadState::kOn && server.replication.semi_sync;
  }
  return seen;
}

void read_details(const World& world, const SimServer& server, const Spec& spec,
                  ServerState& state) {
  Details details;
  details.variables.insert(server.variables.begin(), server.variables.end());
  details.variables["read_only"] = server.read_only ? "ON" : "OFF";
  details.variables["super_read_only"] = server.super_read_only ? "ON" : "OFF";
  details.persisted = server.persisted;
  auto& users = details.users.emplace();
  for (const SimAccount& account : server.accounts) {
    if (account.user != *spec.replication.user->name) continue;
    const std::string who = "`" + account.user + "`@`" + account.host + "`";
    UserAccount seen{account.user, account.host, "caching_sha2_password", false, false, {}};
    seen.grants.push_back(account.replication_slave ? "GRANT REPLICATION SLAVE ON *.* TO " + who
                                                    : "GRANT USAGE ON *.* TO " + who);
    for (const std::string& more : account.more) seen.grants.push_back(more + " TO " + who);
    users.push_back(std::move(seen));
  }
  auto& schemas = details.schemas.emplace();
  for (const auto& [name, tables] : server.schemas) schemas.push_back({name, tables, 16'384});
  details.heartbeat_table = server.has_heartbeat_table;
  if (server.has_heartbeat_table) details.heartbeat = server.heartbeat;
  const std::string declared = secret_of(spec.replication.user->password);
  for (Channel& channel : state.channels)
    channel.secret_as_declared = server.replication.setup->password == declared;
  for (const SimAccount& account : server.accounts)
    if (server.name == *spec.primary && account.user == *spec.replication.user->name)
      details.replication_login = account.password == declared;
  if (spec.replication.semi_sync) details.semi_sync = read_semi_sync(world, server);
  details.tls_available = true;
  details.connection_encrypted = true;
  details.may_enable_events = true;
  auto& events = details.events.emplace();
  for (const auto& [name, event] : server.events) events.push_back(event);
  auto& transactions = details.long_transactions.emplace();
  for (const Writes::Holder& one : server.writes.transactions()) {
    const double seconds = static_cast<double>(world.time.now() - one.since) / 1e6;
    if (seconds >= kLongSeconds)
      transactions.push_back({std::to_string(one.session), "app@10.0.1.1", seconds, one.idle});
  }
  auto& prepared = details.prepared_xa.emplace();
  for (const auto& [xid, busy] : server.prepared) prepared.push_back("'" + xid + "','',1");
  details.clone = server.clone;
  details.clone_plugin = server.clone_plugin;
  auto& copying = details.copy_accounts.emplace();
  for (const SimAccount& account : server.accounts)
    if (account.user == kCopyUser) copying.push_back(account.host);
  // As if each transaction had a log of its own.
  details.first_binary_log = fmt::format("binlog.{:06}", server.binlog_begins + 1);
  for (const auto& other : world.servers)
    if (other->replication.source == server.index) ++details.dump_threads;
  details.started_at = std::chrono::floor<std::chrono::seconds>(wall_clock(server.booted_at));
  details.threads_connected = 1 + details.dump_threads;
  details.backup_locks.emplace();
  state.details = std::move(details);
}

// What it holds, and what it has received beyond that: "db1:1-22+23".
std::string in_short(const World& world, const ServerState& state) {
  std::string text = state.gtid_executed.to_string();
  if (!state.channels.empty()) {
    const GtidSet more = state.channels.front().retrieved.subtracted(state.gtid_executed);
    if (!more.empty()) text += "+" + more.to_string();
  }
  for (const auto& server : world.servers) {
    const std::string& uuid = server->uuid;
    for (auto at = text.find(uuid); at != std::string::npos; at = text.find(uuid))
      text.replace(at, uuid.size(), server->name);
  }
  return text;
}

// Question by question, each when it arrives there.
void SimFleet::look_at(SimServer& server, Depth depth, const std::shared_ptr<Looking>& looking) {
  World* const world = &world_;
  SimServer* const s = &server;
  const Node here = process_.host();
  const int boots = server.boots;
  const auto gone = [=] {
    if (s->boots == boots) return false;
    looking->unreachable[s->index] = {Unreachable::Reason::kLost, "the connection was lost"};
    looking->answered.insert(s->index);
    return true;
  };
  const auto answer = [=](auto&& then) {
    if (!world->network.open(s->node(), here)) return;  // until the deadline
    world->time.after(world->network.latency(), then);
  };
  const auto done = [=] { looking->answered.insert(s->index); };
  world_.time.after(world_.network.latency(), [=] {
    if (!world->network.open(here, s->node()) || gone()) return;
    read_channel(*world, *s, looking->states[s->index]);
    world->time.after(30, [=] {
      if (gone()) return;
      read_state(*world, *s, looking->states[s->index]);
      looking->read_at[s->index] = world->time.now();
      if (depth == Depth::kPulse && s->has_heartbeat_table)
        looking->states[s->index].pulse = s->heartbeat;
      if (depth != Depth::kDetails) return answer(done);
      answer([=] {
        if (gone()) return;
        world->time.after(world->network.latency() + 500, [=] {
          if (gone()) return;
          read_details(*world, *s, world->spec, looking->states[s->index]);
          answer(done);
        });
      });
    });
  });
}

Observation SimFleet::look(const std::vector<std::string>& servers, Depth depth, Millis deadline) {
  process_.before("look");
  const Micros until = world_.time.now() + deadline.count() * kMillisecond;
  auto looking = std::make_shared<Looking>();
  Observation seen;
  seen.taken_at = Moment(Millis(world_.time.now() / kMillisecond));
  for (const std::string& name : servers) {
    SimServer& server = world_.reached(name);
    // Side by side: nobody waits here.
    const auto no = world_.network.both(process_.host(), server.node()) ? reach(server, Millis{0})
                                                                        : std::nullopt;
    if (no) {
      looking->unreachable[server.index] = *no;
      looking->answered.insert(server.index);
    } else {
      look_at(server, depth, looking);
    }
  }
  if (process_.crashes_within()) {
    world_.time.run_until(world_.time.now() + world_.network.latency());
    process_.die();
  }
  world_.time.wait(until, [&] { return looking->answered.size() == servers.size(); });
  for (const std::string& name : servers) {
    const int index = world_.reached(name).index;
    const auto no = looking->unreachable.find(index);
    if (no != looking->unreachable.end())
      seen.servers[name] = no->second;
    else if (looking->answered.count(index) == 0)
      seen.servers[name] = Unreachable{Unreachable::Reason::kTimeout, "no answer in time"};
    else
      seen.servers[name] = std::move(looking->states[index]);
    if (std::holds_alternative<ServerState>(seen.servers[name]))
      world_.reached(name).seen_at = looking->read_at[index];
  }
  // Who may not act only looks, and writes nothing down.
  const bool acts = std::any_of(world_.servers.begin(), world_.servers.end(), [&](const auto& one) {
    const auto holder = one->sessions.find(one->right);
    return holder != one->sessions.end() && holder->second.owner == process_.number();
  });
  if (acts && process_.disk().holder == process_.number()) {
    std::map<int, const ServerState*> shown;
    for (const auto& [name, one] : seen.servers)
      if (const auto* state = std::get_if<ServerState>(&one))
        shown[world_.reached(name).index] = state;
    world_.evidence.looked(process_.number(), process_.disk().number, shown,
                           depth == Depth::kDetails);
  }
  world_.say(process_.name(), [&] {
    std::string text = depth == Depth::kDetails ? "looks in depth:" : "looks:";
    for (const auto& [name, one] : seen.servers) {
      const auto* state = std::get_if<ServerState>(&one);
      text += " " + name +
              (state == nullptr    ? " unreachable;"
               : state->fenced()   ? " fenced"
               : state->writable() ? " OPEN"
                                   : " read_only");
      if (state != nullptr) text += " " + in_short(world_, *state) + ";";
    }
    return text;
  });
  process_.after();
  return seen;
}

}  // namespace gtidops::sim
