// What is made of the words: the healthy state of each server, and then what was said about it.
#include "unit/support/fleet_builder.h"

#include <array>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "decide/planner.h"
#include "model/source_options.h"

namespace gtidops::testing {
namespace {

std::uint64_t number_of(std::string_view name) {
  const std::size_t digits = name.find_first_of("0123456789");
  if (name.substr(0, 2) == "db" && digits == 2 && name.size() <= 8 &&
      name.find_first_not_of("0123456789", 2) == std::string_view::npos)
    return std::stoull(std::string(name.substr(2)));
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return 0xA0000000U + hash % 0x10000000U;
}

std::string with_uuid(std::string_view item) {
  if (GtidSet::parse(item)) return std::string(item);
  const std::size_t begin = item.find_first_not_of(' ');
  const std::size_t colon = item.find(':');
  if (begin == std::string_view::npos || colon == std::string_view::npos)
    throw std::invalid_argument("no GTID set: " + std::string(item));
  return FleetBuilder::uuid_of(item.substr(begin, colon - begin)) + std::string(item.substr(colon));
}

// How SHOW REPLICA STATUS shows a declared option.
std::string shown(const SourceOption& option, const std::string& value) {
  if (option.type != SourceOption::Type::kBoolean) return value;
  const bool yes_no = option.name.substr(0, 10) == "SOURCE_SSL";
  if (yes_no) return value == "1" ? "Yes" : "No";
  return value;
}

std::map<std::string, std::string> healthy_variables() {
  return {{"binlog_format", "ROW"},
          {"binlog_row_image", "FULL"},
          {"innodb_flush_log_at_trx_commit", "1"},
          {"innodb_page_size", "16384"},
          {"lower_case_table_names", "0"},
          {"performance_schema", "ON"},
          {"persisted_globals_load", "ON"},
          {"replica_parallel_workers", "4"},
          {"replica_preserve_commit_order", "ON"},
          {"sync_binlog", "1"}};
}

}  // namespace

std::string FleetBuilder::uuid_of(std::string_view server) {
  const auto number = static_cast<unsigned long long>(number_of(server));
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%08llx-0000-4000-8000-%012llx", number, number);
  return text.data();
}

GtidSet FleetBuilder::gtids(std::string_view text) {
  std::string expanded;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (!expanded.empty()) expanded += ',';
    expanded += with_uuid(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  auto set = GtidSet::parse(expanded);
  if (!set) throw std::invalid_argument(set.error().message + ": " + expanded);
  return *set;
}

const FleetBuilder::Machine& FleetBuilder::machine(const std::string& name) const {
  for (std::size_t i = 0; i < spec_.servers.size(); ++i)
    if (*spec_.servers[i].name == name) return machines_[i];
  throw std::invalid_argument("no server " + name);
}

std::string FleetBuilder::seen_uuid(const std::string& name) const {
  const Machine& one = machine(name);
  return one.uuid.value_or(one.base ? one.base->server_uuid : uuid_of(name));
}

Spec FleetBuilder::spec() const {
  Spec spec = spec_;
  for (const auto& edit : spec_edits_) edit(spec);
  return spec;
}

void FleetBuilder::add_semi_sync(const Spec& spec, const ServerSpec& server, Details& details) {
  const SemiSyncSpec& declared = *spec.replication.semi_sync;
  if (!*declared.enabled) return;
  const bool primary = *server.name == *spec.primary;
  SemiSync& semi_sync = *details.semi_sync;
  const auto timeout = static_cast<std::uint64_t>(declared.timeout->count());
  semi_sync.source = {false, primary, *declared.wait_for_replicas, timeout, "AFTER_SYNC", true,
                      0,     primary};
  semi_sync.replica = {false, !primary, !primary};
  auto& persisted = *details.persisted;
  persisted["rpl_semi_sync_source_wait_for_replica_count"] =
      std::to_string(*declared.wait_for_replicas);
  persisted["rpl_semi_sync_source_timeout"] = std::to_string(timeout);
  persisted["rpl_semi_sync_source_enabled"] = "OFF";
  if (!primary) persisted["rpl_semi_sync_replica_enabled"] = "ON";
}

Details FleetBuilder::details_of(const Spec& spec, const Machine& machine) const {
  Details details;
  details.variables = healthy_variables();
  details.tls_available = true;
  details.connection_encrypted = true;
  details.first_binary_log = "binlog.000001";
  details.clone.emplace();
  details.copy_accounts.emplace();
  details.persisted.emplace();
  details.users.emplace();
  details.schemas.emplace();
  details.events.emplace();
  details.prepared_xa.emplace();
  if (spec.replication.semi_sync) details.semi_sync.emplace();
  details.heartbeat_table = false;
  if (machine.fresh) return details;
  details.persisted = {{"read_only", "ON"}, {"super_read_only", "ON"}};
  if (const auto& user = spec_.replication.user) {
    const std::string account = "`" + *user->name + "`@`" + *user->host + "`";
    details.users->push_back({*user->name,
                              *user->host,
                              "caching_sha2_password",
                              false,
                              false,
                              {"GRANT REPLICATION SLAVE ON *.* TO " + account}});
  }
  details.schemas->push_back({"orders", 3, 1 << 20});
  details.heartbeat = Heartbeat{seen_uuid(*spec.primary), 2};
  details.heartbeat_table = true;
  return details;
}

void FleetBuilder::attach(const Spec& spec, const ServerSpec& server, const Machine& machine,
                          ServerState& state) const {
  Channel channel = machine.stranger;
  if (machine.attach != Attach::kStranger) {
    const std::string source =
        machine.attach == Attach::kServer ? machine.follows : spec.source_of(server);
    if (machine.attach == Attach::kNone || source.empty()) return;
    const ServerSpec* from = spec.server(source);
    if (from == nullptr) throw std::invalid_argument("no server " + source);
    channel.source_host = from->dialled().host;
    channel.source_port = from->dialled().port;
    channel.source_uuid = seen_uuid(source);
  }
  channel.source_user = spec.replication.user ? *spec.replication.user->name : "repl";
  channel.receiver = channel.applier = ThreadState::kOn;
  channel.auto_position = true;
  channel.secret_as_declared = true;
  channel.seconds_behind = 0;
  channel.columns = {
      {"Connect_Retry", "60"}, {"Source_SSL_Allowed", "Yes"}, {"Get_Source_public_key", "No"}};
  for (const auto& [name, value] : spec.replication.options) {
    const SourceOption* option = find_source_option(name);
    if (option != nullptr && !option->shown_as.empty())
      channel.columns[std::string(option->shown_as)] = shown(*option, *value);
  }
  state.channels.push_back(std::move(channel));
}

FleetBuilder& FleetBuilder::begins_as(ServerState state) {
  now().base = std::move(state);
  return *this;
}

ServerState FleetBuilder::state_of(const Spec& spec, std::size_t index) const {
  const Machine& machine = machines_[index];
  ServerState state = machine.base ? based(spec, index) : healthy(spec, index);
  for (const Edit& edit : machine.edits) edit(state);
  return state;
}

// As it was, but for what was said since.
ServerState FleetBuilder::based(const Spec& spec, std::size_t index) const {
  const Machine& machine = machines_[index];
  ServerState state = *machine.base;
  if (machine.uuid) state.server_uuid = *machine.uuid;
  if (machine.executed) state.gtid_executed = *machine.executed;
  if (machine.writes != Writes::kAsDeclared) {
    state.read_only = machine.writes != Writes::kOpen;
    state.super_read_only = machine.writes == Writes::kFenced;
  }
  if (machine.attach != Attach::kAsDeclared) {
    std::erase_if(state.channels, [](const Channel& channel) { return channel.name.empty(); });
    attach(spec, spec.servers.at(index), machine, state);
  }
  return state;
}

ServerState FleetBuilder::healthy(const Spec& spec, std::size_t index) const {
  const ServerSpec& server = spec.servers.at(index);
  const Machine& machine = machines_[index];
  ServerState state;
  state.version = {8, 4, 3};
  state.version_text = "8.4.3";
  state.server_uuid = machine.uuid.value_or(uuid_of(*server.name));
  state.server_id = static_cast<std::uint32_t>(index + 1);
  state.hostname = *server.name;
  state.port = server.address->port;
  state.instance = state.hostname + ":" + std::to_string(state.port) + ":/var/lib/mysql/";
  const std::string& primary = *spec.primary;
  const GtidSet all = GtidSet::of(uuid_of(primary), 1, 100);
  state.gtid_executed = machine.executed.value_or(this->machine(primary).executed.value_or(all));
  state.gtid_mode = "ON";
  state.enforce_gtid_consistency = "ON";
  const bool open = machine.writes == Writes::kOpen ||
                    (machine.writes == Writes::kAsDeclared && *server.name == primary);
  state.read_only = !open;
  state.super_read_only = !open && machine.writes != Writes::kReadOnly;
  state.log_bin = state.log_replica_updates = true;
  state.looked_at = taken_at_;
  state.details = details_of(spec, machine);
  if (*server.name == primary && !machine.fresh && spec.replication.user)
    state.details->replication_login = true;
  if (spec.replication.semi_sync && !machine.fresh) add_semi_sync(spec, server, *state.details);
  attach(spec, server, machine, state);
  return state;
}

Observation FleetBuilder::observation() const {
  const Spec declared_spec = spec();
  Observation seen;
  seen.taken_at = taken_at_;
  std::map<std::string, std::int64_t> dumps;  // server_uuid -> replicas connected
  std::map<std::string, int> clients;         // those of them that acknowledge
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    const std::string& name = *declared_spec.servers.at(i).name;
    if (machines_[i].look == Look::kUnreachable) seen.servers[name] = machines_[i].unreachable;
    if (machines_[i].look != Look::kSeen) continue;
    ServerState state = state_of(declared_spec, i);
    for (const Channel& channel : state.channels)
      if (channel.receiver == ThreadState::kOn) ++dumps[channel.source_uuid];
    SemiSync::Replica* const side =
        state.details && state.details->semi_sync && state.details->semi_sync->replica
            ? &*state.details->semi_sync->replica
            : nullptr;
    const Channel* const channel = state.default_channel();
    if (side != nullptr && (channel == nullptr || channel->receiver != ThreadState::kOn))
      side->active = false;
    if (side != nullptr && side->active.value_or(false)) ++clients[channel->source_uuid];
    seen.servers[name] = state;
  }
  for (std::size_t i = 0; i < machines_.size(); ++i) {
    if (machines_[i].look != Look::kSeen) continue;
    auto& state = std::get<ServerState>(seen.servers.at(*declared_spec.servers[i].name));
    if (state.details) state.details->dump_threads = dumps[state.server_uuid];
    if (state.details && state.details->semi_sync && state.details->semi_sync->source)
      state.details->semi_sync->source->clients = clients[state.server_uuid];
    for (const Edit& edit : machines_[i].last) edit(state);
  }
  return seen;
}

Plan FleetBuilder::plan() const { return make_plan(spec(), observation(), intent()); }

}  // namespace gtidops::testing
