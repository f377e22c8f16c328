// The simulated server (tests/sim) against a real one: the same statements, the same answers, so
// that the fake cannot drift. What the simulation rests on is here: who may write and what holds up
// a freeze, GTID sets and waiting for them, channels and their errors, what lasts through a crash.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

#include "contract/side.h"
#include "execute/sessions.h"

namespace gtidops::contract {
namespace {

constexpr Millis kLong{10'000};
constexpr Millis kShort{400};
constexpr const char* kFreeze = "SET GLOBAL super_read_only = ON";
constexpr const char* kOpen = "SET GLOBAL super_read_only = OFF, GLOBAL read_only = OFF";
constexpr const char* kInsert = "INSERT INTO shop.t VALUES (NULL)";
constexpr const char* kExecuted = "SELECT @@GLOBAL.gtid_executed";

// What was done on one side, and what came of it.
class Script {
 public:
  explicit Script(Side& side) : side_(side) {}
  Side& side() { return side_; }

  void run(int server, const std::string& session, const std::string& sql) {
    note(session + "@" + name(server) + ": " + sql, side_.run(server, session, sql));
  }
  void end(int server, const std::string& session, Millis patience) {
    note(session + "@" + name(server) + ", begun before", side_.end(server, session, patience));
  }
  void look(int server) { note("look at " + name(server), side_.look(server)); }
  void look_until(int server, const std::string& text) {
    note("look at " + name(server), side_.look_until(server, text));
  }
  void note(const std::string& what, const std::string& answer) {
    text_ += side_.plain(what) + " -> " + side_.plain(answer) + "\n";
  }
  void blockers(int server) {
    const auto found = find_blockers(side_.fleet(), name(server), Millis{3'000});
    std::string text = found ? "" : found.error().message;
    if (found)
      for (const Blocker& one : *found)
        text += std::to_string(static_cast<int>(one.kind)) + (one.idle ? " idle; " : "; ");
    note("blockers of " + name(server), text);
  }
  // In the order of the xids: the server's is that of a hash table.
  void prepared_xa(int server) {
    auto found = find_prepared_xa(side_.fleet(), name(server), Millis{3'000});
    std::string text = found ? "" : found.error().message;
    if (found) std::sort(found->begin(), found->end());
    if (found)
      for (const std::string& xid : *found) text += xid + "; ";
    note("prepared on " + name(server), text);
  }
  void xa_sessions(int server) {
    const auto found = find_xa_sessions(side_.fleet(), name(server), Millis{3'000});
    note("XA sessions of " + name(server),
         found ? std::to_string(found->size()) : found.error().message);
  }
  // What is under way there; gtid_executed shows it once it is not.
  void committing(int server) {
    const Observation seen = side_.fleet().look({name(server)}, Depth::kState, Millis{3'000});
    const ServerState* state = seen.state(name(server));
    note("committed by " + name(server) + " just now",
         state == nullptr ? "unreachable" : state->gtid_owned.to_string());
  }
  // A schema and a table, three transactions with one row.
  void make_table(int server = 0) {
    run(server, "admin", "CREATE DATABASE shop");
    run(server, "admin", "CREATE TABLE shop.t (a INT AUTO_INCREMENT PRIMARY KEY)");
    run(server, "admin", kInsert);
  }
  void make_user() {
    run(0, "admin", "CREATE USER IF NOT EXISTS 'repl'@'%' IDENTIFIED BY 'pw'");
    run(0, "admin", "GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%'");
  }
  void replicate() {
    note("CHANGE", side_.point());
    run(1, "admin", "START REPLICA FOR CHANNEL ''");
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  static std::string name(int server) { return "db" + std::to_string(server + 1); }
  Side& side_;
  std::string text_;
};

void agree(const std::function<void(Script&)>& script) {
  const auto fake = simulated_side();
  Script simulated(*fake);
  script(simulated);
  const auto mysqld = real_side();
  Script real(*mysqld);
  script(real);
  EXPECT_EQ(simulated.text(), real.text());
  EXPECT_FALSE(real.text().empty());
}

TEST(ServerContract, WhoMayWrite) {
  agree([](Script& script) {
    script.make_table();
    script.run(0, "app", kInsert);
    script.run(0, "admin", "SET GLOBAL read_only = ON");
    script.run(0, "app", kInsert);
    script.run(0, "admin", kInsert);
    script.run(0, "admin", kFreeze);
    script.run(0, "admin", kInsert);
    script.run(0, "admin", kFreeze);
    script.run(0, "admin", "SELECT @@GLOBAL.super_read_only");
    script.run(0, "admin", "SET GLOBAL super_read_only = OFF");
    script.look(0);
    script.run(0, "app", kInsert);
    script.run(0, "admin", kOpen);
    script.run(0, "app", kInsert);
    script.run(0, "admin", kExecuted);
    script.look(0);
  });
}

// Each half of a two-phase commit is a transaction, and neither is kept back by the freeze.
TEST(ServerContract, XaTransactionsPassTheFreeze) {
  agree([](Script& script) {
    script.make_table();
    const auto begin = [&](const std::string& session, const std::string& xid) {
      script.run(0, session, "XA START '" + xid + "'");
      script.run(0, session, kInsert);
      script.run(0, session, "XA END '" + xid + "'");
    };
    script.prepared_xa(0);
    begin("app", "g1");
    script.run(0, "app", "XA PREPARE 'g1'");
    script.prepared_xa(0);
    script.run(0, "admin", kExecuted);
    begin("a", "g2");
    begin("b", "g3");
    script.run(0, "admin", kFreeze);
    script.run(0, "a", "XA PREPARE 'g2'");
    script.prepared_xa(0);
    script.run(0, "admin", kExecuted);
    script.xa_sessions(0);
    script.note("KILL",
                script.side().run(0, "admin", "KILL CONNECTION " + script.side().id_of(0, "b")));
    script.side().rest(Millis{300});
    script.xa_sessions(0);
    script.run(0, "admin", "XA COMMIT 'g3'");
    script.run(0, "app", "XA COMMIT 'g1'");
    script.run(0, "admin", "XA ROLLBACK 'g2'");
    script.run(0, "admin", "XA COMMIT 'g2'");
    script.prepared_xa(0);
    script.run(0, "admin", kExecuted);
    script.run(0, "admin", kOpen);
  });
}

// An XA PREPARE that is under way, for as long as the throttle makes each commit wait.
TEST(ServerContract, AnXaPrepareUnderWay) {
  agree([](Script& script) {
    Side& side = script.side();
    script.make_table();
    script.run(0, "app", "XA START 'g1'");
    script.run(0, "app", kInsert);
    script.run(0, "app", "XA END 'g1'");
    script.xa_sessions(0);
    script.run(0, "admin", kFreeze);
    script.run(0, "admin", "SET GLOBAL binlog_group_commit_sync_delay = 1000000");
    side.begin(0, "app", "XA PREPARE 'g1'");
    script.xa_sessions(0);
    script.prepared_xa(0);
    script.note("KILL", side.run(0, "admin", "KILL CONNECTION " + side.id_of(0, "app")));
    script.xa_sessions(0);
    side.rest(Millis{1'500});
    script.xa_sessions(0);
    script.prepared_xa(0);
    script.run(0, "admin", kExecuted);
  });
}

TEST(ServerContract, TableLocksHoldUpTheFreezeAndEverybodyBehindIt) {
  agree([](Script& script) {
    Side& side = script.side();
    script.make_table();
    script.run(0, "a", "LOCK TABLES shop.t WRITE");
    script.blockers(0);
    side.begin(0, "admin", kFreeze);
    script.end(0, "admin", kShort);
    script.run(0, "a", "UNLOCK TABLES");
    script.end(0, "admin", kLong);
    script.run(0, "a", kInsert);
    script.run(0, "admin", kOpen);
    script.run(0, "a", "LOCK TABLES shop.t WRITE");
    side.begin(0, "admin", kFreeze);
    side.begin(0, "app", "CREATE TABLE shop.u (a INT PRIMARY KEY)");
    script.end(0, "app", kShort);
    script.note("KILL QUERY", side.run(0, "b", "KILL QUERY " + side.id_of(0, "admin")));
    script.end(0, "admin", kLong);
    script.end(0, "app", kLong);
    script.look(0);
  });
}

TEST(ServerContract, WhoeverWaitsBehindTheFreezeIsRefused) {
  agree([](Script& script) {
    Side& side = script.side();
    script.make_table();
    script.run(0, "a", "LOCK TABLES shop.t WRITE");
    side.begin(0, "admin", kFreeze);
    side.begin(0, "app", "CREATE TABLE shop.u (a INT PRIMARY KEY)");
    script.note("KILL CONNECTION", side.run(0, "b", "KILL CONNECTION " + side.id_of(0, "a")));
    script.end(0, "admin", kLong);
    script.end(0, "app", kLong);
    script.look(0);
  });
}

TEST(ServerContract, AnOpenTransactionFailsAtItsCommit) {
  agree([](Script& script) {
    script.make_table();
    script.run(0, "app", "START TRANSACTION");
    script.run(0, "app", kInsert);
    script.blockers(0);
    script.run(0, "admin", kFreeze);
    script.run(0, "app", "COMMIT");
    script.run(0, "admin", kOpen);
    script.run(0, "a", "START TRANSACTION");
    script.run(0, "a", kInsert);
    script.run(0, "a", "COMMIT");
    script.run(0, "admin", kExecuted);
  });
}

TEST(ServerContract, WaitingForASet) {
  agree([](Script& script) {
    Side& side = script.side();
    script.make_table();
    const auto wait = [&](int last, const std::string& seconds) {
      return "SELECT WAIT_FOR_EXECUTED_GTID_SET('" + side.uuid(0) + ":1-" + std::to_string(last) +
             "', " + seconds + ")";
    };
    script.run(0, "admin", wait(3, "1"));
    script.run(0, "admin", wait(4, "0.200"));
    side.begin(0, "admin", wait(4, "8"));
    script.end(0, "admin", kShort);
    script.run(0, "app", kInsert);
    script.end(0, "admin", kLong);
    side.begin(0, "admin", wait(5, "8"));
    script.note("KILL QUERY", side.run(0, "a", "KILL QUERY " + side.id_of(0, "admin")));
    script.end(0, "admin", kLong);
    side.begin(0, "admin", wait(5, "8"));
    script.note("KILL CONNECTION", side.run(0, "a", "KILL CONNECTION " + side.id_of(0, "admin")));
    script.end(0, "admin", kLong);
    script.note("KILL of nobody", side.run(0, "a", "KILL CONNECTION 999999"));
  });
}

TEST(ServerContract, AChannelFromItsBeginningToItsEnd) {
  agree([](Script& script) {
    script.make_table();
    script.make_user();
    script.run(1, "admin", kFreeze);
    script.run(1, "admin", "START REPLICA FOR CHANNEL ''");
    script.replicate();
    script.look_until(1, "executed=uuid1:1-5");
    script.note("CHANGE while it runs", script.side().point());
    script.run(1, "admin", "RESET REPLICA ALL FOR CHANNEL ''");
    script.run(1, "admin", "STOP REPLICA SQL_THREAD FOR CHANNEL ''");
    script.run(0, "app", kInsert);
    script.look_until(1, "retrieved=uuid1:1-6");
    script.run(1, "admin", "STOP REPLICA FOR CHANNEL ''");
    script.look_until(1, "Off/Off");
    script.note("CHANGE", script.side().point());
    script.look(1);
    script.run(1, "admin", "START REPLICA FOR CHANNEL ''");
    script.look_until(1, "executed=uuid1:1-6");
    script.run(1, "admin", "STOP REPLICA FOR CHANNEL ''");
    script.run(1, "admin", "RESET REPLICA ALL FOR CHANNEL ''");
    script.look(1);
  });
}

// An old primary that is opened again while it follows its own replica, and whose commits wait for
// an acknowledgement: what comes back to it is not in gtid_executed, and is left out all the same.
TEST(ServerContract, AReceiverLeavesOutWhatItsOwnServerCommitted) {
  agree([](Script& script) {
    Side& side = script.side();
    side.use_semi_sync();
    script.make_table();
    script.make_user();
    script.replicate();
    script.look_until(1, "executed=uuid1:1-5");
    script.note("CHANGE", side.point("pw", 0));
    script.run(0, "admin", "START REPLICA FOR CHANNEL ''");
    script.look_until(0, "from=uuid2");
    script.run(0, "admin", "SET GLOBAL rpl_semi_sync_source_timeout = 60000");
    script.run(0, "admin", "SET GLOBAL rpl_semi_sync_source_enabled = ON");
    side.begin(0, "app", kInsert);
    script.end(0, "app", kShort);
    script.look_until(1, "executed=uuid1:1-6");
    side.rest(kShort);
    script.committing(0);
    script.look(0);
    script.run(0, "admin", "SET GLOBAL rpl_semi_sync_source_enabled = OFF");
    script.end(0, "app", kLong);
    script.look(0);
  });
}

TEST(ServerContract, ReceiversThatGetNowhere) {
  agree([](Script& script) {
    Side& side = script.side();
    script.make_table();
    script.make_user();
    script.note("CHANGE", side.point("wrong"));
    script.run(1, "admin", "START REPLICA FOR CHANNEL ''");
    script.look_until(1, "Connecting/On 1045");
    script.run(1, "admin", "STOP REPLICA FOR CHANNEL ''");
    side.kill(0);
    script.replicate();
    script.look_until(1, "Connecting/On 2003");
    side.start(0);
    script.look_until(1, "executed=uuid1:1-5");
  });
}

TEST(ServerContract, ASourceThatHasPurgedWhatIsLacking) {
  agree([](Script& script) {
    script.make_table();
    script.make_user();
    script.side().purge(0);
    script.look(0);
    script.replicate();
    script.look_until(1, "Off/On 13114");
  });
}

TEST(ServerContract, WhatLastsThroughACrash) {
  agree([](Script& script) {
    Side& side = script.side();
    script.make_table();
    script.make_user();
    script.run(1, "admin", "SET PERSIST_ONLY read_only = ON");
    script.run(1, "admin", "SET PERSIST_ONLY super_read_only = ON");
    script.look(1);
    script.replicate();
    script.look_until(1, "executed=uuid1:1-5");
    script.run(0, "admin", kFreeze);
    script.run(0, "admin", "SET GLOBAL binlog_group_commit_sync_delay = 20000");
    side.kill(1);
    side.kill(0);
    side.start(0);
    script.look(0);
    script.run(0, "admin", "SELECT @@GLOBAL.binlog_group_commit_sync_delay");
    script.run(0, "app", kInsert);
    side.start(1);
    script.look_until(1, "executed=uuid1:1-6");
    script.run(1, "app", kInsert);
  });
}

TEST(ServerContract, ModesOfGtids) {
  agree([](Script& script) {
    script.run(0, "admin", "SET PERSIST gtid_mode = OFF");
    script.run(0, "admin", "SET PERSIST gtid_mode = ON_PERMISSIVE");
    script.run(0, "admin", "SET PERSIST enforce_gtid_consistency = OFF");
    script.run(0, "admin", "SET PERSIST gtid_mode = OFF_PERMISSIVE");
    script.run(0, "admin", "SET PERSIST enforce_gtid_consistency = OFF");
    script.run(0, "admin", "SET PERSIST gtid_mode = ON_PERMISSIVE");
    script.run(0, "admin", "SET PERSIST gtid_mode = ON");
    script.run(0, "admin", "SET PERSIST enforce_gtid_consistency = ON");
    script.run(0, "admin", "SET PERSIST gtid_mode = ON");
    script.look(0);
  });
}

// Not of the simulated server, whose applier is never in the middle of a transaction. A switch
// ended the workers of an old primary that followed the new one already, once.
TEST(ServerContract, AnApplierThatWaitsForALockIsNoBlocker) {
  const auto side = real_side();
  Script script(*side);
  script.make_table();
  script.make_user();
  script.replicate();
  side->look_until(1, "executed=" + side->plain(side->run(0, "admin", kExecuted)));
  side->run(1, "holder", "BEGIN");
  side->run(1, "holder", "SELECT a FROM shop.t FOR UPDATE");
  side->run(0, "admin", "DELETE FROM shop.t");
  constexpr const char* kWorkers =
      "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'";
  for (int i = 0; i < 100 && side->run(1, "admin", kWorkers) != "1"; ++i) side->rest(Millis{100});
  ASSERT_EQ(side->run(1, "admin", kWorkers), "1");
  const auto found = find_blockers(side->fleet(), "db2", Millis{3'000});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().id, side->id_of(1, "holder"));
}

TEST(ServerContract, ACommitThatWaitsForItsAcknowledgement) {
  agree([](Script& script) {
    Side& side = script.side();
    side.use_semi_sync();
    script.make_table();
    script.run(0, "admin", "SET GLOBAL rpl_semi_sync_source_timeout = 60000");
    script.run(0, "admin", "SET GLOBAL rpl_semi_sync_source_enabled = ON");
    side.begin(0, "app", kInsert);
    script.end(0, "app", kShort);
    script.run(0, "admin", kExecuted);
    script.committing(0);
    script.blockers(0);
    side.begin(0, "a", kFreeze);
    script.end(0, "a", kShort);
    script.committing(0);
    script.run(0, "admin", "SET GLOBAL rpl_semi_sync_source_enabled = OFF");
    script.end(0, "app", kLong);
    script.end(0, "a", kLong);
    script.run(0, "admin", kExecuted);
    script.committing(0);
    script.look(0);
  });
}

// A commit that a crash interrupts is there when the server is back, and nobody is at it.
TEST(ServerContract, ACommitThatWaitsThroughACrash) {
  agree([](Script& script) {
    Side& side = script.side();
    side.use_semi_sync();
    script.make_table();
    script.run(0, "admin", "SET GLOBAL rpl_semi_sync_source_timeout = 60000");
    script.run(0, "admin", "SET GLOBAL rpl_semi_sync_source_enabled = ON");
    side.begin(0, "app", kInsert);
    side.begin(0, "a", "CREATE TABLE shop.u (a INT PRIMARY KEY)");
    script.end(0, "a", kShort);
    script.committing(0);
    side.kill(0);
    side.start(0);
    script.committing(0);
    script.run(0, "admin", kExecuted);
  });
}

}  // namespace
}  // namespace gtidops::contract
