// provision: actions that copy the data of one server, the donor, into an empty one, the recipient,
// by CLONE INSTANCE. The copy is a job: it is begun, goes on by itself, and is seen in later looks
// (CloneStatus), whether this process lives or not. What MySQL does, tried on 9.7.4:
// - CLONE goes on when the connection that began it is closed, and mysqld restarts at its end, if
//   something supervises it.
// - While super_read_only is ON on the recipient, CLONE ends with error 1290 before it drops
//   anything, if there is a table of a user. So the server itself keeps a copy off data.
// - The recipient keeps its server_uuid and what it has persisted. Accounts, plugins and channels
//   are the donor's afterwards, the binary logs begin anew.
// - INSTALL PLUGIN writes mysql.plugin, which super_read_only forbids and read_only does not.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include "model/actions/common.h"

namespace gtidops {

// The account with which a recipient reads its donor. It is created on the primary, from where it
// reaches the donor by replication, and dropped when no copy is under way.
inline constexpr const char* kCopyUser = "gtidops_clone";
// Its comment (CREATE USER ... COMMENT, 8.0.21): an account without it is somebody else's.
inline constexpr const char* kCopyComment = "created by gtidops for the time of a copy";

// Does this server hold nothing that anybody could miss: no schema of a user?
Check holds_no_schemas(const Observation& seen, const std::string& server);

// INSTALL PLUGIN clone. As LoadSemiSync: on a closed server super_read_only is lifted for that
// moment, and put back by the executor whatever happens.
struct LoadClone {
  static constexpr std::string_view kName = "load_clone";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  bool lift_super_read_only = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return lift_super_read_only ? Risk::kDisruptive : Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
  [[nodiscard]] std::vector<Statement> put_back() const;
};

// Creates kCopyUser with a password that only this process knows, and BACKUP_ADMIN alone. An
// account that is left of an earlier run is replaced: nobody knows its password any more.
struct CreateCopyAccount {
  static constexpr std::string_view kName = "create_copy_account";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;  // the primary
  std::string host;    // from where the recipient connects: that of the replication user
  SecretRef password;  // kOneTime

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Drops every account kCopyUser.
struct DropCopyAccount {
  static constexpr std::string_view kName = "drop_copy_account";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;  // the primary
  std::vector<std::string> hosts;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Begins CLONE INSTANCE. It is done when the server shows that the copy runs.
struct StartCopy {
  static constexpr std::string_view kName = "start_copy";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;       // the recipient
  std::string server_uuid;  // as seen when this was planned: the name may lead elsewhere by now
  std::string donor;
  std::string donor_host;
  int donor_port = 3306;
  bool tls = false;    // the donor has TLS
  std::string before;  // when the newest CLONE into it began, before this one; empty: none
  SecretRef password;  // that of CreateCopyAccount

  [[nodiscard]] std::string describe() const;
  // The recipient restarts, and the donor is read at full speed.
  [[nodiscard]] Risk risk() const { return Risk::kDisruptive; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server, donor}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  // The last one is the CLONE, which is begun and not waited for.
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

}  // namespace gtidops
