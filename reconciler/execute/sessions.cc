#include "execute/sessions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "model/open_transaction.h"

namespace gtidops {
namespace {

constexpr int kNoSuchThread = 1094;

// The manual, "The metadata_locks Table": SET GLOBAL read_only takes the GLOBAL and the COMMIT lock
// in SHARED, writers hold them in INTENTION_EXCLUSIVE, FLUSH TABLES WITH READ LOCK in SHARED.
// TIMER_WAIT of a statement that runs is its time so far, in picoseconds.
constexpr const char* kGlobalLocks =
    "SELECT t.PROCESSLIST_ID, CONCAT(COALESCE(t.PROCESSLIST_USER, ''), '@', "
    "COALESCE(t.PROCESSLIST_HOST, '')), MAX(m.LOCK_TYPE = 'SHARED'), MAX(t.PROCESSLIST_COMMAND = "
    "'Sleep'), MAX(COALESCE(t.PROCESSLIST_STATE, '') LIKE 'Waiting for semi-sync ACK%'), "
    "MAX(IF(t.PROCESSLIST_COMMAND = 'Sleep', t.PROCESSLIST_TIME, COALESCE(e.TIMER_WAIT / 1e12, 0)))"
    ", MAX(e.EVENT_ID) FROM performance_schema.metadata_locks m JOIN performance_schema.threads t "
    "ON t.THREAD_ID = "
    "m.OWNER_THREAD_ID LEFT JOIN performance_schema.events_statements_current e ON e.THREAD_ID = "
    "t.THREAD_ID AND e.NESTING_EVENT_ID IS NULL WHERE m.OBJECT_TYPE IN ('GLOBAL', 'COMMIT') AND "
    "m.LOCK_STATUS = 'GRANTED' AND m.LOCK_TYPE IN ('INTENTION_EXCLUSIVE', 'SHARED') AND "
    "t.PROCESSLIST_ID <> CONNECTION_ID() AND t.TYPE = 'FOREGROUND' AND t.NAME LIKE "
    "'thread/sql/%connection' GROUP BY t.PROCESSLIST_ID, t.PROCESSLIST_USER, t.PROCESSLIST_HOST";

// Sessions with an XA transaction that is not prepared. Prepared ones belong to no session any
// more. The query finds nothing if the consumer events_transactions_current or the instrument
// `transaction` was switched off.
constexpr const char* kXaSessions =
    "SELECT t.PROCESSLIST_ID, CONCAT(COALESCE(t.PROCESSLIST_USER, ''), '@', "
    "COALESCE(t.PROCESSLIST_HOST, '')) FROM performance_schema.events_transactions_current e JOIN "
    "performance_schema.threads t ON t.THREAD_ID = e.THREAD_ID WHERE e.STATE = 'ACTIVE' AND "
    "e.XA_STATE IN ('ACTIVE', 'IDLE') AND t.PROCESSLIST_ID <> CONNECTION_ID() AND t.TYPE = "
    "'FOREGROUND' AND t.NAME LIKE 'thread/sql/%connection'";

// Locks that block our statements: for a backup, a global read lock, and those that keep writers
// out of a table or schema. The locks that every reader and writer holds for a moment are left out.
constexpr const char* kHeldLocks =
    "SELECT t.PROCESSLIST_ID, CONCAT(COALESCE(t.PROCESSLIST_USER, ''), '@', "
    "COALESCE(t.PROCESSLIST_HOST, '')), COALESCE(t.PROCESSLIST_TIME, 0), MAX(m.OBJECT_TYPE = "
    "'BACKUP "
    "LOCK' AND m.LOCK_TYPE = 'SHARED'), MAX(m.OBJECT_TYPE IN ('GLOBAL', 'COMMIT') AND m.LOCK_TYPE "
    "= "
    "'SHARED'), MAX(IF(m.OBJECT_TYPE IN ('TABLE', 'SCHEMA'), CONCAT_WS('.', m.OBJECT_SCHEMA, "
    "m.OBJECT_NAME), NULL)) FROM performance_schema.metadata_locks m JOIN "
    "performance_schema.threads "
    "t ON t.THREAD_ID = m.OWNER_THREAD_ID WHERE m.LOCK_STATUS = 'GRANTED' AND ((m.OBJECT_TYPE IN "
    "('BACKUP LOCK', 'GLOBAL', 'COMMIT') AND m.LOCK_TYPE = 'SHARED') OR (m.OBJECT_TYPE IN "
    "('TABLE', "
    "'SCHEMA') AND m.LOCK_TYPE IN ('SHARED_NO_WRITE', 'SHARED_NO_READ_WRITE', 'EXCLUSIVE'))) AND "
    "t.PROCESSLIST_ID <> CONNECTION_ID() GROUP BY t.PROCESSLIST_ID, t.PROCESSLIST_USER, "
    "t.PROCESSLIST_HOST, t.PROCESSLIST_TIME ORDER BY 3 DESC LIMIT 3";

std::string text(const Row& row, std::size_t column) {
  return column < row.size() && row[column] ? *row[column] : std::string();
}

bool truth(const Row& row, std::size_t column) { return text(row, column) == "1"; }

double seconds(const Row& row, std::size_t column) {
  return std::strtod(text(row, column).c_str(), nullptr);
}

// Each query returns the session's id and user@host first; read(row, blocker) fills in the rest.
template <class Read>
Result<std::vector<Blocker>> sessions_by(Fleet& fleet, const std::string& server,
                                         const std::string& query, Millis deadline, Read read) {
  const auto rows = fleet.run(sql(server, query), deadline);
  if (!rows) return tl::unexpected<Error>(rows.error());
  std::vector<Blocker> found;
  for (const Row& row : *rows) {
    Blocker one;
    one.id = text(row, 0);
    one.who = text(row, 1);
    one.kind = Blocker::Kind::kTransaction;
    read(row, one);
    found.push_back(std::move(one));
  }
  return found;
}

// The performance schema is no snapshot. For a session that is just ending its statement it may
// show the statement's locks together with the command Sleep, as if LOCK TABLES held them. A
// session that is really idle is seen twice with the same last statement, so find_blockers() asks
// twice.
Result<std::vector<Blocker>> lock_holders(Fleet& fleet, const std::string& server,
                                          Millis deadline) {
  return sessions_by(fleet, server, kGlobalLocks, deadline, [](const Row& row, Blocker& one) {
    one.idle = truth(row, 3);
    one.kind = truth(row, 4)   ? Blocker::Kind::kSemiSync
               : truth(row, 2) ? Blocker::Kind::kReadLock
                               : Blocker::Kind::kWriter;
    one.seconds = seconds(row, 5);
    one.statement = text(row, 6);
  });
}

}  // namespace

std::string Blocker::describe() const {
  char time[40];
  std::snprintf(time, sizeof time, "%.1f s", seconds);
  const std::string session = "connection " + id + " of " + who;
  switch (kind) {
    case Kind::kWriter:
      return session + (idle ? " holds table locks" : " has been writing") + " for " + time;
    case Kind::kReadLock:
      return session + " holds a global read lock";
    case Kind::kTransaction:
      return gtidops::describe(OpenTransaction{id, who, seconds, idle});
    case Kind::kSemiSync:
      return session + " waits for a semi-synchronous acknowledgement";
  }
  return session;
}

std::string describe_all(const std::vector<Blocker>& blockers) {
  std::vector<std::string> each;
  each.reserve(blockers.size());
  for (const Blocker& one : blockers) each.push_back(one.describe());
  return first_of(each);
}

Result<std::vector<Blocker>> find_blockers(Fleet& fleet, const std::string& server,
                                           Millis deadline) {
  auto holders = lock_holders(fleet, server, deadline);
  if (!holders) return tl::unexpected<Error>(holders.error());
  std::vector<Blocker> found = *std::move(holders);
  const auto is_idle = [](const Blocker& one) { return one.idle; };
  if (std::any_of(found.begin(), found.end(), is_idle)) {
    const auto again = lock_holders(fleet, server, deadline);
    if (!again) return tl::unexpected<Error>(again.error());
    std::erase_if(found, [&](const Blocker& one) {
      return one.idle && std::none_of(again->begin(), again->end(), [&](const Blocker& other) {
               return other.id == one.id && other.idle && other.statement == one.statement;
             });
    });
  }
  auto transactions = sessions_by(fleet, server, open_transactions_query(0), deadline,
                                  [](const Row& row, Blocker& one) {
                                    one.seconds = seconds(row, 2);
                                    one.idle = truth(row, 3);
                                  });
  if (!transactions) return tl::unexpected<Error>(transactions.error());
  for (Blocker& one : *transactions) {
    // A session that also holds a global lock is in the list already, with a better reason: a
    // commit that waits for an acknowledgement is no long transaction.
    const bool known = std::any_of(found.begin(), found.end(),
                                   [&](const Blocker& other) { return other.id == one.id; });
    if (!known) found.push_back(std::move(one));
  }
  return found;
}

Result<std::vector<Blocker>> find_xa_sessions(Fleet& fleet, const std::string& server,
                                              Millis deadline) {
  return sessions_by(fleet, server, kXaSessions, deadline, [](const Row&, Blocker&) {});
}

Result<std::vector<std::string>> find_prepared_xa(Fleet& fleet, const std::string& server,
                                                  Millis deadline) {
  const auto rows = fleet.run(sql(server, prepared_xa_query()), deadline);
  if (!rows) return tl::unexpected<Error>(rows.error());
  return printed_xids(*rows);
}

bool is_lock_trouble(int mysql_errno) {
  constexpr std::array<int, 3> kErrors{
      1205,  // the wait took too long
      1223,  // FLUSH TABLES WITH READ LOCK, of this session or another
      3857,  // LOCK INSTANCE FOR BACKUP: STOP REPLICA does not even wait
  };
  return std::find(kErrors.begin(), kErrors.end(), mysql_errno) != kErrors.end();
}

std::string who_holds_the_lock(Fleet& fleet, const std::string& server, Millis deadline) {
  const auto rows = fleet.run(sql(server, kHeldLocks), deadline);
  if (!rows) return {};
  std::string told;
  for (const Row& row : *rows) {
    const std::string what = truth(row, 3)   ? "LOCK INSTANCE FOR BACKUP"
                             : truth(row, 4) ? "FLUSH TABLES WITH READ LOCK"
                                             : "a lock on " + text(row, 5);
    told += fmt::format("{}connection {} of {} holds {} (for {} s so far)",
                        told.empty() ? "" : "; ", text(row, 0), text(row, 1), what, text(row, 2));
  }
  return told;
}

Status end_session(Fleet& fleet, const std::string& server, const std::string& id,
                   Millis deadline) {
  Statement statement = sql(server, "KILL CONNECTION " + id);
  statement.tolerated = {kNoSuchThread};
  const auto ran = fleet.run(statement, deadline);
  return ran ? Status{} : tl::unexpected<Error>(ran.error());
}

// Only who holds the right to act begins a copy (LeasedFleet::begin), and tells so in an attribute
// of its connection (mysql/actor.h).
Status end_copies(Fleet& fleet, const std::string& server, Millis deadline) {
  const auto rows = fleet.run(
      sql(server,
          "SELECT t.PROCESSLIST_ID, t.PROCESSLIST_COMMAND = 'Query' FROM "
          "performance_schema.session_connect_attrs a JOIN performance_schema.threads t ON "
          "t.PROCESSLIST_ID = a.PROCESSLIST_ID WHERE a.ATTR_NAME = 'gtidops_copy'"),
      deadline);
  if (!rows) return tl::unexpected<Error>(rows.error());
  for (const Row& row : *rows) {
    if (truth(row, 1))
      return failed(fmt::format("another server is being copied into {} (connection {})", server,
                                text(row, 0)));
    if (const Status ended = end_session(fleet, server, text(row, 0), deadline); !ended)
      return ended;
  }
  return {};
}

Status end_other_actors(Fleet& fleet, Clock& /*clock*/, const std::string& server,
                        const std::string& /*topology*/, Millis deadline) {
  return fleet.hold(server, deadline);
}

}  // namespace gtidops
