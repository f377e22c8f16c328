// RightToAct: the right to act on a topology, held on its servers themselves, so that it is one for
// all who manage it, wherever they run and wherever they keep their state.
//
// On each server the right is MySQL's GET_LOCK, under one name whatever the topology is called (so
// that a server is not managed under two names by two controllers), taken by the very session that
// sends what changes something: the server itself sees to it that a statement of ours runs
// only while we hold the right there. It works on a super_read_only server, costs one statement for
// a connection, and ends with the session: when the process dies, when its host is cut off for
// longer than the session's wait_timeout, when somebody kills it.
//
// - claim() takes it on every server that answers, in the order of their names, without waiting.
//   One that somebody else holds: all is let go, and the refusal says who holds it.
// - A session of our own that still holds it, left by an earlier process of the same state
//   directory (whose lease on the file is ours now) or by a connection that was given up, is ended
//   before. So a statement that the network still holds can land no more. Nobody else's session is
//   ever ended.
// - A connection that breaks loses the right. It is taken again before the next statement; but what
//   was looked at and planned rests on nobody else having acted. So within one claim that is only
//   done where our own session still held it until then, or where we kept it on at least half of
//   the servers meanwhile: whoever reaches one of those cannot have claimed the topology. Else
//   nothing more is done until the next claim(), which comes before a new look.
//
// - An address may lead to another server from one connection to the next (a VIP, DNS): on a new
// one
//   nothing is changed unless the server that answers is the one that answered at the claim.
//
// Thread-safety: as the Fleet's. Errors: kRefused with who holds it; else what the server says.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/spec.h"
#include "ports/clock.h"
#include "ports/fleet.h"
#include "ports/journal.h"

namespace gtidops {

class RightToAct {
 public:
  // All must outlive this.
  RightToAct(Fleet& fleet, Clock& clock, const Spec& spec);

  // Before anything is looked at to be acted upon. Costs nothing where it is held already.
  // `journal`: nobody's session is ended without its lease.
  Status claim(const Journal& journal, Millis deadline);
  // What the servers showed when a claim first asked them: it is news for whoever remembers, though
  // nothing is planned from it. Given once.
  std::optional<Observation> first_look();
  // Everything is let go, as far as the servers can be reached.
  void let_go(Millis deadline);
  // Between two claims of this process there was a time when it did not hold the right: somebody
  // else may have had it, and acted. Until that is `settled()`.
  [[nodiscard]] bool was_lost() const { return lost_; }
  void settled() { lost_ = false; }
  // Is there a claim, and may still be acted on it?
  [[nodiscard]] Status valid() const;

  // Holds the right on this server, and asks it whether that is so: then nothing that was sent to
  // it before on any other connection can land any more.
  Status hold(const std::string& server, const Journal& journal, Millis deadline);
  // Runs it on the session that holds the right, or not at all.
  Result<Rows> run(const Statement& statement, const Journal& journal, Millis deadline);

 private:
  enum class Taken { kFree, kFromOurOwn };

  Status make_sure(const std::string& server, const Journal& journal, Millis deadline);
  Result<Taken> take(const std::string& server, const Journal& journal, Millis deadline);
  // False: nobody holds it any more, or one of ours did.
  Result<bool> held_by_another(const std::string& server, const Journal& journal, Millis deadline,
                               bool& ours);
  Status refused(Error why, Millis deadline);
  // What a person is told of who holds the right on this server, from the row of the holder query.
  [[nodiscard]] std::string refusal(const std::string& server, const Rows& holder) const;
  // Who answers there when the right is taken again, on a new connection, must be who answered when
  // it was claimed: an address may lead elsewhere from one moment to the next.
  Status is_the_same(const std::string& server, const std::string& server_uuid);
  [[nodiscard]] bool kept_on_half(Millis deadline);
  [[nodiscard]] bool is_held(const std::string& server, Millis deadline);
  [[nodiscard]] bool at_hand(const std::string& server) const;

  Fleet& fleet_;
  Clock& clock_;
  const std::string topology_;
  std::map<std::string, std::string> claimed_;  // server_uuid, by server
  std::vector<std::string> servers_;
  std::optional<Observation> first_look_;
  std::map<std::string, std::uint64_t> held_;   // by server: on which connection
  std::map<std::string, std::uint64_t> tried_;  // on which connection it was asked for last
  std::set<std::string> interrupted_;           // lost and taken again since the claim
  bool lost_ = false;
  std::string over_ = "the right to act was not claimed";  // why nothing more may be done
};

}  // namespace gtidops
