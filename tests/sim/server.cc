#include "sim/server.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "sim/world.h"

namespace gtidops::sim {

SimServer::SimServer(World& world, int number, std::string id)
    : index(number),
      name(node_name(number)),
      uuid(std::move(id)),
      origin(number),
      host("10.0.0." + std::to_string(number + 1)),
      server_id(static_cast<std::uint32_t>(number) + 1),
      writes(world, *this),
      replication(world, *this),
      world_(world),
      next_session_(100 * (number + 1)) {
  set_up_variables();
}

bool SimServer::boots_read_only() const {
  const auto on = [&](const char* variable) {
    const auto found = persisted.find(variable);
    return found != persisted.end() && found->second == "ON";
  };
  return on("read_only") && on("super_read_only");
}

std::int64_t SimServer::number(std::string_view variable) const {
  const auto found = variables.find(variable);
  if (found == variables.end()) return 0;
  if (found->second == "ON") return 1;
  std::int64_t value = 0;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

void SimServer::crash() {
  if (!up) return;
  world_.say(name, [] { return "is killed"; });
  up = false;
  ++boots;
  writes.crash();
  replication.crash();
  sessions.clear();
  right = 0;
  running.clear();
  waiters.clear();
  valid_donors.clear();
  // Seen on 9.7.4: it shows "In Progress" still, with error 1317.
  if (clone.runs()) {
    clone.state = CloneStatus::State::kFailed;
    clone.error = "error 1317: Query execution was interrupted";
  }
  for (const auto& other : world_.servers)
    if (other->replication.source == index) other->replication.source_went_away();
}

void SimServer::boot() {
  if (up) return;
  up = true;
  booted_at = world_.time.now();
  const auto on = [&](const char* variable) {
    const auto found = persisted.find(variable);
    return found != persisted.end() && found->second == "ON";
  };
  super_read_only = on("super_read_only");
  read_only = super_read_only || on("read_only");
  set_up_variables();
  opened_by = 0;
  world_.say(name, [&] {
    return std::string("boots, ") + (super_read_only ? "super_read_only"
                                     : read_only     ? "read_only"
                                                     : "writable");
  });
  replication.boot();
}

// As they are when mysqld starts.
void SimServer::set_up_variables() {
  variables = {{"binlog_group_commit_sync_delay", "0"}};
  if (semi_sync_source_loaded) load_semi_sync(true);
  if (semi_sync_replica_loaded) load_semi_sync(false);
  for (auto& [variable, value] : variables) {
    const auto kept = persisted.find(variable);
    if (kept != persisted.end()) value = kept->second;
  }
}

void SimServer::load_semi_sync(bool source) {
  (source ? semi_sync_source_loaded : semi_sync_replica_loaded) = true;
  if (source) {
    variables["rpl_semi_sync_source_enabled"] = "OFF";
    variables["rpl_semi_sync_source_wait_for_replica_count"] = "1";
    variables["rpl_semi_sync_source_timeout"] = "10000";
  } else {
    variables["rpl_semi_sync_replica_enabled"] = "OFF";
  }
}

int SimServer::connect(int owner, Node from, const std::string& program) {
  const int id = next_session_++;
  Session& session = sessions[id];
  session.id = id;
  session.owner = owner;
  session.node = from;
  session.program = program;
  return id;
}

void SimServer::hang_up(int session) {
  const auto found = sessions.find(session);
  if (found == sessions.end()) return;
  found->second.hung_up = true;
  if (found->second.running == 0) kill_connection(session);
}

void SimServer::kill_connection(int session) {
  if (sessions.erase(session) == 0) return;
  if (right == session) right = 0;
  writes.interrupt(session, true);
  writes.unlock_tables(session);
  stop_statements(session, false);
}

void SimServer::kill_query(int session) {
  writes.interrupt(session, false);
  stop_statements(session, true);
}

void SimServer::stop_statements(int session, bool answer) {
  std::vector<std::function<void(bool)>> stops;
  for (const auto& [id, statement] : running)
    if (statement.session == session && statement.stop) stops.push_back(statement.stop);
  for (const auto& stop : stops) stop(answer);
}

int SimServer::begin_statement(int session, std::string text, std::function<void(bool)> stop) {
  const int id = next_statement_++;
  running[id] = {session, std::move(text), std::move(stop)};
  const auto found = sessions.find(session);
  if (found != sessions.end()) ++found->second.running;
  return id;
}

void SimServer::end_statement(int id) {
  const auto statement = running.find(id);
  if (statement == running.end()) return;
  const int session = statement->second.session;
  running.erase(statement);
  const auto found = sessions.find(session);
  if (found == sessions.end()) return;
  --found->second.running;
  if (found->second.hung_up && found->second.running == 0) kill_connection(session);
}

void SimServer::log(TrxId trx) {
  binlog.push_back(trx);
  for (const auto& other : world_.servers)
    if (other->replication.source == index) other->replication.source_has_more();
}

void SimServer::take_effect(TrxId trx) {
  if (executed.has(trx)) return;
  executed.add(trx);
  apply_body(world_.ledger.of(trx));
  if (!waiters.empty()) wake_waiters();
}

void SimServer::apply_body(const Trx& trx) {
  const TrxBody& body = trx.body;
  SimAccount* found = account(body.text, body.host);
  using Kind = TrxBody::Kind;
  switch (body.kind) {
    case Kind::kRow:
      break;
    case Kind::kSchema:
      if (body.text != "gtidops") schemas.emplace(body.text, 0);
      break;
    case Kind::kTable:
      if (body.text == "gtidops")
        has_heartbeat_table = true;
      else
        ++schemas[body.text];
      break;
    case Kind::kCreateUser:
      if (found == nullptr) accounts.push_back({body.text, body.host, body.password, false, {}});
      break;
    case Kind::kGrantReplication:
      if (found != nullptr) found->replication_slave = true;
      break;
    case Kind::kGrantMore:
      if (found != nullptr) found->more.push_back(body.more);
      break;
    case Kind::kRevoke:
      if (found != nullptr) found->more.clear();
      break;
    case Kind::kDropUser:
      std::erase_if(accounts, [&](const SimAccount& one) {
        return one.user == body.text && one.host == body.host;
      });
      break;
    case Kind::kHeartbeat:
      heartbeat = Heartbeat{body.text, heartbeat ? heartbeat->beat + 1 : 1};
      break;
    case Kind::kEvent: {
      // One that comes by replication does not run here.
      const std::size_t dot = body.text.find('.');
      events[body.text] = {body.text.substr(0, dot), body.text.substr(dot + 1), body.host,
                           trx.origin == origin ? ScheduledEvent::Status::kEnabled
                                                : ScheduledEvent::Status::kOnAnother};
      events[body.text].character_set_client = "latin1";
      events[body.text].collation_connection = body.more;
      break;
    }
    case Kind::kXaPrepare:
      prepared.emplace(body.text, false);
      break;
    case Kind::kXaCommit:
    case Kind::kXaRollback:
      prepared.erase(body.text);
      break;
  }
}

void SimServer::wait_for(int session, const GtidSet& goal, Micros patience, Answer answer) {
  if (executed.gtids(world_.ledger).contains(goal)) return answer({0, {}, {{"0"}}, -1});
  const int id = next_statement_;
  const auto give_up = [this, id](const Reply& reply, bool answers) {
    const auto found = std::find_if(waiters.begin(), waiters.end(),
                                    [&](const Waiter& one) { return one.statement == id; });
    if (found == waiters.end()) return;
    const Answer tell = found->answer;
    waiters.erase(found);
    end_statement(id);
    if (answers) tell(reply);
  };
  begin_statement(session, "WAIT_FOR_EXECUTED_GTID_SET", [give_up](bool answers) {
    give_up({kInterruptedError, "Query execution was interrupted", {}, -1}, answers);
  });
  waiters.push_back({id, goal, std::move(answer)});
  if (patience == 0) return;
  const int then = boots;
  world_.time.after(patience, [this, give_up, then] {
    if (boots == then) give_up({0, {}, {{"1"}}, -1}, true);
  });
}

void SimServer::wake_waiters() {
  const GtidSet& held = executed.gtids(world_.ledger);
  std::vector<Waiter> done;
  std::erase_if(waiters, [&](const Waiter& one) {
    if (!held.contains(one.goal)) return false;
    done.push_back(one);
    return true;
  });
  for (const Waiter& one : done) {
    end_statement(one.statement);
    one.answer({0, {}, {{"0"}}, -1});
  }
}

void SimServer::purge(std::size_t keep) {
  const std::size_t end = binlog.size() > keep ? binlog.size() - keep : 0;
  for (; binlog_begins < end; ++binlog_begins)
    if (executed.has(binlog[binlog_begins])) purged.add(binlog[binlog_begins]);
}

SimAccount* SimServer::account(const std::string& user, const std::string& from) {
  for (SimAccount& one : accounts)
    if (one.user == user && one.host == from) return &one;
  return nullptr;
}

}  // namespace gtidops::sim
