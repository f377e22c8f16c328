// STOP, START, CHANGE and RESET REPLICA.
#include <charconv>
#include <set>

#include "model/source_options.h"
#include "sim/sql.h"
#include "sim/world.h"

namespace gtidops::sim::sql {
namespace {

bool runs(const Replication& channel) {
  return channel.receiver != ThreadState::kOff || channel.applier != ThreadState::kOff;
}

void stop_all(const Call& call) {
  call.server.replication.stop_receiver();
  call.server.replication.stop_applier();
  call.answer({});
}

void stop_receiver(const Call& call) {
  call.server.replication.stop_receiver();
  call.answer({});
}

void stop_applier(const Call& call) {
  call.server.replication.stop_applier();
  call.answer({});
}

void start(const Call& call) {
  Replication& channel = call.server.replication;
  if (const int number = channel.cannot_start(); number != 0)
    return call.answer(error(number, "The server is not configured as replica"));
  channel.start_receiver();
  channel.start_applier();
  call.answer({});
}

void start_applier(const Call& call) {
  Replication& channel = call.server.replication;
  if (const int number = channel.cannot_start(); number != 0)
    return call.answer(error(number, "The server is not configured as replica"));
  channel.start_applier();
  call.answer({});
}

void start_receiver(const Call& call) {
  Replication& channel = call.server.replication;
  if (const int number = channel.cannot_start(); number != 0)
    return call.answer(error(number, "The server is not configured as replica"));
  channel.start_receiver();
  call.answer({});
}

std::int64_t number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "SOURCE_HOST = '10.0.0.1', SOURCE_PORT = 3306, ..."
ChannelSetup read_clauses(Scan& scan, ChannelSetup setup, std::set<SourceOption::Stops>& stops) {
  do {
    const std::string key = scan.bare();
    const SourceOption* option = find_source_option(key);
    if (option == nullptr) scan.unknown();
    stops.insert(option->stops);
    scan.need(" = ");
    const bool text = key == "SOURCE_HOST" || key == "SOURCE_USER" || key == "SOURCE_PASSWORD";
    const std::string value = text ? scan.quoted() : scan.bare();
    if (key == "SOURCE_HOST")
      setup.host = value;
    else if (key == "SOURCE_USER")
      setup.user = value;
    else if (key == "SOURCE_PASSWORD")
      setup.password = value;
    else if (key == "SOURCE_PORT")
      setup.port = static_cast<int>(number(value));
    else if (key == "SOURCE_AUTO_POSITION")
      setup.auto_position = value == "1";
    else if (key == "SOURCE_DELAY")
      setup.delay = number(value);
    else
      setup.options[key] = value;
  } while (scan.eat(", "));
  scan.need(" FOR CHANNEL ''");
  if (!scan.done()) scan.unknown();
  return setup;
}

// 0: nothing that runs stands in its way. As on a real server (contract/channel_change_test.cc).
int in_the_way(const Replication& channel, const std::set<SourceOption::Stops>& stops) {
  using Stops = SourceOption::Stops;
  const bool receiver = channel.receiver != ThreadState::kOff;
  const bool applier = channel.applier != ThreadState::kOff;
  if (stops.count(Stops::kBoth) > 0 && (receiver || applier)) return 3081;
  const bool receiver_blocks = receiver && stops.count(Stops::kReceiver) > 0;
  const bool applier_blocks = applier && stops.count(Stops::kApplier) > 0;
  if (receiver_blocks && applier_blocks) return 3081;
  return receiver_blocks ? 3021 : applier_blocks ? 3085 : 0;
}

void change_to(const Call& call, std::string_view clauses) {
  Replication& channel = call.server.replication;
  Scan scan(clauses, call.text);
  std::set<SourceOption::Stops> stops;
  const ChannelSetup setup = read_clauses(scan, channel.setup.value_or(ChannelSetup{}), stops);
  if (const int number = in_the_way(channel, stops); number != 0)
    return call.answer(
        error(number, "This operation cannot be performed with running replication threads"));
  channel.change(setup);
  call.answer({});
}

void change(const Call& call) { change_to(call, call.rest); }

void wait_for_received(const Call& call) {
  const GtidSet received = call.server.replication.retrieved.gtids(call.world.ledger);
  call.server.wait_for(call.session, received, 5 * kSecond, call.answer);
}

// The relay log and the delay go, the rest of the channel stays.
void reset(const Call& call) {
  Replication& channel = call.server.replication;
  if (runs(channel))
    return call.answer(error(3081,
                             "This operation cannot be performed with running replication "
                             "threads; run STOP REPLICA FOR CHANNEL '' first"));
  if (channel.setup) {
    ChannelSetup kept = *channel.setup;
    kept.delay = 0;
    channel.change(kept);
  }
  call.answer({});
}

void reset_all(const Call& call) {
  Replication& channel = call.server.replication;
  if (runs(channel))
    return call.answer(error(3081,
                             "This operation cannot be performed with running replication "
                             "threads; run STOP REPLICA FOR CHANNEL '' first"));
  if (channel.setup) channel.reset_all();
  call.answer({});
}

// The way back of PointReplica, on the session that went forward.
void stash_password(const Call& call) {
  const auto& setup = call.server.replication.setup;
  call.server.sessions[call.session].stash = setup ? setup->password : std::string();
  call.answer({});
}

void keep_change(const Call& call) {
  Scan scan(call.rest, call.text);
  Session& session = call.server.sessions[call.session];
  session.change = scan.quoted();
  scan.need(", IF(@gtidops_previous_password IS NULL, NULL, QUOTE(@gtidops_previous_password)), ");
  session.change += "'" + session.stash + "'" + scan.quoted();
  scan.need(")");
  call.answer({});
}

void prepare(const Call& call) {
  Session& session = call.server.sessions[call.session];
  session.prepared = session.change;
  call.answer({});
}

void run_prepared(const Call& call) {
  constexpr std::string_view kBegin = "CHANGE REPLICATION SOURCE TO ";
  const std::string text = call.server.sessions[call.session].prepared;
  if (text.compare(0, kBegin.size(), kBegin) != 0) Scan(call.rest, call.text).unknown();
  change_to(call, std::string_view(text).substr(kBegin.size()));
}

void deallocate(const Call& call) { call.answer({}); }

void forget_password(const Call& call) {
  Session& session = call.server.sessions[call.session];
  session.stash.clear();
  session.change.clear();
  call.answer({});
}

void worker_error(const Call& call) {
  Reply reply;
  const ReplicationError& trouble = call.server.replication.applier_error;
  if (trouble.number != 0) reply.rows = {{trouble.text}};
  call.answer(reply);
}

}  // namespace

const std::vector<Pattern>& patterns_of_replication() {
  static const std::vector<Pattern> kPatterns{
      {"STOP REPLICA FOR CHANNEL ''", true, 3'000, 8'000, stop_all},
      {"STOP REPLICA IO_THREAD FOR CHANNEL ''", true, 2'000, 6'000, stop_receiver},
      {"STOP REPLICA SQL_THREAD FOR CHANNEL ''", true, 2'000, 6'000, stop_applier},
      {"START REPLICA FOR CHANNEL ''", true, 14'000, 34'000, start},
      {"START REPLICA IO_THREAD FOR CHANNEL ''", true, 8'000, 20'000, start_receiver},
      {"START REPLICA SQL_THREAD FOR CHANNEL ''", true, 8'000, 20'000, start_applier},
      {"SELECT WAIT_FOR_EXECUTED_GTID_SET((SELECT RECEIVED_TRANSACTION_SET FROM "
       "performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''), 5)",
       true, 50, 200, wait_for_received},
      {"CHANGE REPLICATION SOURCE TO ", false, 20'000, 60'000, change},
      {"RESET REPLICA FOR CHANNEL ''", true, 10'000, 30'000, reset},
      {"RESET REPLICA ALL FOR CHANNEL ''", true, 10'000, 30'000, reset_all},
      {"SELECT User_password INTO @gtidops_previous_password FROM mysql.slave_master_info WHERE "
       "Channel_name = ''",
       true, 50, 200, stash_password},
      {"SET @gtidops_previous_password = NULL, @gtidops_change = NULL", true, 20, 60,
       forget_password},
      {"SET @gtidops_change = CONCAT(", false, 20, 60, keep_change},
      {"PREPARE gtidops_change FROM @gtidops_change", true, 20, 60, prepare},
      {"EXECUTE gtidops_change", true, 20'000, 60'000, run_prepared},
      {"DEALLOCATE PREPARE gtidops_change", true, 20, 60, deallocate},
      {"SELECT LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker",
       false, 50, 200, worker_error},
  };
  return kPatterns;
}

}  // namespace gtidops::sim::sql
