#include "execute/right_to_act.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

#include "execute/observe.h"

namespace gtidops {
namespace {

constexpr std::size_t kLongestName = 64;  // the server's limit
// For sessions of our own to be gone after KILL CONNECTION.
constexpr Millis kPatience{2'000};
constexpr Millis kPause{2};

// FNV-1a, only to keep the names of topologies apart that begin alike.
std::string digest(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001b3U;
  std::array<char, 17> digits{};
  (void)std::snprintf(digits.data(), digits.size(), "%016llx",
                      static_cast<unsigned long long>(hash));  // NOLINT(google-runtime-int)
  return digits.data();
}

std::string take_query(const std::string& name) {
  return "SELECT GET_LOCK(" + quote_string(name) + ", 0)";
}

std::string check_query(const std::string& name) {
  return "SELECT IS_USED_LOCK(" + quote_string(name) + ") = CONNECTION_ID()";
}

// Its connection, user@host, what it says of itself, since when its session does nothing else, and
// whether it is of our own state directory. Without the performance schema only the first is known.
std::string holder_query(const std::string& name) {
  return "SELECT l.id, CONCAT(COALESCE(t.PROCESSLIST_USER, '?'), '@', "
         "COALESCE(t.PROCESSLIST_HOST, '?')), h.ATTR_VALUE, t.PROCESSLIST_TIME, "
         "COALESCE(c.ATTR_VALUE = mine.ATTR_VALUE, 0) FROM (SELECT IS_USED_LOCK(" +
         quote_string(name) +
         ") AS id) l LEFT JOIN performance_schema.threads t ON t.PROCESSLIST_ID = l.id LEFT JOIN "
         "performance_schema.session_connect_attrs h ON h.PROCESSLIST_ID = l.id AND h.ATTR_NAME = "
         "'gtidops_holder' LEFT JOIN performance_schema.session_connect_attrs c ON "
         "c.PROCESSLIST_ID = l.id AND c.ATTR_NAME = 'gtidops_controller' LEFT JOIN "
         "performance_schema.session_connect_attrs mine ON mine.PROCESSLIST_ID = CONNECTION_ID() "
         "AND mine.ATTR_NAME = 'gtidops_controller'";
}

std::string text(const Rows& rows, std::size_t column) {
  if (rows.empty() || column >= rows.front().size()) return {};
  return rows.front()[column].value_or(std::string());
}

}  // namespace

std::string right_name(const std::string& topology) {
  const std::string begin = "gtidops/";
  const std::string whole = begin + topology;
  if (whole.size() <= kLongestName) return whole;
  const std::string end = "~" + digest(topology);
  return whole.substr(0, kLongestName - end.size()) + end;
}

RightToAct::RightToAct(Fleet& fleet, Clock& clock, const Spec& spec)
    : fleet_(fleet), clock_(clock), topology_(*spec.name), name_(right_name(topology_)) {
  for (const ServerSpec& server : spec.servers) servers_.push_back(*server.name);
  std::sort(servers_.begin(), servers_.end());
}

bool RightToAct::at_hand(const std::string& server) const {
  const auto found = held_.find(server);
  return found != held_.end() && found->second != 0 && found->second == fleet_.connection(server);
}

Status RightToAct::claim(const Journal& journal, Millis deadline) {
  interrupted_.clear();
  over_.clear();
  std::vector<std::string> there;
  if (held_.empty()) {
    // Side by side, so that one that hangs holds nobody up.
    const Observation seen = observe_some(servers_, fleet_, clock_, Depth::kState, deadline);
    for (const std::string& server : servers_)
      if (seen.state(server) != nullptr) there.push_back(server);
    first_look_ = seen;
  } else {
    // A look has made a new connection since: where none did, trying would only be waiting.
    for (const std::string& server : servers_)
      if (fleet_.connection(server) != tried_[server]) there.push_back(server);
  }
  for (const std::string& server : there) {
    const bool lost = held_.count(server) > 0;
    const auto taken = take(server, journal, deadline);
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
    // One that cannot be reached: it ends with the session.
    (void)fleet_.run(release, deadline);
  }
  held_.clear();
  tried_.clear();
  lost_ = true;
  over_ = "the right to act was let go";
}

Status RightToAct::valid() const {
  return over_.empty() ? Status{} : fail(ErrorCode::kRefused, over_);
}

Result<bool> RightToAct::held_by_another(const std::string& server, const Journal& journal,
                                         Millis deadline, bool& ours) {
  const auto rows = fleet_.run(sql(server, holder_query(name_)), deadline);
  if (!rows) return tl::unexpected<Error>(rows.error());
  const std::string id = text(*rows, 0);
  if (id.empty()) return false;
  if (text(*rows, 4) == "1") {
    ours = true;
    if (!journal.lease_held()) return failed("the lease is not held any more");
    Statement end = sql(server, "KILL CONNECTION " + id);
    end.tolerated = {1094};  // it is gone already
    const auto ended = fleet_.run(end, deadline);
    if (!ended) return tl::unexpected<Error>(ended.error());
    return false;
  }
  const std::string idle = text(*rows, 3);
  const std::string who = text(*rows, 2);
  return fail(ErrorCode::kRefused,
              "the right to act on topology " + topology_ + " is held on " + server + " by " +
                  (who.empty() ? std::string("a session") : who) + ": connection " + id + " of " +
                  text(*rows, 1) +
                  (idle.empty() ? "" : ", which ran its last statement " + idle + " s ago") +
                  ". It ends with that session");
}

Result<RightToAct::Taken> RightToAct::take(const std::string& server, const Journal& journal,
                                           Millis deadline) {
  const Millis until = clock_.monotonic() + kPatience;
  bool ours = false;
  while (true) {
    const auto rows = fleet_.run(sql(server, take_query(name_)), deadline);
    tried_[server] = fleet_.connection(server);
    if (!rows) return tl::unexpected<Error>(rows.error());
    if (text(*rows, 0) == "1") {
      held_[server] = fleet_.connection(server);
      return ours ? Taken::kFromOurOwn : Taken::kFree;
    }
    const auto another = held_by_another(server, journal, deadline, ours);
    if (!another) return tl::unexpected<Error>(another.error());
    if (clock_.monotonic() >= until)
      return failed("the right to act cannot be taken on " + server +
                    ": a session that an earlier run left does not end");
    clock_.sleep(kPause);
  }
}

bool RightToAct::is_held(const std::string& server, Millis deadline) {
  if (!at_hand(server)) return false;
  Statement check = sql(server, check_query(name_));
  check.connection = held_.at(server);
  const auto rows = fleet_.run(check, deadline);
  return rows && text(*rows, 0) == "1";
}

// What is held now on the connection of the claim was held all the time.
bool RightToAct::kept_on_half(Millis deadline) {
  std::size_t kept = 0;
  for (const auto& [server, connection] : held_)
    if (interrupted_.count(server) == 0 && is_held(server, deadline)) ++kept;
  return kept > 0 && kept * 2 >= held_.size();
}

Status RightToAct::make_sure(const std::string& server, const Journal& journal, Millis deadline) {
  if (const Status may = valid(); !may) return may;
  if (at_hand(server)) return {};
  const bool lost = held_.count(server) > 0;
  const auto taken = take(server, journal, deadline);
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

Status RightToAct::hold(const std::string& server, const Journal& journal, Millis deadline) {
  if (valid() && at_hand(server)) {
    if (is_held(server, deadline)) return {};
    held_[server] = 0;
  }
  return make_sure(server, journal, deadline);
}

Result<Rows> RightToAct::run(const Statement& statement, const Journal& journal, Millis deadline) {
  constexpr int kTries = 2;  // the connection at hand may turn out to be dead
  for (int tries = 1;; ++tries) {
    if (const Status sure = make_sure(statement.server, journal, deadline); !sure) {
      Error why = sure.error();
      // Nothing was sent, and nothing happened.
      if (why.code != ErrorCode::kUnreachable) why.code = ErrorCode::kFailed;
      return tl::unexpected<Error>(std::move(why));
    }
    if (!journal.lease_held()) return failed("the lease is not held any more");
    Statement mine = statement;
    mine.connection = held_.at(statement.server);
    auto ran = fleet_.run(mine, deadline);
    const bool moved = !ran && ran.error().code == ErrorCode::kUnreachable &&
                       fleet_.connection(statement.server) != mine.connection;
    if (!moved || tries == kTries) return ran;
  }
}

}  // namespace gtidops
