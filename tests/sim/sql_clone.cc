// Statements of a copy by CLONE. What is remarkable of the real one (tried on 9.7.4) is here: it
// goes on without its client; super_read_only keeps it from dropping a schema; the donor's accounts
// and channel come along; the recipient keeps its UUID and what it has persisted, and restarts.
#include <fmt/format.h>

#include "model/actions/provision.h"
#include "sim/sql.h"
#include "sim/world.h"

namespace gtidops::sim::sql {
namespace {

using Kind = TrxBody::Kind;
using State = CloneStatus::State;

std::string name_moment(const World& world) {
  return fmt::format("{:012}", static_cast<std::int64_t>(world.time.now()));
}

void install_clone(const Call& call) {
  if (call.server.super_read_only)
    return call.answer(error(1290, "The MySQL server is running with super_read_only"));
  if (call.server.clone_plugin) return call.answer(error(1125, "Function 'clone' already exists"));
  call.server.clone_plugin = true;
  call.answer({});
}

void set_donors(const Call& call) {
  Scan scan(call.rest, call.text);
  call.server.valid_donors = scan.quoted();
  call.answer({});
}

void copying_sessions(const Call& call) {
  Reply reply;
  for (const auto& [id, session] : call.server.sessions)
    if (session.copies) reply.rows.push_back({std::to_string(id), session.running > 0 ? "1" : "0"});
  call.answer(reply);
}

void drop_copy_user(const Call& call) {
  Scan scan(call.rest, call.text);
  write(call, account(scan, Kind::kDropUser));
}

void create_copy_user(const Call& call) {
  Scan scan(call.rest, call.text);
  TrxBody body;
  body.kind = Kind::kCreateUser;
  body.text = kCopyUser;
  body.host = scan.quoted();
  scan.need(" IDENTIFIED BY ");
  body.password = scan.quoted();
  scan.need(" COMMENT ");
  (void)scan.quoted();
  write(call, std::move(body));
}

void grant_backup(const Call& call) {
  Scan scan(call.rest, call.text);
  TrxBody body = account(scan, Kind::kGrantMore);
  body.more = "GRANT BACKUP_ADMIN ON *.*";
  write(call, std::move(body));
}

// The recipient holds what the donor held in the end, and is started again.
void become_a_copy(World& world, SimServer& server, const SimServer& donor) {
  CloneStatus done = server.clone;
  server.crash();
  server.binlog = donor.binlog;
  server.binlog_begins = donor.binlog.size();
  server.executed = server.purged = donor.executed;
  server.forgotten = donor.forgotten;
  server.left_out = donor.left_out;
  server.accounts = donor.accounts;
  server.schemas = donor.schemas;
  server.events = donor.events;
  server.prepared = donor.prepared;
  for (auto& [xid, busy] : server.prepared) busy = false;
  server.has_heartbeat_table = donor.has_heartbeat_table;
  server.heartbeat = donor.heartbeat;
  server.semi_sync_source_loaded = donor.semi_sync_source_loaded;
  server.semi_sync_replica_loaded = donor.semi_sync_replica_loaded;
  if (donor.replication.setup) server.replication.change(*donor.replication.setup, true);
  done.state = State::kCompleted;
  done.ended = name_moment(world);
  done.gtid_executed = server.executed.gtids(world.ledger);
  server.clone = std::move(done);
  world.say(server.name, [&] { return "is a copy of " + donor.name + " now"; });
  world.time.after(world.rng.between(1, 5) * kSecond, [&server] { server.boot(); });
}

void clone(const Call& call) {
  World& world = call.world;
  SimServer& server = call.server;
  Scan scan(call.rest, call.text);
  const TrxBody who = account(scan, Kind::kCreateUser);
  scan.need(":3306 IDENTIFIED BY ");
  const std::string password = scan.quoted();
  scan.need(" REQUIRE SSL");
  if (!scan.done()) scan.unknown();
  if (server.clone.runs()) return call.answer(error(3634, "Too many concurrent clone operations"));
  if (server.valid_donors != who.host + ":3306")
    return call.answer(error(3869, "the donor is not in clone_valid_donor_list"));
  SimServer* donor = nullptr;
  for (const auto& one : world.servers)
    if (one->host == who.host) donor = one.get();
  server.clone = {State::kRunning,
                  who.host + ":3306",
                  name_moment(world),
                  {},
                  {},
                  {},
                  "FILE COPY",
                  1'000'000,
                  0};
  const auto end_badly = [&server](int number, const std::string& why) {
    server.clone.state = State::kFailed;
    server.clone.error = fmt::format("error {}: {}", number, why);
    return error(number, why);
  };
  const SimAccount* known = nullptr;
  if (donor != nullptr)
    for (const SimAccount& one : donor->accounts)
      if (one.user == who.text && one.password == password && !one.more.empty()) known = &one;
  if (known == nullptr || !donor->up || !donor->clone_plugin ||
      !world.network.both(server.node(), donor->node()))
    return call.answer(end_badly(3862, "Clone Donor Error: Connect failed"));
  if (server.super_read_only && !server.schemas.empty())
    return call.answer(end_badly(1290, "The MySQL server is running with super_read_only"));
  world.say(server.name, [&] { return "begins to copy " + donor->name; });
  const int boots = server.boots;
  const int id = server.begin_statement(call.session, call.text, [&server](bool) {
    server.clone.state = State::kFailed;
    server.clone.error = "error 1317: Query execution was interrupted";
  });
  world.time.after(world.rng.between(300 * kMillisecond, 20 * kSecond),
                   [&world, &server, donor, boots, id, end_badly, answer = call.answer] {
                     if (server.boots != boots || !server.clone.runs()) return;
                     server.end_statement(id);
                     if (!donor->up || !world.network.both(server.node(), donor->node()))
                       return answer(end_badly(3862, "Clone Donor Error: the connection broke"));
                     become_a_copy(world, server, *donor);
                   });
}

}  // namespace

const std::vector<Pattern>& patterns_of_clone() {
  static const std::vector<Pattern> kPatterns{
      {"INSTALL PLUGIN clone SONAME 'mysql_clone.so'", true, 2'000, 9'000, install_clone},
      {"SET GLOBAL clone_valid_donor_list = ", false, 20, 80, set_donors},
      {"SELECT t.PROCESSLIST_ID, t.PROCESSLIST_COMMAND = 'Query' FROM "
       "performance_schema.session_connect_attrs a",
       false, 20, 80, copying_sessions},
      {"DROP USER IF EXISTS ", false, 50, 200, drop_copy_user},
      {"CREATE USER 'gtidops_clone'@", false, 50, 200, create_copy_user},
      {"GRANT BACKUP_ADMIN ON *.* TO ", false, 50, 200, grant_backup},
      {"CLONE INSTANCE FROM ", false, 2'000, 9'000, clone},
  };
  return kPatterns;
}

}  // namespace gtidops::sim::sql
