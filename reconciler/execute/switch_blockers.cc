// switch_blockers.cc: what holds up the freeze (open transactions and locks), and XA transactions,
// which can still be committed while super_read_only is ON.
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

// Pause between two looks at open transactions: MySQL shows innodb_trx from a cache that it renews
// only when nobody has read it for 100 ms.
constexpr Millis kBetweenLooks{150};
// How long an XA COMMIT by somebody else's coordinator is waited for. Clients wait meanwhile.
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

// Deals with long transactions before the freeze, while they hold up nobody.
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

// The XA transactions that have been prepared for kForCoordinators or longer: nobody knows when
// their coordinator commits them. Those of the first look may be of any age, so they count as old.
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

// Only its coordinator may end a prepared XA transaction, because it may have promised the commit.
// Where clients prepare one after another, some are always there. So only old ones are waited for
// here; young ones are waited for after the freeze, when nobody can prepare new ones (close_xa).
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

// A writer that outlasted a freeze try is a blocker, however short its time.
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

// These sessions wrote before the freeze, and could still prepare and commit after it. Like any
// other transaction that was open at the freeze, theirs are rolled back. A session that appears
// later began its transaction after the freeze and has written nothing.
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

// REQUIRES: the old primary is frozen, so no new XA transaction can write. Afterwards no XA
// transaction is left that could be committed after gtid_executed is read.
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
// locks would hold up its applier.
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
