// MysqlFleet: the servers of a topology as real MySQL servers.
//
// One connection is kept to each server (mysql/session.h), and opened anew when it is broken. No
// server is waited for beyond the deadline, whether it is stopped, is silent, or its name does not
// resolve, and no server delays another.
//
// run(): a statement that has not ended by its deadline is killed over a second connection (KILL
// QUERY) and has half a second to say so:
// - it did end after all: that is the result;
// - kUnknown with mysql_errno 1317: it was stopped. Nothing of it is under way any more, but some
//   of it may have happened;
// - kUnknown without a number: there was no answer. It may yet happen. That connection is never
//   used again.
//
// Thread-safety: one thread at a time; counts() from any thread. Errors: as ports/fleet.h says. No
// message holds a secret.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/spec.h"
#include "mysql/replication_secret.h"
#include "mysql/session.h"
#include "ports/fleet.h"

namespace gtidops {

class MysqlFleet : public Fleet {
 public:
  // `actor`: what the sessions tell the servers of who acts; by default, that they only look.
  explicit MysqlFleet(const Spec& spec, const Actor& actor = {});
  ~MysqlFleet() override;

  Observation look(const std::vector<std::string>& servers, Depth depth, Millis deadline) override;
  Result<Rows> run(const Statement& statement, Millis deadline) override;
  Status begin(const Statement& statement, Millis patience) override;
  std::optional<SecretTrouble> try_secret(const SecretRef& secret) override;
  int watch(const std::string& server) override;
  [[nodiscard]] std::uint64_t connection(const std::string& server) const override;

  // By the name of the server.
  [[nodiscard]] std::map<std::string, mysql::ConnectionCounts> counts() const;

 private:
  void try_replication_login(Observation& observation, Deadline deadline);
  mysql::Session* session(const std::string& server) const;

  const mysql::LookRequest request_;  // except depth and secret
  const std::string primary_;
  std::optional<mysql::ReplicationSecret> secret_;
  std::map<std::string, std::unique_ptr<mysql::Session>> sessions_;
};

}  // namespace gtidops
