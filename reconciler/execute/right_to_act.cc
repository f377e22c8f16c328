#include "execute/right_to_act.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "execute/observe.h"

namespace gtidops {
namespace {

// One lock name for all topologies: two files that name the same server must not give two rights on
// it.
constexpr const char* kRight = "'gtidops/right-to-act'";
// How long a session of our own may take to end after KILL CONNECTION.
constexpr Millis kPatience{2'000};
constexpr Millis kPause{2};

// Also asks for the server_uuid, because the address may lead to another server now.
std::string take_query() { return fmt::format("SELECT GET_LOCK({}, 0), @@server_uuid", kRight); }

std::string check_query() {
  return fmt::format("SELECT IS_USED_LOCK({}) = CONNECTION_ID()", kRight);
}

// The session that holds the right: its connection id, user@host, gtidops_holder, PROCESSLIST_TIME,
// whether it is of our own state directory, and the topology that it acts on. Without the
// performance schema only the id is known.
std::string holder_query() {
  return fmt::format(
      "SELECT l.id, CONCAT(COALESCE(t.PROCESSLIST_USER, '?'), '@', "
      "COALESCE(t.PROCESSLIST_HOST, '?')), h.ATTR_VALUE, t.PROCESSLIST_TIME, "
      "COALESCE(c.ATTR_VALUE = mine.ATTR_VALUE, 0), a.ATTR_VALUE FROM (SELECT IS_USED_LOCK({}) "
      "AS id) l LEFT JOIN performance_schema.threads t ON t.PROCESSLIST_ID = l.id LEFT JOIN "
      "performance_schema.session_connect_attrs h ON h.PROCESSLIST_ID = l.id AND h.ATTR_NAME = "
      "'gtidops_holder' LEFT JOIN performance_schema.session_connect_attrs a ON "
      "a.PROCESSLIST_ID = l.id AND a.ATTR_NAME = 'gtidops_acts' LEFT JOIN "
      "performance_schema.session_connect_attrs c ON c.PROCESSLIST_ID = l.id AND c.ATTR_NAME = "
      "'gtidops_controller' LEFT JOIN performance_schema.session_connect_attrs mine ON "
      "mine.PROCESSLIST_ID = CONNECTION_ID() AND mine.ATTR_NAME = 'gtidops_controller'",
      kRight);
}

std::string text(const Rows& rows, std::size_t column) {
  if (rows.empty() || column >= rows.front().size()) return {};
  return rows.front()[column].value_or(std::string());
}

}  // namespace

RightToAct::RightToAct(Fleet& fleet, Clock& clock, const Spec& spec)
    : fleet_(fleet), clock_(clock), topology_(*spec.name) {
  for (const ServerSpec& server : spec.servers) servers_.push_back(*server.name);
  std::sort(servers_.begin(), servers_.end());
}

bool RightToAct::at_hand(const std::string& server) const {
  const auto found = held_.find(server);
  return found != held_.end() && found->second != 0 && found->second == fleet_.connection(server);
}

Status RightToAct::claim(const Lease& lease, Millis deadline) {
  interrupted_.clear();
  over_.clear();
  // A server_uuid of the previous claim counts only as long as its connection is open. A new
  // connection may lead to another server.
  std::erase_if(claimed_, [&](const auto& one) { return !at_hand(one.first); });
  std::vector<std::string> there;
  if (held_.empty()) {
    // All servers in parallel, so that one that hangs does not delay the others.
    const Observation seen = observe_some(servers_, fleet_, clock_, Depth::kState, deadline);
    for (const std::string& server : servers_)
      if (seen.state(server) != nullptr) there.push_back(server);
    first_look_ = seen;
  } else {
    // Where no new connection was made since the last try, the right is held or the server still
    // cannot be reached: another try would only wait for its deadline.
    for (const std::string& server : servers_)
      if (fleet_.connection(server) != tried_[server]) there.push_back(server);
  }
  for (const std::string& server : there) {
    const bool lost = held_.count(server) > 0;
    const auto taken = take(server, lease, deadline);
    if (taken && lost && *taken == Taken::kFree) interrupted_.insert(server);
    if (taken) continue;
    held_.erase(server);
    if (taken.error().code == ErrorCode::kRefused) return refused(taken.error(), deadline);
  }
  if (!interrupted_.empty() && !kept_on_half(deadline)) lost_ = true;
  interrupted_.clear();
  return {};
}

std::optional<Observation> RightToAct::first_look() { return std::exchange(first_look_, {}); }

Status RightToAct::refused(Error why, Millis deadline) {
  let_go(deadline);
  over_ = why.message;
  return tl::unexpected<Error>(std::move(why));
}

void RightToAct::let_go(Millis deadline) {
  for (const auto& [server, connection] : held_) {
    Statement release = sql(server, "SELECT RELEASE_ALL_LOCKS()");
    release.connection = connection;
    // Errors are ignored: on a server that cannot be reached, the lock ends with the session.
    (void)fleet_.run(release, deadline);
  }
  held_.clear();
  tried_.clear();
  lost_ = true;
  over_ = "the right to act was let go";
}

std::string RightToAct::refusal(const std::string& server, const Rows& holder) const {
  const std::string who = text(holder, 2);
  const std::string idle = text(holder, 3);
  const std::string other = text(holder, 5);
  const std::string session =
      fmt::format("{}: connection {} of {}{}. It ends with that session",
                  who.empty() ? "a session" : who, text(holder, 0), text(holder, 1),
                  idle.empty() ? "" : fmt::format(", which ran its last statement {} s ago", idle));
  if (other.empty() || other == topology_)
    return fmt::format("the right to act on topology {} is held on {} by {}", topology_, server,
                       session);
  return fmt::format(
      "server {} of topology {} is also a server of topology {}, and a server belongs to one "
      "topology only. The right to act is held there by {}",
      server, topology_, other, session);
}

Status RightToAct::valid() const {
  return over_.empty() ? Status{} : fail(ErrorCode::kRefused, over_);
}

Result<bool> RightToAct::held_by_another(const std::string& server, const Lease& lease,
                                         Millis deadline, bool& ours) {
  const auto rows = fleet_.run(sql(server, holder_query()), deadline);
  if (!rows) return tl::unexpected<Error>(rows.error());
  const std::string id = text(*rows, 0);
  if (id.empty()) return false;
  if (text(*rows, 4) == "1" && text(*rows, 5) == topology_) {
    ours = true;
    if (const Status leads = still_held(lease); !leads) return tl::unexpected<Error>(leads.error());
    Statement end = sql(server, "KILL CONNECTION " + id);
    end.tolerated = {1094};  // the session is gone already
    const auto ended = fleet_.run(end, deadline);
    if (!ended) return tl::unexpected<Error>(ended.error());
    return false;
  }
  return fail(ErrorCode::kRefused, refusal(server, *rows));
}

Result<RightToAct::Taken> RightToAct::take(const std::string& server, const Lease& lease,
                                           Millis deadline) {
  const Millis until = clock_.monotonic() + kPatience;
  bool ours = false;
  while (true) {
    const auto rows = fleet_.run(sql(server, take_query()), deadline);
    tried_[server] = fleet_.connection(server);
    if (!rows) return tl::unexpected<Error>(rows.error());
    if (const Status same = is_the_same(server, text(*rows, 1)); !same)
      return tl::unexpected<Error>(same.error());
    if (text(*rows, 0) == "1") {
      held_[server] = fleet_.connection(server);
      return ours ? Taken::kFromOurOwn : Taken::kFree;
    }
    const auto another = held_by_another(server, lease, deadline, ours);
    if (!another) return tl::unexpected<Error>(another.error());
    if (clock_.monotonic() >= until)
      return failed("the right to act cannot be taken on " + server +
                    ": a session that an earlier run left does not end");
    clock_.sleep(kPause);
  }
}

Status RightToAct::is_the_same(const std::string& server, const std::string& server_uuid) {
  const auto [known, is_new] = claimed_.try_emplace(server, server_uuid);
  if (is_new || known->second == server_uuid) return {};
  return fail(
      ErrorCode::kRefused,
      fmt::format("at the address of {} the server {} answers now, and {} did when this was "
                  "begun: what is there must be looked at first",
                  server, server_uuid, known->second));
}

bool RightToAct::is_held(const std::string& server, Millis deadline) {
  if (!at_hand(server)) return false;
  Statement check = sql(server, check_query());
  check.connection = held_.at(server);
  const auto rows = fleet_.run(check, deadline);
  return rows && text(*rows, 0) == "1";
}

// A lock that is held now on the connection of the claim was held all the time: a session loses the
// lock only by ending.
bool RightToAct::kept_on_half(Millis deadline) {
  std::size_t kept = 0;
  for (const auto& [server, connection] : held_)
    if (interrupted_.count(server) == 0 && is_held(server, deadline)) ++kept;
  return kept > 0 && kept * 2 >= held_.size();
}

Status RightToAct::make_sure(const std::string& server, const Lease& lease, Millis deadline) {
  if (const Status may = valid(); !may) return may;
  if (at_hand(server)) return {};
  const bool lost = held_.count(server) > 0;
  const auto taken = take(server, lease, deadline);
  if (!taken) {
    if (taken.error().code == ErrorCode::kRefused) return refused(taken.error(), deadline);
    return tl::unexpected<Error>(taken.error());
  }
  if (!lost || *taken == Taken::kFromOurOwn) return {};
  interrupted_.insert(server);
  if (kept_on_half(deadline)) return {};
  return refused({ErrorCode::kRefused,
                  "the right to act was lost meanwhile: somebody else may have acted since this "
                  "was planned; what is there now must be looked at first",
                  0},
                 deadline);
}

Status RightToAct::hold(const std::string& server, const Lease& lease, Millis deadline) {
  if (valid() && at_hand(server)) {
    if (is_held(server, deadline)) return {};
    held_[server] = 0;
  }
  return make_sure(server, lease, deadline);
}

Result<Rows> RightToAct::run(const Statement& statement, const Lease& lease, Millis deadline) {
  constexpr int kTries = 2;  // the connection at hand may turn out to be dead
  for (int tries = 1;; ++tries) {
    if (const Status sure = make_sure(statement.server, lease, deadline); !sure) {
      Error why = sure.error();
      // The statement was not sent. kUnknown would say that it may have happened.
      if (why.code != ErrorCode::kUnreachable) why.code = ErrorCode::kFailed;
      return tl::unexpected<Error>(std::move(why));
    }
    if (const Status leads = still_held(lease); !leads) return tl::unexpected<Error>(leads.error());
    Statement mine = statement;
    mine.connection = held_.at(statement.server);
    auto ran = fleet_.run(mine, deadline);
    const bool moved = !ran && ran.error().code == ErrorCode::kUnreachable &&
                       fleet_.connection(statement.server) != mine.connection;
    if (!moved || tries == kTries) return ran;
  }
}

}  // namespace gtidops
