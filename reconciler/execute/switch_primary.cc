#include "execute/switch_primary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "execute/observe.h"
#include "execute/step_runner.h"
#include "model/actions/proof.h"

namespace gtidops {
namespace {

// A freeze that waits for one writer makes every other writer wait, so a try is short.
constexpr Millis kFreezeTry{100};
constexpr Millis kBetweenTries{50};

}  // namespace

Status PrimarySwitch::save(const std::function<void(Intent&)>& change, bool soon) {
  Intent next = intent_;
  change(next);
  if (next == intent_ && !soon) return {};
  // Another process that holds the lease now may have saved something else.
  if (Status leads = still_held(state_.lease); !leads) return leads;
  const Status saved = soon ? state_.intents.save_soon(next) : state_.intents.save(next);
  if (saved) intent_ = std::move(next);
  return saved;
}

bool PrimarySwitch::readable(const std::string& server) {
  return observe_some({server}, fleet_, clock_, Depth::kState, options_.look_deadline)
             .state(server) != nullptr;
}

Check PrimarySwitch::not_open(const std::string& server) {
  const Observation seen =
      observe_some({server}, fleet_, clock_, Depth::kState, options_.look_deadline);
  const ServerState* state = seen.state(server);
  return state == nullptr || state->fenced() ? Check::holds()
                                             : Check::does_not(server + " takes writes");
}

Result<GtidSet> PrimarySwitch::executed_on(const std::string& server) {
  const auto rows = fleet_.run(read_executed(server), options_.look_deadline);
  if (!rows) return tl::unexpected<Error>(rows.error());
  if (rows->empty() || rows->front().empty() || !rows->front().front())
    return failed("gtid_executed of " + server + " cannot be read");
  return GtidSet::parse(*rows->front().front());
}

// Waits at most `limit` for the new primary to hold `gtids`. False: it does not hold them yet.
Result<bool> PrimarySwitch::wait_for(const std::string& gtids, Millis limit) {
  if (limit <= Millis{0}) return false;
  const auto rows =
      fleet_.run(await_executed(action_.server, gtids, static_cast<double>(limit.count()) / 1000),
                 limit + options_.look_deadline);
  if (!rows) return tl::unexpected<Error>(rows.error());
  return !rows->empty() && !rows->front().empty() && rows->front().front() == "0";
}

// Was a committed switch undone by somebody who did not know of it? The old primary takes writes
// again and holds all that the new one holds; the new one is closed, and no statement is left that
// could open it. Then nothing can be lost on the new one, and this switch may be undone like any
// other.
bool PrimarySwitch::begins_anew() const {
  const ServerState* from = first_.state(action_.from);
  const ServerState* to = first_.state(action_.server);
  return from != nullptr && to != nullptr && from->writable() && to->fenced() &&
         from->executed_latest().contains(to->executed_or_in_flight());
}

Status PrimarySwitch::prepare() {
  auto intent = state_.intents.load();
  if (!intent) return tl::unexpected<Error>(intent.error());
  intent_ = *std::move(intent);
  for (const std::string& server : action_.touches()) {
    const bool may_be_away =
        std::count(action_.may_stay_unseen.begin(), action_.may_stay_unseen.end(), server) > 0 ||
        (server == action_.from && action_.frozen_at);
    const Status ended =
        end_other_actors(fleet_, clock_, server, topology_, options_.look_deadline);
    if (!ended && !may_be_away) return ended;
    // A server that could not be seen when this was planned answers now. It may have been opened
    // since.
    if (ended && may_be_away && server != action_.from)
      if (const Check closed = not_open(server); !closed) return failed(closed.why);
  }
  // The old primary may be opened once more, when the switch is undone.
  for (const std::string& server : {action_.server, action_.from}) {
    if (server == action_.from && action_.frozen_at) continue;
    if (const Status none = end_copies(fleet_, server, options_.look_deadline); !none) return none;
  }
  first_ = observe_some(action_.touches(), fleet_, clock_, Depth::kState, options_.look_deadline);
  last_ = first_;
  for (const auto& [uuid, known] : intent_.memory.servers) held_[uuid] = known.executed;
  if (const Check all = both_hold_what_they_held(); !all) return failed(all.why);
  // The new primary of a committed switch may have been open, and may hold what no other server
  // holds.
  const bool committed =
      intent_.phase == Intent::Phase::kCommitted && intent_.to_uuid == action_.server_uuid;
  forward_only_ = committed && !begins_anew();
  const ServerState* from = first_.state(action_.from);
  was_blocked_ = !intent_.stable() && intent_.from_uuid == action_.from_uuid &&
                 (from == nullptr || from->fenced()) && intent_.blocked_since != Moment{};
  if (forward_only_) return {};
  resumed_ = !intent_.stable() && intent_.from_uuid == action_.from_uuid;
  return save([&](Intent& intent) {
    if (committed) intent.established_primary_uuid = action_.from_uuid;
    intent.phase = Intent::Phase::kSwitching;
    intent.from = action_.from;
    intent.to = action_.server;
    intent.from_uuid = action_.from_uuid;
    intent.to_uuid = action_.server_uuid;
    intent.frozen_at = {};
    intent.frozen_since = {};
    if (!was_blocked_) intent.blocked_since = {};
    // The new primary was just seen closed, and no statement is left that could open it.
    intent.may_have_committed = false;
  });
}

// ---------------------------------------------------------------- the freeze

// Writes into the heartbeat row of the old primary who takes over. Every server gets this
// transaction. Another controller, which has its own memory and sees the old primary closed and the
// new one not at all, learns from it that the new one may be open. If it cannot be written, the
// switch goes on without it.
void PrimarySwitch::announce(const std::string& server_uuid) {
  if (action_.announced_in.empty()) return;
  const int needed = action_.announcement_waits_for;
  if (needed > 0 && acknowledgers(action_.from).value_or(0) < needed) return;
  (void)fleet_.run(write_heartbeat(action_.from, action_.announced_in, server_uuid),
                   options_.look_deadline);
}

// One try to freeze the old primary. True: it refuses writes now.
Result<bool> PrimarySwitch::try_freeze() {
  const double since = clock_.monotonic_us();
  const auto ran =
      fleet_.run(freeze_writes(action_.from), std::max(Millis{1}, std::min(kFreezeTry, left())));
  frozen_since_ = since;
  if (!record_) record_ = PrimaryChange{action_.from, action_.server, {}, {}, 0, {}, false};
  frozen_after_ = (clock_.monotonic_us() - since) / 1000;
  if (ran) {
    closed_at_ = clock_.monotonic();
    return true;
  }
  // A freeze that got no answer must not take effect later, when nobody looks any more.
  const Status ended =
      end_other_actors(fleet_, clock_, action_.from, topology_, options_.look_deadline);
  if (!ended) return tl::unexpected<Error>(ended.error());
  const Observation seen =
      observe_some({action_.from}, fleet_, clock_, Depth::kState, options_.look_deadline);
  const ServerState* state = seen.state(action_.from);
  if (state == nullptr) return failed(action_.from + " cannot be read: " + ran.error().message);
  if (state->fenced()) {
    closed_at_ = clock_.monotonic();
    return true;
  }
  blocked_before_ += (clock_.monotonic_us() - since) / 1000;
  frozen_since_ = -1;
  if (ran.error().code == ErrorCode::kFailed) return tl::unexpected<Error>(ran.error());
  return false;
}

Status PrimarySwitch::freeze() {
  for (int tries = 1;; ++tries) {
    if (const Status none = drain_prepared(); !none) return none;
    if (const Check fit = may_freeze(); !fit) return failed(fit.why);
    const auto frozen = try_freeze();
    if (!frozen) return tl::unexpected<Error>(frozen.error());
    if (*frozen) return {};
    if (left() <= Millis{0}) {
      const auto blockers = find_blockers(fleet_, action_.from, options_.look_deadline);
      return failed(action_.from + " could not be frozen within switchover.drainTimeout" +
                    (blockers && !blockers->empty() ? ": " + describe_all(*blockers) : ""));
    }
    if (const Status cleared = clear_the_way(tries); !cleared) return cleared;
    if (action_.limits.long_transactions != LongTransactions::kKill) clock_.sleep(kBetweenTries);
  }
}

// ---------------------------------------------------------------- frozen: clients wait

// The gtid_executed of the old primary, once the new one holds it, too.
Result<GtidSet> PrimarySwitch::held_by_both() {
  const auto frozen_at = executed_on(action_.from);
  if (!frozen_at) return frozen_at;
  record_->gtid_executed_before = *frozen_at;
  const auto held = wait_for(frozen_at->to_string(), left());
  if (!held) return tl::unexpected<Error>(held.error());
  if (!*held)
    return failed(action_.server + " did not apply the last transactions of " + action_.from +
                  " within switchover.drainTimeout");
  return frozen_at;
}

Status PrimarySwitch::hand_over() {
  if (const Status closed = close_xa(); !closed) return closed;
  auto frozen_at = held_by_both();
  if (!frozen_at) return tl::unexpected<Error>(frozen_at.error());
  applied_after_ = blocked_by_this_ms();
  if (action_.semi_sync)
    if (const Status handed = hand_over_acknowledgements(); !handed) return handed;
  while (true) {
    if (const Check fit = may_open(); !fit) return failed(fit.why);
    const ServerState* old = last_.state(action_.from);
    if (old == nullptr || frozen_at->contains(old->gtid_executed)) return commit(*frozen_at);
    // The old primary has committed more: super_read_only blocks neither FLUSH PRIVILEGES and the
    // like nor an XA PREPARE that was under way when the prepared ones were listed.
    if (const Status closed = close_xa(); !closed) return closed;
    frozen_at = held_by_both();
    if (!frozen_at) return tl::unexpected<Error>(frozen_at.error());
  }
}

Result<int> PrimarySwitch::acknowledgers(const std::string& server) {
  const auto rows = fleet_.run(read_acknowledgers(server), options_.look_deadline);
  if (!rows) return tl::unexpected<Error>(rows.error());
  if (rows->empty() || rows->front().size() < 2 || !rows->front()[1]) return 0;
  return static_cast<int>(std::strtol(rows->front()[1]->c_str(), nullptr, 10));
}

// No client commits meanwhile: the old primary is frozen, and the new one is not open yet. Why the
// source side of the old one is not switched off here: see SemiSyncSwitch.
Status PrimarySwitch::hand_over_acknowledgements() {
  const SemiSyncSwitch& semi_sync = *action_.semi_sync;
  const auto set = [&](const Statement& statement) -> Status {
    const auto ran = fleet_.run(statement, options_.look_deadline);
    return ran ? Status{} : tl::unexpected<Error>(ran.error());
  };
  for (const PointReplica& late : semi_sync.moved_late) {
    if (left() <= Millis{0}) return failed("moving the replicas took too long");
    if (late.server == action_.from) old_moved_ = true;
    if (late.server == action_.from)
      if (const Status on = set(set_flag(action_.from, "PERSIST", semi_sync.replica_from, true));
          !on)
        return on;
    if (const Status moved = hooks_.point_replica(late); !moved) return moved;
  }
  // A receiver that has just connected is counted only a moment later.
  const Millis until = clock_.monotonic() + std::min(left(), Millis{1'000});
  while (true) {
    const auto there = acknowledgers(action_.server);
    if (!there) return tl::unexpected<Error>(there.error());
    if (*there >= semi_sync.acknowledgers)
      return set(set_flag(action_.server, "GLOBAL", semi_sync.source_to, true));
    if (clock_.monotonic() >= until || semi_sync.moved_late.empty()) {
      // Commits that wait for acknowledgements that never come would be worse than commits that
      // wait for none.
      semi_sync_note_ = "; opened without semi-synchronous replication, for " +
                        std::to_string(*there) + " of " + std::to_string(semi_sync.acknowledgers) +
                        " acknowledgers were connected";
      return {};
    }
    clock_.sleep(Millis{2});
  }
}

Status PrimarySwitch::commit(const GtidSet& frozen_at) {
  return save(
      [&](Intent& intent) {
        intent.phase = Intent::Phase::kCommitted;
        intent.frozen_at = frozen_at;
        intent.frozen_since = clock_.now();
        intent.established_primary_uuid = action_.server_uuid;
        const auto old = intent.memory.servers.find(action_.from_uuid);
        if (old != intent.memory.servers.end()) old->second.last_open = false;
      },
      true);
}

double PrimarySwitch::blocked_by_this_ms() const {
  return blocked_before_ + (frozen_since_ < 0 ? 0 : (clock_.monotonic_us() - frozen_since_) / 1000);
}

// Includes the time under an earlier process, which only the wall clock tells. If that clock was
// set back, the time measured here is the minimum.
double PrimarySwitch::blocked_ms() const {
  const double here = blocked_by_this_ms();
  if (!was_blocked_) return here;
  return std::max(here, static_cast<double>((clock_.now() - intent_.blocked_since).count()));
}

// Is the new primary closed, and can no statement that was sent earlier open it any more?
bool PrimarySwitch::surely_closed() {
  const Status ended =
      end_other_actors(fleet_, clock_, action_.server, topology_, options_.look_deadline);
  const Observation seen =
      observe_some({action_.server}, fleet_, clock_, Depth::kState, options_.look_deadline);
  const ServerState* state = seen.state(action_.server);
  return ended && state != nullptr && state->fenced();
}

// Opens the new primary. Goes back to kSwitching only when it is certain that it is not open.
Status PrimarySwitch::open() {
  const Millis until = clock_.monotonic() + std::max(left(), Millis{1'000});
  bool may_have_heard = false;
  for (bool again = false;; again = true) {
    if (again)
      if (const Check alone = nobody_else_is_open(); !alone)
        return failed(action_.server + " is not opened: " + alone.why +
                      "; the switch is committed, run this again to end it");
    const auto opened = fleet_.run(open_writes(action_.server), options_.look_deadline);
    if (opened) return {};
    if (opened.error().code == ErrorCode::kUnknown) may_have_heard = true;
    const Observation seen =
        observe_some({action_.server}, fleet_, clock_, Depth::kState, options_.look_deadline);
    const ServerState* state = seen.state(action_.server);
    if (state != nullptr && state->writable()) return {};
    if (may_have_heard && state != nullptr && surely_closed()) may_have_heard = false;
    const std::string why = action_.server + " could not be opened: " + opened.error().message;
    if (opened.error().code != ErrorCode::kUnknown && !may_have_heard && !forward_only_) {
      const Status back = save([](Intent& intent) {
        intent.phase = Intent::Phase::kSwitching;
        intent.established_primary_uuid = intent.from_uuid;
      });
      return failed(why + (back ? "" : "; " + back.error().message));
    }
    if (clock_.monotonic() >= until || !state_.lease.held())
      return failed(why + "; the switch is committed, run this again to end it");
    clock_.sleep(kBetweenTries);
  }
}

// ---------------------------------------------------------------- and back

// Do as many replicas acknowledge as the old primary waits for? If that is not declared, one is
// enough to leave its setting as it was found.
bool PrimarySwitch::enough_acknowledge() {
  const auto there = acknowledgers(action_.from);
  return there && *there >= (action_.semi_sync ? action_.semi_sync->acknowledgers : 1);
}

// The old primary takes writes again. Replicas that were moved acknowledge to the other one until
// the next pass brings them back, so commits of the old primary must not wait for them.
void PrimarySwitch::give_acknowledgements_back() {
  if (!action_.semi_sync) return;
  if (!acknowledgements_off_ && !enough_acknowledge())
    (void)fleet_.run(set_flag(action_.from, "GLOBAL", action_.semi_sync->source_from, false),
                     options_.look_deadline);
  (void)fleet_.run(set_flag(action_.server, "GLOBAL", action_.semi_sync->source_to, false),
                   options_.look_deadline);
}

// Takes the channel off the old primary, which would otherwise replicate from its own replica. If
// that fails, the intent is kept, and tells the next pass where the channel comes from.
bool PrimarySwitch::detach_the_old() {
  for (const Statement& one : DetachSource{action_.from, action_.server, true}.statements({}))
    if (!fleet_.run(one, options_.look_deadline)) return false;
  return true;
}

Status PrimarySwitch::undo(const std::string& why) {
  const Millis until = clock_.monotonic() + kUndoTime;
  if (acknowledgements_off_ && state_.lease.held() && enough_acknowledge()) {
    (void)fleet_.run(set_flag(action_.from, "GLOBAL", source_flag(), true), options_.look_deadline);
    acknowledgements_off_ = false;
  }
  std::string trouble;
  while (state_.lease.held()) {
    // A freeze that was not answered must not take effect after the opening.
    (void)end_other_actors(fleet_, clock_, action_.from, topology_, options_.look_deadline);
    if (const Check fit = may_go_back(); !fit) {
      release_commit_throttle();
      record_->writes_blocked_ms = blocked_ms();
      return failed(why + "; " + action_.from + " is left super_read_only: " + fit.why);
    }
    const auto opened = fleet_.run(open_writes(action_.from), options_.look_deadline);
    const Observation seen =
        observe_some({action_.from}, fleet_, clock_, Depth::kState, options_.look_deadline);
    const ServerState* state = seen.state(action_.from);
    if (state != nullptr && state->writable()) {
      record_->undone = true;
      record_->lost_transactions = 0;  // the old primary still holds all of them
      // A channel on the old primary was made by this switch, or by one that died.
      const bool alone = (!old_moved_ && state->channels.empty()) || detach_the_old();
      record_->writes_blocked_ms = blocked_ms();
      give_acknowledgements_back();
      release_commit_throttle();
      announce(action_.from_uuid);
      if (alone) (void)save([](Intent& intent) { intent.settle(); });
      return failed(why + "; " + action_.from + " takes writes again, after " +
                    print_milliseconds(record_->writes_blocked_ms) +
                    (alone ? ": " + what_is_left()
                           : ", and still has a channel to " + action_.server +
                                 ": run this again to take it off"));
    }
    trouble = opened ? "it still refuses writes" : opened.error().message;
    if (clock_.monotonic() >= until) break;
    clock_.sleep(kBetweenTries);
  }
  if (trouble.empty()) trouble = "the lease is not held any more";
  record_->writes_blocked_ms = blocked_ms();
  return failed(why + "; and " + action_.from + " could not be opened again: " + trouble +
                "; run this again, it goes on from there");
}

// Everything before the opening. REQUIRES: the old primary can be seen.
Status PrimarySwitch::take_over() {
  until_ = clock_.monotonic() + action_.limits.drain;
  if (const Status none = drain_prepared(); !none) return none;
  if (const Status drained = drain(); !drained) return drained;
  const Millis budget = left();  // what of drainTimeout is left for the freeze
  if (const Status near = catch_up(); !near) return near;
  // A process that goes on after this one died must know how long writes have been blocked. This is
  // not forced to the disk: an older moment only forbids more.
  const Status noted = save(
      [&](Intent& intent) {
        intent.frozen_since = clock_.now();
        if (!was_blocked_) intent.blocked_since = intent.frozen_since;
      },
      true);
  if (!noted) return noted;
  announce(action_.server_uuid);
  until_ = clock_.monotonic() + std::max(budget, kFreezeTry);
  if (const Status frozen = freeze(); !frozen) return frozen;
  return hand_over();
}

// The switch failed before the new primary was opened.
Status PrimarySwitch::give_up(const std::string& why) {
  if (forward_only_) return failed(why);
  if (record_ && !frozen_by_others_) return undo(why);
  if (record_) record_->writes_blocked_ms = blocked_ms();
  release_commit_throttle();
  // An earlier process that died may have frozen the old primary. The next pass sees how far it
  // came.
  if (resumed_) return failed(why + "; run this again, it goes on from there");
  (void)save([](Intent& intent) { intent.settle(); });
  return failed(why + "; " + (frozen_by_others_ ? "it is left so" : what_is_left()));
}

Result<std::string> PrimarySwitch::run() {
  if (const Status prepared = prepare(); !prepared) return tl::unexpected<Error>(prepared.error());
  const bool old_is_there = !action_.frozen_at || readable(action_.from);
  if (old_is_there) {
    if (const Status ready = take_over(); !ready)
      return tl::unexpected<Error>(give_up(ready.error().message).error());
  } else {
    record_ = PrimaryChange{action_.from, action_.server, *action_.frozen_at, {}, 0, {}, false};
    until_ = clock_.monotonic() + action_.limits.drain;
    if (const Check fit = may_open(); !fit)
      return failed(fit.why + "; the switch is committed, run this again to end it");
  }
  if (const Status opened = open(); !opened) {
    if (intent_.phase == Intent::Phase::kSwitching && old_is_there)
      return tl::unexpected<Error>(undo(opened.error().message).error());
    return tl::unexpected<Error>(opened.error());
  }
  record_->writes_blocked_ms = blocked_ms();
  std::optional<GtidSet> old_holds;
  if (old_is_there) {
    release_commit_throttle();
    end_leftovers();
    if (auto now = executed_on(action_.from)) old_holds = *std::move(now);
  }
  if (auto after = executed_on(action_.server)) record_->gtid_executed_after = *std::move(after);
  if (state_.lease.held()) (void)state_.intents.save(intent_);
  const std::string late = judge_what_was_lost(old_holds);
  return "writes were blocked for " + print_milliseconds(record_->writes_blocked_ms) +
         (was_blocked_ ? ", counted from when an earlier run was about to freeze " + action_.from
                       : "") +
         (old_is_there
              ? ": " + action_.from + " was frozen after " + print_milliseconds(frozen_after_) +
                    ", " + action_.server + " had applied all after " +
                    print_milliseconds(applied_after_) + semi_sync_note_
              : "") +
         late;
}

// Transactions that the old primary committed after the last look are lost as well.
std::string PrimarySwitch::judge_what_was_lost(const std::optional<GtidSet>& old_holds) {
  if (record_->gtid_executed_after.empty()) return {};
  const GtidSet& before = record_->gtid_executed_before;
  const GtidSet held = old_holds ? before.united(*old_holds) : before;
  const GtidSet lost = held.subtracted(record_->gtid_executed_after);
  record_->lost_transactions = lost.count();
  if (lost.empty()) return {};
  return fmt::format("; {} holds {} transactions that {} lacks, committed after it was frozen: {}",
                     action_.from, lost.count(), action_.server, lost.to_string());
}

}  // namespace gtidops
