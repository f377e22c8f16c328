// Actions on a replica's channel.
#pragma once

#include <utility>

#include "model/actions/common.h"
#include "model/spec.h"

namespace gtidops {

// Everything CHANGE REPLICATION SOURCE TO is told.
struct SourceTarget {
  std::string host;
  int port = 0;
  std::string user;
  std::int64_t delay_seconds = 0;
  // Further options by name, values as people write them: {"SOURCE_SSL","1"},
  // {"SOURCE_SSL_CA","/etc/ca.pem"}.
  std::vector<std::pair<std::string, std::string>> options;
};

// Points the default channel at a source with SOURCE_AUTO_POSITION = 1 and starts it. The manual on
// CHANGE REPLICATION SOURCE TO: both threads must be stopped to change auto-position; relay logs
// are then deleted and fetched again, so what is in them and not applied must still be on the new
// source. When the channel worked before and the new source turns out not to serve it, the executor
// puts the old one back.
struct PointReplica {
  static constexpr std::string_view kName = "point_replica";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  std::string source;       // its name in the specification
  std::string source_uuid;  // as observed: who must answer there
  SourceTarget target;
  SecretRef password;
  // The channel as it is, when there is one and it works: what to go back to.
  std::optional<SourceTarget> previous;
  bool channel_exists = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return previous ? Risk::kDisruptive : Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server, source}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
  // Back to `previous`, on the connection that ran statements(). The password is stored on the
  // replica and stays when the user is the same; that of another user was stashed in a variable of
  // the session.
  [[nodiscard]] std::vector<Statement> put_back() const;
};

// START REPLICA on a channel that is configured as it shall be. A receiver that is between two
// tries to connect is stopped first, or it would wait out SOURCE_CONNECT_RETRY.
struct StartReplica {
  static constexpr std::string_view kName = "start_replica";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  bool restart_receiver = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// An option of CHANGE REPLICATION SOURCE TO as an SQL literal.
std::string option_literal(const std::string& name, const std::string& value);
// How the server shows it; nullopt when it does not.
std::optional<std::string> shown_option(const Channel& channel, const std::string& name);
// Do both say the same, in the server's words ("Yes", "60.000") or people's ("1", "60")?
bool same_option(const std::string& name, const std::string& value, const std::string& other);

// Do both threads of the default channel run without an error?
Check channel_runs(const ServerState& state, const std::string& server);

}  // namespace gtidops
