#include "load/verify.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>

#include "sandbox/client.h"

namespace gtidops::load {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kNamed = 20;  // lost rows that are named

struct Session {
  OnServer& server;
  std::optional<sandbox::Connection> connection;
};

std::string single(sandbox::Connection& connection, const std::string& statement) {
  const sandbox::Rows rows = connection.sql(statement);
  if (rows.size() != 1 || rows[0].empty() || !rows[0].back())
    throw std::runtime_error("no answer to " + statement);
  return *rows[0].back();
}

// What goes wrong with one server is told of that server.
template <class Ask>
void ask(Session& session, Ask what) {
  if (!session.connection) return;
  try {
    what(*session.connection);
  } catch (const std::exception& error) {
    session.server.trouble = error.what();
    session.connection.reset();
  }
}

std::string executed_anywhere(std::vector<Session>& sessions) {
  std::string all;
  for (Session& session : sessions)
    ask(session, [&](sandbox::Connection& connection) {
      const std::string set = single(connection, "SELECT @@GLOBAL.gtid_executed");
      if (!set.empty()) all += (all.empty() ? "" : ",") + set;
    });
  return all;
}

void wait_for(Session& session, const std::string& set, Clock::time_point until) {
  ask(session, [&](sandbox::Connection& connection) {
    const double left =
        std::max(0.001, std::chrono::duration<double>(until - Clock::now()).count());
    if (single(connection, "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + set + "', " +
                               std::to_string(left) + ")") == "0")
      return;
    session.server.trouble =
        "did not catch up; it lacks " +
        single(connection, "SELECT GTID_SUBTRACT('" + set + "', @@GLOBAL.gtid_executed)");
  });
}

// Every row that a server should have, and where it was acknowledged.
struct Expected {
  std::map<Key, Port> acked;
  std::set<Key> doubtful;
  std::set<std::uint32_t> writers;
};

Expected expected(const Report& report) {
  Expected rows;
  for (const Ack& ack : report.acks) {
    rows.acked.emplace(ack.key, ack.port);
    rows.writers.insert(ack.key.writer);
  }
  for (const Key& key : report.doubtful) {
    rows.doubtful.insert(key);
    rows.writers.insert(key.writer);
  }
  return rows;
}

std::map<Key, Port> read_rows(sandbox::Connection& connection, const std::string& table,
                              const std::set<std::uint32_t>& writers) {
  std::map<Key, Port> found;
  const auto number = [](const std::optional<std::string>& text) {
    return static_cast<std::uint32_t>(std::stoul(text.value()));
  };
  for (const std::uint32_t writer : writers)
    for (const sandbox::Row& row :
         connection.sql("SELECT number, port FROM " + table +
                        " WHERE writer = " + std::to_string(writer) + " ORDER BY number"))
      found.emplace_hint(found.end(), Key{writer, number(row[0])},
                         static_cast<Port>(number(row[1])));
  return found;
}

void compare(OnServer& server, const std::map<Key, Port>& found, const Expected& rows) {
  server.rows = found.size();
  for (const auto& [key, port] : rows.acked) {
    const auto row = found.find(key);
    if (row != found.end() && row->second == port) continue;
    ++server.lost;
    if (server.lost_rows.size() < kNamed) server.lost_rows.push_back(key);
  }
  for (const auto& [key, port] : found)
    if (!rows.acked.contains(key))
      ++(rows.doubtful.contains(key) ? server.doubtful : server.unexpected);
}

}  // namespace

bool Verdict::identical() const {
  return std::all_of(servers.begin(), servers.end(), [&](const OnServer& server) {
    return !server.checksum.empty() && server.checksum == servers.front().checksum;
  });
}

std::size_t Verdict::lost() const {
  std::size_t most = 0;
  for (const OnServer& server : servers) most = std::max(most, server.lost);
  return most;
}

bool Verdict::good() const {
  return !servers.empty() && identical() &&
         std::all_of(servers.begin(), servers.end(), [](const OnServer& server) {
           return server.trouble.empty() && server.lost == 0 && server.unexpected == 0;
         });
}

std::string Verdict::text() const {
  std::string text;
  for (const OnServer& server : servers) {
    std::string line;
    if (!server.trouble.empty()) line += " " + server.trouble + ";";
    if (server.lost > 0) {
      line += " " + std::to_string(server.lost) + " acknowledged rows lost, the first:";
      for (const Key& key : server.lost_rows)
        line += " " + std::to_string(key.writer) + "/" + std::to_string(key.number);
      line += ";";
    }
    if (server.unexpected > 0)
      line += " " + std::to_string(server.unexpected) + " rows that nobody acknowledged;";
    if (server.checksum != servers.front().checksum)
      line += " its data differs from the first server's;";
    if (!line.empty()) text += std::to_string(server.port) + ":" + line + "\n";
  }
  return text;
}

Verdict verify(const Report& report, const std::vector<Port>& ports,
               std::chrono::milliseconds limit) {
  Verdict verdict;
  for (const Port port : ports) verdict.servers.push_back({.port = port});
  // No statement is waited for longer than the wait itself and some time to read the table.
  const auto patience = std::chrono::duration_cast<std::chrono::seconds>(limit).count() + 30;
  const sandbox::Login login{.tls = false, .timeout_seconds = static_cast<unsigned>(patience)};
  std::vector<Session> sessions;
  for (OnServer& server : verdict.servers) {
    Session& session = sessions.emplace_back(Session{server, std::nullopt});
    try {
      session.connection.emplace(server.port, login);
    } catch (const std::exception& error) {
      server.trouble = error.what();
    }
  }
  const auto begin = Clock::now();
  const std::string everything = executed_anywhere(sessions);
  for (Session& session : sessions) wait_for(session, everything, begin + limit);
  verdict.waited_seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const Expected rows = expected(report);
  for (Session& session : sessions)
    ask(session, [&](sandbox::Connection& connection) {
      compare(session.server, read_rows(connection, report.table, rows.writers), rows);
      session.server.checksum = single(connection, "CHECKSUM TABLE " + report.table);
    });
  return verdict;
}

}  // namespace gtidops::load
