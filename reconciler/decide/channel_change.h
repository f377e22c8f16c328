// Where a channel is not as declared, and what of CHANGE REPLICATION SOURCE TO makes it so.
//
// Thread-safety: pure functions but for the Draft that they write into.
#pragma once

#include <string>
#include <vector>

#include "decide/draft.h"

namespace gtidops {

struct ChannelChange {
  std::vector<std::string> reasons;  // in words
  bool leaves_source = false;
};

// Everything that the channel shall be. `leaves_source`: it is to connect elsewhere, so how the
// password is sent there is told, too.
SourceTarget declared_target(const Draft& draft, const ServerSpec& server,
                             const std::string& source, bool leaves_source);
// Notes every difference between the channel and the specification.
ChannelChange compare_channel(Draft& draft, const ServerSpec& server, const Channel& channel);
// The clauses of CHANGE REPLICATION SOURCE TO by which the channel differs from the target. What a
// server does not show is not touched.
std::vector<std::string> changed_clauses(const Channel& channel, const SourceTarget& target,
                                         bool password);
// What `reconcile.protect` and `ignore` name stays as it is.
void keep_left_alone(const Draft& draft, const std::string& server, const Channel& channel,
                     SourceTarget& target);
// A channel that is there, on its way to `point.target`.
void change_in_place(const ServerState& state, const Channel& channel, bool password,
                     PointReplica& point);
// What it has received and not applied will be applied: refuses when the new source lacks it.
bool would_be_errant(Draft& draft, const ServerSpec& server, const ServerState& state);
// With both threads stopped, CHANGE deletes the relay log. So the other thread must be able to run,
// or all that was received must be applied.
enum class RelayLog {
  kStays,
  kOtherFirst,  // the other thread has stopped with an error: it must run before
  kRefused,     // and said so
};
// Takes out of `point` what has to wait for that.
RelayLog relay_log_of(Draft& draft, const ServerState& state, const Channel& channel,
                      PointReplica& point);
// Its relay log cannot be read, and not fetched again as a whole: only a person can help.
bool relay_log_is_lost(Draft& draft, const ServerSpec& server, const ServerState& state,
                       const Channel& channel);
// The source refuses the login: the password, or how it is sent, is not what it shall be. To start
// again would not help.
bool login_refused(const Channel& channel, bool may_use_tls);

}  // namespace gtidops
