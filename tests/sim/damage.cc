#include "sim/damage.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "sim/scenario.h"

namespace gtidops::sim {
namespace {

// What lasts of a server, at one moment.
struct Copy {
  std::vector<TrxId> binlog;
  std::size_t binlog_begins = 0;
  TrxSet executed, purged;
  std::vector<SimAccount> accounts;
  std::map<std::string, int> schemas;
  std::optional<Heartbeat> heartbeat;
};

std::shared_ptr<Copy> copy_of(const SimServer& server) {
  return std::make_shared<Copy>(Copy{server.binlog, server.binlog_begins, server.executed,
                                     server.purged, server.accounts, server.schemas,
                                     server.heartbeat});
}

std::int64_t next_number(const World& world, const SimServer& server) {
  std::int64_t next = 1;
  for (TrxId id = 0; id < static_cast<TrxId>(world.ledger.size()); ++id)
    if (world.ledger.of(id).origin == server.origin && server.executed.has(id))
      next = world.ledger.of(id).number + 1;
  return next;
}

void restore(World& world, SimServer& server, const Copy& copy, const std::string& uuid) {
  server.crash();
  const GtidSet before = server.executed.gtids(world.ledger);
  server.binlog = copy.binlog;
  server.binlog_begins = copy.binlog_begins;
  server.executed = copy.executed;
  server.purged = copy.purged;
  server.accounts = copy.accounts;
  server.schemas = copy.schemas;
  server.heartbeat = copy.heartbeat;
  world.evidence.lost(server.index, before.subtracted(server.executed.gtids(world.ledger)));
  server.restored = true;
  server.persisted = {{"read_only", "ON"}, {"super_read_only", "ON"}};
  if (uuid.empty()) {
    world.ledger.rewind(server.origin, next_number(world, server));
  } else {
    server.uuid = uuid;
    server.origin = world.ledger.add_origin(uuid);
    world.reborn = true;
  }
  world.say(server.name, [&] { return "comes back from an older copy, as " + server.uuid; });
}

SimServer& primary_of(World& world) { return world.server(declared_primary(world)); }

int another(World& world) {
  const int primary = declared_primary(world);
  return primary == 0 ? 1 : 0;
}

// Only where everything else is as it should be: what else goes wrong would hide it.
bool is_well(World& world) {
  SimServer& primary = primary_of(world);
  if (!primary.up || primary.fenced() || primary.replication.setup) return false;
  for (const auto& server : world.servers) {
    const Replication& channel = server->replication;
    if (server.get() != &primary &&
        (!server->up || !channel.setup || channel.source != primary.index))
      return false;
  }
  return true;
}

void say(World& world, const SimServer& server, const std::string& what) {
  world.trouble();
  world.for_a_person = true;
  world.say(server.name, [&] { return "by hand: " + what; });
}

}  // namespace

namespace {

// As people purge: what every other server has, but for those in `except`.
void purge_what_all_have(World& world, SimServer& server, int except) {
  std::size_t all_have = 0;
  for (const TrxId trx : server.binlog) {
    const bool everywhere = std::all_of(
        world.servers.begin(), world.servers.end(),
        [&](const auto& other) { return other->index == except || other->executed.has(trx); });
    if (!everywhere) break;
    ++all_have;
  }
  server.purge(server.binlog.size() - all_have);
}

}  // namespace

void set_up_anew(World& world) {
  World* const w = &world;
  world.time.after(3 * kSecond, [w] {
    SimServer& server = w->server(another(*w));
    SimServer& primary = primary_of(*w);
    const bool held = std::all_of(server.binlog.begin(), server.binlog.end(),
                                  [&](TrxId trx) { return primary.executed.has(trx); });
    // That an event ran there is known there alone until it runs on the new primary.
    const bool runs_events = std::any_of(
        server.events.begin(), server.events.end(),
        [](const auto& event) { return event.second.status == ScheduledEvent::Status::kEnabled; });
    if (!is_well(*w) || !held || runs_events || !server.fenced() || server.clone.runs()) return;
    w->trouble();
    server.crash();
    server.uuid = fmt::format("000000a{:x}-0000-4000-8000-00000000000a", server.index);
    server.origin = w->ledger.add_origin(server.uuid);
    server.binlog.clear();
    server.binlog_begins = 0;
    server.executed.clear();
    server.purged.clear();
    server.forgotten.clear();
    server.left_out.clear();
    server.accounts.clear();
    server.schemas.clear();
    server.events.clear();
    server.prepared.clear();
    server.has_heartbeat_table = server.clone_plugin = false;
    server.heartbeat.reset();
    server.clone = {};
    server.semi_sync_source_loaded = server.semi_sync_replica_loaded = false;
    server.replication.reset_all(true);
    server.persisted = {{"read_only", "ON"}, {"super_read_only", "ON"}};
    w->set_up_anew = true;
    w->say(server.name, [&] { return "is set up anew, as " + server.uuid; });
    for (const auto& other : w->servers)
      if (other->index != server.index) purge_what_all_have(*w, *other, server.index);
    w->time.after(2 * kSecond, [&server] { server.boot(); });
  });
}

void reset_then_switch(World& world) {
  World* const w = &world;
  world.time.after(3 * kSecond, [w] {
    if (!is_well(*w)) return;
    SimServer& server = primary_of(*w);
    say(*w, server, "RESET BINARY LOGS AND GTIDS");
    server.forgotten.add(server.executed);
    w->evidence.lost(server.index, server.executed.gtids(w->ledger));
    server.executed.clear();
    server.purged.clear();
    server.binlog.clear();
    server.binlog_begins = 0;
    server.restored = true;
    w->ledger.rewind(server.origin, 1);
    for (const auto& other : w->servers)
      if (other->replication.source == server.index) other->replication.source_went_away();
  });
  world.time.after(12 * kSecond, [w] {
    if (w->for_a_person && !w->settled) declare_primary(*w, another(*w));
  });
}

void filter_then_switch(World& world) {
  World* const w = &world;
  world.time.after(2 * kSecond, [w] {
    if (!is_well(*w)) return;
    SimServer& server = w->server(another(*w));
    say(*w, server, "CHANGE REPLICATION FILTER");
    server.replication.filtering = true;
    w->evidence.filters(server.index);
    w->time.after(5 * kSecond, [&server] { server.replication.filtering = false; });
    w->time.after(7 * kSecond, [w, &server] { declare_primary(*w, server.index); });
  });
}

void older_copy_alone(World& world) {
  World* const w = &world;
  auto copy = copy_of(primary_of(world));
  const int primary = declared_primary(world);
  world.time.after(4 * kSecond, [w, copy, primary] {
    if (declared_primary(*w) != primary || !is_well(*w)) return;
    SimServer& server = primary_of(*w);
    say(*w, server, "a snapshot is put back");
    restore(*w, server, *copy, {});
    server.boot();
    w->time.after(5 * kSecond, [w, &server] {
      for (const auto& other : w->servers)
        if (other.get() != &server) other->crash();
    });
  });
}

void older_copy_with_another_uuid(World& world) {
  World* const w = &world;
  auto copy = copy_of(primary_of(world));
  const int primary = declared_primary(world);
  world.time.after(4 * kSecond, [w, copy, primary] {
    if (declared_primary(*w) != primary || !is_well(*w)) return;
    SimServer& server = primary_of(*w);
    say(*w, server, "a backup is restored");
    restore(*w, server, *copy, "0000000f-0000-4000-8000-00000000000f");
    // The state folder went with the machine.
    w->disk.intent = {};
    w->disk.soon.reset();
    w->disk.noted.reset();
    w->knows_the_primary = false;
    server.boot();
  });
}

void address_elsewhere(World& world) {
  World* const w = &world;
  const int index = static_cast<int>(world.servers.size());
  world.time.after(3 * kSecond, [w, index] {
    if (!is_well(*w)) return;
    const SimServer& primary = primary_of(*w);
    const std::string uuid = "0000000e-0000-4000-8000-00000000000e";
    auto stranger = std::make_unique<SimServer>(*w, index, uuid);
    stranger->origin = w->ledger.add_origin(uuid);
    const auto copy = copy_of(primary);
    stranger->binlog = copy->binlog;
    stranger->executed = copy->executed;
    stranger->purged = copy->purged;
    stranger->binlog_begins = copy->binlog_begins;
    stranger->accounts = copy->accounts;
    stranger->schemas = copy->schemas;
    stranger->heartbeat = copy->heartbeat;
    stranger->has_heartbeat_table = primary.has_heartbeat_table;
    stranger->persisted = {{"read_only", "ON"}, {"super_read_only", "ON"}};
    stranger->read_only = stranger->super_read_only = true;
    say(*w, primary, "its address in the file leads to another server");
    for (ServerSpec& server : w->spec.servers)
      if (*server.name == primary.name)
        server.address = Field<Address>(Address{stranger->host, 3306});
    w->spec.digest = "sha256:elsewhere";
    w->elsewhere[primary.name] = index;
    w->servers.push_back(std::move(stranger));
  });
}

const std::vector<Damage>& damages() {
  static const std::vector<Damage> all{
      {"reset_then_switch", reset_then_switch},
      {"filter_then_switch", filter_then_switch},
      {"older_copy_alone", older_copy_alone},
      {"older_copy_with_another_uuid", older_copy_with_another_uuid},
      {"address_elsewhere", address_elsewhere},
  };
  return all;
}

}  // namespace gtidops::sim
