// What people do to servers by hand.
#include <array>
#include <string>

#include "sim/scenario.h"

namespace gtidops::sim {
namespace {

using Change = std::string (*)(World& world, SimServer& server, Rng& rng);

std::string stop_replica(World&, SimServer& server, Rng& rng) {
  const auto which = rng.between(0, 2);
  if (which != 0) server.replication.stop_receiver();
  if (which != 1) server.replication.stop_applier();
  return "STOP REPLICA";
}

// CHANGE REPLICATION SOURCE TO by hand, with what must be stopped and started around it.
template <class Edit>
void change_channel(SimServer& server, Edit edit) {
  ChannelSetup setup = *server.replication.setup;
  edit(setup);
  server.replication.stop_receiver();
  server.replication.stop_applier();
  server.replication.change(setup, true);
  server.replication.start_receiver();
  server.replication.start_applier();
}

std::string change_delay(World&, SimServer& server, Rng&) {
  change_channel(server, [](ChannelSetup& setup) { setup.delay += 3; });
  return "SOURCE_DELAY is changed";
}

std::string change_option(World&, SimServer& server, Rng&) {
  change_channel(server, [](ChannelSetup& setup) { setup.options["SOURCE_CONNECT_RETRY"] = "9"; });
  return "SOURCE_CONNECT_RETRY is changed";
}

std::string change_source(World& world, SimServer& server, Rng& rng) {
  std::vector<int> others;
  // One that follows nobody would look as if it had been promoted (see reset_replica).
  for (const auto& other : world.servers)
    if (other.get() != &server && other->index != declared_primary(world) &&
        other->replication.setup)
      others.push_back(other->index);
  if (others.empty()) return stop_replica(world, server, rng);
  const SimServer& other = world.server(rng.pick(others));
  // Not in a circle.
  if (other.replication.setup && other.replication.setup->host == server.host)
    return stop_replica(world, server, rng);
  change_channel(server, [&](ChannelSetup& setup) { setup.host = other.host; });
  return "it is pointed at " + other.name;
}

// One that leads others and follows nobody looks as if it had been promoted: gtidops keeps its
// hands off, and rightly so.
std::string reset_replica(World& world, SimServer& server, Rng& rng) {
  // Without a memory of who was opened, one that stands alone may have been put there on purpose.
  if (!world.knows_the_primary) return stop_replica(world, server, rng);
  for (const auto& other : world.servers)
    if (other->replication.setup && other->replication.setup->host == server.host)
      return stop_replica(world, server, rng);
  server.replication.stop_receiver();
  server.replication.stop_applier();
  server.replication.reset_all(true);
  return "RESET REPLICA ALL";
}

std::string thaw(World& world, SimServer& server, Rng& rng) {
  server.writes.thaw(rng.chance(0.5));
  server.opened_by = -1;
  server.opened_at = world.time.now();
  return server.read_only ? "super_read_only = OFF" : "read_only = OFF";
}

std::string forget_persisted(World&, SimServer& server, Rng& rng) {
  server.forgot_by_hand = true;
  server.persisted.erase(rng.chance(0.5) ? "read_only" : "super_read_only");
  return "RESET PERSIST of a read-only flag";
}

std::string close_primary(World&, SimServer& server, Rng&) {
  server.read_only = true;
  return "read_only = ON on the primary";
}

}  // namespace

void drift(World& world, Rng& rng) {
  constexpr std::array<Change, 7> kOnReplicas{stop_replica,    change_delay,  change_option,
                                              change_source,   reset_replica, thaw,
                                              forget_persisted};
  SimServer& server =
      world.server(static_cast<int>(rng.between(0, static_cast<int>(world.servers.size()) - 1)));
  if (!server.up) return;
  std::string what;
  if (server.index == declared_primary(world)) {
    if (server.replication.setup) return;
    what =
        rng.chance(0.5) ? close_primary(world, server, rng) : forget_persisted(world, server, rng);
  } else {
    const Change change = kOnReplicas[static_cast<std::size_t>(rng.between(0, 6))];
    // An old primary that is opened by hand takes writes of clients: that is their doing, not ours.
    if (!server.replication.setup || (change == thaw && world.clients.knows(server.index))) return;
    what = change(world, server, rng);
  }
  world.trouble();
  world.say(server.name, [&] { return "by hand: " + what; });
}

void meddle_with_switch(World& world, Rng& rng) {
  const Intent& intent = world.disk.intent;
  SimServer* const from = world.named(intent.from);
  SimServer* const to = world.named(intent.to);
  if (from == nullptr || to == nullptr) return;
  SimServer* third = nullptr;
  // One that clients know takes their writes when it is opened: that is their doing, not ours.
  for (const auto& server : world.servers)
    if (server.get() != from && server.get() != to && server->up &&
        !world.clients.knows(server->index))
      third = server.get();
  const auto what = rng.between(0, 3);
  if (what != 0 && from->up) {
    const int session = from->connect(0, kFirstClient, "person");
    from->writes.freeze(session, [](const Reply&) {});
    world.say(from->name, [] { return "by hand: super_read_only = ON"; });
  }
  if (what <= 1 && third != nullptr) {
    third->writes.thaw(false);
    third->opened_by = -1;
    third->opened_at = world.time.now();
    world.say(third->name, [] { return "by hand: read_only = OFF"; });
  }
  if (what == 2 && third != nullptr && to->up && to->replication.setup &&
      third->replication.setup && third->replication.setup->host != to->host) {
    change_channel(*to, [&](ChannelSetup& setup) { setup.host = third->host; });
    world.say(to->name, [&] { return "by hand: it is pointed at " + third->name; });
  }
}

}  // namespace gtidops::sim
