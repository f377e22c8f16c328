#include "scenarios/own_judgement.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <sstream>
#include <string_view>
#include <vector>

namespace gtidops::testing {
namespace {

const Channel* default_channel_of(const ServerState& state) {
  for (const Channel& channel : state.channels)
    if (channel.name.empty()) return &channel;
  return nullptr;
}

// Is it super_read_only when the turn of this step has come?
bool frozen_at(const Step& step, const Plan& plan, const std::string& server, bool seen) {
  bool frozen = seen;
  for (const Step& other : plan.steps) {
    if (other.id >= step.id) break;
    const auto* change = std::get_if<SwitchPrimary>(&other.action);
    if (server_of(other.action) == server)
      frozen = (frozen || std::holds_alternative<SetReadOnly>(other.action)) &&
               !std::holds_alternative<OpenWrites>(other.action) && change == nullptr;
    else if (change != nullptr && change->from == server)
      frozen = true;
  }
  return frozen;
}

// Has an earlier step stopped its replication for good?
bool detached_before(const Step& step, const Plan& plan, const std::string& server) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& other) {
    return other.id < step.id && server_of(other.action) == server &&
           std::holds_alternative<DetachSource>(other.action);
  });
}

bool gives_up_its_role(const Plan& plan, const std::string& server) {
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& other) {
    const auto* detach = std::get_if<DetachSource>(&other.action);
    return detach != nullptr && detach->source == server;
  });
}

// What does not depend on what was seen. "No client notices", "a role switch, a restart,
// replication stopped for a while", "data, GTID history, a user or a grant goes away".
const std::map<std::string_view, Risk>& risks() {
  static const std::map<std::string_view, Risk> kRisks{
      {"set_gtid_mode", Risk::kSafe},
      {"set_server_id", Risk::kSafe},
      {"persist_read_only", Risk::kSafe},
      {"open_writes", Risk::kSafe},
      {"create_user", Risk::kSafe},
      {"grant_privileges", Risk::kSafe},
      {"start_replica", Risk::kSafe},
      {"mend_heartbeat", Risk::kDisruptive},
      {"await_replication", Risk::kSafe},
      {"canary", Risk::kSafe},
      {"enable_events", Risk::kSafe},
      {"detach_source", Risk::kSafe},
      {"release_commit_throttle", Risk::kSafe},
      {"configure_semi_sync", Risk::kSafe},
      {"set_semi_sync_replica", Risk::kSafe},
      {"await_acknowledgers", Risk::kSafe},
      {"set_semi_sync_source", Risk::kSafe},
      {"restart_receiver", Risk::kDisruptive},
      {"switch_primary", Risk::kDisruptive},
      {"revoke_privileges", Risk::kDestructive},
      {"drop_user", Risk::kDestructive},
      {"create_copy_account", Risk::kSafe},
      {"drop_copy_account", Risk::kSafe},
      {"start_copy", Risk::kDisruptive},
  };
  return kRisks;
}

// One number, or a month or a weekday by its first three letters.
int number_of(std::string text, int field) {
  static const std::array<std::string_view, 2> kNames{"janfebmaraprmayjunjulaugsepoctnovdec",
                                                      "sunmontuewedthufrisat"};
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::isalpha(static_cast<unsigned char>(text.front())) == 0) return std::stoi(text);
  const bool month = field == 3;
  const auto at = kNames.at(month ? 0 : 1).find(text.substr(0, 3));
  return static_cast<int>(at / 3) + (month ? 1 : 0);
}

// Does one field of a schedule ("1-5", "*/15", "8-18/2", "1,3") name this value?
bool names(const std::string& text, int field, int value) {
  static constexpr std::array<int, 5> kMost{59, 23, 31, 12, 7};
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto slash = part.find('/');
    const int every = slash == std::string::npos ? 1 : std::stoi(part.substr(slash + 1));
    const std::string range = part.substr(0, slash);
    const auto dash = range.find('-');
    int first = field == 2 || field == 3 ? 1 : 0;
    int last = kMost.at(static_cast<std::size_t>(field));
    if (range != "*") {
      first = number_of(range.substr(0, dash), field);
      if (dash != std::string::npos)
        last = number_of(range.substr(dash + 1), field);
      else if (slash == std::string::npos)
        last = first;
    }
    if (value >= first && value <= last && (value - first) % every == 0) return true;
  }
  return false;
}

struct Schedule {
  std::array<std::string, 5> fields;

  explicit Schedule(const std::string& text) {
    std::istringstream words(text);
    for (std::string& field : fields) words >> field;
  }
  [[nodiscard]] bool has(const std::tm& wall) const {
    const bool by_day = names(fields[2], 2, wall.tm_mday);
    const bool by_weekday =
        names(fields[4], 4, wall.tm_wday) || (wall.tm_wday == 0 && names(fields[4], 4, 7));
    const bool either = fields[2].front() != '*' && fields[4].front() != '*';
    return names(fields[0], 0, wall.tm_min) && names(fields[1], 1, wall.tm_hour) &&
           names(fields[3], 3, wall.tm_mon + 1) &&
           (either ? by_day || by_weekday : by_day && by_weekday);
  }
};

