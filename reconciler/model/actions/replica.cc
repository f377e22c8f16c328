#include "model/actions/replica.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/host.h"
#include "base/nearest.h"
#include "model/replication_error.h"
#include "model/source_options.h"

namespace gtidops {
namespace {

constexpr std::string_view kReset = "RESET REPLICA FOR CHANNEL ";
constexpr const char* kStash = "@gtidops_previous_password";

constexpr std::string_view kChange = "CHANGE REPLICATION SOURCE TO ";
constexpr std::string_view kRunChange = "EXECUTE gtidops_change";

// User and host of "app@10.0.%", or of 'app'@'10.0.%' as the server shows it.
std::pair<std::string, std::string> account_parts(const std::string& value) {
  const std::size_t at = value.rfind('@');
  const auto bare = [](std::string part) {
    const bool quoted = part.size() > 1 && part.front() == part.back() &&
                        (part.front() == '\'' || part.front() == '`' || part.front() == '"');
    return quoted ? part.substr(1, part.size() - 2) : part;
  };
  if (at == std::string::npos) return {bare(value), "%"};
  return {bare(value.substr(0, at)), lower(bare(value.substr(at + 1)))};
}

// "zstd, ZLIB" as a sorted list, because its order means nothing.
std::string sorted_list(const std::string& value) {
  std::vector<std::string> items(1);
  for (const char c : value) {
    if (c == ',')
      items.emplace_back();
    else if (c != ' ')
      items.back() += c;
  }
  std::sort(items.begin(), items.end());
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ",") + item;
  return text;
}

// The same text for a value as MySQL shows it and for the same value as people write it.
std::string comparable(const SourceOption& option, const std::string& value) {
  const std::string word = lower(value);
  if (option.type == SourceOption::Type::kBoolean)
    return word == "1" || word == "yes" || word == "on" || word == "true" ? "1" : "0";
  if (option.type == SourceOption::Type::kDecimal) {
    std::string trimmed = word;
    if (trimmed.find('.') != std::string::npos) {
      trimmed.erase(trimmed.find_last_not_of('0') + 1);
      if (!trimmed.empty() && trimmed.back() == '.') trimmed.pop_back();
    }
    return trimmed;
  }
  if (option.type == SourceOption::Type::kList) return sorted_list(word);
  if (option.type == SourceOption::Type::kAccount && !value.empty()) {
    const auto [user, host] = account_parts(value);
    return quote_account(user, host);
  }
  return option.type == SourceOption::Type::kWord ? word : value;
}

// Name and SQL literal of every clause of a target, but for the password.
std::vector<std::pair<std::string, std::string>> clauses_of(const SourceTarget& target) {
  std::vector<std::pair<std::string, std::string>> list{
      {"SOURCE_HOST", quote_string(target.host)},
      {"SOURCE_PORT", std::to_string(target.port)},
      {"SOURCE_USER", quote_string(target.user)},
      {"SOURCE_AUTO_POSITION", "1"},
      {"SOURCE_DELAY", std::to_string(target.delay_seconds)}};
  for (const auto& [name, value] : target.options)
    list.emplace_back(name, option_literal(name, value));
  return list;
}

using Wanted = std::function<bool(const std::string& name)>;

// The wanted clauses of CHANGE REPLICATION SOURCE TO, but for the password.
std::string change_clauses(const SourceTarget& target, const Wanted& wanted) {
  std::string text;
  for (const auto& [name, literal] : clauses_of(target))
    if (wanted(name)) text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, literal);
  return text;
}

SourceOption::Stops stops_of(const std::string& name) {
  const SourceOption* option = find_source_option(name);
  return option == nullptr ? SourceOption::Stops::kBoth : option->stops;
}

// Makes the statements that change an existing channel. A clause that needs only the receiver or
// only the applier stopped is changed while the other thread runs.
class InPlace {
 public:
  using Change = std::function<std::vector<Statement>(const Wanted& wanted)>;
  InPlace(const PointReplica& point, Change change) : point_(point), change_(std::move(change)) {}

