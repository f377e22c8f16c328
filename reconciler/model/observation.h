// Observation: what one look at a fleet saw. Unknown is a type here: a server that could not be
// read is Unreachable, a part that was not asked for or not permitted is nullopt, and no failed
// query ever becomes a default.
//
// Thread-safety: plain values.
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
    kNotMysql,      // something else speaks there
    kMariadb,       // MariaDB: its GTIDs and statements differ
    kVersionTooOld,
    kTooManyConnections,
    kSecret,      // the admin password could not be read from its reference
    kPrivileges,  // logged in, but may not look
    kLost,        // the connection broke in the middle
    kOther,
  };
  Reason reason = Reason::kOther;
  std::string message;  // one sentence for a person, without the server's name
  int number = 0;       // the server's error, when it is one
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
  std::optional<std::int64_t> seconds_behind;  // as the server says; nullopt is its NULL
  std::int64_t delay_seconds = 0;
  // Where the declarable options show, by SourceOption::shown_as.
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

// One of all the accounts there are.
struct AccountName {
  std::string user, host;
  bool role = false;  // as CREATE ROLE leaves it: locked, expired, without a password
  friend bool operator==(const AccountName&, const AccountName&) = default;
};

struct SchemaSize {
  std::string name;  // never one of the server's own
  std::int64_t tables = 0;
  std::int64_t bytes = 0;  // data and indexes, as information_schema last estimated it
};

struct ScheduledEvent {
  enum class Status {
    kEnabled,
    kDisabled,   // by somebody, here
    kOnAnother,  // REPLICA_SIDE_DISABLED: it came here by replication
  };
  std::string schema, name;
  std::string definer;  // user@host
  Status status = Status::kDisabled;
  // What ALTER EVENT stores anew, out of the session that runs it; and out of the schema, the
  // default of which may have become another one since.
  std::string character_set_client = {}, collation_connection = {};
  std::string database_collation = {}, schema_collation = {};
  // The other columns of information_schema.EVENTS that say what it does and when, by name; of the
  // definition its hash.
  std::map<std::string, std::string> columns = {};
};

struct Heartbeat {
  std::string server_uuid;  // of the primary that wrote it
  std::uint64_t beat = 0;
};

// Semi-synchronous replication, as a server has it. A side is nullopt while its plugin is not
// loaded.
struct SemiSync {
  struct Source {
    bool old_names = false;  // the plugin of before 8.0.26: rpl_semi_sync_master
    bool enabled = false;
    int wait_count = 1;  // replicas that must acknowledge
    std::uint64_t timeout_ms = 0;
    std::string wait_point;
    bool wait_no_replica = true;
    // Replicas that are connected and would acknowledge; known while the side is off, too.
    std::optional<int> clients;
    std::optional<bool> active;  // enabled, and has not fallen back to asynchronous
  };
  struct Replica {
    bool old_names = false;  // rpl_semi_sync_slave
    bool enabled = false;
    std::optional<bool> active;  // the running receiver agreed on it when it connected
  };
  std::optional<Source> source;
  std::optional<Replica> replica;
};

// What rarely changes and costs more to ask for. Each part is nullopt when the account may not read
// it.
struct Details {
  std::map<std::string, std::string>
      variables;  // the judged ones (mysql/queries.h), by lower-case name
  std::optional<std::map<std::string, std::string>>
      persisted;                                  // mysqld-auto.cnf, by lower-case name
  std::optional<std::vector<UserAccount>> users;  // the accounts with the replication user's name
  std::optional<std::vector<AccountName>> accounts;  // asked for when reconcile.prune.users is true
  std::optional<std::vector<SchemaSize>> schemas;
  std::optional<Heartbeat> heartbeat;   // this topology's row of gtidops.heartbeat
  std::optional<bool> heartbeat_table;  // is gtidops.heartbeat there?
  // In what it is not as gtidops makes it; then it is neither read nor written into.
  std::optional<std::string> heartbeat_trouble;
  // Of the declared primary: does it let the replication user in with the declared password?
  // nullopt: it was not, or could not be, tried from here.
  std::optional<bool> replication_login;
  // It was not tried, since logins that fail lock that account (FAILED_LOGIN_ATTEMPTS).
  bool replication_login_locks = false;
  // And what else it demands of that user's connections: "" (nothing), ANY (TLS), X509, SPECIFIED
  // (a certificate).
  std::string replication_demands;
  std::vector<std::string> binlog_filters;  // "Binlog_Do_DB=shop"
  bool tls_available = false;
  std::optional<bool> connection_encrypted;  // the one over which this was read
  bool group_replication_active = false;
  std::optional<std::string> first_binary_log;  // the oldest one that is still there
  // The newest CLONE that made this data directory, and ended well; both empty: there was none.
  // nullopt: not known.
  struct LastClone {
    std::string ended, source;  // "2026-11-29 21:34:26.123", "10.0.0.1:3306"
    friend bool operator==(const LastClone&, const LastClone&) = default;
  };
  std::optional<LastClone> last_clone;
  std::int64_t dump_threads = 0;                // replicas connected to this server now
  std::vector<std::string> missing_privileges;  // of the account that gtidops uses
  // nullopt: the account lacks EVENT, so that it would see none.
  std::optional<std::vector<ScheduledEvent>> events;
  bool may_enable_events = false;                                 // and keep their definers
  std::optional<SemiSync> semi_sync;                              // asked for when it is declared
  std::optional<std::vector<OpenTransaction>> long_transactions;  // of clients; the oldest first
  std::optional<std::int64_t> threads_connected;  // clients, replicas, and gtidops itself
  // When mysqld was started, in whole seconds by its own clock as it was then: the same at every
  // look.
  std::optional<Moment> started_at;
  // "connection 17 of backup@10.0.0.9": who holds LOCK INSTANCE FOR BACKUP.
  std::optional<std::vector<std::string>> backup_locks;
  // XA transactions that are prepared here, each as XA COMMIT takes it; nullopt: the account lacks
  // XA_RECOVER_ADMIN.
  std::optional<std::vector<std::string>> prepared_xa;
};

