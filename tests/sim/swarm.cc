#include "sim/swarm.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sim/damage.h"
#include "sim/scenario.h"

namespace gtidops::sim {

void Swarm::begin(Micros until, std::function<void()> second_gtidops,
                  std::function<void(bool old)> rival_gtidops) {
  from_ = world_.time.now();
  until_ = until;
  second_gtidops_ = std::move(second_gtidops);
  rival_gtidops_ = std::move(rival_gtidops);
  if (rng_.chance(0.4)) crashes_ = rng_.chance(0.5) ? 0.3 : 0.8;
  if (rng_.chance(0.3)) strike(3, &Swarm::kill_server);
  if (rng_.chance(0.4)) strike(4, &Swarm::partition);
  if (rng_.chance(0.3)) strike(3, &Swarm::lag);
  if (rng_.chance(0.15)) strike(2, &Swarm::poison);
  if (rng_.chance(0.2)) strike(3, &Swarm::lock_tables);
  if (rng_.chance(0.2)) strike(2, &Swarm::drift_by_hand);
  if (rng_.chance(0.2)) strike(2, &Swarm::purge);
  if (rng_.chance(0.15)) strike(2, &Swarm::lose_lease);
  draw_weather();
  // Of a generator of its own, so that the seeds of the corpus are still the runs that they were.
  Rng more(Rng(rng_).next() ^ 0xA7EDDU);
  if (more.chance(0.25)) strike_of(more, 2, &Swarm::meddle);
  if (more.chance(0.2)) world_.clients.xa = 0.15;
  if (more.chance(0.15)) strike_of(more, 3, &Swarm::rival);
  if (more.chance(0.1)) strike_of(more, 2, &Swarm::pause);
  if (more.chance(0.03)) damage(more);
  if (more.chance(0.05)) set_up_anew(world_);
}

void Swarm::damage(Rng& rng) { rng.pick(damages()).strike(world_); }

void Swarm::draw_weather() {
  if (rng_.chance(0.2)) world_.weather.lost_reply = 0.03;
  if (rng_.chance(0.2)) world_.weather.late_effect = 0.03;
  if (rng_.chance(0.1)) world_.weather.full_disk = 0.05;
  if (rng_.chance(0.3)) world_.weather.power_cut = 0.4;
  if (rng_.chance(0.3)) world_.clients.long_statement = 0.05;
  if (rng_.chance(0.3)) world_.clients.open_transaction = 0.1;
}

// Once to `most` times.
void Swarm::strike(int most, void (Swarm::*fault)()) { strike_of(rng_, most, fault); }

void Swarm::strike_of(Rng& rng, int most, void (Swarm::*fault)()) {
  for (auto times = rng.between(1, most); times > 0; --times)
    world_.time.at(rng.between(from_, until_), [this, fault] {
      if (healed_) return;
      world_.trouble();
      (this->*fault)();
    });
}

SimServer& Swarm::some_server() {
  return world_.server(
      static_cast<int>(rng_.between(0, static_cast<std::int64_t>(world_.servers.size()) - 1)));
}

void Swarm::kill_server() {
  SimServer& server = some_server();
  if (!server.up) return;
  server.crash();
  world_.time.after(rng_.between(300 * kMillisecond, 8 * kSecond), [this, &server] {
    world_.trouble();
    server.boot();
  });
}

void Swarm::partition() {
  const Node a = some_server().node();
  const std::vector<Node> others{some_server().node(), kFirstHost, kFirstHost, kFirstClient,
                                 kFirstClient + 1};
  const Node b = rng_.pick(others);
  if (a == b) return;
  const auto direction = rng_.between(0, 2);
  const Micros lasts = rng_.between(100 * kMillisecond, 10 * kSecond);
  const auto cut = [&](Node from, Node to) {
    world_.network.cut(from, to);
    world_.say("network", [&] { return node_name(from) + " cannot reach " + node_name(to); });
    world_.time.after(lasts, [this, from, to] {
      if (healed_) return;
      world_.trouble();
      world_.network.mend(from, to);
      world_.say("network",
                 [&] { return node_name(from) + " reaches " + node_name(to) + " again"; });
    });
  };
  if (direction != 1) cut(a, b);
  if (direction != 0) cut(b, a);
}

void Swarm::lag() {
  SimServer& server = some_server();
  server.replication.apply_time = rng_.between(3, 60) * kMillisecond;
  world_.say(server.name, [] { return "applies slowly"; });
  world_.time.after(rng_.between(1, 10) * kSecond,
                    [&server] { server.replication.apply_time = 300; });
}

void Swarm::poison() {
  SimServer& server = some_server();
  server.replication.poisoned = true;
  world_.time.after(rng_.between(1, 6) * kSecond,
                    [&server] { server.replication.poisoned = false; });
}

void Swarm::lock_tables() {
  SimServer& server = some_server();
  if (!server.up || server.writes.table_locks_of() != 0) return;
  const int session = server.connect(0, kFirstClient, "mysqldump");
  server.writes.lock_tables(session);
  world_.say(server.name, [] { return "LOCK TABLES ... WRITE is held"; });
  const int boots = server.boots;
  world_.time.after(rng_.between(50 * kMillisecond, 4 * kSecond), [&server, session, boots] {
    if (server.boots == boots) server.hang_up(session);
  });
}

void Swarm::drift_by_hand() {
  // Not in the middle of a pass: whoever works by hand at the same time is beyond help.
  if (world_.passes_under_way == 0)
    drift(world_, rng_);
  else
    world_.time.after(500 * kMillisecond, [this] {
      if (!healed_) drift_by_hand();
    });
}

// In the middle of a switch, when there is one within five seconds.
void Swarm::meddle() {
  constexpr int kTries = 500;
  waits_for_switch_ = kTries;
  meddle_now();
}

void Swarm::meddle_now() {
  if (healed_ || --waits_for_switch_ < 0) return;
  if (world_.disk.intent.phase != Intent::Phase::kSwitching || world_.passes_under_way == 0) {
    world_.time.after(10 * kMillisecond, [this] { meddle_now(); });
    return;
  }
  world_.trouble();
  Rng rng = rng_.split();
  world_.time.after(rng.between(0, 400) * kMillisecond,
                    [this, rng]() mutable { meddle_with_switch(world_, rng); });
}

void Swarm::purge() {
  SimServer& server = some_server();
  // As people do it: what every other server has.
  std::size_t keep = 0;
  for (const TrxId trx : server.binlog) {
    const bool everywhere =
        std::all_of(world_.servers.begin(), world_.servers.end(),
                    [&](const auto& other) { return other->executed.has(trx); });
    if (!everywhere) break;
    ++keep;
  }
  server.purge(server.binlog.size() - keep);
  world_.say(server.name, [] { return "binary logs are purged"; });
}

// Somebody removes the file, or the lease runs out while the process is stopped; another gtidops
// takes it.
void Swarm::lose_lease() {
  world_.say("lease", [] { return "is lost"; });
  world_.disk.holder = 0;
  second_gtidops_();
}

// Somebody runs gtidops elsewhere, with a state folder of their own, perhaps from an old checkout.
// What was written down elsewhere it does not know, though it takes over while roles change.
void Swarm::rival() { rival_gtidops_(rng_.chance(0.5)); }

// The process is stopped for so long that the servers end its sessions (wait_timeout), or somebody
// ends them; and then somebody else starts a gtidops.
void Swarm::pause() {
  world_.say("swarm", [] { return "gtidops is stopped for so long that its sessions end"; });
  const bool all = rng_.chance(0.7);
  for (const auto& server : world_.servers) {
    std::vector<int> theirs;
    for (const auto& [id, session] : server->sessions)
      // Where a statement runs, it is not idle.
      if (session.owner > 0 && session.controller == world_.disk.number && session.running == 0)
        theirs.push_back(id);
    for (const int id : theirs)
      if (all || rng_.chance(0.5)) server->kill_connection(id);
  }
  rival();
}

void Swarm::heal() {
  healed_ = true;
  crashes_ = 0;
  world_.say("swarm", [] { return "everything is healed"; });
  world_.trouble();
  world_.network.mend_all();
  world_.weather = {};
  world_.clients.long_statement = world_.clients.open_transaction = 0;
  for (const auto& server : world_.servers) {
    server->boot();
    server->replication.poisoned = false;
    server->replication.apply_time = 300;
    if (const int session = server->writes.table_locks_of(); session != 0)
      server->kill_connection(session);
  }
}

}  // namespace gtidops::sim
