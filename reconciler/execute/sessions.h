// sessions: other people's sessions on a server, as far as they stand in the way of a change of
// roles; and those that a dead gtidops has left behind.
//
// Thread-safety: as the Fleet's. Errors: what the server says.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ports/clock.h"
#include "ports/fleet.h"

namespace gtidops {

// A session that holds what keeps super_read_only = ON waiting, or what would keep an applier
// waiting afterwards.
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
  double seconds = 0;     // since when it stands there, as far as the server tells
  bool idle = false;      // it runs no statement: nothing will end it but its client
  std::string statement;  // which one it runs or ran last, as the performance schema counts them
  [[nodiscard]] std::string describe() const;
};

// The first few of them, in words.
std::string describe_all(const std::vector<Blocker>& blockers);

// Who holds the global locks (performance_schema.metadata_locks) and who has an open transaction
// that wrote or locked rows (information_schema.innodb_trx); gtidops' own sessions are not among
// them.
Result<std::vector<Blocker>> find_blockers(Fleet& fleet, const std::string& server,
                                           Millis deadline);

// Sessions with an XA transaction that is not prepared yet, or not any more: on a server that was
// made super_read_only they can still prepare and commit what they have written before.
Result<std::vector<Blocker>> find_xa_sessions(Fleet& fleet, const std::string& server,
                                              Millis deadline);

// The XA transactions that are prepared there, as XA COMMIT takes them.
Result<std::vector<std::string>> find_prepared_xa(Fleet& fleet, const std::string& server,
                                                  Millis deadline);
// A statement gave up waiting for a lock, or was refused because of one: who holds a lock that
// keeps statements of ours waiting (a backup's LOCK INSTANCE, FLUSH TABLES WITH READ LOCK, LOCK
// TABLES, DDL that runs), as a sentence; empty when nobody is seen to, or it can't be asked.
std::string who_holds_the_lock(Fleet& fleet, const std::string& server, Millis deadline);
// Is this the number of such an error?
bool is_lock_trouble(int mysql_errno);

// KILL CONNECTION; that it is gone already counts as done.
Status end_session(Fleet& fleet, const std::string& server, const std::string& id, Millis deadline);

// Sees to it that no statement which an earlier process of ours has sent, or a connection that was
// given up, and that the network still holds, can land on this server any more: the right to act is
// held there by the session at hand, and such a statement runs only in one that holds it.
Status end_other_actors(Fleet& fleet, Clock& clock, const std::string& server,
                        const std::string& topology, Millis deadline);

}  // namespace gtidops
