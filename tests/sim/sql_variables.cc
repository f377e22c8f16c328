// SET and SELECT @@: variables, the freeze and the opening, GTID sets and waiting for them.
#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "base/nearest.h"
#include "sim/sql.h"
#include "sim/world.h"

namespace gtidops::sim::sql {
namespace {

int process_of(const Call& call) {
  const auto found = call.server.sessions.find(call.session);
  return found == call.server.sessions.end() ? 0 : found->second.owner;
}

void freeze(const Call& call) { call.server.writes.freeze(call.session, call.answer); }

void open(const Call& call) {
  SimServer& server = call.server;
  const bool was_open = !server.read_only;
  server.writes.thaw(false);
  if (!was_open) {
    // Even when the session is gone by now: somebody sent it.
    server.opened_by = process_of(call);
    server.opened_at = call.world.time.now();
    call.world.say(server.name, [] { return "is open for writes"; });
    call.world.tell(
        [&](Checker& checker) { checker.opened(call.world, server, server.opened_by); });
  }
  call.answer({});
}

void read_only_on(const Call& call) {
  call.server.read_only = true;
  call.answer({});
}

void super_off(const Call& call) {
  call.server.writes.thaw(true);
  call.answer({});
}

// SET PERSIST_ONLY name = value: for the next boot.
void persist_only(const Call& call) {
  Scan scan(call.rest, call.text);
  const std::string name = lower(scan.bare());
  scan.need(" = ");
  call.server.persisted[name] = scan.bare();
  if (!scan.done()) scan.unknown();
  if (call.server.boots_read_only()) call.server.forgot_by_hand = false;
  call.answer({});
}

// One permitted step of gtid_mode at a time (manual, "Changing the GTID Mode Online").
Reply set_gtid_mode(SimServer& server, const std::string& to) {
  const std::vector<std::string> road{"OFF", "OFF_PERMISSIVE", "ON_PERMISSIVE", "ON"};
  const auto place = [&](const std::string& mode) {
    return std::find(road.begin(), road.end(), mode) - road.begin();
  };
  if (std::abs(place(to) - place(server.gtid_mode)) > 1)
    return error(1788, "The value of @@GLOBAL.GTID_MODE can only be changed one step at a time");
  if (to == "ON" && server.enforce_gtid_consistency != "ON")
    return error(3111,
                 "SET @@GLOBAL.GTID_MODE = ON is not allowed because "
                 "ENFORCE_GTID_CONSISTENCY is not ON");
  server.gtid_mode = to;
  return {};
}

Reply set_global(const Call& call, const std::string& name, const std::string& value) {
  SimServer& server = call.server;
  if (name == "gtid_mode") return set_gtid_mode(server, value);
  if (name == "enforce_gtid_consistency") {
    server.enforce_gtid_consistency = value;
    return {};
  }
  if (name == "server_id") {
    server.server_id = static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10));
    return {};
  }
  if (name.compare(0, 8, "rpl_semi") != 0 && name != "binlog_group_commit_sync_delay")
    Scan(call.rest, call.text).unknown();
  if (server.variables.count(name) == 0)
    return error(1193, "Unknown system variable '" + name + "'");
  server.variables[name] = value == "1" && name.find("enabled") != std::string::npos ? "ON" : value;
  if (name == "rpl_semi_sync_source_enabled" && server.number(name) == 0)
    server.writes.let_waiters_go();
  return {};
}

