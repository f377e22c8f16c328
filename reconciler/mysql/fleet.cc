#include "mysql/fleet.h"

#include <algorithm>
#include <set>
#include <utility>

#include "model/source_options.h"
#include "mysql/failure.h"
#include "mysql/statement_text.h"

namespace gtidops {
namespace {

using mysql::Gathering;
using mysql::Outcome;
using mysql::Reply;
using mysql::Session;

constexpr int kInterrupted = 1317;
// kKillTime is for a second connection to send KILL: a server that does not let it in by then hangs
// itself. kKillAnswer is for the killed statement to report its end.
constexpr Millis kKillTime{200};
constexpr Millis kKillAnswer{500};

mysql::Target target_of(const Spec& spec, const ServerSpec& server, const Actor& actor) {
  mysql::Target target;
  target.address = *server.address;
  target.user = *spec.admin_of(server).user;
  target.tls = spec.tls.mode_for(*server.address);
  target.ca_file = *spec.tls.ca_file;
  target.cert_file = *spec.tls.cert_file;
  target.key_file = *spec.tls.key_file;
  target.server_public_key_file = *spec.tls.server_public_key_file;
  target.actor = actor;
  return target;
}

std::set<std::string> declared_variables(const Spec& spec) {
  std::set<std::string> names;
  const auto add = [&](const Variables& variables) {
    for (const auto& variable : variables) names.insert(variable.first);
  };
  add(spec.variables.all);
  add(spec.variables.primary);
  add(spec.variables.replicas);
  for (const auto& of_server : spec.variables.servers) add(of_server.second);
  return names;
}

bool declares_hidden_options(const Spec& spec) {
  const auto& options = spec.replication.options;
  return std::any_of(options.begin(), options.end(), [](const auto& declared) {
    const SourceOption* option = find_source_option(declared.first);
    return option != nullptr && configured_only(*option);
  });
}

mysql::LookRequest request_of(const Spec& spec) {
  const std::string user = spec.replication.user ? *spec.replication.user->name : std::string();
  const auto& semi_sync = spec.replication.semi_sync;
  return {Depth::kState,
          *spec.name,
          user,
          declared_variables(spec),
          semi_sync.has_value(),
          semi_sync && *semi_sync->enabled,
          *spec.reconcile.prune_users,
          declares_hidden_options(spec)};
}

Moment now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

std::string milliseconds(Millis value) { return std::to_string(value.count()) + " ms"; }

ServerLook result_of(Session& session, Millis deadline) {
  std::optional<Outcome> outcome = session.take(true);
  if (outcome && outcome->state) return *std::move(outcome->state);
  Unreachable why = outcome && outcome->unreachable ? *std::move(outcome->unreachable)
                                                    : mysql::timed_out(session.stage(), deadline);
  session.count_error(why.reason);
  return why;
}

// Sends KILL QUERY or KILL CONNECTION for the session, on a second connection. True: the server has
// accepted it.
bool kill(const Session& session, const char* what) {
  const std::string sql =
      std::string("KILL ") + what + " " + std::to_string(session.connection_id());
  const auto twin = session.twin();
  const auto gathering = std::make_shared<Gathering>(1);
  twin->post_statement(Secret(sql), kKillTime, gathering);
  if (!gathering->wait(Deadline::after(kKillTime))) return false;
  const auto outcome = twin->take(true);
  return outcome && !outcome->unreachable && !outcome->reply.error;
}

// For a statement that has not ended by its deadline. nullopt: its outcome is unknown, and the
// connection is gone.
std::optional<Outcome> interrupt(Session& session, Gathering& gathering, Millis waited) {
  const mysql::Stage stage = session.stage();
  if (session.was_sent() && !session.is_cut_off() && kill(session, "QUERY")) {
    gathering.wait(Deadline::after(kKillAnswer));
    if (auto outcome = session.take(false)) return outcome;
    (void)kill(session, "CONNECTION");  // so that the session at least begins nothing new
  }
  session.reset();
  if (session.was_sent()) return std::nullopt;
  return Outcome{mysql::timed_out(stage, waited), {}, {}};
}

// The result of a statement that was answered.
Result<Rows> judge(Reply reply, const Statement& statement, const std::vector<Secret>& secrets) {
  if (!reply.error) {
    if (reply.results.empty()) return Rows{};
    return std::move(reply.results.front().rows);
  }
  const int number = reply.error->number;
  const auto& tolerated = statement.tolerated;
  if (std::find(tolerated.begin(), tolerated.end(), number) != tolerated.end()) return Rows{};
  const std::string message = mysql::safe_message(*reply.error, secrets);
  if (reply.lost)
    return fail(ErrorCode::kUnknown, "the connection was lost while it ran: " + message, number);
  return fail(mysql::classify_statement(number), message, number);
}

}  // namespace

MysqlFleet::MysqlFleet(const Spec& spec, const Actor& actor)
    : request_(request_of(spec)), primary_(*spec.primary) {
  const ServerSpec* primary = spec.server(primary_);
  if (spec.replication.user && primary != nullptr) {
    mysql::Target login = target_of(spec, *primary, Actor{});
    login.user = *spec.replication.user->name;
    secret_.emplace(std::move(login), *spec.replication.user->host,
                    spec.replication.user->password.for_replication());
  }
  for (const ServerSpec& server : spec.servers)
    sessions_[*server.name] =
        std::make_unique<Session>(target_of(spec, server, actor), spec.admin_of(server).password);
}

MysqlFleet::~MysqlFleet() = default;

Session* MysqlFleet::session(const std::string& server) const {
  const auto found = sessions_.find(server);
  return found == sessions_.end() ? nullptr : found->second.get();
}

Observation MysqlFleet::look(const std::vector<std::string>& servers, Depth depth,
                             Millis deadline_time) {
  const Deadline deadline = Deadline::after(deadline_time);
  Observation observation;
  observation.taken_at = now();
  mysql::LookRequest request = request_;
  request.depth = depth;
  if (depth == Depth::kDetails && secret_) secret_->add_to(request, deadline);
  std::map<std::string, Session*> asked;
  for (const std::string& name : servers) {
    if (Session* const one = session(name))
      asked[name] = one;
    else
      observation.servers[name] =
          Unreachable{Unreachable::Reason::kOther, "there is no such server"};
  }
  const auto gathering = std::make_shared<Gathering>(asked.size());
  for (const auto& [name, one] : asked) {
    if (one->login_is_stuck()) one->reset();
    one->post_look(request, deadline_time, gathering);
  }
  gathering->wait(deadline);
  for (const auto& [name, one] : asked) observation.servers[name] = result_of(*one, deadline_time);
  try_replication_login(observation, deadline);
  return observation;
}

// The login is tried on the primary, where the account is, and only after a detailed look at it.
void MysqlFleet::try_replication_login(Observation& observation, Deadline deadline) {
  const auto found = observation.servers.find(primary_);
  if (found == observation.servers.end() || !secret_ || deadline.left() <= Millis{0}) return;
  auto* state = std::get_if<ServerState>(&found->second);
  if (state == nullptr || !state->details) return;
  state->details->replication_login = secret_->accepted(*session(primary_), deadline.left());
  state->details->replication_demands = secret_->demands();
  state->details->replication_login_locks = secret_->failures_lock();
}

std::optional<SecretTrouble> MysqlFleet::try_secret(const SecretRef& secret) {
  const auto read = mysql::read_for_statement(secret, Deadline::after(kSecretCommandTime));
  if (read) return std::nullopt;
  return SecretTrouble{
      read.error().code != ErrorCode::kInvalid,
      "the secret " + secret.describe() + " cannot be used: " + read.error().message};
}

Result<Rows> MysqlFleet::run(const Statement& statement, Millis deadline_time) {
  const Deadline deadline = Deadline::after(deadline_time);
  Session* const one = session(statement.server);
  if (one == nullptr)
    return fail(ErrorCode::kUnreachable, "not sent: there is no server " + statement.server);
  auto text = mysql::write_statement(statement, deadline);
  if (!text) return tl::unexpected(text.error());
  // A look that was given up may occupy the connection for long, and this statement may be urgent.
  if (one->is_stuck()) one->reset();
  const auto gathering = std::make_shared<Gathering>(1);
  one->post_statement(std::move(text->sql), deadline.left(), gathering, statement.connection);
  const bool late = !gathering->wait(deadline);
  auto outcome = late ? interrupt(*one, *gathering, deadline_time) : one->take(true);
  if (!outcome)
    return fail(ErrorCode::kUnknown, "there was no answer within " + milliseconds(deadline_time) +
                                         ": it may have happened, or may yet");
  if (outcome->unreachable) {
    one->count_error(outcome->unreachable->reason);
    return fail(ErrorCode::kUnreachable, "not sent: " + outcome->unreachable->message);
  }
  auto result = judge(std::move(outcome->reply), statement, text->secrets);
  if (late && !result && result.error().mysql_errno == kInterrupted)
    result.error().message =
        "it did not end within " + milliseconds(deadline_time) + ", and was stopped";
  if (statement.changes_session && !result) one->reset();
  return result;
}

// The connection tells the server that a copy is begun on it, and does not act: sessions that act
// are ended when their process is gone (execute/right_to_act.h), and the copy would end with them.
Status MysqlFleet::begin(const Statement& statement, Millis patience) {
  const Deadline deadline = Deadline::after(patience);
  Session* const one = session(statement.server);
  if (one == nullptr)
    return fail(ErrorCode::kUnreachable, "not sent: there is no server " + statement.server);
  auto text = mysql::write_statement(statement, deadline);
  if (!text) return tl::unexpected(text.error());
  Actor copying;
  copying.copies = one->actor().controller.empty() ? "unknown" : one->actor().controller;
  const auto own = one->twin(copying);
  const auto gathering = std::make_shared<Gathering>(1);
  own->post_statement(std::move(text->sql), deadline.left(), gathering);
  if (!gathering->wait(deadline)) {
    own->reset();
    if (own->was_sent()) return {};
    return fail(ErrorCode::kUnreachable,
                "not sent: there was no login within " + milliseconds(patience));
  }
  auto outcome = own->take(true);
  if (!outcome || outcome->unreachable)
    return fail(ErrorCode::kUnreachable,
                "not sent: " + (outcome ? outcome->unreachable->message : "no connection"));
  const auto result = judge(std::move(outcome->reply), statement, text->secrets);
  return result ? Status{} : tl::unexpected<Error>(result.error());
}

int MysqlFleet::watch(const std::string& server) {
  Session* const one = session(server);
  return one == nullptr ? -1 : one->duplicate_socket();
}

std::uint64_t MysqlFleet::connection(const std::string& server) const {
  const Session* const one = session(server);
  return one == nullptr ? 0 : one->connection_number();
}

std::map<std::string, mysql::ConnectionCounts> MysqlFleet::counts() const {
  std::map<std::string, mysql::ConnectionCounts> all;
  for (const auto& [name, one] : sessions_) all.emplace(name, one->counts());
  return all;
}

}  // namespace gtidops
