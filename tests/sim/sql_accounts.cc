// Statements that write: accounts, the heartbeat, and the rows of the contract tests. All of them
// pass the same gate as the clients' writes.
#include "sim/sql.h"
#include "sim/world.h"

namespace gtidops::sim::sql {

// Everybody has CONNECTION_ADMIN but the applications.
void write(const Call& call, TrxBody body) {
  const auto session = call.server.sessions.find(call.session);
  const bool known = session != call.server.sessions.end();
  call.server.writes.begin({call.session, !known || session->second.program != "app",
                            std::move(body), call.world.rng.between(100, 500),
                            known && (session->second.in_transaction || !session->second.xa.empty())
                                ? Writes::kUntilCommit
                                : 0,
                            call.answer, known ? session->second.xa : std::string()});
}

TrxBody account(Scan& scan, TrxBody::Kind kind) {
  TrxBody body;
  body.kind = kind;
  body.text = scan.quoted();
  scan.need("@");
  body.host = scan.quoted();
  return body;
}

namespace {

using Kind = TrxBody::Kind;

// Of a session of ours, unless it is told otherwise.
constexpr const char* kOwnCollation = "utf8mb4_general_ci";

void begin(const Call& call) {
  call.server.sessions[call.session].in_transaction = true;
  call.answer({});
}

void commit(const Call& call) {
  call.server.sessions[call.session].in_transaction = false;
  if (!call.server.writes.commit(call.session, call.answer)) call.answer({});
}

std::string xid_of(const Call& call) {
  Scan scan(call.rest, call.text);
  std::string xid = scan.quoted();
  if (!scan.done()) scan.unknown();
  return xid;
}

void xa_start(const Call& call) {
  call.server.sessions[call.session].xa = xid_of(call);
  call.answer({});
}

void xa_end(const Call& call) { call.answer({}); }

// One that has written nothing is forgotten: it would be no transaction in the binary log.
void xa_prepare(const Call& call) {
  call.server.sessions[call.session].xa.clear();
  if (!call.server.writes.prepare(call.session, call.answer)) call.answer({});
}

void xa_commit(const Call& call) {
  call.server.writes.end_prepared(call.session, {Kind::kXaCommit, xid_of(call), {}, {}, {}},
                                  call.answer);
}

void xa_rollback(const Call& call) {
  call.server.writes.end_prepared(call.session, {Kind::kXaRollback, xid_of(call), {}, {}, {}},
                                  call.answer);
}

// formatID, lengths, and the bytes of both parts in hexadecimal.
void xa_recover(const Call& call) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  Reply reply;
  for (const auto& [xid, busy] : call.server.prepared) {
    std::string hex = "0x";
    for (const char c : xid) {
      hex += kDigits[static_cast<unsigned char>(c) / 16];
      hex += kDigits[static_cast<unsigned char>(c) % 16];
    }
    reply.rows.push_back({"1", std::to_string(xid.size()), "0", hex});
  }
  call.answer(reply);
}

void create_user(const Call& call) {
  Scan scan(call.rest, call.text);
  TrxBody body = account(scan, Kind::kCreateUser);
  scan.need(" IDENTIFIED BY ");
  body.password = scan.quoted();
  if (!scan.done()) scan.unknown();
  write(call, std::move(body));
}

void grant(const Call& call) {
  Scan scan(call.rest, call.text);
  TrxBody body = account(scan, Kind::kGrantReplication);
  if (!scan.done()) scan.unknown();
  if (call.server.account(body.text, body.host) == nullptr && !call.server.super_read_only)
    return call.answer(error(1410, "You are not allowed to create a user with GRANT"));
  write(call, std::move(body));
}

void create_own_schema(const Call& call) { write(call, {Kind::kSchema, "gtidops", {}, {}, {}}); }

void create_own_table(const Call& call) { write(call, {Kind::kTable, "gtidops", {}, {}, {}}); }

// Nothing of it is in the binary log, and super_read_only is as it was in the end.
void mend_heartbeat(const Call& call) {
  if (call.server.super_read_only &&
      call.rest.find("SET GLOBAL super_read_only = OFF; ") == std::string_view::npos)
    return call.answer(error(1290, "The server is running with the --super-read-only option"));
  Scan scan(call.rest.substr(call.rest.find("VALUES (") + 8), call.text);
  (void)scan.quoted();
  scan.need(", ");
  call.server.has_heartbeat_table = true;
  if (!call.server.heartbeat) call.server.heartbeat = Heartbeat{scan.quoted(), 0};
  call.answer({});
}

void nothing(const Call& call) { call.answer({}); }

void heartbeat(const Call& call) {
  Scan scan(call.rest, call.text);
  const std::string topology = scan.quoted();
  scan.need(", ");
  const std::string uuid = scan.quoted();
  scan.need(", 1, NOW(6)) ON DUPLICATE KEY UPDATE ");
  if (!call.server.has_heartbeat_table && !call.server.super_read_only)
    return call.answer(error(1146, "Table 'gtidops.heartbeat' doesn't exist"));
  write(call, {Kind::kHeartbeat, uuid, topology, {}, {}});
}

void read_heartbeat(const Call& call) {
  const SimServer& server = call.server;
  if (!server.has_heartbeat_table)
    return call.answer(error(1146, "Table 'gtidops.heartbeat' doesn't exist"));
  Reply reply;
  if (server.heartbeat)
    reply.rows = {{server.heartbeat->server_uuid, std::to_string(server.heartbeat->beat)}};
  call.answer(reply);
}

// `name`
std::string backquoted(Scan& scan) {
  scan.need("`");
  std::string name;
  while (!scan.eat("`")) name += scan.any();
  return name;
}

void enable_event(const Call& call) {
  Scan scan(call.rest, call.text);
  TrxBody body;
  body.kind = Kind::kEvent;
  body.more = kOwnCollation;
  if (call.text.compare(0, 3, "SET") == 0) {
    (void)scan.quoted();
    scan.need(", SESSION collation_connection = ");
    body.more = scan.quoted();
    scan.need("; ALTER DEFINER = ");
  }
  body.host = scan.quoted();
  scan.need("@");
  body.host += "@" + scan.quoted();
  scan.need(" EVENT ");
  body.text = backquoted(scan);
  scan.need(".");
  body.text += "." + backquoted(scan);
  scan.need(" ENABLE");
  if (scan.eat("; SET SESSION character_set_client = @gtidops_client, SESSION "
               "collation_connection = @gtidops_collation") &&
      call.text.compare(0, 3, "SET") != 0)
    scan.unknown();
  if (!scan.done()) scan.unknown();
  if (call.server.events.count(body.text) == 0 && !call.server.super_read_only)
    return call.answer(error(1539, "Unknown event '" + body.text + "'"));
  write(call, std::move(body));
}

void create_schema(const Call& call) {
  write(call, {Kind::kSchema, std::string(call.rest), {}, {}, {}});
}

void create_table(const Call& call) {
  write(call, {Kind::kTable, std::string(call.rest.substr(0, call.rest.find('.'))), {}, {}, {}});
}

void insert(const Call& call) {
  const std::string schema(call.rest.substr(0, call.rest.find('.')));
  if (!call.server.super_read_only && call.server.schemas[schema] == 0)
    return call.answer(error(1146, "Table '" + schema + ".t' doesn't exist"));
  write(call, {Kind::kRow, schema, {}, {}, {}});
}

}  // namespace

