// KILL, table locks, and who is connected.
#include <cstdlib>

#include "sim/sql.h"
#include "sim/world.h"

namespace gtidops::sim::sql {
namespace {

void kill_connection(const Call& call) {
  const int id = std::atoi(std::string(call.rest).c_str());
  if (call.server.sessions.count(id) == 0)
    return call.answer(error(1094, "Unknown thread id: " + std::to_string(id)));
  call.world.say(call.server.name,
                 [&] { return "connection " + std::to_string(id) + " is killed"; });
  call.world.tell(
      [&](Checker& checker) { checker.killed(call.world, call.server, call.session, id); });
  call.server.kill_connection(id);
  call.answer({});
}

void kill_query(const Call& call) {
  const int id = std::atoi(std::string(call.rest).c_str());
  if (call.server.sessions.count(id) == 0)
    return call.answer(error(1094, "Unknown thread id: " + std::to_string(id)));
  call.server.kill_query(id);
  call.answer({});
}

Row holder_row(const Call& call, const Writes::Holder& one, bool lock) {
  const std::string seconds =
      std::to_string(static_cast<double>(call.world.time.now() - one.since) / 1e6);
  const std::string who = "app@10.0.1.1";
  const std::string idle = one.idle ? "1" : "0";
  const std::string id = std::to_string(one.session);
  if (!lock) return {id, who, seconds, idle};
  return {id, who, "0", idle, one.waits_for_acknowledgement ? "1" : "0", seconds, "1"};
}

void global_locks(const Call& call) {
  Reply reply;
  for (const Writes::Holder& one : call.server.writes.lock_holders())
    if (one.session != call.session) reply.rows.push_back(holder_row(call, one, true));
  call.answer(reply);
}

// Whoever keeps statements waiting: LOCK TABLES ... WRITE holds the table for as long.
void held_locks(const Call& call) {
  Reply reply;
  for (const Writes::Holder& one : call.server.writes.lock_holders()) {
    if (one.session == call.session || !one.idle) continue;
    const Row row = holder_row(call, one, false);
    reply.rows.push_back({row[0], row[1], row[2], "0", "0", "shop.t"});
  }
  call.answer(reply);
}

void transactions(const Call& call) {
  Reply reply;
  for (const Writes::Holder& one : call.server.writes.transactions())
    if (one.session != call.session) reply.rows.push_back(holder_row(call, one, false));
  call.answer(reply);
}

void xa_sessions(const Call& call) {
  Reply reply;
  for (const Writes::Holder& one : call.server.writes.xa_sessions())
    if (one.session != call.session)
      reply.rows.push_back({std::to_string(one.session), "app@10.0.1.1"});
  call.answer(reply);
}

// gtidops uses one name of a lock.
void take_lock(const Call& call) {
  Scan scan(call.rest, call.text);
  (void)scan.quoted();
  scan.need(", 0)");
  int& holder = call.server.right;
  if (holder == 0) holder = call.session;
  Reply reply = one_value(holder == call.session ? "1" : "0");
  if (scan.eat(", @@server_uuid")) reply.rows.front().push_back(call.server.uuid);
  call.answer(reply);
}

void check_lock(const Call& call) {
  Scan scan(call.rest, call.text);
  (void)scan.quoted();
  scan.need(") = CONNECTION_ID()");
  Reply reply;
  const int holder = call.server.right;
  if (holder == 0)
    reply.rows.push_back({std::nullopt});
  else
    reply.rows.push_back({holder == call.session ? "1" : "0"});
  call.answer(reply);
}

void release_locks(const Call& call) {
  int& holder = call.server.right;
  const bool held = holder == call.session;
  if (held) holder = 0;
  call.answer(one_value(held ? "1" : "0"));
}

void lock_holder(const Call& call) {
  const int holder = call.server.right;
  Reply reply;
  if (holder == 0) {
    reply.rows.push_back({std::nullopt, "?@?", std::nullopt, std::nullopt, "0", std::nullopt});
  } else {
    const Session& theirs = call.server.sessions.at(holder);
    const auto mine = call.server.sessions.find(call.session);
    const bool same = mine != call.server.sessions.end() && theirs.controller != 0 &&
                      mine->second.controller == theirs.controller;
    reply.rows.push_back({std::to_string(holder), "gtidops@10.0.1.9",
                          "gtidops#" + std::to_string(theirs.owner), "0", same ? "1" : "0",
                          "orders"});
  }
  call.answer(reply);
}

void lock_tables(const Call& call) {
  call.server.writes.lock_tables(call.session);
  call.answer({});
}

void unlock_tables(const Call& call) {
  call.server.writes.unlock_tables(call.session);
  call.answer({});
}

}  // namespace

const std::vector<Pattern>& patterns_of_sessions() {
  static const std::vector<Pattern> kPatterns{
      {"KILL CONNECTION ", false, 20, 60, kill_connection},
      {"KILL QUERY ", false, 20, 60, kill_query},
      {"LOCK TABLES shop.t WRITE", true, 20, 60, lock_tables},
      {"UNLOCK TABLES", true, 20, 60, unlock_tables},
      {"SELECT t.PROCESSLIST_ID, CONCAT(COALESCE(t.PROCESSLIST_USER, ''), '@', "
       "COALESCE(t.PROCESSLIST_HOST, '')), COALESCE(t.PROCESSLIST_TIME",
       false, 200, 900, held_locks},
      {"SELECT t.PROCESSLIST_ID, CONCAT(COALESCE(t.PROCESSLIST_USER", false, 200, 900,
       global_locks},
      {"SELECT t.PROCESSLIST_ID, CONCAT(COALESCE(t.PROCESSLIST_USER, ''), '@', "
       "COALESCE(t.PROCESSLIST_HOST, '')) FROM performance_schema.events_transactions_current",
       false, 100, 300, xa_sessions},
      {"SELECT x.trx_mysql_thread_id, CONCAT(", false, 200, 900, transactions},
      {"SELECT GET_LOCK(", false, 20, 60, take_lock},
      {"SELECT IS_USED_LOCK(", false, 20, 60, check_lock},
      {"SELECT RELEASE_ALL_LOCKS()", true, 20, 60, release_locks},
      {"SELECT l.id, CONCAT(", false, 100, 400, lock_holder},
  };
  return kPatterns;
}

}  // namespace gtidops::sim::sql
