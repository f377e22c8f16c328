// The rules on the replication user: does the primary let it in with the declared password? A
// password that no replica could log in with is found out before anything rests on it.
#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "decide/channel_change.h"
#include "decide/draft.h"
#include "model/actions/replication_user.h"
#include "model/statement.h"

namespace gtidops {
namespace {

const Details* details_of_primary(const Draft& draft) {
  const ServerState* primary = draft.seen.state(draft.goal.primary);
  return primary != nullptr && primary->details ? &*primary->details : nullptr;
}

bool some_channel_differs(const Draft& draft) {
  return std::any_of(
      draft.spec.servers.begin(), draft.spec.servers.end(), [&](const ServerSpec& server) {
        const ServerState* state = draft.seen.state(*server.name);
        const Channel* channel = state == nullptr ? nullptr : state->default_channel();
        return channel != nullptr && channel->secret_as_declared == false &&
               channel->source_user == *draft.spec.replication.user->name;
      });
}

// Has any receiver logged in with the declared password, and is it still connected?
bool some_channel_shows_it(const Draft& draft) {
  return std::any_of(
      draft.spec.servers.begin(), draft.spec.servers.end(), [&](const ServerSpec& server) {
        const ServerState* state = draft.seen.state(*server.name);
        const Channel* channel = state == nullptr ? nullptr : state->default_channel();
        return channel != nullptr && channel->secret_as_declared == true &&
               channel->receiver == ThreadState::kOn &&
               channel->source_user == *draft.spec.replication.user->name;
      });
}

bool some_channel_works(const Draft& draft) {
  return std::any_of(
      draft.spec.servers.begin(), draft.spec.servers.end(), [&](const ServerSpec& server) {
        const ServerState* state = draft.seen.state(*server.name);
        const Channel* channel = state == nullptr ? nullptr : state->default_channel();
        return channel != nullptr && channel->receiver == ThreadState::kOn;
      });
}

bool failures_lock(const Draft& draft) {
  const Details* details = details_of_primary(draft);
  return details != nullptr && details->replication_login_locks;
}

// Does this plan create the account, with the declared password?
bool account_is_made(const Draft& draft) {
  return std::any_of(draft.plan.steps.begin(), draft.plan.steps.end(), [](const Step& step) {
    return std::holds_alternative<CreateReplicationUser>(step.action);
  });
}

bool account_is_absent(const Draft& draft) {
  const Details* details = details_of_primary(draft);
  const ReplicationUserSpec& user = *draft.spec.replication.user;
  return details != nullptr && details->users &&
         find_account(*details->users, *user.name, *user.host) == nullptr;
}

// The servers whose channel has another login than the declared one, and keeps it while it is not
// known whether the declared one works.
std::vector<std::string> left_with_another_login(const Draft& draft) {
  const ReplicationUserSpec& user = *draft.spec.replication.user;
  std::vector<std::string> names;
  for (const ServerSpec& server : draft.spec.servers) {
    const std::string& name = *server.name;
    const ServerState* state = draft.seen.state(name);
    const Channel* channel = state == nullptr ? nullptr : state->default_channel();
    if (channel == nullptr || login_refused(*channel, false) || draft.blocked.count(name) > 0 ||
        leaves_alone(draft.spec, name, object_of_path(draft.spec, "replication.user")))
      continue;
    if (channel->source_user != *user.name || channel->secret_as_declared == false)
      names.push_back(name);
  }
  return names;
}

// The channel of the old primary gets the declared options and no others. Which option does it lack
// to meet what the account demands? Empty: none.
std::string lacking_option(const Draft& draft, const std::string& demands) {
  const auto& options = draft.spec.replication.options;
  const auto ssl = options.find("SOURCE_SSL");
  const bool certificate = demands == "X509" || demands == "SPECIFIED";
  if (certificate && options.count("SOURCE_SSL_CERT") == 0) return "SOURCE_SSL_CERT";
  if (!demands.empty() && ssl != options.end() && *ssl->second == "0") return "SOURCE_SSL: 1";
  return {};
}

std::string account(const Draft& draft) {
  const ReplicationUserSpec& user = *draft.spec.replication.user;
  return quote_account(*user.name, *user.host);
}

// Where a person can alter the account: in a change of roles the new primary is not open yet.
const std::string& where_it_is_changed(const Draft& draft) {
  return draft.switching() ? draft.change->from : draft.goal.primary;
}

}  // namespace

bool password_is_refused(const Draft& draft) {
  const Details* details = details_of_primary(draft);
  return details != nullptr && details->replication_login == false;
}

std::string password_hint(const Draft& draft) {
  return fmt::format(
      "if the file is right, on {}: ALTER USER {} IDENTIFIED BY 'the declared password' RETAIN "
      "CURRENT "
      "PASSWORD; else correct what replication.user.passwordFrom names",
      where_it_is_changed(draft), account(draft));
}

bool may_tell_password(const Draft& draft) {
  const Details* details = details_of_primary(draft);
  if (details != nullptr && details->replication_login) return *details->replication_login;
  if (account_is_made(draft)) return true;
  return !failures_lock(draft) && some_channel_shows_it(draft);
}

bool password_may_lock(const Draft& draft) {
  return failures_lock(draft) && some_channel_works(draft) && !some_channel_shows_it(draft) &&
         !account_is_made(draft);
}

std::string untried_password(const Draft& draft) {
  const std::string& primary = draft.goal.primary;
  const Details* details = details_of_primary(draft);
  const bool certificate = details != nullptr && (details->replication_demands == "X509" ||
                                                  details->replication_demands == "SPECIFIED");
  return fmt::format(
      "whether {} takes the declared password of {} is not known: {}", primary, account(draft),
      failures_lock(draft) ? "logins that fail would lock it for every replica, so none is tried"
      : certificate        ? "to log in takes a certificate, which gtidops has not"
                           : "a login from here could not show it");
}

std::string proof_of_password_hint(const Draft& draft) {
  if (failures_lock(draft))
    return fmt::format(
        "ALTER USER {} FAILED_LOGIN_ATTEMPTS 0 on {}, run this again, which then tries it once, "
        "and put FAILED_LOGIN_ATTEMPTS back",
        account(draft), where_it_is_changed(draft));
  return "give it to one replica by hand: STOP REPLICA IO_THREAD; CHANGE REPLICATION SOURCE TO "
         "SOURCE_PASSWORD = ...; START REPLICA IO_THREAD; when that one is connected, the others "
         "are told";
}

namespace {

// May a change of roles be refused? Not when an earlier pass began or committed it.
bool may_wait(const Draft& draft) {
  return draft.switching() && !draft.change->frozen_at && draft.intent.stable();
}

void rule_refused(Draft& draft) {
  const std::string& primary = draft.goal.primary;
  draft.differs(primary, "replication.user.passwordFrom",
                "the password of " + draft.spec.replication.user->password.describe(),
                "another one");
  for (const ServerSpec& server : draft.spec.servers)
    if (!draft.is_primary(server)) draft.unattachable.insert(*server.name);
  const std::string why =
      fmt::format("{} does not let {} in with the declared password", primary, account(draft));
  if (may_wait(draft))
    draft.refuse("", rule::kReplicationPassword, why, password_hint(draft));
  else
    draft.object(primary, rule::kReplicationPassword, why, password_hint(draft));
}

void rule_demands(Draft& draft) {
  const Details* details = details_of_primary(draft);
  const std::string lacking =
      details == nullptr ? std::string() : lacking_option(draft, details->replication_demands);
  if (lacking.empty() || !may_wait(draft)) return;
  draft.refuse(
      "", rule::kReplicationUser,
      fmt::format("{} must connect with {} (REQUIRE {}), and replication.options does "
                  "not say {}: no replica could connect to {}",
                  account(draft), details->replication_demands == "ANY" ? "TLS" : "a certificate",
                  details->replication_demands == "ANY" ? "SSL" : details->replication_demands,
                  lacking, draft.goal.primary),
      "declare it in replication.options, or ALTER USER " + account(draft) +
          " REQUIRE NONE on the old primary");
}

// It is not known whether the declared password works. Working channels keep the one that they
// have, and a switch that may leave a server without a channel must not begin.
void rule_untried(Draft& draft) {
  if (may_tell_password(draft) || account_is_absent(draft)) return;
  // The rules on identity have said that the primary cannot be read.
  if (details_of_primary(draft) == nullptr && !may_wait(draft)) return;
  const std::vector<std::string> left = left_with_another_login(draft);
  std::string why = untried_password(draft);
  if (!left.empty())
    why += fmt::format(". {} work{} with another login, and keep{} it", join_names(left),
                       left.size() == 1 ? "s" : "", left.size() == 1 ? "s" : "");
  const bool in_doubt = some_channel_differs(draft) || password_may_lock(draft);
  if (may_wait(draft) && in_doubt)
    draft.refuse("", rule::kReplicationPassword, why, proof_of_password_hint(draft));
  else if (!left.empty())
    draft.object(draft.goal.primary, rule::kReplicationPassword, why,
                 proof_of_password_hint(draft));
}

}  // namespace

void rules_on_password(Draft& draft) {
  if (!draft.spec.replication.user) return;
  if (password_is_refused(draft)) return rule_refused(draft);
  rule_demands(draft);
  rule_untried(draft);
}

}  // namespace gtidops
