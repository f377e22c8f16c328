#include "system/one_time_secret.h"

#include <openssl/rand.h>

#include <array>
#include <map>
#include <mutex>
#include <string_view>

namespace gtidops {

Result<Secret> one_time_secret(const std::string& name) {
  // 64 of them, so that each byte gives one with the same probability.
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
  // What the policies of validate_password want at least.
  constexpr std::string_view kOfEachKind = "aA1_";
  static std::mutex mutex;
  static std::map<std::string, Secret> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(name);
  if (found != known.end()) return Secret(found->second.reveal());
  std::array<unsigned char, 28> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return fail(ErrorCode::kFailed, "there are no random bytes for a password");
  Secret secret(kOfEachKind);
  for (const unsigned char byte : bytes) secret.append(kLetters.substr(byte % 64U, 1));
  wipe_memory(bytes.data(), bytes.size());
  Secret same(secret.reveal());
  known.emplace(name, std::move(secret));
  return same;
}

}  // namespace gtidops
