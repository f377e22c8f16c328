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
  call.world.say(call.server.name, [&] { return "connection " + std::to_string(id) + " is killed"; });
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
  };
  return kPatterns;
}

}  // namespace gtidops::sim::sql
