// switch_last_look.cc: checks right before each statement of a switch what the statement rests on.
// The wait for the candidate may take a minute, and this process may have been stopped meanwhile:
// people may have opened or frozen servers, or given them another source, since the switch began.
#include <fmt/format.h>

#include <algorithm>

#include "execute/observe.h"
#include "execute/switch_primary.h"

namespace gtidops {
namespace {

// Clients wait during some of these looks, so a server that hangs must not delay them for long.
constexpr Millis kLastLook{500};
// The last look at a server counts for so long when the server cannot be seen now.
constexpr Millis kBelieved{1'000};

bool same_channel(const ServerState& was, const ServerState& is) {
  if (was.channels.size() != is.channels.size()) return false;
  const Channel* before = was.default_channel();
  const Channel* after = is.default_channel();
  if (before == nullptr || after == nullptr) return before == after;
  const bool uuid = before->source_uuid == after->source_uuid || before->source_uuid.empty();
  return before->source_host == after->source_host && before->source_port == after->source_port &&
         uuid;
}

// Does the old primary follow any other server than the new primary, `uuid`? It may follow that one
// already, to acknowledge its commits.
bool follows_another(const ServerState& state, const std::string& uuid) {
  return std::any_of(state.channels.begin(), state.channels.end(), [&](const Channel& channel) {
    return !channel.name.empty() || (channel.source_uuid != uuid && !channel.source_uuid.empty());
  });
}

}  // namespace

void PrimarySwitch::look_at(const std::vector<std::string>& servers) {
  last_ = observe_some(servers, fleet_, clock_, Depth::kState,
                       std::min(options_.look_deadline, kLastLook));
  last_at_ = clock_.monotonic();
  for (const std::string& other : action_.others) {
    const ServerState* state = last_.state(other);
    if (state == nullptr) continue;
    if (state->fenced())
      left_open_.erase(other);
    else
      left_open_.insert(other);
  }
}

Check PrimarySwitch::still_the_same() const {
  for (const auto& [name, look] : last_.servers) {
    const ServerState* was = first_.state(name);
    const ServerState* is = last_.state(name);
    if (was == nullptr || is == nullptr) continue;
    if (was->server_uuid != is->server_uuid || was->instance != is->instance)
      return Check::does_not(name + " is not the server any more that it was");
  }
  return Check::holds();
}

// A set that has shrunk means that the server was reset, or came back from an older copy. The
// missing transactions may be on no other server, and no look shows the loss once the counter has
// passed the old numbers. The next look must show at least what this look shows.
Check PrimarySwitch::holds_what_it_held(const std::string& server) {
  const ServerState* state = last_.state(server);
  if (state == nullptr) return Check::holds();
  GtidSet& held = held_[state->server_uuid];
  const GtidSet gone = held.subtracted(state->executed_latest());
  held = held.united(state->executed_latest());
  return gone.empty() ? Check::holds()
                      : Check::does_not(fmt::format(
                            "{} once held {} transactions that it does not hold now: {}", server,
                            gone.count(), shortened(gone)));
}

Check PrimarySwitch::both_hold_what_they_held() {
  const Check old = holds_what_it_held(action_.from);
  const Check fresh = holds_what_it_held(action_.server);
  return old ? fresh : old;
}

// The new primary holds all that the old one shows. What it has received beyond that, the old one
// has lost, and RESET REPLICA ALL would delete it here, too.
Check PrimarySwitch::new_has_applied_all() const {
  const ServerState* to = last_.state(action_.server);
  const Channel* channel = to == nullptr ? nullptr : to->default_channel();
  const GtidSet left =
      channel == nullptr ? GtidSet{} : channel->retrieved.subtracted(to->gtid_executed);
  return left.empty() ? Check::holds()
                      : Check::does_not(fmt::format(
                            "{} has received {} transactions that it has not applied: {}",
                            action_.server, left.count(), shortened(left)));
}

Check PrimarySwitch::others_are_closed() const {
  for (const std::string& other : action_.others) {
    const ServerState* state = last_.state(other);
    if (state != nullptr && !state->fenced()) return Check::does_not(other + " takes writes");
  }
  return Check::holds();
}

Check PrimarySwitch::may_freeze() {
  look_at(action_.touches());
  if (const Check same = still_the_same(); !same) return same;
  if (const Check all = both_hold_what_they_held(); !all) return all;
  const ServerState* old = last_.state(action_.from);
  // A failed freeze try of ours leaves the server open, so somebody else has closed it.
  frozen_by_others_ = action_.from_was_open && old != nullptr && !old->writable();
  return action_.precondition(last_);
}

Check PrimarySwitch::may_open() {
  // A server that may stay unseen and did not answer the last look is not asked again so soon:
  // clients would wait for its whole deadline.
  std::vector<std::string> servers = action_.touches();
  if (clock_.monotonic() - last_at_ < kBelieved)
    std::erase_if(servers, [&](const std::string& name) {
      return may_stay_unseen(name) && last_.state(name) == nullptr;
    });
  look_at(servers);
  if (const Check same = still_the_same(); !same) return same;
  if (const Check all = new_has_applied_all(); !all) return all;
  if (const Check all = both_hold_what_they_held(); !all) return all;
  if (const Check closed = others_are_closed(); !closed) return closed;
  if (const Check nothing = action_.others_committed_nothing(last_); !nothing) return nothing;
  for (const std::string& other : action_.others)
    if (last_.state(other) == nullptr && (!may_stay_unseen(other) || left_open_.count(other) > 0))
      return Check::unknown(other + " cannot be read any more, and may take writes");
  const ServerState* to = last_.state(action_.server);
  if (to == nullptr) return Check::unknown(action_.server + " cannot be read any more");
  if (!to->fenced()) return Check::does_not(action_.server + " was opened by somebody else");
  if (const ServerState* was = first_.state(action_.server);
      was != nullptr && !same_channel(*was, *to))
    return Check::does_not(action_.server + " was given another source by somebody else");
  const ServerState* old = last_.state(action_.from);
  if (old == nullptr) {
    // The old primary need not be seen when it is known where it ended: the switch was committed
    // before, or the old primary was just seen frozen.
    if (action_.frozen_at || clock_.monotonic() - closed_at_ < kBelieved) return Check::holds();
    return Check::unknown(action_.from + " cannot be read any more");
  }
  if (!old->fenced()) return Check::does_not(action_.from + " was opened again by somebody else");
  if (follows_another(*old, action_.server_uuid))
    return Check::does_not(action_.from + " was given a source by somebody else");
  // super_read_only does not block XA COMMIT and FLUSH. They may still be in flight, waiting for an
  // acknowledgement.
  const GtidSet late = old->executed_or_in_flight().subtracted(to->executed_latest());
  if (!late.empty())
    return Check::does_not(
        fmt::format("{} committed {} transactions behind the freeze that {} has not applied: {}",
                    action_.from, late.count(), action_.server, shortened(late)));
  closed_at_ = clock_.monotonic();
  return Check::holds();
}

Check PrimarySwitch::nobody_else_is_open() {
  look_at(action_.touches());
  if (const Check closed = others_are_closed(); !closed) return closed;
  const ServerState* old = last_.state(action_.from);
  return old == nullptr || old->fenced() ? Check::holds()
                                         : Check::does_not(action_.from + " takes writes");
}

// May the old primary be opened again, so that it is the only server that takes writes?
Check PrimarySwitch::may_go_back() {
  look_at(action_.touches());
  if (const Check closed = others_are_closed(); !closed) return closed;
  for (const std::string& other : action_.others)
    if (last_.state(other) == nullptr &&
        (intent_.may_be_open(other) || left_open_.count(other) > 0))
      return Check::unknown(other + " cannot be read, and may take writes");
  const ServerState* to = last_.state(action_.server);
  if (to != nullptr && !to->fenced()) return Check::does_not(action_.server + " takes writes");
  const ServerState* was = first_.state(action_.from);
  const ServerState* old = last_.state(action_.from);
  if (old == nullptr) return Check::holds();  // then no statement can open it either
  if (const Check all = holds_what_it_held(action_.from); !all) return all;
  for (const auto& [name, look] : last_.servers) {
    const auto* other = std::get_if<ServerState>(&look);
    const GtidSet lost =
        other == nullptr || name == action_.from ? GtidSet{} : lost_by(*old, *other);
    if (!lost.empty())
      return Check::does_not(fmt::format("{} holds {} transactions that it does not: {}", name,
                                         lost.count(), shortened(lost)));
  }
  if (was != nullptr && (was->server_uuid != old->server_uuid || was->instance != old->instance))
    return Check::does_not("another server answers there");
  if (follows_another(*old, action_.server_uuid))
    return Check::does_not("it was given a source by somebody else");
  return Check::holds();
}

// For the message of a switch that was given up: which replicas the plan had moved under the
// candidate before. They stay there as long as the file names this candidate as the primary.
std::string PrimarySwitch::what_is_left() const {
  std::vector<std::string> moved;
  for (const std::string& name : action_.followers) {
    const ServerState* now = last_.state(name);
    const ServerState* state = now == nullptr ? first_.state(name) : now;
    const Channel* channel = state == nullptr ? nullptr : state->default_channel();
    if (channel != nullptr && channel->source_uuid == action_.server_uuid) moved.push_back(name);
  }
  if (moved.empty()) return "nothing was changed";
  const bool one = moved.size() == 1;
  return fmt::format(
      "neither {} nor {} was changed; {}, which {} moved under {} before, {} it, and {} back when "
      "primary: {} is declared",
      action_.from, action_.server, fmt::join(moved, " and "), one ? "was" : "were", action_.server,
      one ? "follows" : "follow", one ? "goes" : "go", action_.from);
}

}  // namespace gtidops
