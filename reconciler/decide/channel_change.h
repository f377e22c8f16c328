// channel_change: where a channel differs from the specification, and which clauses of CHANGE
// REPLICATION SOURCE TO correct that.
//
// Thread-safety: pure functions, except for the Draft that they write into. Errors: none; what may
// not be done is a refusal in the Draft.
#pragma once

#include <string>
#include <vector>

#include "decide/draft.h"

namespace gtidops {

struct ChannelChange {
  std::vector<std::string> reasons;  // in words
  bool leaves_source = false;
};

// All that is declared for the channel. `leaves_source`: it will connect to another server, so the
// options for sending the password there are included.
SourceTarget declared_target(const Draft& draft, const ServerSpec& server,
                             const std::string& source, bool leaves_source);
// Notes every difference between the channel and the specification.
ChannelChange compare_channel(Draft& draft, const ServerSpec& server, const Channel& channel);
// The clauses of CHANGE REPLICATION SOURCE TO in which the channel differs from the target. Options
// that the server does not show are not changed.
std::vector<std::string> changed_clauses(const Channel& channel, const SourceTarget& target,
                                         bool password);
// Removes from the target what `reconcile.protect` and `reconcile.ignore` say must not change.
void keep_left_alone(const Draft& draft, const std::string& server, const Channel& channel,
                     SourceTarget& target);
// Fills in `point` for a channel that exists and is to become `point.target`.
void change_in_place(const ServerState& state, const Channel& channel, bool password,
                     PointReplica& point);
// Does the relay log hold transactions that the new source lacks? They will be applied, so they
// would be errant there: refused.
bool would_be_errant(Draft& draft, const ServerSpec& server, const ServerState& state);
// With both threads stopped, CHANGE REPLICATION SOURCE TO deletes the relay log. So the other
// thread must be able to run, or all that was received must have been applied.
enum class RelayLog {
  kStays,
  kOtherFirst,  // the other thread stopped with an error: it must run first
  kRefused,     // a refusal says why
};
// Removes from `point` the changes that have to wait until the relay log is applied.
RelayLog relay_log_of(Draft& draft, const ServerState& state, const Channel& channel,
                      PointReplica& point);
// Is the relay log damaged, and can the source not send all of it again? Then only a person can
// help.
bool relay_log_is_lost(Draft& draft, const ServerSpec& server, const ServerState& state,
                       const Channel& channel);
// Did the source refuse the login? Then the password, or how it is sent, must change; starting the
// channel again does not help.
bool login_refused(const Channel& channel, bool may_use_tls);

}  // namespace gtidops