  std::vector<Statement> statements() {
    using Stops = SourceOption::Stops;
    if (point_.fetches_again) {
      // CHANGE alone is not enough where a file or the index of the relay log is missing: START
      // still fails with 1872. RESET comes first, because it forgets the delay, which CHANGE then
      // sets.
      add("STOP REPLICA");
      add("RESET REPLICA");
      change([](const std::string&) { return true; });
    } else if (point_.stops(Stops::kBoth)) {
      both();
    } else {
      const bool receiver_first = point_.receiver_stopped && point_.stops(Stops::kReceiver);
      if (receiver_first) receiver();
      if (point_.stops(Stops::kApplier)) applier(!receiver_first);
      if (!receiver_first && point_.stops(Stops::kReceiver)) receiver();
    }
    add("START REPLICA");
    return std::move(list_);
  }

 private:
  void add(const std::string& verb) {
    list_.push_back(sql(point_.server, verb + for_channel(point_.channel_name)));
  }
  void change(const Wanted& wanted) {
    for (Statement& statement : change_(wanted)) list_.push_back(std::move(statement));
  }
  void start_applier() {
    if (point_.applier_stopped) add("START REPLICA SQL_THREAD");
  }
  void receiver() {
    start_applier();
    add("STOP REPLICA IO_THREAD");
    change(
        [](const std::string& name) { return stops_of(name) == SourceOption::Stops::kReceiver; });
    if (point_.stops(SourceOption::Stops::kApplier) && point_.receiver_stopped)
      add("START REPLICA IO_THREAD");
  }
  void applier(bool first) {
    if (first && point_.receiver_stopped) add("START REPLICA IO_THREAD");
    add("STOP REPLICA SQL_THREAD");
    change([](const std::string& name) { return stops_of(name) == SourceOption::Stops::kApplier; });
    if (first && point_.stops(SourceOption::Stops::kReceiver)) add("START REPLICA SQL_THREAD");
  }
  // MySQL deletes the relay log here, so what was received is applied first.
  void both() {
    start_applier();
    add("STOP REPLICA IO_THREAD");
    list_.push_back(sql(
        point_.server,
        fmt::format("SELECT WAIT_FOR_EXECUTED_GTID_SET((SELECT RECEIVED_TRANSACTION_SET FROM "
                    "performance_schema.replication_connection_status WHERE CHANNEL_NAME = {}), 5)",
                    quote_string(point_.channel_name))));
    add("STOP REPLICA SQL_THREAD");
    change([](const std::string&) { return true; });
  }

  const PointReplica& point_;
  Change change_;
  std::vector<Statement> list_;
};

}  // namespace

std::string option_literal(const std::string& name, const std::string& value) {
  const SourceOption* option = find_source_option(name);
  const bool may_be_null = option != nullptr && (option->type == SourceOption::Type::kAccount ||
                                                 option->name == "SOURCE_TLS_CIPHERSUITES");
  if (may_be_null && value.empty()) return "NULL";
  if (option == nullptr || option->type == SourceOption::Type::kString ||
      option->type == SourceOption::Type::kList)
    return quote_string(value);
  if (option->type == SourceOption::Type::kAccount) return comparable(*option, value);
  return option->type == SourceOption::Type::kBoolean ? comparable(*option, value) : value;
}

std::optional<std::string> shown_option(const Channel& channel, const std::string& name) {
  const SourceOption* option = find_source_option(name);
  if (option == nullptr || option->shown_as.empty()) return std::nullopt;
  const auto found = channel.columns.find(std::string(option->shown_as));
  if (found == channel.columns.end()) return std::nullopt;
  return found->second;
}

bool same_option(const std::string& name, const std::string& value, const std::string& other) {
  const SourceOption* option = find_source_option(name);
  return option == nullptr ? value == other
                           : comparable(*option, value) == comparable(*option, other);
}

