#include "sim/scenario.h"

#include "sim/fleet.h"

namespace gtidops::sim {
namespace {

constexpr const char* kUser = "repl";
constexpr const char* kFrom = "10.0.0.%";

SecretRef secret(const char* name) {
  SecretRef ref;
  ref.kind = SecretRef::Kind::kEnv;
  ref.name = name;
  return ref;
}

Spec make_spec(const World& world, const Scenario& scenario) {
  Spec spec;
  spec.file = "orders.yaml";
  spec.digest = "sha256:0";
  spec.name = Field<std::string>(std::string("orders"));
  spec.primary = Field<std::string>(std::string("db1"));
  spec.admin.user = Field<std::string>(std::string("gtidops"));
  spec.admin.password = secret("ADMIN_PW");
  for (const auto& server : world.servers) {
    ServerSpec one;
    one.name = Field<std::string>(server->name);
    one.address = Field<Address>(Address{server->host, 3306});
    const bool last = server->index + 1 == scenario.servers && server->index > 1;
    if (last && scenario.cascade) one.source = Field<std::string>(std::string("db2"), Position{});
    if (last && scenario.delayed) {
      one.delay = Field<Millis>(Millis{20'000}, Position{});
      one.promotion = Field<Promotion>(Promotion::kNever);
    }
    spec.servers.push_back(one);
  }
  ReplicationUserSpec user;
  user.name = Field<std::string>(std::string(kUser));
  user.host = Field<std::string>(std::string(kFrom));
  user.password = secret("REPL_PW");
  spec.replication.user = user;
  if (scenario.semi_sync > 0) {
    SemiSyncSpec& semi_sync = spec.replication.semi_sync.emplace();
    semi_sync.enabled = Field<bool>(true);
    semi_sync.wait_for_replicas = Field<int>(scenario.semi_sync);
    semi_sync.timeout = Field<Millis>(Millis{2'000});
  }
  spec.replication.options["SOURCE_CONNECT_RETRY"] =
      Field<std::string>(std::to_string(scenario.connect_retry), Position{});
  return spec;
}

// As mysqld --initialize leaves it.
void install(World& world, Rng& rng) {
  const bool gtids = rng.chance(0.5);
  for (const auto& server : world.servers) {
    server->server_id = rng.chance(0.7) ? 1 : static_cast<std::uint32_t>(server->index) + 1;
    server->gtid_mode = gtids ? "ON" : "OFF";
    server->enforce_gtid_consistency = gtids ? "ON" : "OFF";
  }
}

// Everybody has it, as if it had been replicated long ago.
void everywhere(World& world, TrxBody body) {
  const TrxId trx = world.ledger.add(0, world.server(0).server_id, 0, std::move(body));
  for (const auto& server : world.servers) {
    server->take_effect(trx);
    server->binlog.push_back(trx);
  }
}

void give_history(World& world, const Scenario& scenario, Rng& rng) {
  using Kind = TrxBody::Kind;
  const std::string& first = world.server(0).uuid;
  everywhere(world, {Kind::kCreateUser, kUser, kFrom, secret_of(secret("REPL_PW")), {}});
  everywhere(world, {Kind::kGrantReplication, kUser, kFrom, {}, {}});
  everywhere(world, {Kind::kSchema, "gtidops", {}, {}, {}});
  everywhere(world, {Kind::kTable, "gtidops", {}, {}, {}});
  everywhere(world, {Kind::kHeartbeat, first, "orders", {}, {}});
  everywhere(world, {Kind::kSchema, "shop", {}, {}, {}});
  everywhere(world, {Kind::kTable, "shop", {}, {}, {}});
  for (auto rows = rng.between(0, 8); rows > 0; --rows)
    everywhere(world, {Kind::kRow, "shop", {}, {}, {}});
  if (scenario.event)
    everywhere(world, {Kind::kEvent, "shop.tick", "app@10.0.1.%", {}, "latin1_general_cs"});
  if (rng.chance(0.4))
    for (const auto& server : world.servers)
      server->purge(static_cast<std::size_t>(rng.between(0, 12)));
}

void make_healthy(World& world, const Scenario& scenario, Rng& rng) {
  give_history(world, scenario, rng);
  for (const auto& server : world.servers) {
    server->persisted = {{"read_only", "ON"}, {"super_read_only", "ON"}};
    if (server->index == 0) continue;
    server->read_only = server->super_read_only = true;
    const ServerSpec& declared = *world.spec.server(server->name);
    const SimServer& source = *world.named(world.spec.source_of(declared));
    ChannelSetup setup;
    setup.host = source.host;
    setup.user = kUser;
    setup.password = secret_of(secret("REPL_PW"));
    setup.auto_position = true;
    setup.delay = declared.delay->count() / 1000;
    setup.options = {{"SOURCE_CONNECT_RETRY", std::to_string(scenario.connect_retry)},
                     {"SOURCE_SSL", "1"}};
    server->replication.setup = setup;
    server->replication.start_receiver();
    server->replication.start_applier();
  }
  world.server(0).opened_by = 1;  // by a gtidops of old
  world.knows_the_primary = scenario.established;
  if (scenario.established) world.disk.intent.established_primary_uuid = world.server(0).uuid;
}

}  // namespace

std::string kind_name(Kind kind) {
  switch (kind) {
    case Kind::kBootstrap:
      return "bootstrap";
    case Kind::kDrift:
      return "drift";
    case Kind::kHealthy:
      return "healthy";
    case Kind::kSwitch:
      return "switch";
  }
  return "?";
}

namespace {

// Once, there and back, on to a third, or taken back at once.
void draw_switches(Scenario& scenario, Rng& rng) {
  const int last = scenario.servers - (scenario.delayed ? 2 : 1);
  const auto another = [&](int than) {
    const int other = static_cast<int>(rng.between(0, last - 1));
    return other >= than ? other + 1 : other;
  };
  int now = 0;
  Micros at = rng.between(kSecond / 2, 4 * kSecond);
  for (auto times = rng.between(1, 3); times > 0; --times) {
    const int before = now;
    now = another(now);
    scenario.declarations.push_back({at, now});
    if (rng.chance(0.25)) {
      scenario.declarations.push_back({at + rng.between(1, 1'500) * kMillisecond, before});
      now = before;
    }
    at += rng.between(2, 8) * kSecond;
  }
  if (scenario.servers > 2 && rng.chance(0.15)) scenario.down = scenario.servers - 1;
}

}  // namespace

Scenario draw_scenario(Rng& rng) {
  Scenario scenario;
  const auto die = rng.between(0, 9);
  scenario.kind = die < 1   ? Kind::kBootstrap
                  : die < 3 ? Kind::kDrift
                  : die < 4 ? Kind::kHealthy
                            : Kind::kSwitch;
  scenario.servers = static_cast<int>(rng.between(2, 4));
  scenario.cascade = scenario.servers > 2 && rng.chance(0.35);
  scenario.delayed = scenario.servers > 2 && rng.chance(0.1);
  scenario.established = scenario.kind != Kind::kBootstrap && rng.chance(0.8);
  scenario.drifts = scenario.kind == Kind::kDrift ? static_cast<int>(rng.between(1, 3)) : 0;
  scenario.connect_retry = static_cast<int>(rng.between(1, 8));
  if (scenario.servers > 2 && rng.chance(0.2)) scenario.semi_sync = 1;
  if (scenario.kind == Kind::kSwitch) draw_switches(scenario, rng);
  // Of a generator of its own, so that the seeds of the corpus are still the runs that they were.
  Rng more(Rng(rng).next() ^ 0xE7E47U);
  scenario.event = more.chance(0.25);
  if (scenario.servers == 2 && more.chance(0.15)) scenario.semi_sync = 1;
  if (scenario.servers == 4 && scenario.semi_sync == 1 && more.chance(0.5)) scenario.semi_sync = 2;
  return scenario;
}

std::string describe(const Scenario& scenario) {
  std::string text =
      kind_name(scenario.kind) + ", " + std::to_string(scenario.servers) + " servers";
  if (scenario.cascade) text += ", a cascade";
  if (scenario.semi_sync > 0)
    text += ", semi-synchronous with " + std::to_string(scenario.semi_sync);
  if (scenario.event) text += ", an event";
  if (scenario.delayed) text += ", one delayed";
  if (!scenario.established) text += ", no state folder";
  for (const Declaration& one : scenario.declarations)
    text += ", then db" + std::to_string(one.server + 1);
  if (scenario.down >= 0) text += ", db" + std::to_string(scenario.down + 1) + " down";
  if (scenario.drifts > 0) text += ", " + std::to_string(scenario.drifts) + " changed by hand";
  return text;
}

void prepare(World& world, const Scenario& scenario, Rng& rng) {
  world.spec = make_spec(world, scenario);
  // A person is asked for everything here: a copy that failed is begun once more.
  world.spec.provisioning.again = true;
  if (scenario.kind == Kind::kBootstrap)
    install(world, rng);
  else
    make_healthy(world, scenario, rng);
  world.time.run_until(100 * kMillisecond);
  for (int i = 0; i < scenario.drifts; ++i) drift(world, rng);
  for (const Declaration& one : scenario.declarations)
    world.time.after(one.after, [&world, one] { declare_primary(world, one.server); });
  if (scenario.down >= 0) world.server(scenario.down).crash();
  world.say("scenario", [&] { return describe(scenario); });
}

void declare_primary(World& world, int server) {
  ServerSpec& chosen = world.spec.servers[static_cast<std::size_t>(server)];
  world.spec.primary = Field<std::string>(*chosen.name);
  chosen.source = Field<std::string>();
  world.clients.know(server);
  world.say("git", [&] { return "primary: " + *chosen.name; });
}

int declared_primary(const World& world) { return world.named(*world.spec.primary)->index; }

}  // namespace gtidops::sim
