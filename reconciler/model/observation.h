// Observation: what one look at a fleet saw. Unknown is a type here: a server that could not be
// read is Unreachable, a part that was not asked for or not permitted is nullopt, and no failed
// query ever becomes a default.
//
// Thread-safety: plain values. Errors: none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/quantity.h"
#include "model/gtid_set.h"
#include "model/open_transaction.h"
#include "model/version.h"

namespace gtidops {

struct Unreachable {
  enum class Reason {
    kConnectionRefused,  // nobody listens there
    kTimeout,            // no answer within the deadline: paused, overloaded, or packets dropped
    kNameNotResolved,
    kNoRoute,
    kAccessDenied,  // wrong user or password, or not from this address
    kTls,           // no TLS where it is required, or a certificate that does not verify
    kNotMysql,      // another protocol is spoken there
    kMariadb,       // MariaDB: its GTIDs and statements differ
    kVersionTooOld,
    kTooManyConnections,
    kSecret,      // the admin password could not be read from its reference
    kPrivileges,  // the account may not read what a look needs
    kLost,        // the connection broke in the middle
    kOther,
  };
  Reason reason = Reason::kOther;
  std::string message;  // one sentence for a person, without the name of the server
  int number = 0;       // MySQL's error number; 0: none
};
// "connection-refused", "timeout", ...: as metrics and JSON name it.
std::string reason_name(Unreachable::Reason reason);

enum class ThreadState { kOff, kConnecting, kOn };

struct ReplicationError {
  int number = 0;  // 0: none
  std::string text;
};

// One replication channel, as SHOW REPLICA STATUS shows it.
struct Channel {
  std::string name;  // "" is the default channel
  std::string source_host;
  int source_port = 0;
  std::string source_user;
  std::string source_uuid;  // empty until it has connected once
  ThreadState receiver = ThreadState::kOff;
  ThreadState applier = ThreadState::kOff;
  ReplicationError receiver_error, applier_error;
  bool auto_position = false;
  // Is the password that is stored in the channel the declared one? With Depth::kDetails; nullopt:
  // it could not be compared.
  std::optional<bool> secret_as_declared;
  GtidSet retrieved;
  std::optional<std::int64_t> seconds_behind;  // Seconds_Behind_Source; nullopt: NULL
  std::int64_t delay_seconds = 0;
  // The values of the options that may be declared, by SourceOption::shown_as.
  std::map<std::string, std::string> columns;
  // "Replicate_Do_DB=shop": every filter that is set, on the server's whole applier or on this
  // channel.
  std::vector<std::string> filters;
};

struct UserAccount {
  std::string user, host, plugin;
  bool locked = false;
  bool password_expired = false;
  std::vector<std::string> grants;  // the lines of SHOW GRANTS, sorted
};

// An account of any kind; read when reconcile.prune.users is true.
struct AccountName {
  std::string user, host;
  bool role = false;  // as CREATE ROLE leaves it: locked, expired, without a password
  friend bool operator==(const AccountName&, const AccountName&) = default;
};

struct SchemaSize {
  std::string name;  // neither one of MySQL's own nor gtidops'
  std::int64_t tables = 0;
  std::int64_t bytes = 0;  // data and indexes, as information_schema last estimated it
  // A table with data that is not kept by InnoDB: CLONE copies it without its rows. Empty: none.
  std::string not_innodb = {};
};

// The newest CLONE into the data directory of this server itself, as
// performance_schema.clone_status and clone_progress show it. MySQL keeps one.
struct CloneStatus {
  // kNone also stands for one that was asked for and has not begun.
  enum class State { kNone, kRunning, kCompleted, kFailed };
  State state = State::kNone;
  std::string source;        // "10.0.0.1:3306"
  std::string began, ended;  // "2026-11-29 21:34:26.123", in the server's time zone
  std::string error;         // of a failed one: "error 3862: ..."
  GtidSet gtid_executed;     // of the copy; known when it is completed
  std::string phase;         // what runs now, in MySQL's words: "FILE COPY"
  std::int64_t bytes_total = 0, bytes_done = 0;
  [[nodiscard]] bool runs() const { return state == State::kRunning; }
  [[nodiscard]] bool completed() const { return state == State::kCompleted; }
  friend bool operator==(const CloneStatus&, const CloneStatus&) = default;
};

struct ScheduledEvent {
  enum class Status {
    kEnabled,
    kDisabled,   // DISABLED: somebody has disabled it on this server
    kOnAnother,  // REPLICA_SIDE_DISABLED: it came here by replication
  };
  std::string schema, name;
  std::string definer;  // user@host
  Status status = Status::kDisabled;
  // ALTER EVENT stores these anew: the first two from the session that runs it, the collation of
  // the database from the schema, whose default (schema_collation) may have changed since.
  std::string character_set_client = {}, collation_connection = {};
  std::string database_collation = {}, schema_collation = {};
  // By name, the other columns of information_schema.EVENTS that say what the event does and when;
  // of EVENT_DEFINITION the hash.
  std::map<std::string, std::string> columns = {};
};

struct Heartbeat {
  std::string server_uuid;  // of the primary that wrote it
  std::uint64_t beat = 0;
};

// Semi-synchronous replication on one server. A side is nullopt while its plugin is not loaded.
struct SemiSync {
  struct Source {
    bool old_names = false;  // the plugin of before 8.0.26: rpl_semi_sync_master
    bool enabled = false;
    int wait_count = 1;  // replicas that must acknowledge
    std::uint64_t timeout_ms = 0;
    std::string wait_point;
    bool wait_no_replica = true;
    // Connected replicas that would acknowledge. MySQL counts them while the source side is off,
    // too.
    std::optional<int> clients;
    std::optional<bool> active;  // enabled, and has not fallen back to asynchronous
  };
  struct Replica {
    bool old_names = false;  // rpl_semi_sync_slave
    bool enabled = false;
    std::optional<bool> active;  // the running receiver agreed to acknowledge when it connected
  };
  std::optional<Source> source;
  std::optional<Replica> replica;
};

// What rarely changes and costs more to ask for. Each part is nullopt when the account may not read
// it.
struct Details {
  // judged_variables() in mysql/queries.h, by lower-case name.
  std::map<std::string, std::string> variables;
  // mysqld-auto.cnf, by lower-case name.
  std::optional<std::map<std::string, std::string>> persisted;
  std::optional<std::vector<UserAccount>> users;  // the accounts with the replication user's name
  std::optional<std::vector<AccountName>> accounts;  // read when reconcile.prune.users is true
  std::optional<std::vector<SchemaSize>> schemas;
  std::optional<Heartbeat> heartbeat;   // this topology's row of gtidops.heartbeat
  std::optional<bool> heartbeat_table;  // is gtidops.heartbeat there?
  // How gtidops.heartbeat differs from what gtidops creates. It is then neither read nor written.
  std::optional<std::string> heartbeat_trouble;
  // On the declared primary: can the replication user log in with the declared password? nullopt:
  // the login was not, or could not be, tried from here.
  std::optional<bool> replication_login;
  // The login was not tried, because failed logins lock this account (FAILED_LOGIN_ATTEMPTS).
  bool replication_login_locks = false;
  // What the account requires of its connections (ssl_type): "" (nothing), ANY (TLS), X509,
  // SPECIFIED (a certificate).
  std::string replication_demands;
  std::vector<std::string> binlog_filters;  // "Binlog_Do_DB=shop"
  bool tls_available = false;
  std::optional<bool> connection_encrypted;  // is the connection of this look encrypted?
  bool group_replication_active = false;
  std::optional<std::string> first_binary_log;  // the oldest one that is not purged
  // nullopt: it could not be read. Where the clone plugin is not loaded there was none: it is
  // loaded after every CLONE.
  std::optional<CloneStatus> clone;
  bool clone_plugin = false;  // is it loaded?
  // The hosts of the accounts that gtidops has created for the time of a copy (kCopyUser), known by
  // their comment.
  std::optional<std::vector<std::string>> copy_accounts;
  // Those of the same name that somebody else has created: they are left alone, and no copy is
  // made.
  std::vector<std::string> other_copy_accounts;
  // Privileges for copies by CLONE, which the account of gtidops lacks.
  std::vector<std::string> missing_copy_privileges;
  std::int64_t dump_threads = 0;                // replicas that are connected now
  std::vector<std::string> missing_privileges;  // which the account of gtidops lacks
  // nullopt: the account of gtidops lacks EVENT, so that it would see none.
  std::optional<std::vector<ScheduledEvent>> events;
  bool may_enable_events = false;     // the account may, and keep their definers
  std::optional<SemiSync> semi_sync;  // read when it is declared
  std::optional<std::vector<OpenTransaction>> long_transactions;  // clients' only; the oldest first
  std::optional<std::int64_t> threads_connected;  // clients, replicas, and gtidops itself
  // When mysqld was started, in whole seconds. Computed from Uptime in such a way that it is the
  // same at every look, whatever the clocks are set to meanwhile.
  std::optional<Moment> started_at;
  // The sessions that hold LOCK INSTANCE FOR BACKUP: "connection 17 of backup@10.0.0.9".
  std::optional<std::vector<std::string>> backup_locks;
  // The prepared XA transactions, each as XA COMMIT takes it; nullopt: the account lacks
  // XA_RECOVER_ADMIN.
  std::optional<std::vector<std::string>> prepared_xa;
};

struct ServerState {
  Version version;
  std::string version_text;  // "9.7.4", with the vendor's suffix
  std::string server_uuid;
  std::uint32_t server_id = 0;
  // "hostname:port:datadir". It tells one server under two names from two servers that share a
  // copied server_uuid.
  std::string instance;
  std::string hostname;
  int port = 0;
  GtidSet gtid_executed, gtid_purged;
  std::string gtid_mode;  // OFF|OFF_PERMISSIVE|ON_PERMISSIVE|ON
  std::string enforce_gtid_consistency;
  bool read_only = false, super_read_only = false;
  bool log_bin = false, log_replica_updates = false;
  // Those with a source; Group Replication's own channels are left out.
  std::vector<Channel> channels;
  std::optional<Details> details;
  std::optional<Heartbeat> pulse;  // this topology's row of gtidops.heartbeat; with Depth::kPulse
  Moment looked_at{};
  // gtid_executed of a source that was looked at once more after all other servers: what a replica
  // holds beyond the first look may merely be newer than that look. See execute/observe.h.
  std::optional<GtidSet> executed_later;
  // The GTIDs of the transactions that sessions and appliers are committing. Such a transaction may
  // be in the binary log and on replicas already, but gtid_executed shows it only when its commit
  // ends. On a semi-synchronous source that waits for an acknowledgement, this takes up to
  // rpl_semi_sync_source_timeout. gtid_owned was read before gtid_executed, and a GTID moves from
  // one to the other at once: a GTID that is in neither of them is not being committed. A server
  // that was restarted goes on with no earlier commit (tried on 9.7.4;
  // contract/server_contract_test.cc, e2e/in_flight_test.cc).
  GtidSet gtid_owned;
  std::optional<GtidSet> owned_later;  // read together with executed_later

