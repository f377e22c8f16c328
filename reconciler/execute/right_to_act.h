// RightToAct: the right to act on a topology, held as a lock on its servers. So there is one right
// for all controllers, wherever they run and wherever they keep their state.
//
// On each server the right is MySQL's GET_LOCK, under one name for all topologies (otherwise two
// controllers could manage one server under two topology names). The session that sends the
// changing statements takes the lock, so a statement of ours can run only while we hold the right
// there. GET_LOCK works on a super_read_only server and costs one statement for each connection.
// The lock ends with the session: when the process dies, when its host is cut off for longer than
// the session's wait_timeout, or when somebody kills the session.
//
// - claim() takes the right on every server that answers, in the order of their names, without
//   waiting. If another controller holds one, all are let go, and the refusal says who holds it.
// - Our own sessions that still hold the right are ended first. An earlier process of the same
//   state directory (whose lease on the file is ours now) left them, or a connection that was given
//   up. So a statement that is still on its way on them cannot take effect any more. Sessions of
//   other controllers are never ended.
// - When a connection breaks, the right on that server is lost, and another controller may have
//   acted. It is taken again before the next statement, but within one claim only in two cases: our
//   own session still held it until then, or we kept the right on at least half of the servers
//   meanwhile. In the second case nobody who reaches one of those servers can have claimed the
//   topology. In all other cases nothing more is done until the next claim(), which comes before a
//   new look.
// - An address may lead to another server on a new connection (a VIP, DNS). Nothing is changed
//   unless the server that answers is the one that answered at the claim.
//
// Thread-safety: as the Fleet. Errors: kRefused with who holds the right; otherwise what the server
// says.
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
#include "ports/lease.h"

namespace gtidops {

class RightToAct {
 public:
  // All must outlive this.
  RightToAct(Fleet& fleet, Clock& clock, const Spec& spec);

  // Takes the right; to be called before the look that a plan is made from. Costs nothing on
  // servers where it is held already. `lease`: a session is only ended while it is held.
  Status claim(const Lease& lease, Millis deadline);
  // The look of a claim() that began without any lock, for the memory of the servers; nothing is
  // planned from it. Returned once.
  std::optional<Observation> first_look();
  // Lets the right go on every server that can be reached.
  void let_go(Millis deadline);
  // Was there a time between two claims when this process did not hold the right? Then another
  // controller may have acted. True until settled() is called.
  [[nodiscard]] bool was_lost() const { return lost_; }
  void settled() { lost_ = false; }
  // Holds as long as the last claim may be acted on; the error says why not.
  [[nodiscard]] Status valid() const;

  // Makes sure, by asking the server, that this session holds the right there. Then nothing that
  // was sent to the server earlier on another connection can take effect any more.
  Status hold(const std::string& server, const Lease& lease, Millis deadline);
  // Runs the statement on the session that holds the right, or not at all.
  Result<Rows> run(const Statement& statement, const Lease& lease, Millis deadline);

 private:
  enum class Taken { kFree, kFromOurOwn };

  Status make_sure(const std::string& server, const Lease& lease, Millis deadline);
  Result<Taken> take(const std::string& server, const Lease& lease, Millis deadline);
  // False: nobody holds the right any more, or a session of ours held it and was ended.
  Result<bool> held_by_another(const std::string& server, const Lease& lease, Millis deadline,
                               bool& ours);
  Status refused(Error why, Millis deadline);
  // The text for a person about who holds the right, from the row of the holder query.
  [[nodiscard]] std::string refusal(const std::string& server, const Rows& holder) const;
  // Checks that the server that answers on a new connection is the one that answered at the claim.
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
  std::map<std::string, std::uint64_t> held_;   // by server: the connection with the lock; 0: lost
  std::map<std::string, std::uint64_t> tried_;  // by server: the connection of the last try
  std::set<std::string> interrupted_;           // lost and taken again since the claim
  bool lost_ = false;
  std::string over_ = "the right to act was not claimed";  // why nothing more may be done
};

}  // namespace gtidops