Check channel_runs(const ServerState& state, const std::string& server,
                   const std::string& channel_name) {
  const Channel* channel = state.channel(channel_name);
  if (channel == nullptr) return Check::does_not(server + " has no replication channel");
  if (channel->applier_error.number != 0)
    return Check::does_not("the applier of " + server + " stopped: error " +
                           std::to_string(channel->applier_error.number) + ", " +
                           without_values(channel->applier_error.text));
  if (channel->receiver == ThreadState::kOn && channel->applier == ThreadState::kOn)
    return Check::holds();
  if (channel->receiver_error.number != 0)
    return Check::does_not("the receiver of " + server + " has error " +
                           std::to_string(channel->receiver_error.number) + ", " +
                           channel->receiver_error.text);
  if (channel->receiver != ThreadState::kOn)
    return Check::does_not(
        "the receiver of " + server +
        (channel->receiver == ThreadState::kConnecting ? " is still connecting" : " is stopped"));
  return Check::does_not("the applier of " + server + " is stopped");
}

bool PointReplica::changes_clause(std::string_view name) const {
  return std::find(changes.begin(), changes.end(), name) != changes.end();
}

bool PointReplica::stops(SourceOption::Stops which) const {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const std::string& name) { return stops_of(name) == which; });
}

void PointReplica::fetch_again() {
  fetches_again = true;
  const bool new_password = changes_clause("SOURCE_PASSWORD");
  changes.clear();
  for (const auto& clause : clauses_of(target)) changes.push_back(clause.first);
  if (new_password) changes.emplace_back("SOURCE_PASSWORD");
}

// A change for which only the applier is stopped does not involve the source, unless the receiver
// has to be started for it.
std::vector<std::string> PointReplica::touches() const {
  const bool applier_alone = channel_exists && !receiver_stopped && !fetches_again &&
                             !stops(SourceOption::Stops::kReceiver) &&
                             !stops(SourceOption::Stops::kBoth);
  return applier_alone ? std::vector<std::string>{server}
                       : std::vector<std::string>{server, source};
}

std::string PointReplica::describe() const {
  if (channel_exists && !changes_clause("SOURCE_HOST") && !changes.empty()) {
    std::string text = "change";
    for (const std::string& name : changes) text += (text.size() > 6 ? ", " : " ") + name;
    return text + " of its channel" + of_channel(channel_name) + "; what it has received stays";
  }
  std::string text = interrupts ? "change the source to " : "replicate from ";
  text += source + " (" + Address{target.host, target.port}.to_string() +
          ") with SOURCE_AUTO_POSITION = 1";
  if (target.delay_seconds > 0)
    text += ", delayed by " + std::to_string(target.delay_seconds) + " s";
  return text + of_channel(channel_name);
}

GtidSet received_unapplied(const ServerState& state, const std::string& channel_name) {
  const Channel* channel = state.channel(channel_name);
  if (channel == nullptr) return {};
  return channel->retrieved.subtracted(state.gtid_executed);
}

bool relay_log_is_damaged(const Channel& channel) {
  return channel.applier != ThreadState::kOn && is_damaged_relay_log(channel.applier_error.number);
}

bool sender_may_be_gone(const Channel& channel, const std::string& source_uuid) {
  return relay_log_is_damaged(channel) && channel.retrieved.empty() &&
         channel.source_uuid != source_uuid;
}

Check keeps_received(const ServerState& state, const std::string& server,
                     const std::string& channel_name) {
  const Channel* channel = state.channel(channel_name);
  if (channel == nullptr || channel->receiver != ThreadState::kOff ||
      channel->applier == ThreadState::kOn)
    return Check::holds();
  const GtidSet unapplied = received_unapplied(state, channel_name);
  if (unapplied.empty()) return Check::holds();
  return Check::does_not(fmt::format(
      "the relay log of {} holds {} transactions that it has not applied, and a change while both "
      "threads are stopped would delete them",
      server, unapplied.count()));
}

bool resets_relay_log(const Statement& statement) {
  const auto* text = std::get_if<std::string>(&statement.parts.front());
  return text != nullptr && text->compare(0, kReset.size(), kReset) == 0;
}

bool changes_source(const Statement& statement) {
  const auto* text = std::get_if<std::string>(&statement.parts.front());
  return text != nullptr && (text->compare(0, kChange.size(), kChange) == 0 || *text == kRunChange);
}

