#include "model/open_transaction.h"

#include <cstdio>

namespace gtidops {

// MySQL shows innodb_trx out of a cache that is not renewed as long as somebody reads it every 100
// ms, so what it shows may have ended. events_transactions_current knows, where it is not switched
// off.
std::string open_transactions_query(int least_seconds) {
  std::string text =
      "SELECT x.trx_mysql_thread_id, CONCAT(COALESCE(t.PROCESSLIST_USER, ''), '@', "
      "COALESCE(t.PROCESSLIST_HOST, '')), TIMESTAMPDIFF(MICROSECOND, x.trx_started, NOW(6)) / 1e6, "
      "t.PROCESSLIST_COMMAND = 'Sleep' FROM information_schema.innodb_trx x JOIN "
      "performance_schema.threads t ON t.PROCESSLIST_ID = x.trx_mysql_thread_id LEFT JOIN "
      "performance_schema.events_transactions_current e ON e.THREAD_ID = t.THREAD_ID WHERE "
      "(x.trx_rows_modified > 0 OR x.trx_rows_locked > 0) AND x.trx_mysql_thread_id <> "
      "CONNECTION_ID() AND t.TYPE = 'FOREGROUND' AND t.NAME LIKE 'thread/sql/%connection' "
      "AND (e.STATE IS NULL OR e.STATE = 'ACTIVE')";
  if (least_seconds > 0)
    text += " AND x.trx_started <= NOW(6) - INTERVAL " + std::to_string(least_seconds) + " SECOND";
  return text + " ORDER BY x.trx_started";
}

std::string describe(const OpenTransaction& one) {
  char time[40];
  std::snprintf(time, sizeof time, "%.1f s", one.seconds);
  return "connection " + one.id + " of " + one.who + " has had a transaction open for " + time;
}

std::string first_of(const std::vector<std::string>& descriptions) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < descriptions.size() && i < kMost; ++i)
    text += (i > 0 ? "; " : "") + descriptions[i];
  if (descriptions.size() > kMost)
    text += "; and " + std::to_string(descriptions.size() - kMost) + " more";
  return text;
}

}  // namespace gtidops
