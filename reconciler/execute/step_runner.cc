#include "execute/step_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/words.h"
#include "decide/assess.h"
#include "execute/observe.h"
#include "execute/sessions.h"
#include "execute/switch_primary.h"
#include "model/replication_error.h"

namespace gtidops {
namespace {

// How long threads are watched at most after START REPLICA.
constexpr Millis kProbation{2'000};
constexpr const char* kStopped = "the run was stopped";

// Can nothing more arrive on this server by waiting? A thread that is stopped stays stopped.
bool hopeless(const ServerState& state, const std::string& channel_name) {
  const Channel* channel = state.channel(channel_name);
  return channel == nullptr || channel->applier_error.number != 0 ||
         channel->applier == ThreadState::kOff || channel->receiver == ThreadState::kOff ||
         (channel->receiver != ThreadState::kOn && channel->receiver_error.number != 0);
}

}  // namespace

Observation StepRunner::look(const Action& action) {
  return observe_some(touches(action), ports_.fleet, ports_.clock, depth_of(action),
                      options_.look_deadline);
}

Status StepRunner::run_statements(const std::vector<Statement>& statements, Millis grace) {
  for (const Statement& statement : statements) {
    const Millis left = std::min(options_.statement_deadline, std::max(deadline_ - now(), grace));
    if (left <= Millis{0}) return fail(ErrorCode::kUnknown, "the time for this run is over");
    const auto rows = ports_.fleet.run(statement, left);
    if (rows) continue;
    Error error = rows.error();
    if (is_lock_trouble(error.mysql_errno)) {
      const std::string holders =
          who_holds_the_lock(ports_.fleet, statement.server, options_.look_deadline);
      if (!holders.empty()) error.message += ": " + holders;
    }
    return tl::unexpected<Error>(std::move(error));
  }
  return {};
}

// SHOW REPLICA STATUS does not show a worker's error, nor a full disk (error_log: 8.0.22 and later,
// once in ten minutes). What a thread logged before this run may be about a former source.
std::string StepRunner::server_says(const std::string& server) {
  constexpr std::size_t kLongest = 400;
  const auto query = fmt::format(
      "SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker "
      "WHERE LAST_ERROR_NUMBER <> 0 UNION ALL (SELECT DATA FROM performance_schema.error_log "
      "WHERE PRIO = 'Error' AND LOGGED > NOW(6) - INTERVAL IF(SUBSYSTEM = 'Repl', {}, 600000) * "
      "1000 MICROSECOND ORDER BY LOGGED DESC LIMIT 1) LIMIT 1",
      (now() - began_).count());
  const auto rows = ports_.fleet.run(sql(server, query), options_.look_deadline);
  if (!rows || rows->empty() || rows->front().empty() || !rows->front().front()) return {};
  return "; " + server + " says: " + first_words(without_values(*rows->front().front()), kLongest);
}

Check StepRunner::await(const Action& action, Millis until) {
  Millis pause = kFirstPause;
  while (true) {
    const Check check = postcondition(action, look(action));
    if (check || now() >= until || stopped()) return check;
    ports_.clock.sleep(pause);
    pause = next_pause(pause);
  }
}

// Waiting does not help a channel that shows an error: the receiver sleeps SOURCE_CONNECT_RETRY
// seconds between two tries, and an applier that stopped stays stopped.
Check StepRunner::await_channel(const Action& action, const std::string& server, Millis until) {
  Millis pause = kFirstPause;
  while (true) {
    const Observation seen = look(action);
    const Check check = postcondition(action, seen);
    if (check) return hurried_ ? check : keeps_running(action, server);
    if (now() >= until) return check;
    const ServerState* state = seen.state(server);
    const Channel* channel = state == nullptr ? nullptr : state->channel(channel_of(action));
    if (channel != nullptr &&
        (channel->applier_error.number != 0 ||
         (channel->receiver_error.number != 0 && channel->receiver != ThreadState::kOn)))
      return check;
    ports_.clock.sleep(pause);
    pause = next_pause(pause);
  }
}

// START REPLICA returns, and both threads show ON, before they meet an error: the applier at its
// next transaction, the receiver when its source has judged its GTIDs. So both must still run after
// a moment, when all that had been received is applied. An applier with much to do is watched for
// kProbation only.
Check StepRunner::keeps_running(const Action& action, const std::string& server) {
  const Millis since = now();
  const Millis until = sooner(kProbation);
  std::optional<GtidSet> received;
  Millis pause = kFirstPause;
  while (true) {
    const Observation seen = look(action);
    const Check check = postcondition(action, seen);
    const ServerState* state = seen.state(server);
    const Channel* channel = state == nullptr ? nullptr : state->channel(channel_of(action));
    if (channel != nullptr && !check) return check;
    if (now() >= until || stopped()) return check;
    if (channel != nullptr) {
      if (!received) received = channel->retrieved;
      const bool applied = channel->delay_seconds > 0 || state->gtid_executed.contains(*received);
      if (applied && now() - since >= kMoment) return check;
    }
    ports_.clock.sleep(pause);
    pause = next_pause(pause);
  }
}

Result<std::string> StepRunner::run_plainly(const Step& step) {
  const Status ran = run_statements(plan_.statements_of(step));
  // After a lost reply only a look can tell. Any other error means that the statement did nothing.
  if (!ran && ran.error().code != ErrorCode::kUnknown) return tl::unexpected<Error>(ran.error());
  const Check check = await(step.action, sooner(Millis{2'000}));
  if (check) return std::string();
  return fail(ErrorCode::kFailed, ran ? check.why : ran.error().message + "; " + check.why);
}

// A statement that an earlier process sent to another server, and that is still on its way, must
// not open that server after this one.
Result<std::string> StepRunner::run_action(const Step& step, const OpenWrites& action) {
  for (const std::string& other : touches(step.action)) {
    const Status ended =
        end_other_actors(ports_.fleet, ports_.clock, other, plan_.topology, options_.look_deadline);
    const bool may_stay_unseen =
        std::find(action.may_stay_unseen.begin(), action.may_stay_unseen.end(), other) !=
        action.may_stay_unseen.end();
    if (!ended && !may_stay_unseen) return tl::unexpected<Error>(ended.error());
  }
  if (const Status none = end_copies(ports_.fleet, action.server, options_.look_deadline); !none)
    return tl::unexpected<Error>(none.error());
  // Such a statement may have taken effect just before its session was ended.
  const Observation seen = look(step.action);
  if (const Check guard = precondition(step.action, seen); !guard)
    return fail(ErrorCode::kFailed, guard.why);
  if (const ServerState* state = seen.state(action.server))
    if (const Status noted = note_opening(action.server, *state); !noted)
      return tl::unexpected<Error>(noted.error());
  // Writing the note to the disk may have taken long.
  if (const Check guard = precondition(step.action, look(step.action)); !guard)
    return fail(ErrorCode::kFailed, guard.why);
  return run_plainly(step);
}

// From now on nothing that was known before may let another server be opened: neither the candidate
// of a committed switch that was never opened, nor the last primary. `server` must still hold what
// it was seen to hold; otherwise it has come back from an older copy.
Status StepRunner::note_opening(const std::string& server, const ServerState& state) {
  const std::string& uuid = state.server_uuid;
  const auto remembered = ports_.state.intents.load();
  if (!remembered) return tl::unexpected<Error>(remembered.error());
  if (const KnownServer* known = remembered->memory.of(uuid); known != nullptr)
    if (const GtidSet gone = known->executed.subtracted(state.gtid_executed); !gone.empty())
      return failed(fmt::format("{} once held {} transactions that it does not hold now: {}",
                                server, gone.count(), shortened(gone)));
  return edit_intent([&](Intent& intent) {
    if (intent.phase == Intent::Phase::kCommitted && intent.to != server) {
      intent.phase = Intent::Phase::kSwitching;
      intent.frozen_at = {};
      intent.established_primary_uuid = intent.from == server ? intent.from_uuid : std::string();
    }
    if (intent.stable() && intent.established_primary_uuid != uuid)
      intent.established_primary_uuid.clear();
  });
}

Status StepRunner::edit_intent(const std::function<void(Intent&)>& edit) {
  const auto intent = ports_.state.intents.load();
  if (!intent) return tl::unexpected<Error>(intent.error());
  Intent edited = *intent;
  edit(edited);
  if (edited == *intent) return {};
  // Another process that holds the lease now may have saved something else.
  if (Status leads = still_held(ports_.state.lease); !leads) return leads;
  return ports_.state.intents.save(edited);
}

Result<std::string> StepRunner::run_action(const Step& step, const SwitchPrimary& action) {
  PrimarySwitch::Hooks hooks;
  hooks.tell = [&](const std::string& what) { tell(step, what); };
  hooks.point_replica = [&](const PointReplica& late) {
    const Step part{step.id, late, risk_of(late), step.why};
    if (const Check guard = precondition(part.action, look(part.action)); !guard)
      return Status(failed(guard.why));
    hurried_ = true;
    const auto moved = run_action(part, late);
    hurried_ = false;
    return moved ? Status{} : tl::unexpected<Error>(moved.error());
  };
  PrimarySwitch change(action, plan_.topology, ports_, options_, hooks);
  auto note = change.run();
  primary_change_ = change.record();
  if (!note) return note;
  const Check check = await(step.action, sooner(Millis{2'000}));
  if (!check) return fail(ErrorCode::kFailed, check.why);
  return note;
}

// A statement that raised the delay, and is still on its way, must not take effect after this one.
Result<std::string> StepRunner::run_action(const Step& step, const ReleaseCommitThrottle& action) {
  const Status ended = end_other_actors(ports_.fleet, ports_.clock, action.server, plan_.topology,
                                        options_.look_deadline);
  if (!ended) return tl::unexpected<Error>(ended.error());
  auto released = run_plainly(step);
  if (!released) return released;
  const Status saved = edit_intent([](Intent& intent) { intent.throttle.reset(); });
  if (!saved) return tl::unexpected<Error>(saved.error());
  return released;
}

Result<std::string> StepRunner::run_action(const Step& step, const StartReplica& action) {
  const Status ran = run_statements(plan_.statements_of(step));
  if (!ran && ran.error().code != ErrorCode::kUnknown) return tl::unexpected<Error>(ran.error());
  const Check check = await_channel(step.action, action.server, sooner(options_.connect_patience));
  if (check) return std::string();
  return fail(ErrorCode::kFailed, check.why + server_says(action.server));
}

Result<std::string> StepRunner::run_action(const Step& step, const AwaitReplication& action) {
  const double since = ports_.clock.monotonic_us();
  const Millis until = sooner(options_.proof_patience);
  if (!action.delayed) {
    // The goal is what the source holds now. The postcondition cannot be awaited, because the
    // source goes on committing.
    const auto goal = ports_.fleet.run(sql(action.source, "SELECT @@GLOBAL.gtid_executed"),
                                       options_.look_deadline);
    if (!goal || goal->empty() || !goal->front().front())
      return fail(ErrorCode::kFailed, "gtid_executed of " + action.source + " cannot be read" +
                                          (goal ? "" : ": " + goal.error().message));
    const auto wanted = GtidSet::parse(*goal->front().front());
    if (!wanted) return tl::unexpected<Error>(wanted.error());
    GtidSet gap;  // what the look before showed, too
    while (true) {
      const Observation seen = look(step.action);
      const ServerState* state = seen.state(action.server);
      if (state == nullptr)
        return fail(ErrorCode::kFailed, action.server + " cannot be read any more");
      if (state->gtid_executed.contains(*wanted)) break;
      const ServerState* source = seen.state(action.source);
      GtidSet lost = source == nullptr ? GtidSet{} : never_arrives(*state, *source);
      if (const GtidSet both = lost.intersected(gap); !both.empty())
        return fail(
            ErrorCode::kFailed,
            fmt::format("its channel will not bring {} that {} lacks: {}",
                        counted(both.count(), "transaction"), action.server, shortened(both)));
      gap = std::move(lost);
      const Check runs = channel_runs(*state, action.server, action.channel_name);
      if (hopeless(*state, action.channel_name))
        return fail(ErrorCode::kFailed, runs.why + server_says(action.server));
      const std::int64_t lacking = wanted->subtracted(state->gtid_executed).count();
      if (now() >= until)
        return fail(ErrorCode::kFailed,
                    fmt::format("{} still lacks {} of {} when the time was over{}", action.server,
                                counted(lacking, "transaction"), action.source,
                                server_says(action.server)));
      if (stopped()) return fail(ErrorCode::kFailed, kStopped);
      tell(step, action.server + " lacks " + counted(lacking, "transaction"));
      // The server answers as soon as it holds the set. The wait is short, so that an error is
      // noticed.
      const auto waited =
          ports_.fleet.run(sql(action.server, "SELECT WAIT_FOR_EXECUTED_GTID_SET(" +
                                                  quote_string(wanted->to_string()) + ", 1)"),
                           Millis{3'000});
      if (!waited && waited.error().code != ErrorCode::kUnknown)
        return tl::unexpected<Error>(waited.error());
    }
  }
  const Observation seen = look(step.action);
  const Check runs = check_state(seen, action.server, [&](const ServerState& state) {
    return channel_runs(state, action.server, action.channel_name);
  });
  if (!runs) return fail(ErrorCode::kFailed, runs.why);
  return action.delayed ? std::string("both threads run")
                        : "holds all of " + action.source + " after " +
                              print_milliseconds((ports_.clock.monotonic_us() - since) / 1000);
}

Result<double> StepRunner::read_heartbeat(const Canary& canary, const std::string& where,
                                          std::uint64_t beat, double since_us) {
  Millis pause{1};
  const Millis until = sooner(options_.proof_patience);
  while (true) {
    const auto rows = ports_.fleet.run(canary.read_on(where), options_.look_deadline);
    if (rows && !rows->empty() && rows->front().size() == 2 && rows->front()[0] &&
        rows->front()[1]) {
      const std::string& text = *rows->front()[1];
      std::uint64_t read = 0;
      std::from_chars(text.data(), text.data() + text.size(), read);
      if (*rows->front()[0] == canary.server_uuid && read >= beat)
        return (ports_.clock.monotonic_us() - since_us) / 1000;
    }
    // 1049, 1146: the schema or the table has not arrived yet.
    if (!rows && rows.error().mysql_errno != 1049 && rows.error().mysql_errno != 1146)
      return tl::unexpected<Error>(rows.error());
    if (stopped()) return fail(ErrorCode::kFailed, kStopped);
    if (now() >= until) return fail(ErrorCode::kFailed, "the heartbeat did not arrive on " + where);
    if (pause == kLongestPause) {
      const Observation seen =
          observe_some({where}, ports_.fleet, ports_.clock, Depth::kState, options_.look_deadline);
      const ServerState* state = seen.state(where);
      if (state != nullptr && hopeless(*state, {}))
        return fail(ErrorCode::kFailed, "the heartbeat does not arrive on " + where + ": " +
                                            channel_runs(*state, where).why);
    }
    ports_.clock.sleep(pause);
    pause = next_pause(pause);
  }
}

Result<std::string> StepRunner::run_action(const Step& step, const Canary& action) {
  const double since = ports_.clock.monotonic_us();
  const Status ran = run_statements(plan_.statements_of(step));
  if (!ran) return tl::unexpected<Error>(ran.error());
  const auto rows = ports_.fleet.run(action.read_on(action.server), options_.look_deadline);
  if (!rows) return tl::unexpected<Error>(rows.error());
  if (rows->empty() || rows->front().size() != 2 || !rows->front()[1])
    return fail(ErrorCode::kFailed,
                "the heartbeat that was written cannot be read on " + action.server);
  std::uint64_t beat = 0;
  const std::string& text = *rows->front()[1];
  std::from_chars(text.data(), text.data() + text.size(), beat);
  std::string note;
  std::string missing;
  std::string not_asked;
  for (const std::string& replica : action.replicas) {
    if (left_out_.count(replica) > 0) {
      not_asked += (not_asked.empty() ? "" : ", ") + replica;
      continue;
    }
    if (!missing.empty()) break;  // the next one may replicate from this one
    tell(step, "reading the heartbeat on " + replica);
    const auto took = read_heartbeat(action, replica, beat, since);
    if (took)
      note +=
          (note.empty() ? "read on " : ", on ") + replica + " after " + print_milliseconds(*took);
    else
      missing = took.error().message;
  }
  if (!missing.empty())
    return fail(ErrorCode::kFailed, missing + (note.empty() ? "" : " (" + note + ")"));
  if (note.empty() && !not_asked.empty())
    return fail(ErrorCode::kFailed,
                "written, and read by nobody: an earlier step on " + not_asked + " was not done");
  if (!not_asked.empty()) note += "; not asked: " + not_asked;
  return note;
}

Result<std::string> StepRunner::run(const Step& step, const std::set<std::string>& left_out) {
  left_out_ = left_out;
  return std::visit([&](const auto& action) { return run_action(step, action); }, step.action);
}

}  // namespace gtidops
