// When an action may be done, and when it counts as done: on a healthy fleet, and on one where
// something is otherwise.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/action.h"
#include "unit/support/fleet_builder.h"

namespace gtidops {
namespace {

using testing::FleetBuilder;
using Verdict = Check::Verdict;

constexpr Verdict kYes = Verdict::kHolds;
constexpr Verdict kNo = Verdict::kDoesNot;
constexpr Verdict kUnknown = Verdict::kUnknown;

// Both are about db1, the primary, and its replicas db2 and db3.
struct CheckRow {
  std::string what;
  Action action;
  void (*say)(FleetBuilder&);
  Verdict before;  // may it be done?
  Verdict after;   // is it done?
};

void PrintTo(const CheckRow& row, std::ostream* out) { *out << row.what; }

class ActionChecksTest : public ::testing::TestWithParam<CheckRow> {};

TEST_P(ActionChecksTest, Hold) {
  FleetBuilder fleet;
  fleet.server("db1").server("db2").server("db3");
  GetParam().say(fleet);
  const Observation seen = fleet.observation();
  const Check before = precondition(GetParam().action, seen);
  const Check after = postcondition(GetParam().action, seen);
  EXPECT_EQ(GetParam().before, before.verdict) << before.why;
  EXPECT_EQ(GetParam().after, after.verdict) << after.why;
  // Whoever is told no is told why.
  EXPECT_EQ(before.verdict == kYes, before.why.empty());
  EXPECT_EQ(after.verdict == kYes, after.why.empty());
}

void healthy(FleetBuilder&) {}
void primary_away(FleetBuilder& f) { f.server("db1").unreachable(); }
void replica_away(FleetBuilder& f) { f.server("db2").unreachable(); }
void replica_shallow(FleetBuilder& f) { f.server("db2").no_details(); }
void primary_shallow(FleetBuilder& f) { f.server("db1").no_details(); }
void primary_closed(FleetBuilder& f) { f.server("db1").super_read_only(); }

const SetGtidMode kGtid{"db2", "OFF", true};
const SetServerId kId{"db2", 7};
const PersistReadOnly kPersist{"db2"};

INSTANTIATE_TEST_SUITE_P(
    Settings, ActionChecksTest,
    ::testing::Values(
        CheckRow{"GTIDs are on", kGtid, healthy, kNo, kYes},
        CheckRow{"a fresh server", kGtid,
                 [](FleetBuilder& f) { f.server("db2").fresh().gtid_mode("OFF", "OFF"); }, kYes,
                 kNo},
        CheckRow{"only consistency is missing", kGtid,
                 [](FleetBuilder& f) { f.server("db2").fresh().gtid_mode("ON", "WARN"); }, kYes,
                 kNo},
        CheckRow{"it holds data", kGtid,
                 [](FleetBuilder& f) { f.server("db2").no_channel().gtid_mode("OFF", "OFF"); }, kNo,
                 kNo},
        CheckRow{
            "its schemas are unknown", kGtid,
            [](FleetBuilder& f) { f.server("db2").fresh().schemas_unreadable().gtid_mode("OFF"); },
            kUnknown, kNo},
        CheckRow{"it has replicas", kGtid,
                 [](FleetBuilder& f) {
                   f.server("db2").fresh().gtid_mode("OFF").edit_details(
                       [](Details& d) { d.dump_threads = 1; });
                 },
                 kNo, kNo},
        CheckRow{"it cannot be read", kGtid, replica_away, kUnknown, kUnknown},
        CheckRow{"the receiver runs", kId, healthy, kNo, kNo},
        CheckRow{"the receiver is stopped", kId,
                 [](FleetBuilder& f) { f.server("db2").receiver(ThreadState::kOff); }, kYes, kNo},
        CheckRow{"it is so", kId, [](FleetBuilder& f) { f.server("db2").server_id(7); }, kNo, kYes},
        CheckRow{"boots read-only", kPersist, healthy, kYes, kYes},
        CheckRow{"nothing is persisted", kPersist,
                 [](FleetBuilder& f) { f.server("db2").nothing_persisted(); }, kYes, kNo},
        CheckRow{"only read_only is persisted", kPersist,
                 [](FleetBuilder& f) {
                   f.server("db2").nothing_persisted().persisted("read_only", "ON");
                 },
                 kYes, kNo},
        CheckRow{"persisted as OFF", kPersist,
                 [](FleetBuilder& f) { f.server("db2").persisted("super_read_only", "OFF"); }, kYes,
                 kNo},
        CheckRow{"not looked at in depth", kPersist, replica_shallow, kYes, kUnknown}));

void has_event(FleetBuilder& f, ScheduledEvent::Status status) {
  f.server("db1").edit_details([=](Details& d) { d.events = {{"shop", "tick", "app@%", status}}; });
}
void has_another_event(FleetBuilder& f) {
  f.server("db1").edit_details([](Details& d) {
    d.events = {{"shop", "tick", "app@%", ScheduledEvent::Status::kEnabled}};
    d.events->front().collation_connection = "latin1_swedish_ci";
  });
}
const EnableEvents kEvents{"db1", {{"shop", "tick", "app@%", {}}}};

INSTANTIATE_TEST_SUITE_P(
    Events, ActionChecksTest,
    ::testing::Values(
        CheckRow{"it came by replication", kEvents,
                 [](FleetBuilder& f) { has_event(f, ScheduledEvent::Status::kOnAnother); }, kYes,
                 kNo},
        CheckRow{"it runs", kEvents,
                 [](FleetBuilder& f) { has_event(f, ScheduledEvent::Status::kEnabled); }, kYes,
                 kYes},
        CheckRow{"it runs, and compares by another collation", kEvents, has_another_event, kYes,
                 kNo},
        CheckRow{"it is gone", kEvents,
                 [](FleetBuilder& f) {
                   f.server("db1").edit_details([](Details& d) { d.events.emplace(); });
                 },
                 kYes, kYes},
        CheckRow{"events cannot be seen", kEvents,
                 [](FleetBuilder& f) {
                   f.server("db1").edit_details([](Details& d) { d.events.reset(); });
                 },
                 kYes, kUnknown},
        CheckRow{"the primary is closed", kEvents,
                 [](FleetBuilder& f) {
                   primary_closed(f);
                   has_event(f, ScheduledEvent::Status::kOnAnother);
                 },
                 kNo, kNo}));

const SetReadOnly kFreeze{"db2", false};
const OpenWrites kOpen{"db1", {"db2", "db3"}, {}, {}};
const OpenWrites kOpenUnseen{"db1", {"db2", "db3"}, {"db2"}, {}};

// Planned when db2 held these of its own.
OpenWrites planned_with(const std::string& gtids) {
  OpenWrites open = kOpen;
  open.own["db2"] = FleetBuilder::gtids(gtids);
  return open;
}

INSTANTIATE_TEST_SUITE_P(
    ReadOnly, ActionChecksTest,
    ::testing::Values(
        CheckRow{"a replica as it shall be", kFreeze, healthy, kYes, kYes},
        CheckRow{"a writable one", kFreeze, [](FleetBuilder& f) { f.server("db2").writable(); },
                 kYes, kNo},
        CheckRow{"read_only alone is not enough", kFreeze,
                 [](FleetBuilder& f) { f.server("db2").read_only(); }, kYes, kNo},
        CheckRow{"freeze, but it is away", kFreeze, replica_away, kUnknown, kUnknown},
        CheckRow{"open already", kOpen, healthy, kYes, kYes},
        CheckRow{"closed, and all others too", kOpen, primary_closed, kYes, kNo},
        CheckRow{"half open", kOpen, [](FleetBuilder& f) { f.server("db1").read_only(); }, kYes,
                 kNo},
        CheckRow{"another takes writes", kOpen, [](FleetBuilder& f) { f.server("db3").writable(); },
                 kNo, kYes},
        CheckRow{"an administrator could write elsewhere", kOpen,
                 [](FleetBuilder& f) { f.server("db3").read_only(); }, kNo, kYes},
        CheckRow{"another is away", kOpen, replica_away, kUnknown, kYes},
        CheckRow{"another is away, and may stay unseen", kOpenUnseen, replica_away, kYes, kYes},
        CheckRow{"an excuse is for who is away, not for who takes writes", kOpenUnseen,
                 [](FleetBuilder& f) { f.server("db2").writable(); }, kNo, kYes},
        CheckRow{"the primary is away", kOpen, primary_away, kUnknown, kUnknown},
        CheckRow{"the primary replicates", kOpen,
                 [](FleetBuilder& f) {
                   f.server("db1").super_read_only().follows_stranger("10.9.9.9", 3306);
                 },
                 kNo, kNo},
        CheckRow{"a replica holds what the primary lost", kOpen,
                 [](FleetBuilder& f) {
                   f.server("db1").super_read_only().executed("db1:1-99");
                   f.server("db2").executed("db1:1-100");
                 },
                 kNo, kNo},
        CheckRow{"a replica has received what the primary lost", kOpen,
                 [](FleetBuilder& f) {
                   f.server("db1").super_read_only().executed("db1:1-99");
                   f.server("db2").retrieved("db1:50-100");
                 },
                 kNo, kNo},
        CheckRow{"a replica has committed something since", planned_with("db2:1-3"),
                 [](FleetBuilder& f) {
                   f.server("db1").super_read_only();
                   f.server("db2").executed("db1:1-100,db2:1-4");
                 },
                 kNo, kNo},
        CheckRow{"what it has committed since has arrived", planned_with("db2:1-3"),
                 [](FleetBuilder& f) {
                   f.server("db1").super_read_only().executed("db1:1-100,db2:1-4");
                   f.server("db2").executed("db1:1-100,db2:1-4");
                 },
                 kYes, kNo},
        CheckRow{"a replica held something of its own", planned_with("db2:1"),
                 [](FleetBuilder& f) {
                   f.server("db1").super_read_only();
                   f.server("db2").executed("db1:1-100,db2:1");
                 },
                 kYes, kNo}));

const CreateReplicationUser kCreate{"db1", "repl", "10.0.%", {}};
const GrantReplication kGrant{"db1", "repl", "10.0.%"};
const DropUser kDrop{"db1", "old", "%"};
void name_old(FleetBuilder& fleet, const std::string& host) {
  fleet.server("db1").edit_details([host](Details& details) {
    details.accounts = {{"root", "localhost"}, {"old", host}};
  });
}
const RevokePrivileges kRevoke{"db1", "repl", "10.0.%", {"SELECT ON *.*"}};

void user_gone(FleetBuilder& f) { f.server("db1").no_accounts(); }
void user_elsewhere(FleetBuilder& f) {
  f.server("db1").no_accounts().account("repl", "%",
                                        {"GRANT REPLICATION SLAVE ON *.* TO `repl`@`%`"});
}
void user_without_grant(FleetBuilder& f) {
  f.server("db1").no_accounts().account("repl", "10.0.%",
                                        {"GRANT USAGE ON *.* TO `repl`@`10.0.%`"});
}
void user_with_too_much(FleetBuilder& f) {
  f.server("db1").no_accounts().account(
      "repl", "10.0.%", {"GRANT SELECT, REPLICATION SLAVE ON *.* TO `repl`@`10.0.%`"});
}
void users_hidden(FleetBuilder& f) {
  f.server("db1").edit_details([](Details& d) { d.users.reset(); });
}

INSTANTIATE_TEST_SUITE_P(
    ReplicationUser, ActionChecksTest,
    ::testing::Values(
        CheckRow{"there", kCreate, healthy, kYes, kYes},  //
        CheckRow{"gone", kCreate, user_gone, kYes, kNo},
        CheckRow{"there for another host", kCreate, user_elsewhere, kYes, kNo},
        CheckRow{"there without its grant", kCreate, user_without_grant, kYes, kNo},
        CheckRow{"the primary is closed", kCreate, primary_closed, kNo, kYes},
        CheckRow{"the accounts are hidden", kCreate, users_hidden, kYes, kUnknown},
        CheckRow{"create, not looked at in depth", kCreate, primary_shallow, kYes, kUnknown},
        CheckRow{"create, the primary is away", kCreate, primary_away, kUnknown, kUnknown},
        CheckRow{"granted", kGrant, healthy, kYes, kYes},
        CheckRow{"not granted", kGrant, user_without_grant, kYes, kNo},
        CheckRow{"nobody to grant it to", kGrant, user_gone, kYes, kNo},
        CheckRow{"grant on a replica", GrantReplication{"db2", "repl", "10.0.%"}, healthy, kNo,
                 kYes},
        CheckRow{"nothing to revoke", kRevoke, healthy, kYes, kYes},
        CheckRow{"something to revoke", kRevoke, user_with_too_much, kYes, kNo},
        CheckRow{"nobody to revoke it from", kRevoke, user_gone, kYes, kNo},
        CheckRow{"to be dropped, and there", kDrop, [](FleetBuilder& f) { name_old(f, "%"); }, kYes,
                 kNo},
        CheckRow{"only a namesake is there", kDrop, [](FleetBuilder& f) { name_old(f, "10.0.%"); },
                 kYes, kYes},
        CheckRow{"it cannot be told who is there", kDrop, healthy, kYes, kUnknown},
        CheckRow{"drop, and the primary is closed", kDrop,
                 [](FleetBuilder& f) {
                   name_old(f, "%");
                   f.server("db1").super_read_only();
                 },
                 kNo, kNo}));

PointReplica point() {
  PointReplica action;
  action.server = "db2";
  action.source = "db1";
  action.source_uuid = FleetBuilder::uuid_of("db1");
  action.target = {
      "10.0.0.1", 3306, "repl", 0, {{"SOURCE_CONNECT_RETRY", "60"}, {"SOURCE_SSL", "1"}}};
  return action;
}

INSTANTIATE_TEST_SUITE_P(
    PointReplica, ActionChecksTest,
    ::testing::Values(
        CheckRow{"points there", point(), healthy, kYes, kYes},
        CheckRow{"no channel", point(), [](FleetBuilder& f) { f.server("db2").no_channel(); }, kYes,
                 kNo},
        CheckRow{"points elsewhere", point(),
                 [](FleetBuilder& f) { f.server("db2").follows("db3"); }, kYes, kNo},
        CheckRow{"points there in another spelling", point(),
                 [](FleetBuilder& f) {
                   f.server("db2").follows_stranger("::ffff:10.0.0.1", 3306,
                                                    FleetBuilder::uuid_of("db1"));
                 },
                 kYes, kYes},
        CheckRow{"as another user", point(),
                 [](FleetBuilder& f) { f.server("db2").source_user("old"); }, kYes, kNo},
        CheckRow{"without auto-position", point(),
                 [](FleetBuilder& f) { f.server("db2").auto_position(false); }, kYes, kNo},
        CheckRow{"with another delay", point(),
                 [](FleetBuilder& f) { f.server("db2").observed_delay(60); }, kYes, kNo},
        // Or the step would be skipped as done, and planned again for ever.
        CheckRow{"with another option", point(),
                 [](FleetBuilder& f) { f.server("db2").column("Connect_Retry", "7"); }, kYes, kNo},
        CheckRow{"without TLS", point(),
                 [](FleetBuilder& f) { f.server("db2").column("Source_SSL_Allowed", "No"); }, kYes,
                 kNo},
        CheckRow{"the receiver is connecting", point(),
                 [](FleetBuilder& f) { f.server("db2").receiver(ThreadState::kConnecting); }, kYes,
                 kNo},
        CheckRow{"the applier has an error", point(),
                 [](FleetBuilder& f) { f.server("db2").applier_error(1062, "Duplicate entry"); },
                 kYes, kNo},
        CheckRow{
            "another server answers there", point(),
            [](FleetBuilder& f) { f.server("db2").source_uuid(FleetBuilder::uuid_of("stranger")); },
            kYes, kNo},
        CheckRow{"it takes writes", point(), [](FleetBuilder& f) { f.server("db2").read_only(); },
                 kNo, kYes},
        CheckRow{"the source is another server than planned with", point(),
                 [](FleetBuilder& f) { f.server("db1").uuid(FleetBuilder::uuid_of("rebuilt")); },
                 kNo, kNo},
        CheckRow{"the source has purged what it lacks", point(),
                 [](FleetBuilder& f) {
                   f.server("db1").purged("db1:1-90");
                   f.server("db2").executed("db1:1-80");
                 },
                 kNo, kYes},
        CheckRow{"the source is away", point(), primary_away, kUnknown, kYes},
        CheckRow{"the replica is away", point(), replica_away, kUnknown, kUnknown}));

// What keeps clients or replicas from a candidate may have come since the plan was made.
SwitchPrimary change_to_db2() {
  SwitchPrimary action;
  action.server = "db2";
  action.from = "db1";
  action.server_uuid = FleetBuilder::uuid_of("db2");
  action.from_uuid = FleetBuilder::uuid_of("db1");
  action.others = {"db3"};
  return action;
}

void offline(FleetBuilder& f) { f.server("db2").variable("offline_mode", "ON"); }
void locked_for_backup(FleetBuilder& f) {
  f.server("db2").edit_details(
      [](Details& d) { d.backup_locks = {"connection 17 of backup@10.0.0.9"}; });
}
void closed_and(FleetBuilder& f, void (*more)(FleetBuilder&)) {
  f.server("db1").super_read_only();
  more(f);
}

INSTANTIATE_TEST_SUITE_P(
    SwitchPrimary, ActionChecksTest,
    ::testing::Values(
        CheckRow{"a candidate that is fit", change_to_db2(), healthy, kYes, kNo},
        CheckRow{"a third one has committed something since", change_to_db2(),
                 [](FleetBuilder& f) { f.server("db3").executed("db1:1-100,db3:1"); }, kNo, kNo},
        CheckRow{"it lets nobody in", change_to_db2(), offline, kNo, kNo},
        CheckRow{"it is locked for a backup", change_to_db2(), locked_for_backup, kNo, kNo},
        CheckRow{"the old one is closed, and it lets nobody in", change_to_db2(),
                 [](FleetBuilder& f) { closed_and(f, offline); }, kNo, kNo},
        // Nobody takes writes: one that cannot be taken off its source yet is better than that.
        CheckRow{"the old one is closed, and it is locked for a backup", change_to_db2(),
                 [](FleetBuilder& f) { closed_and(f, locked_for_backup); }, kYes, kNo},
        CheckRow{"change to one that is away", change_to_db2(), replica_away, kUnknown, kUnknown}));

const StartReplica kStart{"db2", false};
const AwaitReplication kAwait{"db2", "db1", false};
const AwaitReplication kAwaitDelayed{"db2", "db1", true};
const Canary kCanary{"db1", FleetBuilder::uuid_of("db1"), "orders", {"db2"}, false};

void behind(FleetBuilder& f) { f.server("db2").executed("db1:1-99"); }
void stopped(FleetBuilder& f) {
  f.server("db2").receiver(ThreadState::kOff).applier(ThreadState::kOff);
}
void detached(FleetBuilder& f) { f.server("db2").no_channel(); }

INSTANTIATE_TEST_SUITE_P(
    Proof, ActionChecksTest,
    ::testing::Values(CheckRow{"runs", kStart, healthy, kYes, kYes},  //
                      CheckRow{"stopped", kStart, stopped, kYes, kNo},
                      CheckRow{"nothing to start", kStart, detached, kNo, kNo},
                      CheckRow{"start, but it is away", kStart, replica_away, kUnknown, kUnknown},
                      CheckRow{"holds all", kAwait, healthy, kYes, kYes},  //
                      CheckRow{"lacks one", kAwait, behind, kYes, kNo},
                      CheckRow{"delayed, it may lack one", kAwaitDelayed, behind, kYes, kYes},
                      CheckRow{"delayed, it must run", kAwaitDelayed, stopped, kYes, kNo},
                      CheckRow{"holds all, but does not run", kAwait, stopped, kYes, kNo},
                      CheckRow{"nothing to wait for", kAwait, detached, kNo, kNo},
                      CheckRow{"its source is away", kAwait, primary_away, kYes, kUnknown},
                      CheckRow{"written", kCanary, healthy, kYes, kYes},
                      CheckRow{"never written", kCanary,
                               [](FleetBuilder& f) { f.server("db1").no_heartbeat(); }, kYes, kNo},
                      CheckRow{"written, but closed", kCanary, primary_closed, kNo, kYes},
                      CheckRow{"written, not looked at in depth", kCanary, primary_shallow, kYes,
                               kUnknown}));

const LoadSemiSync kLoad{"db2", true, true, true};
const LoadSemiSync kLoadOpen{"db1", true, true, false};
const ConfigureSemiSync kTwo{"db1", 2, 10'000, false};
const ConfigureSemiSync kOne{"db1", 1, 10'000, false};
const ConfigureSemiSync kThree{"db1", 3, 10'000, false};
const SetSemiSyncReplica kReplicaOn{"db2", true, false};
const SetSemiSyncReplica kReplicaOff{"db1", false, false};
const RestartReceiver kReceiver{"db2", "db1"};
const AwaitAcknowledgers kBoth{"db1", 2};
const SetSemiSyncSource kSourceOn{"db1", true, 2, false};
const SetSemiSyncSource kSourceOff{"db2", false, 0, false};
const std::string kSourceName = "rpl_semi_sync_source_enabled";

void semi_sync(FleetBuilder& f) { f.semi_sync(true, 2); }
void for_one(FleetBuilder& f) { f.semi_sync(true, 1); }
void not_loaded(FleetBuilder& f) {
  semi_sync(f);
  for (const char* name : {"db1", "db2", "db3"}) f.server(name).semi_sync_plugins(false, false);
}
void none_agreed(FleetBuilder& f) {
  semi_sync(f);
  f.server("db1").semi_sync_source(false).server("db2").semi_sync_agreed(false);
}
void clients_unknown(FleetBuilder& f) {
  semi_sync(f);
  f.server("db1").semi_sync_source(false).semi_sync_clients(std::nullopt);
}
void agreement_unknown(FleetBuilder& f) {
  semi_sync(f);
  f.server("db2").semi_sync_agreed(std::nullopt);
}
void all_on(FleetBuilder& f) {
  semi_sync(f);
  f.server("db1").semi_sync_replica(true).server("db2").semi_sync_source(true);
}
void comes_back_on(FleetBuilder& f) {
  semi_sync(f);
  f.server("db1").persisted(kSourceName, "ON").server("db2").persisted(kSourceName, "1");
}
void wide_open(FleetBuilder& f) {
  not_loaded(f);
  f.server("db2").writable();
}

INSTANTIATE_TEST_SUITE_P(
    SemiSync, ActionChecksTest,
    ::testing::Values(
        CheckRow{"loaded", kLoad, semi_sync, kYes, kYes},  //
        CheckRow{"not loaded", kLoad, not_loaded, kYes, kNo},
        CheckRow{"not declared, so not looked at", kLoad, healthy, kUnknown, kUnknown},
        CheckRow{"not super_read_only any more: it must not become so here", kLoad, wide_open, kNo,
                 kNo},
        CheckRow{"an open primary", kLoadOpen, not_loaded, kYes, kNo},
        CheckRow{"super_read_only by now", kLoadOpen,
                 [](FleetBuilder& f) {
                   not_loaded(f);
                   primary_closed(f);
                 },
                 kNo, kNo},
        CheckRow{"configured", kTwo, semi_sync, kYes, kYes},
        CheckRow{"nothing to configure", kTwo, not_loaded, kNo, kNo},
        CheckRow{"lowered while on", kOne, semi_sync, kYes, kNo},
        CheckRow{"raised while on, and they are there", kTwo, for_one, kYes, kNo},
        CheckRow{"raised while on, and they are not there", kThree, for_one, kNo, kNo},
        CheckRow{"persisted ON", kTwo, comes_back_on, kYes, kNo},
        CheckRow{"the replica side is on", kReplicaOn, semi_sync, kYes, kYes},
        CheckRow{"the replica side is not there", kReplicaOn, not_loaded, kNo, kNo},
        CheckRow{"the primary's is off", kReplicaOff, semi_sync, kYes, kYes},
        CheckRow{"the primary's is on", kReplicaOff, all_on, kYes, kNo},
        CheckRow{"it agreed", kReceiver, semi_sync, kYes, kYes},
        CheckRow{"it did not agree", kReceiver, none_agreed, kYes, kNo},
        CheckRow{"whether it agreed is not known", kReceiver, agreement_unknown, kYes, kUnknown},
        CheckRow{"the source cannot agree", kReceiver,
                 [](FleetBuilder& f) {
                   semi_sync(f);
                   f.server("db1").semi_sync_plugins(false, true);
                 },
                 kNo, kYes},
        CheckRow{"a stopped receiver is not started by the way", kReceiver,
                 [](FleetBuilder& f) {
                   semi_sync(f);
                   f.server("db2").receiver(ThreadState::kOff);
                 },
                 kNo, kNo},
        CheckRow{"two are there", kBoth, semi_sync, kYes, kYes},
        CheckRow{"one is there", kBoth, none_agreed, kYes, kNo},
        CheckRow{"who is there is not known", kBoth, clients_unknown, kYes, kUnknown},
        CheckRow{"on", kSourceOn, semi_sync, kYes, kYes},
        CheckRow{"off, and one is not there", kSourceOn, none_agreed, kNo, kNo},
        CheckRow{"off, and who is there is not known", kSourceOn, clients_unknown, kUnknown, kNo},
        CheckRow{"off at a replica", kSourceOff, semi_sync, kYes, kYes},
        CheckRow{"on at a replica", kSourceOff, all_on, kYes, kNo},
        CheckRow{"on at a replica after a restart", kSourceOff, comes_back_on, kYes, kNo},
        CheckRow{"the replica is away", kSourceOff,
                 [](FleetBuilder& f) {
                   semi_sync(f);
                   replica_away(f);
                 },
                 kUnknown, kUnknown}));

}  // namespace
}  // namespace gtidops
