// Spec: what a topology shall be, as one document of a YAML file declares it. specs/README.md is
// the reference for users; this is the same thing as values, each with the place where it was
// written.
//
// Thread-safety: plain values. Errors: none here; spec/parse.h makes a Spec only from a valid
// document.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/position.h"
#include "base/quantity.h"
#include "model/secret_ref.h"

namespace gtidops {

// A value and its place in the file. `declared` is false for a default.
template <class T>
struct Field {
  T value{};
  Position at{};
  bool declared = false;

  Field() = default;
  Field(T initial) : value(std::move(initial)) {}  // NOLINT: a default reads as the value it is
  Field(T read, Position where) : value(std::move(read)), at(where), declared(true) {}
  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
};

struct Address {
  std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets
  int port = 3306;
  // "db1:3306", "[::1]:3306".
  [[nodiscard]] std::string to_string() const;
  // Is it an address of this machine by its spelling alone ("localhost", 127.x.x.x, ::1)?
  [[nodiscard]] bool on_loopback() const;
  friend bool operator==(const Address&, const Address&) = default;
  friend auto operator<=>(const Address&, const Address&) = default;
};

enum class TlsMode { kDisabled, kPreferred, kRequired, kVerifyCa, kVerifyIdentity };
struct TlsSpec {
  // When this is not declared, mode_for() says which mode holds.
  Field<TlsMode> mode{TlsMode::kRequired};
  Field<std::string> ca_file, cert_file, key_file;
  // Without TLS: the file with the server's public key (PEM), with which the password is encrypted.
  Field<std::string> server_public_key_file;

  // The declared mode; else preferred for an address of this machine, and required for any other.
  [[nodiscard]] TlsMode mode_for(const Address& address) const;
};

// Is every connection of this mode encrypted?
bool always_encrypts(TlsMode mode);

struct AdminSpec {
  Field<std::string> user{"root"};
  SecretRef password;
};

struct MaintenanceSpec {
  Position at;
  Field<std::string> reason;
  Field<std::optional<Moment>> until;
};

// How to log in to the machine that a server runs on, for provisioning at host level.
struct SshSpec {
  Position at;
  Field<std::string> host, user, identity_file, known_hosts_file, data_directory, service_command;
  Field<int> port{22};
};

enum class Promotion { kPrefer, kAllow, kNever };
struct ServerSpec {
  Position at;
  Field<std::string> name;
  Field<Address> address;
  Field<Address> replication_address;  // what replicas dial; not declared: `address`
  Field<std::string> source;           // not declared: the primary
  Field<Millis> delay{Millis{0}};      // whole seconds, as SOURCE_DELAY counts
  Field<Promotion> promotion{Promotion::kAllow};
  std::optional<AdminSpec> admin;  // in place of the topology's
  std::optional<MaintenanceSpec> maintenance;
  std::optional<SshSpec> ssh;

