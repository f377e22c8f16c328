// The words of the FleetBuilder: each notes what was said; fleet_builder.cc makes values of it.
#include <stdexcept>
#include <utility>

#include "unit/support/fleet_builder.h"

namespace gtidops::testing {
namespace {

// Reads as from a file, so that `declared` is true.
template <class T>
Field<T> declared(T value) {
  return Field<T>(std::move(value), Position{1, 1});
}

Channel& channel_of(ServerState& state) {
  for (Channel& channel : state.channels)
    if (channel.name.empty()) return channel;
  throw std::invalid_argument("this server has no default channel");
}

}  // namespace

FleetBuilder::FleetBuilder(const std::string& topology)
    : taken_at_(parse_moment("2026-11-22T15:00:00.123Z").value()) {
  spec_.file = topology + ".yaml";
  spec_.digest = "sha256:3f786850e387550fdab836ed7e6dc881de23001b2f1ad2f3f4f6c1f5b5e1c0de";
  spec_.name = declared(topology);
  spec_.admin.user = declared<std::string>("gtidops");
  ReplicationUserSpec user;
  user.name = declared<std::string>("repl");
  user.host = declared<std::string>("10.0.%");
  user.password.kind = SecretRef::Kind::kEnv;
  user.password.name = "REPL_PW";
  spec_.replication.user = user;
}

FleetBuilder& FleetBuilder::server(const std::string& name) {
  for (std::size_t i = 0; i < spec_.servers.size(); ++i) {
    if (*spec_.servers[i].name != name) continue;
    current_ = i;
    return *this;
  }
  ServerSpec server;
  server.name = declared(name);
  server.address = declared(Address{"10.0.0." + std::to_string(spec_.servers.size() + 1), 3306});
  if (spec_.servers.empty()) spec_.primary = declared(name);
  spec_.servers.push_back(std::move(server));
  machines_.emplace_back();
  current_ = machines_.size() - 1;
  return *this;
}

FleetBuilder::Machine& FleetBuilder::now() {
  if (machines_.empty()) throw std::invalid_argument("begin a server first");
  return machines_[current_];
}

ServerSpec& FleetBuilder::now_spec() {
  if (machines_.empty()) throw std::invalid_argument("begin a server first");
  return spec_.servers[current_];
}

FleetBuilder& FleetBuilder::then(Edit edit) {
  now().edits.push_back(std::move(edit));
  return *this;
}

FleetBuilder& FleetBuilder::on_channel(std::function<void(Channel&)> edit) {
  return then([edit = std::move(edit)](ServerState& state) { edit(channel_of(state)); });
}

FleetBuilder& FleetBuilder::on_details(std::function<void(Details&)> edit) {
  return then([edit = std::move(edit)](ServerState& state) {
    if (!state.details) throw std::invalid_argument("this server has no details");
    edit(*state.details);
  });
}

// --- Both.

FleetBuilder& FleetBuilder::primary() {
  spec_.primary = declared(*now_spec().name);
  return *this;
}

FleetBuilder& FleetBuilder::replica_of(const std::string& name) {
  source(name);
  return follows(name);
}

FleetBuilder& FleetBuilder::delay(Millis delay) {
  declared_delay(delay);
  return observed_delay(delay.count() / 1000);
}

FleetBuilder& FleetBuilder::address(const std::string& host, int port) {
  now_spec().address = declared(Address{host, port});
  return *this;
}

// --- Declared.

FleetBuilder& FleetBuilder::source(const std::string& name) {
  now_spec().source = declared(name);
  return *this;
}

FleetBuilder& FleetBuilder::declared_delay(Millis delay) {
  now_spec().delay = declared(delay);
  return *this;
}

FleetBuilder& FleetBuilder::replication_address(const std::string& host, int port) {
  now_spec().replication_address = declared(Address{host, port});
  return *this;
}

FleetBuilder& FleetBuilder::promotion(Promotion promotion) {
  now_spec().promotion = declared(promotion);
  return *this;
}

FleetBuilder& FleetBuilder::maintenance(const std::string& reason, std::optional<Moment> until) {
  MaintenanceSpec maintenance;
  maintenance.reason = declared(reason);
  if (until) maintenance.until = declared(until);
  now_spec().maintenance = maintenance;
  return *this;
}

FleetBuilder& FleetBuilder::digest(const std::string& digest) {
  spec_.digest = digest;
  return *this;
}

FleetBuilder& FleetBuilder::option(const std::string& name, const std::string& value) {
  spec_.replication.options[name] = declared(value);
  return *this;
}

FleetBuilder& FleetBuilder::on_errant(OnErrant policy) {
  spec_.gtid.on_errant = declared(policy);
  return *this;
}

FleetBuilder& FleetBuilder::suspended(const std::string& reason, std::optional<Moment> until) {
  spec_.suspend.enabled = declared(true);
  spec_.suspend.reason = declared(reason);
  if (until) spec_.suspend.until = declared(until);
  return *this;
}

FleetBuilder& FleetBuilder::observe_only() {
  spec_.reconcile.mode = declared(ReconcileMode::kObserve);
  return *this;
}

FleetBuilder& FleetBuilder::without_replication_user() {
  spec_.replication.user.reset();
  return *this;
}

FleetBuilder& FleetBuilder::edit_spec(const std::function<void(Spec&)>& edit) {
  spec_edits_.push_back(edit);
  return *this;
}

// --- Observed, as a whole.

FleetBuilder& FleetBuilder::unreachable(Unreachable::Reason reason, const std::string& message) {
  now().look = Look::kUnreachable;
  now().unreachable = {reason, message};
  return *this;
}

FleetBuilder& FleetBuilder::not_looked_at() {
  now().look = Look::kNone;
  return *this;
}

FleetBuilder& FleetBuilder::fresh() {
  Machine& machine = now();
  machine.base.reset();
  machine.fresh = true;
  machine.attach = Attach::kNone;
  machine.writes = Writes::kOpen;
  if (!machine.executed) machine.executed = GtidSet{};
  return *this;
}

FleetBuilder& FleetBuilder::no_channel() {
  now().attach = Attach::kNone;
  return *this;
}

FleetBuilder& FleetBuilder::no_details() {
  return edit([](ServerState& state) { state.details.reset(); });
}

FleetBuilder& FleetBuilder::version(const std::string& text) {
  const auto version = Version::parse(text);
  if (!version) throw std::invalid_argument("no version: " + text);
  return then([text, version](ServerState& state) {
    state.version = *version;
    state.version_text = text;
  });
}

FleetBuilder& FleetBuilder::uuid(const std::string& uuid) {
  now().uuid = uuid;
  return *this;
}

FleetBuilder& FleetBuilder::server_id(std::uint32_t id) {
  return then([id](ServerState& state) { state.server_id = id; });
}

FleetBuilder& FleetBuilder::instance(const std::string& text) {
  return then([text](ServerState& state) { state.instance = text; });
}

FleetBuilder& FleetBuilder::gtid_mode(const std::string& mode, const std::string& enforce) {
  return then([mode, enforce](ServerState& state) {
    state.gtid_mode = mode;
    state.enforce_gtid_consistency = enforce;
  });
}

FleetBuilder& FleetBuilder::log_bin(bool log_bin, bool log_replica_updates) {
  return then([=](ServerState& state) {
    state.log_bin = log_bin;
    state.log_replica_updates = log_replica_updates;
  });
}

// --- Who may write.

FleetBuilder& FleetBuilder::writable() {
  now().writes = Writes::kOpen;
  return *this;
}

FleetBuilder& FleetBuilder::read_only() {
  now().writes = Writes::kReadOnly;
  return *this;
}

FleetBuilder& FleetBuilder::super_read_only() {
  now().writes = Writes::kFenced;
  return *this;
}

FleetBuilder& FleetBuilder::persisted(const std::string& name, const std::string& value) {
  return on_details([=](Details& details) {
    if (!details.persisted) details.persisted.emplace();
    (*details.persisted)[name] = value;
  });
}

FleetBuilder& FleetBuilder::nothing_persisted() {
  return on_details([](Details& details) { details.persisted.emplace(); });
}

// --- GTIDs.

FleetBuilder& FleetBuilder::executed(std::string_view text) {
  now().executed = gtids(text);
  return *this;
}

FleetBuilder& FleetBuilder::executed_later(std::string_view text) {
  return then([set = gtids(text)](ServerState& state) { state.executed_later = set; });
}

FleetBuilder& FleetBuilder::owned(std::string_view text) {
  return then([set = gtids(text)](ServerState& state) { state.gtid_owned = set; });
}

FleetBuilder& FleetBuilder::purged(std::string_view text) {
  return then([set = gtids(text)](ServerState& state) { state.gtid_purged = set; });
}

FleetBuilder& FleetBuilder::retrieved(std::string_view text) {
  return on_channel([set = gtids(text)](Channel& channel) { channel.retrieved = set; });
}

// --- The default channel.

FleetBuilder& FleetBuilder::follows(const std::string& server) {
  now().attach = Attach::kServer;
  now().follows = server;
  return *this;
}

FleetBuilder& FleetBuilder::follows_stranger(const std::string& host, int port,
                                             const std::string& uuid) {
  now().attach = Attach::kStranger;
  now().stranger.source_host = host;
  now().stranger.source_port = port;
  now().stranger.source_uuid = uuid;
  return *this;
}

FleetBuilder& FleetBuilder::receiver(ThreadState thread) {
  return on_channel([thread](Channel& channel) { channel.receiver = thread; });
}

FleetBuilder& FleetBuilder::applier(ThreadState thread) {
  return on_channel([thread](Channel& channel) {
    channel.applier = thread;
    if (thread != ThreadState::kOn) channel.seconds_behind.reset();
  });
}

FleetBuilder& FleetBuilder::receiver_error(int number, const std::string& text) {
  return on_channel([=](Channel& channel) {
    channel.receiver = ThreadState::kConnecting;
    channel.receiver_error = {number, text};
    channel.seconds_behind.reset();
  });
}

FleetBuilder& FleetBuilder::applier_error(int number, const std::string& text) {
  return on_channel([=](Channel& channel) {
    channel.applier = ThreadState::kOff;
    channel.applier_error = {number, text};
    channel.seconds_behind.reset();
  });
}

FleetBuilder& FleetBuilder::behind(std::optional<std::int64_t> seconds) {
  return on_channel([seconds](Channel& channel) { channel.seconds_behind = seconds; });
}

FleetBuilder& FleetBuilder::observed_delay(std::int64_t seconds) {
  return on_channel([seconds](Channel& channel) { channel.delay_seconds = seconds; });
}

FleetBuilder& FleetBuilder::auto_position(bool on) {
  return on_channel([on](Channel& channel) { channel.auto_position = on; });
}

FleetBuilder& FleetBuilder::source_user(const std::string& user) {
  return on_channel([user](Channel& channel) { channel.source_user = user; });
}

FleetBuilder& FleetBuilder::source_uuid(const std::string& uuid) {
  return on_channel([uuid](Channel& channel) { channel.source_uuid = uuid; });
}

FleetBuilder& FleetBuilder::column(const std::string& name, const std::string& value) {
  return on_channel([=](Channel& channel) { channel.columns[name] = value; });
}

FleetBuilder& FleetBuilder::filter(const std::string& text) {
  return on_channel([text](Channel& channel) { channel.filters.push_back(text); });
}

FleetBuilder& FleetBuilder::stray_channel(const std::string& name, const std::string& host,
                                          int port) {
  Channel channel;
  channel.name = name;
  channel.source_host = host;
  channel.source_port = port;
  channel.source_user = "repl";
  channel.receiver = channel.applier = ThreadState::kOn;
  channel.auto_position = true;
  return then([channel](ServerState& state) { state.channels.push_back(channel); });
}

// --- Details.

FleetBuilder& FleetBuilder::variable(const std::string& name, const std::string& value) {
  return on_details([=](Details& details) { details.variables[name] = value; });
}

FleetBuilder& FleetBuilder::schema(const std::string& name, std::int64_t tables,
                                   std::int64_t bytes) {
  return on_details([=](Details& details) {
    if (!details.schemas) details.schemas.emplace();
    details.schemas->push_back({name, tables, bytes});
  });
}

FleetBuilder& FleetBuilder::no_schemas() {
  return on_details([](Details& details) { details.schemas.emplace(); });
}

FleetBuilder& FleetBuilder::schemas_unreadable() {
  return on_details([](Details& details) { details.schemas.reset(); });
}

FleetBuilder& FleetBuilder::account(const std::string& user, const std::string& host,
                                    const std::vector<std::string>& grants) {
  return on_details([=](Details& details) {
    if (!details.users) details.users.emplace();
    details.users->push_back({user, host, "caching_sha2_password", false, false, grants});
  });
}

FleetBuilder& FleetBuilder::no_accounts() {
  return on_details([](Details& details) { details.users.emplace(); });
}

FleetBuilder& FleetBuilder::no_heartbeat() {
  return on_details([](Details& details) { details.heartbeat.reset(); });
}

FleetBuilder& FleetBuilder::first_binary_log(const std::optional<std::string>& name) {
  return on_details([name](Details& details) { details.first_binary_log = name; });
}

FleetBuilder& FleetBuilder::missing_privileges(const std::vector<std::string>& names) {
  return on_details([names](Details& details) { details.missing_privileges = names; });
}

FleetBuilder& FleetBuilder::semi_sync(bool enabled, int wait_for_replicas, Millis timeout) {
  SemiSyncSpec spec;
  spec.enabled = declared(enabled);
  spec.wait_for_replicas = declared(wait_for_replicas);
  spec.timeout = declared(timeout);
  spec_.replication.semi_sync = spec;
  return *this;
}

FleetBuilder& FleetBuilder::on_semi_sync(std::function<void(SemiSync&)> edit) {
  return on_details([edit = std::move(edit)](Details& details) {
    if (!details.semi_sync) throw std::invalid_argument("semi-sync is not declared");
    edit(*details.semi_sync);
  });
}

FleetBuilder& FleetBuilder::semi_sync_plugins(bool source, bool replica, bool old_names) {
  return on_semi_sync([=](SemiSync& semi_sync) {
    if (!source) semi_sync.source.reset();
    if (!replica) semi_sync.replica.reset();
    if (source && !semi_sync.source) semi_sync.source = SemiSync::Source{};
    if (replica && !semi_sync.replica) semi_sync.replica = SemiSync::Replica{};
    if (semi_sync.source) semi_sync.source->old_names = old_names;
    if (semi_sync.replica) semi_sync.replica->old_names = old_names;
  });
}

FleetBuilder& FleetBuilder::semi_sync_source(bool enabled) {
  return on_semi_sync([enabled](SemiSync& semi_sync) {
    semi_sync.source.value().enabled = enabled;
    semi_sync.source->active = enabled;
  });
}

FleetBuilder& FleetBuilder::semi_sync_replica(bool enabled) {
  return on_semi_sync(
      [enabled](SemiSync& semi_sync) { semi_sync.replica.value().enabled = enabled; });
}

FleetBuilder& FleetBuilder::semi_sync_agreed(std::optional<bool> active) {
  return on_semi_sync([active](SemiSync& semi_sync) { semi_sync.replica.value().active = active; });
}

FleetBuilder& FleetBuilder::semi_sync_limits(int wait_count, std::uint64_t timeout_ms) {
  return on_semi_sync([=](SemiSync& semi_sync) {
    semi_sync.source.value().wait_count = wait_count;
    semi_sync.source->timeout_ms = timeout_ms;
  });
}

FleetBuilder& FleetBuilder::semi_sync_clients(std::optional<int> clients) {
  return edit_details(
      [clients](Details& details) { details.semi_sync.value().source.value().clients = clients; });
}

FleetBuilder& FleetBuilder::edit(const std::function<void(ServerState&)>& edit) {
  now().last.push_back(edit);
  return *this;
}

FleetBuilder& FleetBuilder::edit_channel(const std::function<void(Channel&)>& edit) {
  return this->edit([edit](ServerState& state) { edit(channel_of(state)); });
}

FleetBuilder& FleetBuilder::edit_details(const std::function<void(Details&)>& edit) {
  return this->edit([edit](ServerState& state) { edit(state.details.value()); });
}

// --- Of the whole.

FleetBuilder& FleetBuilder::taken_at(Moment moment) {
  taken_at_ = moment;
  return *this;
}

FleetBuilder& FleetBuilder::established(const std::string& server) {
  intent_.established_primary_uuid = seen_uuid(server);
  return *this;
}

}  // namespace gtidops::testing
