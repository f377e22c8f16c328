#include "model/actions/replica.h"

#include "base/host.h"
#include "base/nearest.h"
#include "model/replication_error.h"
#include "model/source_options.h"

namespace gtidops {
namespace {

// The default channel only: without these words, START and STOP would reach channels that are none
// of ours.
constexpr const char* kOurs = " FOR CHANNEL ''";

constexpr const char* kStash = "@gtidops_previous_password";

// A value as MySQL shows it and one as people write it, made alike.
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
  return option.type == SourceOption::Type::kWord ? word : value;
}

// What stands behind CHANGE REPLICATION SOURCE TO, but for the password.
std::string change_clauses(const SourceTarget& target) {
  std::string text =
      "SOURCE_HOST = " + quote_string(target.host) +
      ", SOURCE_PORT = " + std::to_string(target.port) +
      ", SOURCE_USER = " + quote_string(target.user) +
      ", SOURCE_AUTO_POSITION = 1, SOURCE_DELAY = " + std::to_string(target.delay_seconds);
  for (const auto& [name, value] : target.options) {
    text += ", ";
    text += name;
    text += " = ";
    text += option_literal(name, value);
  }
  return text;
}

}  // namespace

std::string option_literal(const std::string& name, const std::string& value) {
  const SourceOption* option = find_source_option(name);
  if (option == nullptr || option->type == SourceOption::Type::kString) return quote_string(value);
  return option->type == SourceOption::Type::kBoolean ? comparable(*option, value) : value;
}

std::optional<std::string> shown_option(const Channel& channel, const std::string& name) {
  const SourceOption* option = find_source_option(name);
  if (option == nullptr || option->status_column.empty()) return std::nullopt;
  const auto found = channel.columns.find(std::string(option->status_column));
  if (found == channel.columns.end()) return std::nullopt;
  return found->second;
}

bool same_option(const std::string& name, const std::string& value, const std::string& other) {
  const SourceOption* option = find_source_option(name);
  return option == nullptr ? value == other
                           : comparable(*option, value) == comparable(*option, other);
}

Check channel_runs(const ServerState& state, const std::string& server) {
  const Channel* channel = state.default_channel();
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

std::string PointReplica::describe() const {
  std::string text = previous ? "change the source to " : "replicate from ";
  text += source + " (" + Address{target.host, target.port}.to_string() +
          ") with SOURCE_AUTO_POSITION = 1";
  if (target.delay_seconds > 0)
    text += ", delayed by " + std::to_string(target.delay_seconds) + " s";
  return text;
}

Check PointReplica::precondition(const Observation& seen) const {
  const ServerState* from = seen.state(source);
  if (from == nullptr) return Check::unknown(source + " cannot be read");
  return check_state(seen, server, [&](const ServerState& state) {
    if (!state.fenced()) return Check::does_not(server + " takes writes");
    if (from->server_uuid != source_uuid)
      return Check::does_not(source + " is not the server that was planned with");
    if (!state.gtid_executed.contains(from->gtid_purged))
      return Check::does_not(source + " has purged transactions that " + server + " lacks");
    return Check::holds();
  });
}

Check PointReplica::postcondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    const Channel* channel = state.default_channel();
    if (channel == nullptr) return Check::does_not(server + " has no replication channel");
    if (!same_host(channel->source_host, target.host) || channel->source_port != target.port)
      return Check::does_not(server + " replicates from " +
                             Address{channel->source_host, channel->source_port}.to_string());
    if (channel->source_user != target.user || !channel->auto_position ||
        channel->delay_seconds != target.delay_seconds)
      return Check::does_not("the channel of " + server + " is not set up as declared");
    for (const auto& [name, value] : target.options) {
      const auto shown = shown_option(*channel, name);
      if (shown && !same_option(name, *shown, value))
        return Check::does_not(name + " of " + server + " is " +
                               (shown->empty() ? "not set" : *shown));
    }
    const Check runs = channel_runs(state, server);
    if (!runs) return runs;
    if (channel->source_uuid != source_uuid)
      return Check::does_not("at " + Address{target.host, target.port}.to_string() +
                             " answers the server " + channel->source_uuid + ", not " + source);
    return Check::holds();
  });
}

std::vector<Statement> PointReplica::statements(const Version& /*version*/) const {
  std::vector<Statement> list;
  if (previous && previous->user != target.user)
    list.push_back(sql(server, std::string("SELECT User_password INTO ") + kStash +
                                   " FROM mysql.slave_master_info WHERE Channel_name = ''"));
  if (channel_exists) list.push_back(sql(server, std::string("STOP REPLICA") + kOurs));
  Statement change{
      server,
      {"CHANGE REPLICATION SOURCE TO " + change_clauses(target) + ", SOURCE_PASSWORD = "},
      {}};
  if (password.kind == SecretRef::Kind::kNone)
    change.parts.emplace_back(std::string("''"));
  else
    change.parts.emplace_back(password.for_replication());
  change.parts.emplace_back(std::string(kOurs));
  list.push_back(change);
  list.push_back(sql(server, std::string("START REPLICA") + kOurs));
  return list;
}

std::vector<Statement> PointReplica::put_back() const {
  if (!previous) return {};
  std::vector<Statement> list{sql(server, std::string("STOP REPLICA") + kOurs)};
  const std::string change = "CHANGE REPLICATION SOURCE TO " + change_clauses(*previous);
  if (previous->user == target.user) {
    list.push_back(sql(server, change + kOurs));
  } else {
    // The old user's password never leaves the server: it was kept in a variable of this session.
    list.push_back(sql(server, "SET @gtidops_change = CONCAT(" +
                                   quote_string(change + ", SOURCE_PASSWORD = ") + ", QUOTE(" +
                                   kStash + "), " + quote_string(kOurs) + ")"));
    list.push_back(sql(server, "PREPARE gtidops_change FROM @gtidops_change"));
    list.push_back(sql(server, "EXECUTE gtidops_change"));
    list.push_back(sql(server, "DEALLOCATE PREPARE gtidops_change"));
  }
  list.push_back(sql(server, std::string("START REPLICA") + kOurs));
  return list;
}

std::string StartReplica::describe() const { return "start both replication threads"; }

Check StartReplica::precondition(const Observation& seen) const {
  return check_state(seen, server, [&](const ServerState& state) {
    if (state.default_channel() == nullptr)
      return Check::does_not(server + " has no replication channel");
    return Check::holds();
  });
}

Check StartReplica::postcondition(const Observation& seen) const {
  return check_state(seen, server,
                     [&](const ServerState& state) { return channel_runs(state, server); });
}

std::vector<Statement> StartReplica::statements(const Version& /*version*/) const {
  std::vector<Statement> list;
  if (restart_receiver) list.push_back(sql(server, std::string("STOP REPLICA IO_THREAD") + kOurs));
  list.push_back(sql(server, std::string("START REPLICA") + kOurs));
  return list;
}

}  // namespace gtidops