void set(const Call& call, bool persist) {
  Scan scan(call.rest, call.text);
  const std::string name = lower(scan.bare());
  scan.need(" = ");
  const std::string value = scan.bare();
  if (!scan.done()) scan.unknown();
  SimServer& server = call.server;
  constexpr const char* kAcknowledged = "rpl_semi_sync_source_enabled";
  const bool was_on = name == kAcknowledged && server.number(name) != 0;
  const Reply reply = set_global(call, name, value);
  if (persist && reply.error == 0) server.persisted[name] = value;
  if (!was_on || server.number(name) != 0) return call.answer(reply);
  // It is off at once, but the server first ends the thread that reads acknowledgements, and that
  // one looks up once a second.
  World& world = call.world;
  world.time.after(
      world.rng.between(0, 1'000) * kMillisecond,
      [&server, session = call.session, boots = server.boots, reply, answer = call.answer] {
        if (server.boots == boots && server.sessions.count(session) > 0) answer(reply);
      });
}

void set_persist(const Call& call) { set(call, true); }
void set_global_one(const Call& call) { set(call, false); }

// It writes mysql.plugin, which read_only lets an administrator do, and leaves no transaction.
void install_plugin(const Call& call) {
  SimServer& server = call.server;
  const bool source = call.rest == "source SONAME 'semisync_source.so'";
  if (!source && call.rest != "replica SONAME 'semisync_replica.so'")
    Scan(call.rest, call.text).unknown();
  if (server.super_read_only)
    return call.answer(error(kReadOnlyError, "The MySQL server is running with super_read_only"));
  if (source ? server.semi_sync_source_loaded : server.semi_sync_replica_loaded)
    return call.answer(error(1125, "Function already exists"));
  server.load_semi_sync(source);
  call.answer({});
}

void acknowledgers(const Call& call) {
  if (!call.server.semi_sync_source_loaded) return call.answer({});
  int clients = 0;
  for (const auto& other : call.world.servers)
    if (other->replication.source == call.server.index && other->replication.semi_sync) ++clients;
  Reply reply;
  reply.rows = {{"Rpl_semi_sync_source_clients", std::to_string(clients)}};
  call.answer(reply);
}

void gtid_executed(const Call& call) {
  call.answer(one_value(call.server.executed.gtids(call.world.ledger).to_string()));
}

void gtid_purged(const Call& call) {
  call.answer(one_value(call.server.purged.gtids(call.world.ledger).to_string()));
}

void select_global(const Call& call) {
  const std::string name(call.rest);
  const auto found = call.server.variables.find(name);
  if (name == "read_only" || name == "super_read_only") {
    const bool on = name == "read_only" ? call.server.read_only : call.server.super_read_only;
    return call.answer(one_value(on ? "1" : "0"));
  }
  if (found == call.server.variables.end())
    return call.answer(error(1193, "Unknown system variable '" + name + "'"));
  const bool boolean = found->second == "ON" || found->second == "OFF";
  call.answer(one_value(boolean ? (found->second == "ON" ? "1" : "0") : found->second));
}

void wait_for_set(const Call& call) {
  Scan scan(call.rest, call.text);
  const auto goal = GtidSet::parse(scan.quoted());
  double seconds = 0;
  if (scan.eat(", ")) seconds = std::strtod(scan.bare().c_str(), nullptr);
  scan.need(")");
  if (!goal || !scan.done()) scan.unknown();
  call.server.wait_for(call.session, *goal, static_cast<Micros>(seconds * kSecond), call.answer);
}

}  // namespace

const std::vector<Pattern>& patterns_of_variables() {
  static const std::vector<Pattern> kPatterns{
      {"SET GLOBAL super_read_only = ON", true, 20, 100, freeze},
      {"SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF", true, 50, 300, open},
      {"SET GLOBAL super_read_only = OFF", true, 50, 300, super_off},
      {"SET GLOBAL read_only = ON", true, 50, 300, read_only_on},
      {"INSTALL PLUGIN rpl_semi_sync_", false, 2'000, 9'000, install_plugin},
      {"SET PERSIST_ONLY ", false, 500, 3'000, persist_only},
      {"SET PERSIST ", false, 500, 3'000, set_persist},
      {"SET GLOBAL ", false, 50, 300, set_global_one},
      {"SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync%clients'", true, 200, 900, acknowledgers},
      {"SELECT @@GLOBAL.gtid_executed", true, 20, 60, gtid_executed},
      {"SELECT @@GLOBAL.gtid_purged", true, 20, 60, gtid_purged},
      {"SELECT @@GLOBAL.", false, 20, 60, select_global},
      {"SELECT WAIT_FOR_EXECUTED_GTID_SET(", false, 20, 60, wait_for_set},
  };
  return kPatterns;
}

}  // namespace gtidops::sim::sql
