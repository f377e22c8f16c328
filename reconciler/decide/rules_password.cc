// Does the primary let the replication user in with the declared password? What no replica could
// log in with is found out before anything rests on it.
#include <fmt/format.h>

#include <algorithm>

#include "decide/draft.h"
#include "model/statement.h"

namespace gtidops {
namespace {

const Details* details_of_primary(const Draft& draft) {
  const ServerState* primary = draft.seen.state(*draft.spec.primary);
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

// The old primary gets a channel with what is declared, and nothing else. Empty: that will do.
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

}  // namespace

bool password_is_refused(const Draft& draft) {
  const Details* details = details_of_primary(draft);
  return details != nullptr && details->replication_login == false;
}

std::string password_hint(const Draft& draft) {
  return "if the file is right: ALTER USER " + account(draft) + " IDENTIFIED BY ... on " +
         *draft.spec.primary + "; else correct what replication.user.passwordFrom names";
}

void rules_on_password(Draft& draft) {
  if (!draft.spec.replication.user) return;
  const std::string& primary = *draft.spec.primary;
  // What was committed can only go forward.
  const bool may_wait = draft.switching() && !draft.change->frozen_at && draft.intent.stable();
  const auto say = [&](const std::string& why) {
    if (may_wait)
      draft.refuse("", "replication-password", why, password_hint(draft));
    else
      draft.object(primary, "replication-password", why, password_hint(draft));
  };
  if (password_is_refused(draft)) {
    draft.differs(primary, "replication.user.passwordFrom",
                  "the password of " + draft.spec.replication.user->password.describe(),
                  "another one");
    for (const ServerSpec& server : draft.spec.servers)
      if (!draft.is_primary(server)) draft.unattachable.insert(*server.name);
    return say(
        fmt::format("{} does not let {} in with the declared password", primary, account(draft)));
  }
  const Details* details = details_of_primary(draft);
  const std::string lacking =
      details == nullptr ? std::string() : lacking_option(draft, details->replication_demands);
  if (may_wait && !lacking.empty())
    draft.refuse(
        "", "replication-user",
        fmt::format("{} must connect with {} (REQUIRE {}), and replication.options does "
                    "not say {}: no replica could connect to {}",
                    account(draft), details->replication_demands == "ANY" ? "TLS" : "a certificate",
                    details->replication_demands == "ANY" ? "SSL" : details->replication_demands,
                    lacking, primary),
        "declare it in replication.options, or ALTER USER " + account(draft) +
            " REQUIRE NONE on the old primary");
  const bool tried = details != nullptr && details->replication_login.has_value();
  if (may_wait && !tried && some_channel_differs(draft))
    say(
        fmt::format("the channels log in with another password than the declared one, and whether "
                    "{} takes that could not be tried",
                    primary));
}

}  // namespace gtidops