const std::vector<Pattern>& patterns_of_accounts() {
  static const std::vector<Pattern> kPatterns{
      {"CREATE USER IF NOT EXISTS ", false, 50, 200, create_user},
      {"GRANT REPLICATION SLAVE ON *.* TO ", false, 50, 200, grant},
      {"CREATE DATABASE IF NOT EXISTS gtidops", true, 50, 200, create_own_schema},
      {"SET SESSION sql_log_bin = OFF; ", false, 200, 800, mend_heartbeat},
      {"SET SESSION sql_log_bin = ON", true, 20, 60, nothing},
      {"CREATE TABLE IF NOT EXISTS gtidops.heartbeat (", false, 50, 200, create_own_table},
      {"INSERT INTO gtidops.heartbeat (topology, server_uuid, beat, written_at) VALUES (", false,
       20, 80, heartbeat},
      {"SELECT server_uuid, beat FROM gtidops.heartbeat WHERE topology = ", false, 20, 80,
       read_heartbeat},
      {"ALTER DEFINER = ", false, 50, 200, enable_event},
      {"SET @gtidops_client = @@SESSION.character_set_client, @gtidops_collation = "
       "@@SESSION.collation_connection, SESSION character_set_client = ",
       false, 50, 200, enable_event},
      {"XA START ", false, 20, 80, xa_start},
      {"XA END ", false, 20, 80, xa_end},
      {"XA PREPARE ", false, 20, 80, xa_prepare},
      {"XA COMMIT ", false, 20, 80, xa_commit},
      {"XA ROLLBACK ", false, 20, 80, xa_rollback},
      {"XA RECOVER CONVERT XID", true, 20, 80, xa_recover},
      {"CREATE DATABASE ", false, 50, 200, create_schema},
      {"CREATE TABLE ", false, 50, 200, create_table},
      {"INSERT INTO ", false, 20, 80, insert},
      {"START TRANSACTION", true, 20, 80, begin},
      {"COMMIT", true, 20, 80, commit},
  };
  return kPatterns;
}

}  // namespace gtidops::sim::sql
