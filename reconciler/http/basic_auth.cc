#include "http/basic_auth.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "system/secret.h"

namespace gtidops {
namespace {

constexpr std::size_t kWrongOnes = 200;
constexpr std::size_t kLongestHeader = 1024;

std::optional<std::string> decode(const std::string& base64) {
  if (base64.empty() || base64.size() % 4 != 0) return std::nullopt;
  std::vector<unsigned char> bytes(base64.size() / 4 * 3);
  const int size =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(base64.data()),
                      static_cast<int>(base64.size()));
  if (size < 0) return std::nullopt;
  std::string text(bytes.begin(), bytes.begin() + size);
  for (std::size_t i = base64.size(); i > 0 && base64[i - 1] == '=' && !text.empty(); --i)
    text.pop_back();
  wipe_memory(bytes.data(), bytes.size());
  return text;
}

bool matches(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();
  const char* made = ::crypt_r(password.c_str(), hash.c_str(), data.get());
  const bool same = made != nullptr && std::string_view(made).size() == hash.size() &&
                    CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
  wipe_memory(data.get(), sizeof(crypt_data));
  return same;
}

struct Credentials {
  Credentials() = default;
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;
  ~Credentials() { wipe_memory(password.data(), password.size()); }
  std::string user, password;
};

// Reads the user and the password from a header's value, "Basic " and the base64 of "user:pass".
bool read_credentials(const std::string& authorization, Credentials& into) {
  if (authorization.size() < 6 || authorization.size() > kLongestHeader) return false;
  std::string scheme = authorization.substr(0, 6);
  for (char& c : scheme) c = static_cast<char>(c | 0x20);
  if (scheme != "basic ") return false;
  auto text = decode(authorization.substr(6));
  if (!text) return false;
  const auto colon = text->find(':');
  const bool good = colon != std::string::npos && text->find('\0') == std::string::npos;
  if (good) {
    into.user = text->substr(0, colon);
    into.password = text->substr(colon + 1);
  }
  wipe_memory(text->data(), text->size());
  return good;
}

}  // namespace

BasicAuth::BasicAuth() {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1)
    throw std::runtime_error("no random bytes");
}

BasicAuth::Digest BasicAuth::digest_of(const std::string& text) const {
  Digest digest{};
  unsigned int size = digest.size();
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return digest;
}

// An unknown name gets the hash of one of the users, chosen by the name and so always the same one.
// The hashes may differ in cost: a time that is the same for all unknown names, or that varies for
// one name, would reveal which names exist.
std::string BasicAuth::hash_for(const Users& users, const std::string& user) const {
  const auto found = users.find(user);
  if (found != users.end()) return found->second;
  const Digest digest = digest_of(user);
  const std::size_t number = (std::size_t{digest[0]} << 8U) + digest[1];
  return std::next(users.begin(), static_cast<std::ptrdiff_t>(number % users.size()))->second;
}

BasicAuth::Attempt BasicAuth::attempt(const Users& users, const std::string& user,
                                      const std::string& password) const {
  Attempt attempt{user, hash_for(users, user), users.count(user) > 0, {}};
  std::string all = user + '\0' + attempt.hash + '\0' + password;
  attempt.digest = digest_of(all);
  wipe_memory(all.data(), all.size());
  return attempt;
}

std::optional<bool> BasicAuth::remembered(const Attempt& attempt) {
  const std::lock_guard lock(mutex_);
  const auto right = right_.find(attempt.user);
  if (attempt.exists && right != right_.end() && right->second == attempt.digest) return true;
  if (wrong_.count(attempt.digest) > 0) return false;
  return std::nullopt;
}

void BasicAuth::remember(const Attempt& attempt, bool right) {
  const std::lock_guard lock(mutex_);
  if (right) {
    right_[attempt.user] = attempt.digest;
    return;
  }
  if (wrong_.size() >= kWrongOnes) wrong_.clear();
  wrong_.insert(attempt.digest);
}

std::optional<bool> BasicAuth::known(const Users& users, const std::string& authorization) {
  if (users.empty()) return true;
  Credentials given;
  if (!read_credentials(authorization, given)) return false;
  return remembered(attempt(users, given.user, given.password));
}

bool BasicAuth::permits(const Users& users, const std::string& authorization) {
  if (users.empty()) return true;
  Credentials given;
  if (!read_credentials(authorization, given)) return false;
  const Attempt tried = attempt(users, given.user, given.password);
  // Another request with the same credentials may have been checked while this one waited.
  if (const auto known = remembered(tried)) return *known;
  const bool right = matches(given.password, tried.hash) && tried.exists;
  remember(tried, right);
  return right;
}

}  // namespace gtidops
