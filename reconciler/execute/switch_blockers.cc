// Who stands in the way of the freeze, and what passes it: open transactions, locks, and XA
// transactions, which super_read_only does not keep from being committed.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "execute/sessions.h"
#include "execute/switch_primary.h"
#include "model/open_transaction.h"

namespace gtidops {
namespace {

// Between two looks at open transactions: MySQL shows innodb_trx out of a cache that it renews only
// when nobody has read it for 100 ms.
constexpr Millis kBetweenLooks{150};
// How long clients, who wait for the switch, wait for somebody else's XA COMMIT.
constexpr Millis kForCoordinators{1'000};
constexpr Millis kBetweenAnswers{2};

bool is_long(const Blocker& one) {
  return one.kind == Blocker::Kind::kReadLock || (one.kind == Blocker::Kind::kWriter && one.idle) ||
         one.seconds >= kLongSeconds;
}

std::string prepared_text(const std::string& server, const std::vector<std::string>& xids) {
  return fmt::format(
      "XA transactions are prepared on {} ({}), which can be committed there even when "
      "it refuses writes, and would then be lost",
      server, first_of(xids));
}

}  // namespace

// Deals with long transactions before anybody is held up by them.
Status PrimarySwitch::drain() {
  while (true) {
    auto blockers = find_blockers(fleet_, action_.from, options_.look_deadline);
    if (!blockers) return tl::unexpected<Error>(blockers.error());
    std::erase_if(*blockers, [](const Blocker& one) {
      return !is_long(one) || one.kind == Blocker::Kind::kSemiSync;
    });
    if (blockers->empty()) return {};
    const std::string who = describe_all(*blockers);
    switch (action_.limits.long_transactions) {
      case LongTransactions::kKill:
        hooks_.tell("ending " + who);
        for (const Blocker& one : *blockers) {
          const Status ended = end_session(fleet_, action_.from, one.id, options_.look_deadline);
          if (!ended) return ended;
        }
        return {};
      case LongTransactions::kRefuse:
        return failed("switchover.longTransactions is refuse, and on " + action_.from + " " + who);
      case LongTransactions::kWait:
        if (left() <= Millis{0})
          return failed("on " + action_.from + ", longer than switchover.drainTimeout, " + who);
        hooks_.tell("waiting: on " + action_.from + " " + who);
        clock_.sleep(kBetweenLooks);
    }
  }
}

// Those that have been prepared for so long that nobody knows when their coordinator commits them.
// What is there at the first look may be of any age.
std::vector<std::string> PrimarySwitch::prepared_for_long(const std::vector<std::string>& xids) {
  const Millis now = clock_.monotonic();
  const Millis first_seen = prepared_since_ ? now : now - kForCoordinators;
  const auto before = std::exchange(prepared_since_, PreparedSince{}).value_or(PreparedSince{});
  std::vector<std::string> old;
  for (const std::string& xid : xids) {
    const auto known = before.find(xid);
    const Millis since = known == before.end() ? first_seen : known->second;
    prepared_since_->emplace(xid, since);
    if (now - since >= kForCoordinators) old.push_back(xid);
  }
  return old;
}

// Nobody but their coordinator may end these: it may have promised their commit. Where clients
// prepare one after another there is never a moment without any: those that are young are waited
// for behind the freeze, where nobody can prepare any more (close_xa).
Status PrimarySwitch::drain_prepared() {
  while (!forward_only_) {
    const auto xids = find_prepared_xa(fleet_, action_.from, options_.look_deadline);
    if (!xids) return tl::unexpected<Error>(xids.error());
    if (!xids->empty() && action_.limits.long_transactions != LongTransactions::kWait)
      return failed(prepared_text(action_.from, *xids));
    const std::vector<std::string> old = prepared_for_long(*xids);
    if (old.empty()) return {};
    if (left() <= Millis{0})
      return failed(prepared_text(action_.from, old) + ", for longer than switchover.drainTimeout");
    if (options_.stop && options_.stop()) return failed("the run was stopped");
    hooks_.tell("waiting: " + prepared_text(action_.from, old));
    clock_.sleep(kBetweenLooks);
  }
  return {};
}

// What did not give way within one try stands in the way, however short its time.
Status PrimarySwitch::clear_the_way(int tries) {
  constexpr int kPatience = 3;
  const auto blockers = find_blockers(fleet_, action_.from, options_.look_deadline);
  if (!blockers) return tl::unexpected<Error>(blockers.error());
  for (const Blocker& one : *blockers) {
    if (one.kind != Blocker::Kind::kSemiSync || acknowledgements_off_) continue;
    // Its transaction is in the binary log, so the candidate will get it; the acknowledgement may
    // never come. Nobody but the candidate can become the primary now, so nothing can be lost.
    const auto let_go =
        fleet_.run(set_flag(action_.from, "GLOBAL", source_flag(), false), options_.look_deadline);
    if (!let_go) return tl::unexpected<Error>(let_go.error());
    acknowledgements_off_ = true;
  }
  const auto holds_up = [](const Blocker& one) { return one.kind == Blocker::Kind::kWriter; };
  if (std::none_of(blockers->begin(), blockers->end(), holds_up)) return {};
  if (action_.limits.long_transactions == LongTransactions::kRefuse && tries >= kPatience)
    return failed("switchover.longTransactions is refuse, and on " + action_.from + " " +
                  describe_all(*blockers));
  if (action_.limits.long_transactions != LongTransactions::kKill) return {};
  for (const Blocker& one : *blockers) {
    if (!holds_up(one)) continue;
    hooks_.tell("ending " + one.describe());
    const Status ended = end_session(fleet_, action_.from, one.id, options_.look_deadline);
    if (!ended) return ended;
  }
  return {};
}

// They wrote before the freeze, and could prepare and commit behind it. As any other transaction
// that was open then, they are rolled back. Who is seen later has begun behind it, and has written
// nothing.
Status PrimarySwitch::end_xa_sessions() {
  const auto sessions = find_xa_sessions(fleet_, action_.from, options_.look_deadline);
  if (!sessions) return tl::unexpected<Error>(sessions.error());
  if (sessions->empty()) return {};
  std::set<std::string> ids;
  for (const Blocker& one : *sessions) {
    ids.insert(one.id);
    const Status ended = end_session(fleet_, action_.from, one.id, options_.look_deadline);
    if (!ended) return ended;
  }
  const Millis until = clock_.monotonic() + kForCoordinators;
  while (true) {
    const auto left_over = find_xa_sessions(fleet_, action_.from, options_.look_deadline);
    if (!left_over) return tl::unexpected<Error>(left_over.error());
    const bool there = std::any_of(left_over->begin(), left_over->end(),
                                   [&](const Blocker& one) { return ids.count(one.id) > 0; });
    if (!there) return {};
    if (clock_.monotonic() >= until)
      return failed("on " + action_.from + " sessions with XA transactions do not end");
    clock_.sleep(kBetweenAnswers);
  }
}

// The old primary is frozen: nobody begins one any more. Afterwards none is left that could be
// committed behind what is read of gtid_executed now.
Status PrimarySwitch::close_xa() {
  if (forward_only_) return {};
  if (const Status ended = end_xa_sessions(); !ended) return ended;
  const Millis until = clock_.monotonic() + std::min(left(), kForCoordinators);
  while (true) {
    const auto xids = find_prepared_xa(fleet_, action_.from, options_.look_deadline);
    if (!xids) return tl::unexpected<Error>(xids.error());
    if (xids->empty()) return {};
    if (action_.limits.long_transactions != LongTransactions::kWait || clock_.monotonic() >= until)
      return failed(prepared_text(action_.from, *xids));
    clock_.sleep(kBetweenAnswers);
  }
}

// Transactions that were open when the old primary was frozen can never be committed, but their
// locks would hold up what it is to replicate now.
void PrimarySwitch::end_leftovers() {
  clock_.sleep(kBetweenLooks);  // clients write already: nobody waits for this
  const auto blockers = find_blockers(fleet_, action_.from, options_.look_deadline);
  if (!blockers) return;
  for (const Blocker& one : *blockers) {
    if (one.kind == Blocker::Kind::kReadLock &&
        action_.limits.long_transactions != LongTransactions::kKill)
      continue;
    (void)end_session(fleet_, action_.from, one.id, options_.look_deadline);
  }
}

}  // namespace gtidops