struct ServerState {
  Version version;
  std::string version_text;  // "9.7.4", with the vendor's suffix
  std::string server_uuid;
  std::uint32_t server_id = 0;
  // What tells two names of one server from two servers that share a copied server_uuid:
  // hostname:port:datadir.
  std::string instance;
  std::string hostname;
  int port = 0;
  GtidSet gtid_executed, gtid_purged;
  std::string gtid_mode;  // OFF|OFF_PERMISSIVE|ON_PERMISSIVE|ON
  std::string enforce_gtid_consistency;
  bool read_only = false, super_read_only = false;
  bool log_bin = false, log_replica_updates = false;
  std::vector<Channel>
      channels;  // those with a source configured; Group Replication's own are left out
  std::optional<Details> details;
  std::optional<Heartbeat> pulse;  // this topology's row of gtidops.heartbeat; with Depth::kPulse
  Moment looked_at{};
  // For a source of others, its gtid_executed when it was looked at once more after all the others:
  // what they hold beyond the first look may merely be newer than it. See execute/observe.h.
  std::optional<GtidSet> executed_later;
  // What sessions and appliers are committing here, by the newest look: it has its GTID, and may be
  // in the binary log and on replicas, but gtid_executed does not show it before it is done. While
  // a semi-synchronous source waits for an acknowledgement, that takes until
  // rpl_semi_sync_source_timeout. It was read before gtid_executed, and a transaction goes from the
  // one into the other at once, so what is in neither of them is not under way; a server that has
  // started again commits nothing of what it did before (tried on 9.7.4;
  // contract/server_contract_test.cc, e2e/in_flight_test.cc).
  GtidSet gtid_owned;
  std::optional<GtidSet> owned_later;  // with executed_later

  // The newest knowledge of gtid_executed.
  [[nodiscard]] const GtidSet& executed_latest() const {
    return executed_later ? *executed_later : gtid_executed;
  }
  // With what it is committing.
  [[nodiscard]] const GtidSet& owned_latest() const {
    return owned_later ? *owned_later : gtid_owned;
  }
  [[nodiscard]] GtidSet executed_or_in_flight() const {
    return executed_latest().united(owned_latest());
  }
  // With what its channels have received, applied or not.
  [[nodiscard]] GtidSet held_latest() const {
    GtidSet held = executed_latest();
    for (const Channel& channel : channels) held = held.united(channel.retrieved);
    return held;
  }
  void seen_later(const ServerState& later) {
    executed_later = later.gtid_executed;
    owned_later = later.gtid_owned;
  }
  // The channel "" or nullptr.
  [[nodiscard]] const Channel* default_channel() const;
  [[nodiscard]] bool writable() const { return !super_read_only && !read_only; }
  // Can no client of any privilege write? read_only alone lets CONNECTION_ADMIN through, and while
  // SET GLOBAL super_read_only = ON still waits for a writer, that one shows ON, and read_only OFF
  // (seen on 9.7.4; contract/freeze_contract_test.cc).
  [[nodiscard]] bool fenced() const { return super_read_only && read_only; }
};

using ServerLook = std::variant<Unreachable, ServerState>;

// What is wrong with a secret that a step would hand to a server.
struct SecretTrouble {
  bool missing = false;  // it is not to be had here; else it is, and is no good
  std::string why;
};

struct Observation {
  Moment taken_at{};
  // Of the replication user's password; nullopt: nothing is known to be wrong with it.
  std::optional<SecretTrouble> replication_secret;
  std::map<std::string, ServerLook> servers;  // by the specification's names

  // The server's state, or nullptr when it is unreachable or was not looked at.
  [[nodiscard]] const ServerState* state(const std::string& server) const;
  // By its server_uuid.
  [[nodiscard]] bool sees(const std::string& server_uuid) const;
  // A receiver that runs proves that its source is alive. Is that source none of the servers seen?
  // Then the channel may be connected to the primary itself, which an address no longer leads to.
  [[nodiscard]] bool source_is_out_of_sight(const Channel& channel) const;
};

}  // namespace gtidops
