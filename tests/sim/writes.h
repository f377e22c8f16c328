// Writes: who writes on a server, and what holds up super_read_only = ON (each tried on 9.7.4): a
// write statement that runs, LOCK TABLES ... WRITE, a commit that waits for its semi-synchronous
// acknowledgement. While the freeze waits, every other writer waits behind it. An open transaction
// does not hold it up, and fails at its COMMIT with 1290.
//
// Thread-safety: one thread. Errors: in the Reply; no answer at all when the server dies first.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ports/fleet.h"
#include "sim/ledger.h"

namespace gtidops::sim {

class World;
class SimServer;

// What the server answers to a statement.
struct Reply {
  int error = 0;  // 0: none
  std::string message;
  Rows rows;
  TrxId trx = -1;  // of a write: the transaction that it became
};
using Answer = std::function<void(const Reply&)>;

constexpr int kReadOnlyError = 1290;
constexpr int kInterruptedError = 1317;

class Writes {
 public:
  struct Request {
    int session = 0;
    bool admin = false;  // has CONNECTION_ADMIN: read_only alone does not stop it
    TrxBody body;
    Micros work = 0;  // how long the statement runs
    // Then the transaction stays open for so long before its COMMIT; kUntilCommit: until commit().
    Micros open_for = 0;
    Answer answer;
    std::string xid = {};  // of an XA transaction
  };

  Writes(World& world, SimServer& server) : world_(world), server_(server) {}

  static constexpr Micros kUntilCommit = -1;

  void begin(Request request);
  // COMMIT of the session's open transaction; false when it has none.
  bool commit(int session, const Answer& answer);
  // XA PREPARE of the session's; and XA COMMIT or XA ROLLBACK of one that is prepared. None of them
  // is kept back by read_only or super_read_only.
  bool prepare(int session, const Answer& answer);
  void end_prepared(int session, TrxBody body, const Answer& answer);
  void freeze(int session, Answer answer);
  void thaw(bool super_only);
  // LOCK TABLES ... WRITE and UNLOCK TABLES.
  void lock_tables(int session);
  void unlock_tables(int session);
  [[nodiscard]] int table_locks_of() const { return locked_by_; }
  // KILL: the session's statement, or (the connection) all that it has.
  void interrupt(int session, bool connection);
  // A replica has received it.
  void acknowledged(TrxId trx, int replica);
  // rpl_semi_sync_source_enabled went off: nobody waits any more.
  void let_waiters_go();
  void crash();

  [[nodiscard]] bool fell_back() const { return asynchronous_; }
  // Can a client still be told that something was committed here?
  [[nodiscard]] bool may_still_acknowledge() const;
  // Who holds up a freeze (performance_schema.metadata_locks), or has an open transaction that
  // wrote (information_schema.innodb_trx).
  struct Holder {
    int session = 0;
    bool idle = false;
    bool waits_for_acknowledgement = false;
    Micros since = 0;
  };
  [[nodiscard]] std::vector<Holder> lock_holders() const;
  [[nodiscard]] std::vector<Holder> transactions() const;
  // Sessions with an XA transaction that is not prepared: also while XA PREPARE is under way.
  [[nodiscard]] std::vector<Holder> xa_sessions() const;
  [[nodiscard]] bool frozen_or_freezing() const { return !freezes_.empty(); }
  // @@GLOBAL.gtid_owned: in the binary log, and not in gtid_executed yet.
  [[nodiscard]] TrxSet committing() const;
  [[nodiscard]] std::size_t waiting() const { return writes_.size(); }

 private:
  enum class State { kQueued, kRunning, kOpen, kCommitting, kWaiting };
  struct Write {
    Request request;
    State state = State::kQueued;
    bool commit_next = false;  // queued for its COMMIT, not for its statement
    int statement = 0;
    Micros since = 0;
    TrxId trx = -1;
    unsigned acknowledged = 0;  // one bit a replica
  };
  struct Freeze {
    int session = 0;
    int statement = 0;
    Answer answer;
  };
  using WritePtr = std::shared_ptr<Write>;

  void enter(const WritePtr& write);
  void run(const WritePtr& write);
  void commit(const WritePtr& write);
  void logged(const WritePtr& write);
  void finish(const WritePtr& write, const Reply& reply);
  void abort(const WritePtr& write);
  void drop(const WritePtr& write);
  void try_freeze();
  void release();
  [[nodiscard]] bool held_up(const Write& write) const;
  [[nodiscard]] static bool blocks(const Write& write);

  World& world_;
  SimServer& server_;
  std::vector<WritePtr> writes_;
  std::vector<Freeze> freezes_;
  bool asynchronous_ = false;  // semi-sync has timed out, and fallen back
  int locked_by_ = 0;
  Micros locked_since_ = 0;
};

}  // namespace gtidops::sim
