#include "mysql/look_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "mysql/greeting.h"
#include "mysql/heartbeat_table.h"
#include "mysql/read_semi_sync.h"
#include "mysql/read_state.h"

namespace gtidops::mysql {
namespace {

using Reason = Unreachable::Reason;

constexpr int kUnknownVariable = 1193;
constexpr int kMayNotRecover = 1401;  // XAER_RMERR: the account lacks XA_RECOVER_ADMIN
constexpr int kNoSuchGrant = 1141;
constexpr int kNoSuchSchema = 1049;
constexpr int kNoSuchTable = 1146;

// True: the server has answered, this part alone is not to be had, and the connection is good.
bool may_be_left_out(const ServerError& error) {
  const Reason reason = classify_look(error, "").reason;
  return error.number != kReplyTooLarge &&
         (reason == Reason::kOther || reason == Reason::kPrivileges);
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

Version known_version(const std::string& text) {
  return Version::parse(text).value_or(kOldestSupported);
}

template <class Value>
Status keep(Result<Value> read, Value& into) {
  if (!read) return tl::unexpected(read.error());
  into = *std::move(read);
  return {};
}

template <class Value>
Status keep_optional(Result<Value> read, std::optional<Value>& into) {
  if (!read) return tl::unexpected(read.error());
  into = *std::move(read);
  return {};
}

Status keep_more(Result<std::map<std::string, std::string>> read,
                 std::map<std::string, std::string>& into) {
  if (!read) return tl::unexpected(read.error());
  into.merge(*read);
  return {};
}

}  // namespace

LookTask::LookTask(const LookRequest& request, const std::string& server_version)
    : request_(request), version_(known_version(server_version)) {
  ask_state();
}

std::string LookTask::next() {
  std::string text;
  if (failure_) return text;
  for (const Question& question : questions_) text += (text.empty() ? "" : "; ") + question.sql;
  return text;
}

void LookTask::ask_state() {
  const std::string query = state_query(version_);
  questions_ = {{Part::kReplicaStatus, query}, {Part::kIdentity, ""}};
  const std::size_t middle = query.find("; ");
  questions_[0].sql = query.substr(0, middle);
  questions_[1].sql = query.substr(middle + 2);
  // These come last, because an error in one of them ends the request.
  if (request_.channel_options)
    questions_.push_back({Part::kChannelOptions, channel_options_query(version_)});
  if (request_.depth == Depth::kPulse)
    questions_.push_back({Part::kHeartbeat, heartbeat_query(request_.topology)});
}

void LookTask::ask_details() {
  details_asked_ = true;
  variables_ = judged_variables(version_);
  plugins_ = plugin_variables(version_);
  // The privileges come first, because they explain why later statements fail.
  questions_ = {{Part::kOwnGrants, own_grants_query()},
                {Part::kVariables, select_variables(variables_)},
                {Part::kPersisted, persisted_query()},
                {Part::kSchemas, schemas_query()},
                {Part::kTls, tls_query()},
                {Part::kGroupReplication, group_replication_query()},
                {Part::kReplicas, replicas_query()},
                {Part::kConnections, connections_query()},
                {Part::kBackupLocks, backup_locks_query()},
                {Part::kFilters, filters_query()},
                {Part::kEvents, events_query()},
                {Part::kLongTransactions, open_transactions_query(kLongSeconds)},
                {Part::kPreparedXa, prepared_xa_query()}};
  if (!request_.replication_user.empty())
    questions_.push_back({Part::kAccounts, accounts_query(request_.replication_user)});
  else
    details_.users.emplace();
  if (request_.all_accounts) questions_.push_back({Part::kAllAccounts, all_accounts_query()});
  if (request_.secret && !state_.channels.empty())
    questions_.push_back({Part::kChannelSecrets, channel_secrets_query(request_.secret->salt)});
  if (state_.log_bin) {
    questions_.push_back({Part::kBinlogStatus, binary_log_status_query(version_)});
    questions_.push_back({Part::kBinaryLogs, binary_logs_query()});
  }
  if (request_.semi_sync) questions_.push_back({Part::kSemiSyncStatus, semi_sync_status_query()});
  std::set<std::string> more = request_.more_variables;
  for (const JudgedVariable* variable : variables_) more.erase(std::string(variable->name));
  if (!more.empty()) questions_.push_back({Part::kNamedVariables, select_named_variables(more)});
  // The statements that fail most often come last: each failure costs one more round trip.
  questions_.push_back({Part::kCopyAccounts, copy_accounts_query()});
  questions_.push_back({Part::kClone, clone_query()});
  questions_.push_back({Part::kHeartbeatTable, heartbeat_table_query()});
  questions_.push_back({Part::kHeartbeat, heartbeat_query(request_.topology)});
  for (std::size_t i = 0; i < plugins_.size(); ++i)
    questions_.push_back({Part::kPluginVariables, select_variables(plugins_[i]), i});
}

void LookTask::ask_account_grants() {
  grants_asked_ = true;
  if (!details_.users) return;
  for (std::size_t i = 0; i < details_.users->size(); ++i) {
    const UserAccount& account = (*details_.users)[i];
    questions_.push_back({Part::kAccountGrants, grants_query(account.user, account.host), i});
  }
}

void LookTask::accept(Reply reply) {
  const std::size_t answered = std::min(reply.results.size(), questions_.size());
  for (std::size_t i = 0; i < answered && !failure_; ++i)
    take(questions_[i], std::move(reply.results[i]));
  if (failure_) return;
  if (reply.error && answered < questions_.size()) {
    const Question at_fault = questions_[answered];
    questions_.erase(questions_.begin(),
                     questions_.begin() + static_cast<std::ptrdiff_t>(answered) + 1);
    failed(at_fault, *reply.error);
  } else if (answered < questions_.size()) {
    fail_with({Reason::kOther, "the server answered fewer statements than it was sent"});
  } else {
    questions_.clear();
  }
  std::move(follow_ups_.begin(), follow_ups_.end(), std::back_inserter(questions_));
  follow_ups_.clear();
  if (questions_.empty() && !failure_) finish_stage();
}

void LookTask::finish_stage() {
  if (request_.depth != Depth::kDetails) return;
  if (!details_asked_) return ask_details();
  if (grants_asked_) return;
  if (const Status judged = judge_semi_sync(); !judged)
    return fail_with(
        {Reason::kOther, "the server's answer is not understood: " + judged.error().message});
  ask_account_grants();
}

// Called when the variables of every plugin have come, or are known to be missing.
Status LookTask::judge_semi_sync() {
  if (!request_.semi_sync) return {};
  if (const Status read =
          keep_optional(read_semi_sync(details_.variables, semi_sync_status_), details_.semi_sync);
      !read)
    return read;
  const bool loaded = details_.semi_sync->source && details_.semi_sync->replica;
  if (request_.load_semi_sync && !loaded && !privileges_.has("INSERT", "mysql", "plugin"))
    details_.missing_privileges.emplace_back("INSERT ON mysql.plugin");
  return {};
}

void LookTask::take(const Question& question, ResultSet set) {
  if (question.part == Part::kReplicaStatus) {
    replica_status_ = std::move(set);
    return;
  }
  Status status;
  if (question.part == Part::kIdentity)
    status = keep(read_state(replica_status_, set), state_);
  else
    status = read_detail(question, set);
  if (!status)
    return fail_with(
        {Reason::kOther, "the server's answer is not understood: " + status.error().message});
  if (question.part == Part::kIdentity) failure_ = judge_version(state_.version_text);
}

// Without the performance schema its tables are empty, which does not prove that there is no thread
// or lock.
bool LookTask::performance_schema_is_on() const {
  const auto schema = details_.variables.find("performance_schema");
  return schema != details_.variables.end() && schema->second == "ON";
}

Status LookTask::read_detail(const Question& question, const ResultSet& set) {
  switch (question.part) {
    case Part::kReplicaStatus:
    case Part::kIdentity:
      return {};
    case Part::kOwnGrants: {
      auto lines = read_list(set);
      if (!lines) return tl::unexpected(lines.error());
      privileges_ = parse_grants(*lines);
      details_.missing_privileges = missing_privileges(privileges_);
      details_.missing_copy_privileges = missing_copy_privileges(privileges_);
      return {};
    }
    case Part::kVariables:
      return keep_more(read_variables(variables_, set), details_.variables);
    case Part::kPluginVariables:
      return keep_more(read_variables(plugins_[question.index], set), details_.variables);
    case Part::kNamedVariables:
      return keep_more(read_named_values(set), details_.variables);
    case Part::kPersisted:
      return keep_optional(read_named_values(set), details_.persisted);
    case Part::kAccounts:
      return keep_optional(read_accounts(set), details_.users);
    case Part::kAllAccounts:
      return keep_optional(read_account_names(set), details_.accounts);
    case Part::kSchemas:
      // Without these privileges the rows leave out schemas, so they prove nothing.
      if (!privileges_.sees_all_schemas()) return {};
      return keep_optional(read_schemas(set), details_.schemas);
    case Part::kEvents:
      // The rows leave out events of schemas on which the account lacks the privilege.
      if (!privileges_.has_global("EVENT")) return {};
      details_.may_enable_events =
          (privileges_.has_global("SET_ANY_DEFINER") || privileges_.has_global("SET_USER_ID")) &&
          privileges_.has_global("SYSTEM_USER");
      return keep_optional(read_events(set), details_.events);
    case Part::kLongTransactions:
      if (!performance_schema_is_on()) return {};
      return keep_optional(read_open_transactions(set), details_.long_transactions);
    case Part::kPreparedXa:
      return keep_optional(printed_xids(set.rows), details_.prepared_xa);
    case Part::kHeartbeat:
      read_beat(set);
      return {};
    case Part::kHeartbeatTable:
      return keep(heartbeat_table_trouble(set), details_.heartbeat_trouble);
    case Part::kBinlogStatus:
      return keep(read_binlog_filters(set), details_.binlog_filters);
    case Part::kBinaryLogs:
      return keep(read_single(set), details_.first_binary_log);
    case Part::kClone:
      details_.clone_plugin = true;
      return keep_optional(read_clone(set), details_.clone);
    case Part::kCopyAccounts:
      return read_copy_accounts(set, details_);
    case Part::kTls: {
      auto value = read_single(set);
      if (!value) return tl::unexpected(value.error());
      details_.tls_available = *value == "Yes";
      if (!*value) follow_ups_.push_back({Part::kCertificate, certificate_query()});
      return {};
    }
    case Part::kCertificate: {
      auto values = read_named_values(set);
      if (!values) return tl::unexpected(values.error());
      if (values->empty()) return fail(ErrorCode::kFailed, "whether TLS is on is not said");
      details_.tls_available = !values->begin()->second.empty();
      return {};
    }
    case Part::kGroupReplication: {
      auto value = read_single(set);
      if (!value) return tl::unexpected(value.error());
      details_.group_replication_active = *value && **value != "0";
      return {};
    }
    case Part::kReplicas:
      details_.dump_threads = static_cast<std::int64_t>(set.rows.size());
      return {};
    case Part::kConnections: {
      auto values = read_named_numbers(set);
      if (!values) return tl::unexpected(values.error());
      for (const auto& [name, value] : *values)
        if (name == "uptime")
          details_.started_at = Moment(Millis{value * 1'000});
        else
          details_.threads_connected = value;
      return {};
    }
    case Part::kBackupLocks:
      if (!performance_schema_is_on()) return {};
      return keep_optional(read_sessions(set), details_.backup_locks);
    case Part::kSemiSyncStatus:
      return keep(read_named_values(set), semi_sync_status_);
    case Part::kFilters:
      return read_applier_filters(set, state_.channels);
    case Part::kChannelOptions:
      return read_channel_options(set, state_.channels);
    case Part::kChannelSecrets:
      return read_channel_secrets(set, request_.secret->digest, state_.channels);
    case Part::kAccountGrants:
      auto& grants = (*details_.users)[question.index].grants;
      auto status = keep(read_list(set), grants);
      std::sort(grants.begin(), grants.end());
      return status;
  }
  return {};
}

// A row that cannot be read (somebody else may have made the table) does not make the look fail.
void LookTask::read_beat(const ResultSet& set) {
  auto beat = read_heartbeat(set);
  if (request_.depth == Depth::kPulse) {
    if (beat) state_.pulse = *std::move(beat);
    return;
  }
  details_.heartbeat_table = true;
  if (beat)
    details_.heartbeat = *std::move(beat);
  else if (!details_.heartbeat_trouble)
    details_.heartbeat_trouble = beat.error().message;
}

void LookTask::failed(const Question& question, const ServerError& error) {
  const auto left_out = [&] {
    if (!may_be_left_out(error)) fail_reading(question, error);
  };
  switch (question.part) {
    case Part::kPersisted:
    case Part::kSchemas:
    case Part::kEvents:
    case Part::kLongTransactions:
    case Part::kBackupLocks:
    case Part::kAccounts:
    case Part::kAllAccounts:
    case Part::kCopyAccounts:
    case Part::kChannelOptions:
    case Part::kChannelSecrets:
    case Part::kHeartbeatTable:
      return left_out();
    case Part::kHeartbeat:
      if (error.number == kNoSuchSchema || error.number == kNoSuchTable)
        details_.heartbeat_table = false;
      // A missing privilege is not noted: the rules on privileges report it.
      else if (classify_look(error, "").reason == Reason::kOther && !details_.heartbeat_trouble)
        details_.heartbeat_trouble = fmt::format("error {}, {}", error.number, error.message);
      return left_out();
    case Part::kClone:
      // The clone plugin is not loaded. It is after every CLONE, so there was none.
      if (error.number == kNoSuchTable) details_.clone.emplace();
      return left_out();
    case Part::kPreparedXa:
      if (error.number != kMayNotRecover) left_out();
      return;
    case Part::kAccountGrants:
      // The account may have been dropped between two requests. Grants that are unknown must not
      // look like no grants.
      details_.users.reset();
      questions_.clear();
      if (error.number != kNoSuchGrant) left_out();
      return;
    case Part::kPluginVariables:
      if (error.number == kUnknownVariable) return;  // the plugin is not loaded
      return fail_reading(question, error);
    case Part::kVariables: {
      if (error.number != kUnknownVariable) return fail_reading(question, error);
      // The server lacks a variable of the list for its version. A query by name is slower, but
      // leaves out what does not exist.
      std::set<std::string> names;
      for (const JudgedVariable* variable : variables_) names.emplace(variable->name);
      questions_.insert(questions_.begin(), {Part::kNamedVariables, select_named_variables(names)});
      return;
    }
    default:
      return fail_reading(question, error);
  }
}

void LookTask::fail_reading(const Question& question, const ServerError& error) {
  Unreachable why = classify_look(error, "what it needs (" + question.sql + ")");
  if (why.reason == Reason::kPrivileges && !details_.missing_privileges.empty())
    why.message += "; it lacks " + join(details_.missing_privileges);
  fail_with(std::move(why));
}

void LookTask::fail_with(Unreachable why) {
  failure_ = std::move(why);
  questions_.clear();
}

ServerLook LookTask::take_result() {
  if (failure_) return *std::move(failure_);
  if (details_asked_) state_.details = std::move(details_);
  return std::move(state_);
}

}  // namespace gtidops::mysql
