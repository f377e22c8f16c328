// sessions: the sessions of clients that stand in the way of a change of roles, and the sessions
// that a dead gtidops process has left behind.
//
// Thread-safety: as the Fleet. Errors: what the server says.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ports/clock.h"
#include "ports/fleet.h"

namespace gtidops {

// A session that makes SET GLOBAL super_read_only = ON wait, or would make an applier wait
// afterwards.
struct Blocker {
  enum class Kind {
    kWriter,       // a write statement, LOCK TABLES ... WRITE, a statement that waits for a lock
    kReadLock,     // FLUSH TABLES WITH READ LOCK
    kTransaction,  // an open transaction that has changed or locked rows
    kSemiSync,     // a commit that waits for a semi-synchronous acknowledgement
  };
  std::string id;  // of the connection
  Kind kind = Kind::kWriter;
  std::string who;        // user@host
  double seconds = 0;     // how long it has been blocking, as far as the server tells
  bool idle = false;      // it runs no statement: nothing will end it but its client
  std::string statement;  // EVENT_ID of its present or last statement
  [[nodiscard]] std::string describe() const;
};

// The first few of them, in words.
std::string describe_all(const std::vector<Blocker>& blockers);

// The sessions that hold the global locks (performance_schema.metadata_locks), and those with an
// open transaction that wrote or locked rows (information_schema.innodb_trx). The session that asks
// is not included.
Result<std::vector<Blocker>> find_blockers(Fleet& fleet, const std::string& server,
                                           Millis deadline);

// Sessions with an XA transaction that is active or idle, but not prepared. After the server is
// made super_read_only, they can still prepare and commit what they wrote before.
Result<std::vector<Blocker>> find_xa_sessions(Fleet& fleet, const std::string& server,
                                              Millis deadline);

// The prepared XA transactions, each as XA COMMIT takes it.
Result<std::vector<std::string>> find_prepared_xa(Fleet& fleet, const std::string& server,
                                                  Millis deadline);
// To be asked after a statement timed out on a lock or was refused because of one. Says in a
// sentence who holds a lock that blocks our statements (a backup's LOCK INSTANCE, FLUSH TABLES WITH
// READ LOCK, LOCK TABLES, running DDL). Empty when no holder is seen or the question fails.
std::string who_holds_the_lock(Fleet& fleet, const std::string& server, Millis deadline);
// Is this the number of such an error?
bool is_lock_trouble(int mysql_errno);

// KILL CONNECTION. A session that is gone already counts as ended.
Status end_session(Fleet& fleet, const std::string& server, const std::string& id, Millis deadline);

// Makes sure that no statement from an earlier process of ours, or from a connection that was given
// up, can still take effect on this server. It makes sure that the present session holds the right
// to act there; such a statement runs only in a session that holds it.
Status end_other_actors(Fleet& fleet, Clock& clock, const std::string& server,
                        const std::string& topology, Millis deadline);

// Makes sure that no CLONE that was sent to this server can begin any more. A connection that was
// opened to begin one, and does not run it, is ended. Fails while a copy into the server is under
// way. To be called before a server is opened: CLONE replaces all that it holds.
Status end_copies(Fleet& fleet, const std::string& server, Millis deadline);

}  // namespace gtidops