  [[nodiscard]] const Address& dialled() const {
    return replication_address.declared ? *replication_address : *address;
  }
};

enum class OnErrant { kBlock, kAlert, kInjectEmpty, kRebuild };
struct GtidSpec {
  Field<std::string> mode{"ON"};                 // OFF|OFF_PERMISSIVE|ON_PERMISSIVE|ON
  Field<std::string> enforce_consistency{"ON"};  // OFF|WARN|ON
  Field<OnErrant> on_errant{OnErrant::kBlock};
};

struct ReplicationUserSpec {
  Position at;
  Field<std::string> name;
  Field<std::string> host;
  SecretRef password;
};

struct SemiSyncSpec {
  Position at;
  Field<bool> enabled{false};
  Field<int> wait_for_replicas{1};
  Field<Millis> timeout{Millis{10'000}};
};

struct ReplicationSpec {
  Position at;
  std::optional<ReplicationUserSpec> user;
  // Options of CHANGE REPLICATION SOURCE TO, by name in upper case. The value is text as MySQL
  // prints it, without quotes; model/source_options.h says which options are strings.
  std::map<std::string, Field<std::string>> options;
  std::optional<SemiSyncSpec> semi_sync;
};

// object ("orders.*", "*.*", "orders.items") -> privileges, upper case, in the order written.
using Grants = std::map<std::string, Field<std::vector<std::string>>>;

struct UserSpec {
  Position at;
  Field<std::string> name, host;
  SecretRef password;
  Field<std::string> require{"NONE"};  // NONE|SSL|X509
  Field<std::vector<std::string>> roles;
  Grants grants;
};

struct RoleSpec {
  Position at;
  Field<std::string> name;
  Grants grants;
};

using Variables =
    std::map<std::string, Field<std::string>>;  // names in lower case with underscores
enum class OnRestartRequired { kReport, kRestart };
struct VariablesSpec {
  Variables all, primary, replicas;
  std::map<std::string, Variables> servers;
  Field<OnRestartRequired> on_restart_required{OnRestartRequired::kReport};
};

enum class OnExistingData { kRefuse, kOverwrite };
struct ProvisioningSpec {
  Field<std::string> method{"clone"};          // clone|xtrabackup|exec:NAME|none
  Field<std::string> donor{"prefer-replica"};  // prefer-replica|primary|a server's name
  Field<OnExistingData> on_existing_data{OnExistingData::kRefuse};
  Field<int> max_concurrent{1};
  Field<Millis> timeout{Millis{6LL * 3'600'000}};
  // Not in the file: a person asks, so a copy that failed is begun once more.
  bool again = false;
};

enum class LongTransactions { kKill, kWait, kRefuse };
struct SwitchoverSpec {
  Field<Millis> max_lag{Millis{5'000}};
  Field<Millis> catch_up_timeout{Millis{60'000}};
  Field<Millis> drain_timeout{Millis{10'000}};
  Field<LongTransactions> long_transactions{LongTransactions::kKill};
};

enum class FailoverMode { kManual, kAutomatic };
enum class Afterwards { kHold, kCommit };
struct FailoverSpec {
  Field<FailoverMode> mode{FailoverMode::kManual};
  Field<Millis> interval{Millis{1'000}};
  Field<int> failures{3};
  Field<bool> replicas_must_agree{true};
  Field<std::int64_t> max_lost_transactions{0};
  Field<Millis> min_interval{Millis{3'600'000}};
  Field<Afterwards> afterwards{Afterwards::kCommit};
};

enum class ReconcileMode { kObserve, kEnforce };
struct WindowSpec {
  Position at;
  Field<std::string> deny;  // five fields of cron; exactly one of deny and allow is declared
  Field<std::string> allow;
  Field<Millis> duration;
  Field<std::string> time_zone{"UTC"};
  Field<std::string> risk{"disruptive"};  // safe|disruptive|destructive
};
struct ReconcileSpec {
  Field<ReconcileMode> mode{ReconcileMode::kEnforce};
  Field<Millis> interval{Millis{10'000}};
  Field<Millis> timeout{Millis{600'000}};
  Field<bool> prune_users{false};
  Field<std::vector<std::string>> protect, ignore;
  std::vector<WindowSpec> windows;
};

struct SuspendSpec {
  Field<bool> enabled{false};
  Field<std::string> reason;
  Field<std::optional<Moment>> until;
};

struct Spec {
  std::string file;                     // as the user named it
  std::string digest;                   // "sha256:..." of the document's bytes
  std::optional<std::string> revision;  // the commit that the file came from, when git has it
  Field<std::string> name;
  std::map<std::string, std::string> labels;
  Field<std::string> primary;
  AdminSpec admin;
  TlsSpec tls;
  std::vector<ServerSpec> servers;  // in the order written; names and addresses are distinct
  GtidSpec gtid;
  ReplicationSpec replication;
  std::vector<UserSpec> users;
  std::vector<RoleSpec> roles;
  VariablesSpec variables;
  ProvisioningSpec provisioning;
  SwitchoverSpec switchover;
  FailoverSpec failover;
  ReconcileSpec reconcile;
  SuspendSpec suspend;

  // The server of that name; nullptr when there is none.
  [[nodiscard]] const ServerSpec* server(const std::string& server_name) const;
  // The name of the server that this one shall replicate from; empty for the primary.
  [[nodiscard]] std::string source_of(const ServerSpec& server) const;
  // How gtidops logs in to this server.
  [[nodiscard]] const AdminSpec& admin_of(const ServerSpec& server) const;
};

}  // namespace gtidops
