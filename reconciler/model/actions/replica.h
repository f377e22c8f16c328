// replica: actions on one channel of a replica. The channel named "" is the default channel.
//
// Thread-safety: plain values, pure functions. Errors: none.
#pragma once

#include <utility>

#include "model/actions/common.h"
#include "model/source_options.h"
#include "model/spec.h"

namespace gtidops {

// What CHANGE REPLICATION SOURCE TO is told, but for the password.
struct SourceTarget {
  std::string host;
  int port = 0;
  std::string user;
  std::int64_t delay_seconds = 0;
  // Further options by name, with values as people write them: {"SOURCE_SSL","1"},
  // {"SOURCE_SSL_CA","/etc/ca.pem"}.
  std::vector<std::pair<std::string, std::string>> options;
};

// Points the channel at a source with SOURCE_AUTO_POSITION = 1 and starts it. On an
// existing channel only the clauses in `changes` are changed, each with as few threads stopped as
// MySQL permits (model/source_options.h), because MySQL deletes the relay log when both are
// stopped. So what is received stays or is applied first, or the step is refused before the channel
// is touched (keeps_received()). Only a relay log that cannot be read is deleted on purpose
// (fetches_again). When the channel worked before and the new source does not serve it, the
// executor puts the old source back.
struct PointReplica {
  static constexpr std::string_view kName = "point_replica";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  std::string source;       // its name in the specification
  std::string source_uuid;  // as observed: the server that must answer at `target`
  SourceTarget target;
  SecretRef password;
  // The channel before the change, when there is one and it works: put_back() restores it.
  std::optional<SourceTarget> previous;
  bool channel_exists = false;
  // The clauses to change on an existing channel: "SOURCE_HOST", "SOURCE_DELAY", ...
  std::vector<std::string> changes;
  // This thread was stopped when the step was planned. It is started before the other one is
  // stopped: with both stopped, MySQL deletes the relay log.
  bool receiver_stopped = false, applier_stopped = false;
  bool interrupts = false;    // the channel works, and pauses for the change
  bool acknowledges = false;  // a primary's commits may wait for its acknowledgement
  // The relay log is damaged. It is deleted, and what it held is fetched again from the source,
  // which must hold all of that.
  bool fetches_again = false;
  // Changes options on the channel as it is, before a switch, which is refused when this fails.
  bool before_switch = false;
  std::string channel_name = {};

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return interrupts ? Risk::kDisruptive : Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const;
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
  // Restores `previous`, on the connection that ran statements(). A password that was not changed
  // is still stored on the replica; one that was changed was kept in a variable of that session.
  [[nodiscard]] std::vector<Statement> put_back() const;
  // Clears these variables, whatever became of the change: as long as the session lasts, they can
  // be read in performance_schema.user_variables_by_thread.
  [[nodiscard]] std::vector<Statement> forget() const;
  [[nodiscard]] bool changes_clause(std::string_view name) const;
  // Does a change need exactly these threads to be stopped?
  [[nodiscard]] bool stops(SourceOption::Stops which) const;
  // Sets `fetches_again`, and makes every clause of `target` one of `changes`.
  void fetch_again();

 private:
  [[nodiscard]] Check loses_nothing(const ServerState& state, const ServerState& from) const;
};

// Would CHANGE REPLICATION SOURCE TO keep every received transaction that is not applied? To be
// asked right before it.
Check keeps_received(const ServerState& state, const std::string& server,
                     const std::string& channel_name = {});
// Has the applier stopped because it cannot read its relay log?
bool relay_log_is_damaged(const Channel& channel);
// Is it unknown what the damaged relay log held, and may another server than `source_uuid` have
// sent it? A server that does not find its relay log shows nothing of what was in it (9.7.4: the
// index is gone). Only the sender is sure to hold all of that.
bool sender_may_be_gone(const Channel& channel, const std::string& source_uuid);
// What the relay log holds and the replica has not applied.
GtidSet received_unapplied(const ServerState& state, const std::string& channel_name = {});
bool changes_source(const Statement& statement);
// Is it the RESET REPLICA that deletes the relay log? It keeps the channel's settings but for the
// delay.
bool resets_relay_log(const Statement& statement);

// START REPLICA on a channel that is configured as declared. A receiver that is between two tries
// to connect is stopped first: else it would wait for SOURCE_CONNECT_RETRY. `applier_only`: the
// source is away, and the applier has something to do without it.
struct StartReplica {
  static constexpr std::string_view kName = "start_replica";
  static constexpr Depth kDepth = Depth::kState;
  std::string server;
  bool restart_receiver = false;
  bool applier_only = false;
  std::string channel_name = {};

  [[nodiscard]] std::string describe() const;
  [[nodiscard]] Risk risk() const { return Risk::kSafe; }
  [[nodiscard]] std::vector<std::string> touches() const { return {server}; }
  [[nodiscard]] Check precondition(const Observation& seen) const;
  [[nodiscard]] Check postcondition(const Observation& seen) const;
  [[nodiscard]] std::vector<Statement> statements(const Version& version) const;
};

// An option of CHANGE REPLICATION SOURCE TO as an SQL literal.
std::string option_literal(const std::string& name, const std::string& value);
// The option's value as the server shows it; nullopt: the server does not show it.
std::optional<std::string> shown_option(const Channel& channel, const std::string& name);
// Are the two values the same, in the server's words ("Yes", "60.000") or in people's ("1", "60")?
bool same_option(const std::string& name, const std::string& value, const std::string& other);

// Do both threads of the channel run without an error?
Check channel_runs(const ServerState& state, const std::string& server,
                   const std::string& channel_name = {});

}  // namespace gtidops
