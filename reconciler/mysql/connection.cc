#include "mysql/connection.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "mysql/public_key.h"
#include "mysql/resolve.h"
#include "system/files.h"
#include "system/socket_wait.h"

namespace gtidops::mysql {
namespace {

using Reason = Unreachable::Reason;

// Sent in one round trip; any account may set these. Not obvious:
// - lock_wait_timeout: a statement that waits for a metadata lock makes other sessions wait behind
//   it;
// - sql_select_limit, max_execution_time: their global values could cut off rows, or waits.
constexpr std::string_view kSession =
    "SET sql_mode='', time_zone='+00:00', autocommit=1, lc_messages='en_US', lock_wait_timeout=5, "
    "innodb_lock_wait_timeout=5, net_read_timeout=30, net_write_timeout=30, "
    "max_execution_time=0, sql_select_limit=18446744073709551615, sql_big_selects=1, "
    "sql_safe_updates=0, "
    "transaction_read_only=0, completion_type='NO_CHAIN'";

// MySQL's default, far longer than the usual interval between two looks.
constexpr std::chrono::seconds kLookerTimeout{28'800};

Unreachable resolve_failure(const Error& error) {
  return {Reason::kNameNotResolved, error.message};
}

Unreachable key_failure(const Target& target, const Error& error) {
  return {Reason::kTls, fmt::format("tls.serverPublicKeyFile ({}) can't be used: {}",
                                    target.server_public_key_file, error.message)};
}

// The time for the next address: an equal share of what is left; the last one gets all of it.
Deadline share(Deadline whole, std::size_t addresses_left) {
  return Deadline::after(whole.left() / static_cast<Millis::rep>(addresses_left));
}

LoginOptions options_for(const Target& target, const std::string& host, const Secret& password) {
  LoginOptions options;
  options.host = host;
  options.port = target.address.port;
  options.user = target.user;
  options.password = &password;
  options.tls = target.tls;
  options.ca_file = target.ca_file;
  options.cert_file = target.cert_file;
  options.key_file = target.key_file;
  options.actor = target.actor;
  return options;
}

// The client libraries do not say which file they cannot read.
std::optional<Unreachable> unreadable_file(const Target& target) {
  if (target.tls == TlsMode::kDisabled) return std::nullopt;
  const std::array<std::pair<const char*, const std::string*>, 3> files{
      {{"tls.caFile", &target.ca_file},
       {"tls.certFile", &target.cert_file},
       {"tls.keyFile", &target.key_file}}};
  for (const auto& [key, file] : files)
    if (!file->empty() && ::access(file->c_str(), R_OK) != 0)
      return Unreachable{Reason::kTls,
                         fmt::format("{} {} cannot be read: {}", key, *file, system_text(errno))};
  return std::nullopt;
}

// Was this address at fault, so that the host's next one may do better?
bool try_next_address(const Unreachable& failure) {
  return failure.reason == Reason::kConnectionRefused || failure.reason == Reason::kNoRoute ||
         failure.reason == Reason::kTimeout;
}

}  // namespace

Connection::Opened Connection::open(const Target& target, const Secret& password,
                                    const LoginLimits& limits) {
  const bool verifies = target.tls == TlsMode::kVerifyCa || target.tls == TlsMode::kVerifyIdentity;
  if (verifies && target.ca_file.empty())
    return tl::unexpected(
        Unreachable{Reason::kTls, "tls.mode verifies certificates, and needs tls.caFile"});
  if (auto unreadable = unreadable_file(target)) return tl::unexpected(*unreadable);
  *limits.stage = Stage::kResolving;
  auto addresses = resolve(target.address.host, limits.connect, limits.cancelled);
  if (!addresses) return tl::unexpected(resolve_failure(addresses.error()));
  // The certificate's name is compared with the host that the library is given, so it gets the name
  // here. The library then resolves the name itself and tries all of its addresses.
  if (target.tls == TlsMode::kVerifyIdentity) addresses = {target.address.host};
  std::optional<PinnedKey> key;  // the library reads it during the login
  if (!target.server_public_key_file.empty() && !always_encrypts(target.tls)) {
    auto loaded = PinnedKey::load(target.server_public_key_file);
    if (!loaded) return tl::unexpected(key_failure(target, loaded.error()));
    key = *std::move(loaded);
  }
  *limits.stage = Stage::kConnecting;
  for (std::size_t i = 0;; ++i) {
    LoginOptions options = options_for(target, (*addresses)[i], password);
    if (key) options.public_key_file = key->path();
    std::unique_ptr<Connection> connection(new Connection(options));
    LoginLimits mine = limits;
    mine.connect = share(limits.connect, addresses->size() - i);
    auto failure = log_in(*connection->handle_, options, mine);
    if (!failure) failure = connection->prepare_session(target.actor.acts());
    if (!failure) {
      *limits.stage = Stage::kOpen;
      return connection;
    }
    if (i + 1 == addresses->size() || !try_next_address(*failure)) return tl::unexpected(*failure);
  }
}

Connection::Connection(const LoginOptions& options)
    : handle_(std::make_unique<ClientHandle>(options)) {}

Connection::~Connection() {
  // Without abandon() the library would send a goodbye, which could block on a stuck connection.
  if (lost_) handle_->abandon();
}

std::optional<Unreachable> Connection::prepare_session(bool acts) {
  handle_->forget_password();
  server_version_ = handle_->server_version();
  id_ = handle_->thread_id();
  encrypted_ = handle_->encrypted();
  const auto timeout = acts ? kActorTimeout : kLookerTimeout;
  const Reply reply =
      ask(std::string(kSession) + ", wait_timeout=" + std::to_string(timeout.count()));
  if (reply.error) return classify_look(*reply.error, "its session settings");
  return std::nullopt;
}

bool Connection::is_fit() const { return !lost_ && !has_input(handle_->socket()); }

Reply Connection::ask(std::string_view sql) {
  Reply reply = handle_->query(sql);
  lost_ = reply.lost;
  return reply;
}

}  // namespace gtidops::mysql
