// LookTask: one look at one server, without the waiting: it says what to ask, takes the replies,
// and gives the result. It knows no socket, so tests feed it with rows.
//
// The first request reads the state. With Depth::kDetails a second one reads all details, and a
// third one the grants of the accounts that were found. An error ends a request of many statements:
// those after the failed one are asked for again.
//
// Thread-safety: one thread at a time. Errors: in the result. What must be known and can't be read
// makes the server Unreachable (mostly kPrivileges); what the model may leave out is nullopt.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/depth.h"
#include "model/observation.h"
#include "mysql/connection.h"
#include "mysql/privileges.h"
#include "mysql/queries.h"

namespace gtidops::mysql {

// Salt and digest of the declared replication password, to compare with channel_secrets_query().
struct SaltedSecret {
  std::string salt, digest;
};

// What a look needs to know of the specification.
struct LookRequest {
  Depth depth = Depth::kState;
  std::string topology;
  std::string replication_user;          // empty: none is declared
  std::set<std::string> more_variables;  // those that the specification names, judged or not
  bool semi_sync = false;                // semi-synchronous replication is declared, on or off
  bool load_semi_sync = false;           // it is declared on, so its plugins may have to be loaded
  bool all_accounts = false;             // to find the undeclared accounts, which are to be dropped
  bool channel_options = false;  // options are declared that only the performance schema shows
  // nullopt: the password is not known, or not asked for.
  std::optional<SaltedSecret> secret = std::nullopt;
};

class LookTask {
 public:
  // `server_version`: as the server said it at the login.
  LookTask(const LookRequest& request, const std::string& server_version);

  // The next request; empty: there is none, and take_result() has the result.
  [[nodiscard]] std::string next();
  // The reply to what next() gave. REQUIRES: the reply is not lost.
  void accept(Reply reply);
  ServerLook take_result();

 private:
  enum class Part {
    kReplicaStatus,
    kIdentity,
    kOwnGrants,
    kVariables,
    kPluginVariables,
    kNamedVariables,
    kPersisted,
    kAccounts,
    kAllAccounts,
    kSchemas,
    kEvents,
    kLongTransactions,
    kPreparedXa,
    kHeartbeat,
    kHeartbeatTable,
    kBinlogStatus,
    kBinaryLogs,
    kClone,
    kCopyAccounts,
    kTls,
    kCertificate,
    kGroupReplication,
    kReplicas,
    kConnections,
    kBackupLocks,
    kFilters,
    kSemiSyncStatus,
    kAccountGrants,
    kChannelOptions,
    kChannelSecrets,
  };
  struct Question {
    Part part;
    std::string sql;
    std::size_t index = 0;  // which list of variables, or which account
  };

  void ask_state();
  void ask_details();
  void ask_account_grants();
  Status judge_semi_sync();
  void take(const Question& question, ResultSet set);
  [[nodiscard]] bool performance_schema_is_on() const;
  Status read_detail(const Question& question, const ResultSet& set);
  void read_beat(const ResultSet& set);
  void failed(const Question& question, const ServerError& error);
  void fail_reading(const Question& question, const ServerError& error);
  void fail_with(Unreachable why);
  void finish_stage();

  const LookRequest request_;
  const Version version_;
  std::vector<const JudgedVariable*> variables_;
  std::vector<std::vector<const JudgedVariable*>> plugins_;
  std::vector<Question> questions_, follow_ups_;
  ResultSet replica_status_;
  ServerState state_;
  Details details_;
  Privileges privileges_;
  std::map<std::string, std::string> semi_sync_status_;
  bool details_asked_ = false, grants_asked_ = false;
  std::optional<Unreachable> failure_;
};

}  // namespace gtidops::mysql