// The damaged relay log is going to be deleted: does the source hold all that was in it?
Check PointReplica::loses_nothing(const ServerState& state, const ServerState& from) const {
  const Channel* channel = state.channel(channel_name);
  if (channel == nullptr) return Check::does_not(server + " has no replication channel");
  if (!relay_log_is_damaged(*channel))
    return Check::does_not("the relay log of " + server + " is not damaged any more");
  if (sender_may_be_gone(*channel, from.server_uuid))
    return Check::does_not(fmt::format(
        "what was in the relay log of {} came from another server than {}", server, source));
  if (from.executed_latest().contains(received_unapplied(state, channel_name)))
    return Check::holds();
  return Check::does_not(source + " does not hold all that is in the relay log of " + server);
}

Check PointReplica::precondition(const Observation& seen) const {
  const auto judge = [&](const ServerState& state) {
    if (!state.fenced()) return Check::does_not(server + " takes writes");
    return Check::holds();
  };
  if (touches().size() == 1) return check_state(seen, server, judge);
  const ServerState* from = seen.state(source);
  if (from == nullptr) return Check::unknown(source + " cannot be read");
  return check_state(seen, server, [&](const ServerState& state) {
    if (const Check fenced = judge(state); !fenced) return fenced;
    if (from->server_uuid != source_uuid)
      return Check::does_not(source + " is not the server that was planned with");
    // What is in a relay log that stays is not fetched again, so the source may have purged it.
    GtidSet held = state.gtid_executed;
    if (channel_exists && !fetches_again)
      held = held.united(received_unapplied(state, channel_name));
    if (!held.contains(from->gtid_purged))
      return Check::does_not(source + " has purged transactions that " + server + " lacks");
    if (fetches_again) return loses_nothing(state, *from);
    return Check::holds();
  });
}

Check PointReplica::postcondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    const Channel* channel = state.channel(channel_name);
    if (channel == nullptr) return Check::does_not(server + " has no replication channel");
    if (!same_host(channel->source_host, target.host) || channel->source_port != target.port)
      return Check::does_not(server + " replicates from " +
                             Address{channel->source_host, channel->source_port}.to_string());
    const bool auto_position =
        channel->auto_position || (channel_exists && !changes_clause("SOURCE_AUTO_POSITION"));
    if (channel->source_user != target.user || !auto_position ||
        channel->delay_seconds != target.delay_seconds)
      return Check::does_not("the channel of " + server + " is not set up as declared");
    if (changes_clause("SOURCE_PASSWORD") && channel->secret_as_declared == false)
      return Check::does_not("the channel of " + server + " has another password");
    for (const auto& [name, value] : target.options) {
      const auto shown = shown_option(*channel, name);
      if (shown && !same_option(name, *shown, value))
        return Check::does_not(name + " of " + server + " is " +
                               (shown->empty() ? "not set" : *shown));
    }
    const bool applier_alone = touches().size() == 1;
    if (applier_alone && channel->applier == ThreadState::kOn) return Check::holds();
    const Check runs = channel_runs(state, server, channel_name);
    if (!runs) return runs;
    if (!applier_alone && channel->source_uuid != source_uuid)
      return Check::does_not("at " + Address{target.host, target.port}.to_string() +
                             " answers the server " + channel->source_uuid + ", not " + source);
    return Check::holds();
  });
}

