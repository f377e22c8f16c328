#include "model/actions/proof.h"

#include <fmt/format.h>

#include "base/words.h"
#include "model/actions/closed_server.h"
#include "model/actions/replica.h"

namespace gtidops {

std::string AwaitReplication::describe() const {
  if (delayed)
    return "verify that both threads run without an error (it is delayed on purpose)" +
           of_channel(channel_name);
  return "verify that both threads run without an error and that it holds all of " + source +
         of_channel(channel_name);
}

Check AwaitReplication::precondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    if (state.channel(channel_name) == nullptr)
      return Check::does_not(server + " has no replication channel");
    return Check::holds();
  });
}

Check AwaitReplication::postcondition(const Observation& seen) const {
  const ServerState* from = seen.state(source);
  if (from == nullptr) return Check::unknown(source + " cannot be read");
  return check_state(seen, server, [&](const ServerState& state) {
    const Check runs = channel_runs(state, server, channel_name);
    if (!runs || delayed) return runs;
    const GtidSet missing = from->gtid_executed.subtracted(state.gtid_executed);
    if (missing.empty()) return Check::holds();
    return Check::does_not(fmt::format("{} still lacks {} of {}", server,
                                       counted(missing.count(), "transaction"), source));
  });
}

std::vector<Statement> AwaitReplication::statements(const Version& /*version*/) const {
  if (delayed) return {};
  return {sql(source, "SELECT @@GLOBAL.gtid_executed"),
          sql(server, "SELECT WAIT_FOR_EXECUTED_GTID_SET('<gtid_executed of " + source + ">', 1)")};
}

std::string Canary::describe() const {
  std::string text = "write gtidops.heartbeat, and read it on ";
  for (std::size_t i = 0; i < replicas.size(); ++i) text += (i > 0 ? ", " : "") + replicas[i];
  return replicas.empty() ? "write gtidops.heartbeat" : text;
}

Check Canary::precondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    return state.writable() ? Check::holds() : Check::does_not(server + " is read-only");
  });
}

Check Canary::postcondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState&, const Details& details) {
    return details.heartbeat ? Check::holds()
                             : Check::does_not("gtidops.heartbeat holds no row of this topology");
  });
}

namespace {

constexpr const char* kCreateSchema = "CREATE DATABASE IF NOT EXISTS gtidops";
constexpr const char* kCreateTable =
    "CREATE TABLE IF NOT EXISTS gtidops.heartbeat (topology VARCHAR(63) CHARACTER SET utf8mb4 "
    "COLLATE utf8mb4_bin NOT NULL PRIMARY KEY, server_uuid CHAR(36) CHARACTER SET ascii NOT "
    "NULL, beat BIGINT UNSIGNED NOT NULL, written_at TIMESTAMP(6) NOT NULL) ENGINE = InnoDB";

}  // namespace

std::vector<Statement> Canary::statements(const Version& /*version*/) const {
  std::vector<Statement> list;
  if (create_table) {
    list.push_back(sql(server, kCreateSchema));
    list.push_back(sql(server, kCreateTable));
  }
  list.push_back(write_heartbeat(server, topology, server_uuid));
  return list;
}

Statement write_heartbeat(const std::string& server, const std::string& topology,
                          const std::string& server_uuid) {
  return sql(
      server,
      fmt::format("INSERT INTO gtidops.heartbeat (topology, server_uuid, beat, written_at) VALUES "
                  "({}, {}, 1, NOW(6)) ON DUPLICATE KEY UPDATE server_uuid = VALUES(server_uuid), "
                  "beat = beat + 1, written_at = NOW(6)",
                  quote_string(topology), quote_string(server_uuid)));
}

Statement Canary::read_on(const std::string& where) const {
  return sql(where, "SELECT server_uuid, beat FROM gtidops.heartbeat WHERE topology = " +
                        quote_string(topology));
}

bool stopped_at_heartbeat(const ServerState& state) {
  const Channel* channel = state.default_channel();
  if (channel == nullptr || !state.details) return false;
  // SHOW REPLICA STATUS lacks the text of a worker's error, so the missing table or row is looked
  // for.
  const int number = channel->applier_error.number;
  const bool no_table =
      (number == 1049 || number == 1146) && state.details->heartbeat_table == false;
  const bool no_row =
      number == 1032 && state.details->heartbeat_table == true && !state.details->heartbeat;
  return no_table || no_row;
}

std::string MendHeartbeat::describe() const {
  return "make gtidops.heartbeat there, without the binary log, so that the primary's heartbeat "
         "can "
         "be applied";
}

Check MendHeartbeat::precondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState& state, const Details& details) {
    if (state.default_channel() == nullptr)
      return Check::does_not(server + " has no replication channel");
    return may_write_there(state, details, server, lift_super_read_only);
  });
}

Check MendHeartbeat::postcondition(const Observation& seen) const {
  return check_details(seen, server, [&](const ServerState& state, const Details& details) {
    if (!details.heartbeat) return Check::does_not("gtidops.heartbeat is not there");
    return is_closed_again(state, server, lift_super_read_only);
  });
}

// One request: were it several, and the connection broke in between, a new session would write the
// rest into the binary log.
std::vector<Statement> MendHeartbeat::statements(const Version& /*version*/) const {
  std::string text = "SET SESSION sql_log_bin = OFF; ";
  if (lift_super_read_only) text += "SET GLOBAL super_read_only = OFF; ";
  text += std::string(kCreateSchema) + "; " + kCreateTable + "; ";
  text +=
      "INSERT IGNORE INTO gtidops.heartbeat (topology, server_uuid, beat, written_at) VALUES (" +
      quote_string(topology) + ", " + quote_string(server_uuid) + ", 0, NOW(6)); ";
  if (lift_super_read_only) text += "SET GLOBAL super_read_only = ON; ";
  Statement statement = sql(server, text + "SET SESSION sql_log_bin = ON");
  statement.changes_session = true;  // when it fails midway, that session is not used any more
  return {statement};
}

std::vector<Statement> MendHeartbeat::put_back() const {
  std::vector<Statement> list = put_back_super_read_only(server, lift_super_read_only);
  list.push_back(sql(server, "SET SESSION sql_log_bin = ON"));
  return list;
}

}  // namespace gtidops
