#include "mysql/replication_secret.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

#include "model/statement.h"
#include "mysql/statement_text.h"

namespace gtidops::mysql {
namespace {

constexpr int kAccessDenied = 1045;
constexpr Millis kSecretPatience{1'000};
constexpr Millis kCommandPause{60'000};

std::string hex(const unsigned char* bytes, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

std::string random_salt() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return {};
  return hex(bytes.data(), bytes.size());
}

std::string digest_of(const std::string& salt, const Secret& secret) {
  Secret text(salt);
  text.append(secret.reveal());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (EVP_Digest(text.c_str(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
    return {};
  return hex(digest.data(), size);
}

// One row: the TLS that the account demands, the state of its password, whether its host matches
// the address that we come from, the number of accounts of that name, and whether failed logins
// lock it.
std::string account_query(const std::string& user, const std::string& host) {
  return fmt::format(
      "SELECT ssl_type, CONCAT(COALESCE(password_last_changed, ''), plugin, account_locked, "
      "password_expired, ssl_type, COALESCE(User_attributes, '')), "
      "SUBSTRING_INDEX(USER(), '@', -1) LIKE Host OR "
      "(SUBSTRING_INDEX(USER(), '@', -1) = 'localhost' AND '127.0.0.1' LIKE Host) OR "
      "EXISTS (SELECT 1 FROM performance_schema.host_cache AS c WHERE "
      "c.HOST = SUBSTRING_INDEX(USER(), '@', -1) AND c.IP LIKE u.Host), "
      "(SELECT COUNT(*) FROM mysql.user AS other WHERE other.User = u.User), "
      "COALESCE(User_attributes->>'$.Password_locking.failed_login_attempts', '0') "
      "FROM mysql.user AS u WHERE u.User = {} AND u.Host = {}",
      quote_string(user), quote_string(host));
}

std::optional<Outcome> ask(Session& session, const std::string& sql, Millis deadline) {
  const auto gathering = std::make_shared<Gathering>(1);
  session.post_statement(Secret(sql), deadline, gathering);
  gathering->wait(Deadline::after(deadline));
  return session.take(true);
}

const Row* single_row(const std::optional<Outcome>& outcome, std::size_t columns) {
  if (!outcome || outcome->unreachable || outcome->reply.error || outcome->reply.results.empty())
    return nullptr;
  const auto& rows = outcome->reply.results.front().rows;
  if (rows.size() != 1 || rows.front().size() != columns) return nullptr;
  for (const auto& value : rows.front())
    if (!value) return nullptr;
  return &rows.front();
}

}  // namespace

void ReplicationSecret::add_to(LookRequest& request, Deadline deadline) {
  // A command that prints the secret runs once a minute at most, and a look waits a second at most
  // for it.
  const bool command = ref_.kind == SecretRef::Kind::kExec;
  if (!command || again_after_.over()) {
    auto read = read_secret(ref_, deadline.earlier(Deadline::after(kSecretPatience)));
    secret_ = read ? std::make_shared<const Secret>(*std::move(read)) : nullptr;
    again_after_ = Deadline::after(kCommandPause);
  }
  // A channel keeps the password in utf8mb3, which has the same bytes as our sessions' utf8mb4.
  if (!secret_ || !is_kept_by_channels(*secret_)) return;
  const std::string salt = random_salt();
  if (salt.empty()) return;
  request.secret = SaltedSecret{salt, digest_of(salt, *secret_)};
}

std::optional<bool> ReplicationSecret::accepted(Session& primary, Millis deadline) {
  demands_.clear();
  failures_lock_ = false;
  if (!secret_) return std::nullopt;
  const auto found = ask(primary, account_query(login_.user, host_), deadline);
  const Row* row = single_row(found, 5);
  if (row == nullptr) return std::nullopt;
  demands_ = *(*row)[0];
  const bool certificate = *(*row)[0] == "X509" || *(*row)[0] == "SPECIFIED";
  failures_lock_ = *(*row)[4] != "0";
  if (certificate || failures_lock_) return std::nullopt;
  const std::string& against = *(*row)[1];
  if (verdict_ && tried_ && tried_->reveal() == secret_->reveal() && tried_against_ == against)
    return verdict_;
  // A refusal counts only if it cannot be due to another account of that name, or to our address.
  const bool tell_refusals = *(*row)[2] == "1" && *(*row)[3] == "1";
  verdict_ = log_in(tell_refusals, deadline);
  tried_ = secret_;
  tried_against_ = against;
  return verdict_;
}

std::optional<bool> ReplicationSecret::log_in(bool tell_refusals, Millis deadline) {
  Session session(login_, ref_, secret_);
  const auto outcome = ask(session, "SELECT CURRENT_USER()", deadline);
  if (!outcome) return std::nullopt;
  if (outcome->unreachable) {
    const bool refused = outcome->unreachable->number == kAccessDenied;
    return refused && tell_refusals ? std::optional(false) : std::nullopt;
  }
  const Row* row = single_row(outcome, 1);
  if (row == nullptr || *row->front() != login_.user + "@" + host_) return std::nullopt;
  return true;
}

}  // namespace gtidops::mysql
