#include "http/basic_auth.h"

#include <crypt.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "system/secret.h"

namespace gtidops {
namespace {

constexpr std::size_t kCached = 200;
constexpr std::size_t kLongestHeader = 1024;
// Nobody's: a name that does not exist takes as long as one that does.
constexpr const char* kNobody = "$2b$10$qz2Q5yYfu5sQckhd0s4TLuW/ICz1yf9gHgRUN004nHgo87ZRxpgGG";

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

// "Basic dXNlcjpwYXNz": "user:pass".
std::optional<std::string> credentials(const std::string& authorization) {
  if (authorization.size() < 6 || authorization.size() > kLongestHeader) return std::nullopt;
  std::string scheme = authorization.substr(0, 6);
  for (char& c : scheme) c = static_cast<char>(c | 0x20);
  if (scheme != "basic ") return std::nullopt;
  return decode(authorization.substr(6));
}

}  // namespace

BasicAuth::BasicAuth() {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1)
    throw std::runtime_error("no random bytes");
}

BasicAuth::Digest BasicAuth::digest_of(const std::string& user, const std::string& hash,
                                       const std::string& password) const {
  Digest digest{};
  std::string all = user + '\0' + hash + '\0' + password;
  unsigned int size = digest.size();
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(all.data()), all.size(), digest.data(), &size);
  wipe_memory(all.data(), all.size());
  return digest;
}

bool BasicAuth::permits(const std::map<std::string, std::string>& users,
                        const std::string& authorization) {
  if (users.empty()) return true;
  auto given = credentials(authorization);
  if (!given) return false;
  const auto colon = given->find(':');
  if (colon == std::string::npos || given->find('\0') != std::string::npos) return false;
  const std::string user = given->substr(0, colon);
  std::string password = given->substr(colon + 1);
  wipe_memory(given->data(), given->size());
  const auto found = users.find(user);
  const std::string hash = found == users.end() ? kNobody : found->second;
  const Digest digest = digest_of(user, hash, password);
  {
    const std::lock_guard lock(cache_mutex_);
    const auto known = cache_.find(digest);
    if (known != cache_.end()) return known->second;
  }
  bool right = false;
  {
    const std::lock_guard lock(bcrypt_);
    right = matches(password, hash) && found != users.end();
  }
  wipe_memory(password.data(), password.size());
  const std::lock_guard lock(cache_mutex_);
  if (cache_.size() >= kCached) cache_.clear();
  cache_.emplace(digest, right);
  return right;
}

}  // namespace gtidops
