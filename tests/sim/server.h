// SimServer: one mysqld, as far as gtidops and its clients can tell it from a real one: what it
// holds, who may write, who is connected, what is persistent. Its parts: Writes (sim/writes.h) and
// Replication (sim/replication.h). What it does on a statement is in sim/sql.h.
//
// Everything is public: the checkers look at the truth.
//
// Thread-safety: one thread. Errors: none; what a client is told is a Reply.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/observation.h"
#include "ports/fleet.h"
#include "sim/ledger.h"
#include "sim/network.h"
#include "sim/replication.h"
#include "sim/writes.h"

namespace gtidops::sim {

class World;

// A connection. `owner`: the number of a gtidops process; 0: a client or a person.
struct Session {
  int id = 0;
  int owner = 0;
  int controller = 0;    // the number of its state directory
  Node node = 0;         // where the other end is
  std::string program;   // program_name, as the connection attributes tell it
  int running = 0;       // statements under way
  bool hung_up = false;  // the other end is gone: it ends with what is under way
  bool in_transaction = false;
  bool copies = false;                  // it was opened to begin a CLONE
  std::string xa;                       // XA START was said
  std::string stash, change, prepared;  // of PointReplica::put_back
};

// A statement under way. Without `stop` it cannot be interrupted.
struct Running {
  int session = 0;
  std::string text;
  std::function<void(bool answer)> stop;
};

struct SimAccount {
  std::string user, host, password;
  bool replication_slave = false;
  std::vector<std::string> more;  // further lines of SHOW GRANTS
};

class SimServer {
 public:
  SimServer(World& world, int index, std::string uuid);

  // --- Who it is.
  const int index;
  const std::string name;
  std::string uuid;
  int origin;              // what it commits is numbered by, in the ledger: it goes with the UUID
  const std::string host;  // 10.0.0.N, port 3306
  std::string version = "8.4.3";
  [[nodiscard]] Node node() const { return index; }

  // --- What lasts through a crash.
  std::uint32_t server_id;
  std::string gtid_mode = "ON", enforce_gtid_consistency = "ON";
  std::map<std::string, std::string> persisted;
  std::vector<TrxId> binlog;      // in the order of commit
  std::size_t binlog_begins = 0;  // what is before that was purged
  TrxSet executed, purged;
  // The truth about its data, where gtid_executed does not tell it: what a RESET made it forget,
  // and what a filter left out.
  TrxSet forgotten, left_out;
  [[nodiscard]] bool holds(TrxId trx) const {
    return (executed.has(trx) || forgotten.has(trx)) && !left_out.has(trx);
  }
  std::vector<SimAccount> accounts;
  std::map<std::string, int> schemas;            // of users: name and number of tables
  std::map<std::string, ScheduledEvent> events;  // by name, "shop.tick"
  // XA transactions that are prepared, and whether somebody is ending them now.
  std::map<std::string, bool> prepared;
  bool has_heartbeat_table = false;
  std::optional<Heartbeat> heartbeat;
  bool semi_sync_source_loaded = false, semi_sync_replica_loaded = false;
  bool clone_plugin = false;
  CloneStatus clone;  // the newest CLONE into it

  // --- What does not.
  bool up = true;
  int boots = 0;  // what was under way before the last one is gone
  Micros booted_at = 0;
  bool read_only = false, super_read_only = false;
  std::map<std::string, std::string, std::less<>> variables;
  std::map<int, Session> sessions;
  std::map<int, Running> running;
  std::string valid_donors;  // clone_valid_donor_list
  int right = 0;             // the session that holds the user lock "gtidops/right-to-act"; 0: none
  // WAIT_FOR_EXECUTED_GTID_SET.
  struct Waiter {
    int statement = 0;
    GtidSet goal;
    Answer answer;
  };
  std::vector<Waiter> waiters;
  bool restored = false;        // it came back from an older copy, or was RESET
  bool forgot_by_hand = false;  // a person took its persistent read-only flags away
  // Who made it writable last: the number of a gtidops process; 0: it booted so; -1: a person.
  int opened_by = 0;
  Micros opened_at = 0;
  Micros seen_at = 0;  // by the last look of a gtidops that was told what it read

  Writes writes;
  Replication replication;

  [[nodiscard]] bool boots_read_only() const;
  [[nodiscard]] bool fenced() const { return super_read_only; }
  [[nodiscard]] bool refuses(bool admin) const { return admin ? super_read_only : read_only; }
  // One of `variables`, as a number; 0 when it is not there.
  [[nodiscard]] std::int64_t number(std::string_view variable) const;

  // kill -9, or the power; and mysqld started again.
  void crash();
  void boot();

  // A connection is made; its id.
  int connect(int owner, Node from, const std::string& program);
  // The other end has closed it: it ends with the statement under way.
  void hang_up(int session);
  // KILL CONNECTION, or the end of one that was hung up.
  void kill_connection(int session);
  // KILL QUERY.
  void kill_query(int session);
  // Registers a statement under way; end_statement ends it. `stop` may be empty.
  int begin_statement(int session, std::string text, std::function<void(bool)> stop);
  void end_statement(int id);

  // It is in the binary log from now on, and whoever follows is told.
  void log(TrxId trx);
  // Its effect on the data, once; it counts as executed.
  void take_effect(TrxId trx);
  // INSTALL PLUGIN: its variables are there from now on.
  void load_semi_sync(bool source);
  // Everything up to this many of its transactions is purged.
  void purge(std::size_t keep);

  // Answers 0 when it has executed `goal`, 1 when that has not come about in `patience` (0: no
  // end).
  void wait_for(int session, const GtidSet& goal, Micros patience, Answer answer);

  SimAccount* account(const std::string& user, const std::string& host);

 private:
  void stop_statements(int session, bool answer);
  void set_up_variables();
  void apply_body(const Trx& trx);
  void wake_waiters();

  World& world_;
  int next_session_;
  int next_statement_ = 1;
};

}  // namespace gtidops::sim