  // The newest knowledge of gtid_executed.
  [[nodiscard]] const GtidSet& executed_latest() const {
    return executed_later ? *executed_later : gtid_executed;
  }
  // The newest knowledge of gtid_owned.
  [[nodiscard]] const GtidSet& owned_latest() const {
    return owned_later ? *owned_later : gtid_owned;
  }
  [[nodiscard]] GtidSet executed_or_in_flight() const {
    return executed_latest().united(owned_latest());
  }
  // gtid_executed together with what its channels have received, applied or not.
  [[nodiscard]] GtidSet held_latest() const {
    GtidSet held = executed_latest();
    for (const Channel& channel : channels) held = held.united(channel.retrieved);
    return held;
  }
  void seen_later(const ServerState& later) {
    executed_later = later.gtid_executed;
    owned_later = later.gtid_owned;
  }
  // The channel named ""; nullptr when there is none.
  [[nodiscard]] const Channel* default_channel() const { return channel(std::string()); }
  // The channel of this name; nullptr when there is none.
  [[nodiscard]] const Channel* channel(const std::string& name) const;
  [[nodiscard]] bool writable() const { return !super_read_only && !read_only; }
  // Is every client refused, whatever its privileges? read_only alone lets CONNECTION_ADMIN write.
  // And while SET GLOBAL super_read_only = ON still waits for a writer, super_read_only shows ON
  // already and read_only OFF (seen on 9.7.4; contract/freeze_contract_test.cc).
  [[nodiscard]] bool fenced() const { return super_read_only && read_only; }
};

using ServerLook = std::variant<Unreachable, ServerState>;

// What is wrong with a secret that a step would hand to a server.
struct SecretTrouble {
  bool missing = false;  // the secret cannot be read here; else it was read and is unusable
  std::string why;
};

struct Observation {
  Moment taken_at{};
  // The replication user's password; nullopt: nothing is known to be wrong with it.
  std::optional<SecretTrouble> replication_secret;
  std::map<std::string, ServerLook> servers;  // by the specification's names

  // The server's state, or nullptr when it is unreachable or was not looked at.
  [[nodiscard]] const ServerState* state(const std::string& server) const;
  // Was the server with this server_uuid seen?
  [[nodiscard]] bool sees(const std::string& server_uuid) const;
  // A running receiver proves that its source is alive. Is that source none of the servers seen?
  // Then it may be the primary itself, to which no declared address leads any more.
  [[nodiscard]] bool source_is_out_of_sight(const Channel& channel) const;
};

}  // namespace gtidops
