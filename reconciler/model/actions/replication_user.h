// replication_user: actions on the replication user, an account that is created on the primary and
// reaches the replicas by replication.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include "model/actions/common.h"

namespace gtidops {

// The account in `users` of exactly this name and host; nullptr when there is none.
const UserAccount* find_account(const std::vector<UserAccount>& users, const std::string& user,
                                const std::string& host);

struct CreateReplicationUser {
  static constexpr std::string_view kName = "create_user";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::string user, host;
  SecretRef password;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

struct GrantReplication {
  static constexpr std::string_view kName = "grant_privileges";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::string user, host;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// Revokes what goes beyond REPLICATION SLAVE, privilege by privilege, so that the account has
// REPLICATION SLAVE all the time.
struct RevokePrivileges {
  static constexpr std::string_view kName = "revoke_privileges";
  static constexpr Depth kDepth = Depth::kDetails;
  std::string server;
  std::string user, host;
  std::vector<std::string> revocations;  // "SELECT, INSERT ON `orders`.*", "`role`@`%`"

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kDestructive; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

}  // namespace gtidops