// The clock of a time zone, as the C library knows it.
class WallClock {
 public:
  explicit WallClock(const std::string& zone) {
    if (const char* now = std::getenv("TZ")) before_ = now;
    ::setenv("TZ", (":" + zone).c_str(), 1);
    ::tzset();
  }
  WallClock(const WallClock&) = delete;
  WallClock& operator=(const WallClock&) = delete;
  ~WallClock() {
    if (before_)
      ::setenv("TZ", before_->c_str(), 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }
  // What it shows, as minutes since 1970.
  [[nodiscard]] std::time_t shown(std::time_t minute) const {
    const std::time_t at = minute * 60;
    std::tm wall{};
    ::localtime_r(&at, &wall);
    return ::timegm(&wall) / 60;
  }

 private:
  std::optional<std::string> before_;
};

bool scheduled(const Schedule& schedule, std::time_t shown) {
  const std::time_t at = shown * 60;
  std::tm wall{};
  ::gmtime_r(&at, &wall);
  return schedule.has(wall);
}

// Does the window open at this minute? What the clock skips, it shows at that moment; what it shows
// a second time counts for a deny window only.
bool opens_at(const Schedule& schedule, const WallClock& clock, std::time_t minute, bool deny) {
  constexpr std::time_t kMostPutBack = 180;
  const std::time_t shown = clock.shown(minute);
  for (std::time_t skipped = clock.shown(minute - 1) + 1; skipped < shown; ++skipped)
    if (scheduled(schedule, skipped)) return true;
  if (!scheduled(schedule, shown)) return false;
  for (std::time_t back = 1; !deny && back <= kMostPutBack; ++back)
    if (clock.shown(minute - back) == shown) return false;
  return true;
}

bool is_open(const WindowSpec& window, Moment at) {
  const Schedule schedule(window.deny.declared ? *window.deny : *window.allow);
  const WallClock clock(*window.time_zone);
  const auto now = std::chrono::floor<std::chrono::minutes>(at).time_since_epoch().count();
  for (auto minute = now;; --minute) {
    const Moment opened{std::chrono::minutes(minute)};
    if (opened + *window.duration <= at) return false;
    if (opens_at(schedule, clock, minute, window.deny.declared)) return true;
  }
}

}  // namespace

std::optional<Risk> own_risk(const Step& step, const Plan& plan, const Observation& seen) {
  const std::string& server = server_of(step.action);
  const ServerState* state = seen.state(server);
  if (const auto found = risks().find(name_of(step.action)); found != risks().end())
    return found->second;
  if (state == nullptr) return std::nullopt;
  const Channel* channel = default_channel_of(*state);
  // Replication that runs is stopped for a while.
  if (name_of(step.action) == "point_replica")
    return channel != nullptr && channel->receiver == ThreadState::kOn &&
                   channel->applier == ThreadState::kOn && !detached_before(step, plan, server)
               ? Risk::kDisruptive
               : Risk::kSafe;
  // Nobody is meant to write where something is replicated to, unless it was the primary until now.
  if (name_of(step.action) == "set_super_read_only")
    return state->channels.empty() || gives_up_its_role(plan, server) ? Risk::kDisruptive
                                                                      : Risk::kSafe;
  // For a moment it is not read-only.
  if (name_of(step.action) == "load_semi_sync" || name_of(step.action) == "load_clone")
    return frozen_at(step, plan, server, state->super_read_only) ? Risk::kDisruptive : Risk::kSafe;
  return std::nullopt;
}

bool own_forbidden(const std::vector<WindowSpec>& windows, Moment at, Risk risk) {
  static const std::map<std::string_view, int> kOrder{
      {"safe", 0}, {"disruptive", 1}, {"destructive", 2}};
  bool some_allow = false;
  bool one_is_open = false;
  for (const WindowSpec& window : windows) {
    if (kOrder.at(risk_name(risk)) < kOrder.at(*window.risk)) continue;
    const bool known = std::filesystem::exists("/usr/share/zoneinfo/" + *window.time_zone);
    if (!known) return true;
    const bool open = is_open(window, at);
    if (window.deny.declared && open) return true;
    some_allow = some_allow || !window.deny.declared;
    one_is_open = one_is_open || (!window.deny.declared && open);
  }
  return some_allow && !one_is_open;
}

std::string own_primary(const Spec& spec, const Observation& seen, const Intent& intent) {
  const std::string& declared = *spec.primary;
  const ServerState* to = seen.state(intent.to);
  const ServerState* from = seen.state(intent.from);
  const bool under_way = intent.phase != Intent::Phase::kStable && spec.server(intent.to) &&
                         spec.server(intent.from) && to != nullptr &&
                         to->server_uuid == intent.to_uuid && !to->channels.empty();
  if (!under_way) return declared;
  // Open now; or it was, for it has committed what the old one lacks.
  const bool open = !to->read_only && !to->super_read_only;
  const GtidSet own = to->gtid_executed.of_server(to->server_uuid);
  const bool wrote = from != nullptr &&
                     !own.subtracted(from->executed_later.value_or(from->gtid_executed)).empty();
  // Or it may have been, unless the file goes back to the old one, which is there to be looked at.
  const bool committed =
      intent.phase == Intent::Phase::kCommitted && !(intent.from == declared && from != nullptr);
  return open || wrote || committed ? intent.to : declared;
}

GtidSet own_lost(const ServerState& primary, const ServerState& other) {
  GtidSet shown = other.gtid_executed;
  for (const Channel& channel : other.channels) shown = shown.united(channel.retrieved);
  const GtidSet& kept = primary.executed_later ? *primary.executed_later : primary.gtid_executed;
  // It may be at it still, unless nobody can commit there.
  const bool closed = primary.read_only && primary.super_read_only;
  return shown.of_server(primary.server_uuid)
      .subtracted(closed ? kept : kept.united(primary.owned_latest()));
}

bool own_acknowledgers(const Observation& seen, const std::string& server, int count) {
  const ServerState* state = seen.state(server);
  return state != nullptr && state->details && state->details->semi_sync &&
         state->details->semi_sync->source &&
         state->details->semi_sync->source->clients.value_or(0) >= count;
}

}  // namespace gtidops::testing