std::vector<Statement> PointReplica::statements(const Version& /*version*/) const {
  const auto change = [&](const Wanted& wanted) {
    std::string clauses = change_clauses(target, wanted);
    Statement statement{server, {std::string(kChange)}, {}};
    if (!wanted("SOURCE_PASSWORD")) {
      statement.parts = {std::string(kChange) + clauses + for_channel(channel_name)};
      return std::vector{statement};
    }
    if (!clauses.empty()) clauses += ", ";
    statement.parts = {std::string(kChange) + clauses + "SOURCE_PASSWORD = "};
    if (password.kind == SecretRef::Kind::kNone)
      statement.parts.emplace_back(std::string("''"));
    else
      statement.parts.emplace_back(password.for_replication());
    statement.parts.emplace_back(for_channel(channel_name));
    return std::vector{statement};
  };
  if (!channel_exists) {
    std::vector<Statement> list = change([](const std::string&) { return true; });
    list.push_back(sql(server, "START REPLICA" + for_channel(channel_name)));
    return list;
  }
  std::vector<Statement> list;
  if (previous && changes_clause("SOURCE_PASSWORD"))
    list.push_back(sql(server, fmt::format("SELECT User_password INTO {} FROM "
                                           "mysql.slave_master_info WHERE Channel_name = {}",
                                           kStash, quote_string(channel_name))));
  InPlace in_place(*this, [&](const Wanted& wanted) {
    return change([&](const std::string& name) { return changes_clause(name) && wanted(name); });
  });
  for (Statement& statement : in_place.statements()) list.push_back(std::move(statement));
  return list;
}

std::vector<Statement> PointReplica::put_back() const {
  if (!previous) return {};
  // Clauses that need both threads stopped are not put back: they are as declared, and not what
  // failed.
  PointReplica back = *this;
  std::erase_if(back.changes, [](const std::string& name) {
    return stops_of(name) == SourceOption::Stops::kBoth;
  });
  back.receiver_stopped = back.applier_stopped = false;
  return InPlace(back,
                 [&](const Wanted& wanted) {
                   const auto mine = [&](const std::string& name) {
                     return back.changes_clause(name) && wanted(name);
                   };
                   const std::string clauses = change_clauses(*previous, mine);
                   if (!mine("SOURCE_PASSWORD"))
                     return std::vector{
                         sql(server, std::string(kChange) + clauses + for_channel(channel_name))};
                   // The old password never leaves the server: a variable of this session holds it.
                   // In another session the variable is NULL, and QUOTE would turn that into the
                   // word NULL. So the whole text is made NULL, which PREPARE refuses.
                   const std::string begin = std::string(kChange) + clauses +
                                             (clauses.empty() ? "" : ", ") + "SOURCE_PASSWORD = ";
                   return std::vector{
                       sql(server,
                           fmt::format("SET @gtidops_change = CONCAT({0}, IF({1} IS NULL, NULL, "
                                       "QUOTE({1})), {2})",
                                       quote_string(begin), kStash,
                                       quote_string(for_channel(channel_name)))),
                       sql(server, "PREPARE gtidops_change FROM @gtidops_change"),
                       sql(server, std::string(kRunChange)),
                       sql(server, "DEALLOCATE PREPARE gtidops_change")};
                 })
      .statements();
}

std::vector<Statement> PointReplica::forget() const {
  if (!previous || !changes_clause("SOURCE_PASSWORD")) return {};
  Statement statement = sql(server, fmt::format("SET {} = NULL, @gtidops_change = NULL", kStash));
  statement.changes_session = true;  // when it fails, the session ends, and the variables with it
  return {statement};
}

std::string StartReplica::describe() const {
  return (applier_only ? "start the applier" : "start both replication threads") +
         of_channel(channel_name);
}

Check StartReplica::precondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    if (state.channel(channel_name) == nullptr)
      return Check::does_not(server + " has no replication channel");
    return Check::holds();
  });
}

Check StartReplica::postcondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    const Channel* channel = state.channel(channel_name);
    if (!applier_only || channel == nullptr) return channel_runs(state, server, channel_name);
    if (channel->applier == ThreadState::kOn) return Check::holds();
    return Check::does_not(fmt::format("the applier of {} does not run", server));
  });
}

std::vector<Statement> StartReplica::statements(const Version& /*version*/) const {
  if (applier_only) return {sql(server, "START REPLICA SQL_THREAD" + for_channel(channel_name))};
  std::vector<Statement> list;
  if (restart_receiver)
    list.push_back(sql(server, "STOP REPLICA IO_THREAD" + for_channel(channel_name)));
  list.push_back(sql(server, "START REPLICA" + for_channel(channel_name)));
  return list;
}

}  // namespace gtidops
