// Actions on a replica's channel.
#pragma once

#include <utility>

#include "model/actions/common.h"
#include "model/source_options.h"
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

// Points the default channel at a source with SOURCE_AUTO_POSITION = 1 and starts it. Of a channel
// that is there, only the clauses in `changes` are changed, each with as few threads stopped as the
// server lets (model/source_options.h): with both stopped it deletes the relay log. So what is
// received and not applied stays, or the step is refused before it is touched (keeps_received()).
// A relay log that cannot be read is the one that is deleted (fetches_again).
// When the channel worked before and the new source turns out not to serve it, the executor puts
// the old one back.
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
  // Of a channel that exists: the names of the clauses, "SOURCE_HOST", "SOURCE_DELAY", ...
  std::vector<std::string> changes;
  // Stopped as it was planned, so that it is to be started before the other one is stopped.
  bool receiver_stopped = false, applier_stopped = false;
  bool interrupts = false;    // the channel works
  bool acknowledges = false;  // commits on a primary may wait for it
  // Its relay log is damaged: with both threads stopped the server deletes it, and what it held is
  // fetched once more from the source, which must hold all of that.
  bool fetches_again = false;
  // Where it is, before the primary is changed, which waits for it to work.
  bool before_switch = false;

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return interrupts ? Risk::kDisruptive : Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const;
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
  // Back to `previous`, on the connection that ran statements(). The password is stored on the
  // replica and stays when it was not changed; else it was stashed in a variable of the session.
  [[nodiscard]] std::vector<Statement> put_back() const;
  // Clears those variables, whatever became of the change: everybody who may read the performance
  // schema's user_variables_by_thread reads them there for as long as the session lasts.
  [[nodiscard]] std::vector<Statement> forget() const;
  [[nodiscard]] bool changes_clause(std::string_view name) const;
  // Does any of the changes need that (and, of kReceiver and kApplier, that alone)?
  [[nodiscard]] bool stops(SourceOption::Stops which) const;
  // Sets `fetches_again`, and changes everything that `target` says.
  void fetch_again();

 private:
  [[nodiscard]] Check loses_nothing(const ServerState& state, const ServerState& from) const;
};

// Would a CHANGE REPLICATION SOURCE TO now leave the received transactions where they are? To be
// asked right before it.
Check keeps_received(const ServerState& state, const std::string& server);
// The applier stopped because it cannot read what the receiver has written.
bool relay_log_is_damaged(const Channel& channel);
// A server that does not find its relay log shows nothing of what was in it (9.7.4: the index is
// gone). Whoever sent it holds it still; another server may not.
bool sender_may_be_gone(const Channel& channel, const std::string& source_uuid);
// What the relay log holds, and is not applied.
GtidSet received_unapplied(const ServerState& state);
bool changes_source(const Statement& statement);
// Does it delete the relay log, and leave the channel as it is otherwise (but for its delay)?
bool resets_relay_log(const Statement& statement);

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
