// switch_catch_up.cc: the part of a switch in which writes still flow. The candidate catches up;
// when it cannot, commits on the old primary are slowed down.
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "execute/observe.h"
#include "execute/sessions.h"
#include "execute/switch_primary.h"

namespace gtidops {
namespace {

// A wait that is shorter means that the candidate is as near as it gets.
constexpr double kCaughtUpMs = 5;
// Some candidates never get that near: their disk is slow, or the network path is long. After so
// many tries with the throttle on, a wait below kNearMs that is at most twice the best one is near
// enough.
constexpr int kThrottledTries = 10;
constexpr double kNearMs = 200;
// How long the candidate may lag before commits are slowed down, and the commit delay that does it
// (in microseconds).
constexpr Millis kUnthrottledTime{250};
constexpr std::int64_t kThrottle = 20'000;
// A freeze waits for the commits under way, and each of them waits for the commit delay. So the
// delay is lowered before the freeze. If that many waits are too long with the lower delay, it is
// raised again.
constexpr std::int64_t kEasyThrottle = 1'000;
constexpr int kEasyTries = 3;

}  // namespace

// How many milliseconds the candidate takes to hold what the old primary holds now.
Result<double> PrimarySwitch::wait_once(Millis limit) {
  const auto goal = executed_on(action_.from);
  if (!goal) return tl::unexpected<Error>(goal.error());
  const double since = clock_.monotonic_us();
  const auto held = wait_for(goal->to_string(), limit);
  if (!held) return tl::unexpected<Error>(held.error());
  const double took = (clock_.monotonic_us() - since) / 1000;
  return *held ? took : std::numeric_limits<double>::infinity();
}

Status PrimarySwitch::catch_up() {
  const Millis began = clock_.monotonic();
  const Millis until = began + action_.limits.catch_up;
  int easy_tries = 0;  // tries left with the lower delay; 0: the throttle is off or full
  int throttled_tries = 0;
  double nearest = std::numeric_limits<double>::infinity();
  const auto near_enough = [&](double ms) {
    return ms < kCaughtUpMs ||
           (throttled_tries >= kThrottledTries && ms < kNearMs && ms <= 2 * nearest);
  };
  while (true) {
    const Millis left = std::min(until - clock_.monotonic(), Millis{1'000});
    const auto took = wait_once(left);
    if (!took) return tl::unexpected<Error>(took.error());
    const Millis now = clock_.monotonic();
    nearest = std::min(nearest, *took);
    if (throttled_) ++throttled_tries;
    if (near_enough(*took)) {
      if (!throttled_ || easy_tries > 0) return {};
      if (const Status eased = set_throttle_to(kEasyThrottle); !eased) return eased;
      easy_tries = kEasyTries;
      clock_.sleep(Millis{kThrottle / 1'000});  // the last group of commits still has the old delay
      if (now < until) continue;
    }
    if (options_.stop && options_.stop()) return failed("the run was stopped");
    if (now >= until)
      return failed(action_.server + " did not catch up with " + action_.from +
                    " within switchover.catchUpTimeout");
    hooks_.tell("waiting until " + action_.server + " has caught up");
    if (!throttled_ && now - began >= kUnthrottledTime) {
      if (const Status throttled = apply_throttle(); !throttled) return throttled;
    } else if (easy_tries > 0 && --easy_tries == 0) {
      if (const Status pulled = set_throttle_to(kThrottle); !pulled) return pulled;
    }
    const Observation seen =
        observe_some({action_.server}, fleet_, clock_, Depth::kState, options_.look_deadline);
    const ServerState* state = seen.state(action_.server);
    if (state == nullptr) return failed(action_.server + " cannot be read any more");
    if (const Check runs = channel_runs(*state, action_.server); !runs) return failed(runs.why);
  }
}

// The throttle slows every commit down by some milliseconds, and refuses none.
Status PrimarySwitch::apply_throttle() {
  const auto rows = fleet_.run(read_commit_delay(action_.from), options_.look_deadline);
  if (!rows) return tl::unexpected<Error>(rows.error());
  if (rows->empty() || rows->front().empty() || !rows->front().front())
    return failed("binlog_group_commit_sync_delay of " + action_.from + " cannot be read");
  const std::int64_t before = std::strtoll(rows->front().front()->c_str(), nullptr, 10);
  // If an earlier switch could not put the delay back, the intent has the original value.
  const bool known = intent_.throttle && intent_.throttle->server == action_.from;
  const Status noted = save([&](Intent& intent) {
    if (!known) intent.throttle = Intent::CommitThrottle{action_.from, before};
  });
  if (!noted) return noted;
  throttled_ = true;
  return set_throttle_to(kThrottle);
}

Status PrimarySwitch::set_throttle_to(std::int64_t microseconds) {
  const auto throttled =
      fleet_.run(set_commit_delay(action_.from, microseconds), options_.look_deadline);
  if (!throttled && throttled.error().code == ErrorCode::kUnknown) throttle_in_doubt_ = true;
  return throttled ? Status{} : tl::unexpected<Error>(throttled.error());
}

void PrimarySwitch::release_commit_throttle() {
  if (!throttled_ || !intent_.throttle) return;
  // A statement that raises the delay, and is still on its way, must not take effect after the
  // release.
  if (throttle_in_doubt_ &&
      !end_other_actors(fleet_, clock_, action_.from, topology_, options_.look_deadline))
    return;  // the intent keeps the old value, and the next pass puts it back
  const auto released = fleet_.run(set_commit_delay(action_.from, intent_.throttle->microseconds),
                                   options_.look_deadline);
  // If the release fails, the intent keeps the old value, too.
  if (released) (void)save([](Intent& intent) { intent.throttle.reset(); });
  throttled_ = !released;
}

}  // namespace gtidops
