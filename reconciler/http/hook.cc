#include "http/hook.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace gtidops {
namespace {

std::string hex_hmac(std::string_view secret, std::string_view body) {
  std::array<unsigned char, 32> bytes{};
  unsigned int size = bytes.size();
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), bytes.data(), &size);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

HookCheck judged(bool right) { return right ? HookCheck::kRight : HookCheck::kWrong; }

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

}  // namespace

HookCheck check_hook(std::string_view secret, std::string_view body,
                     const std::function<std::string(const char*)>& header) {
  const std::string hub = header("X-Hub-Signature-256");
  if (!hub.empty()) return judged(same(lower(hub), "sha256=" + hex_hmac(secret, body)));
  for (const char* name : {"X-Gitea-Signature", "X-Forgejo-Signature"}) {
    const std::string given = header(name);
    if (!given.empty()) return judged(same(lower(given), hex_hmac(secret, body)));
  }
  const std::string token = header("X-Gitlab-Token");
  if (token.empty()) return HookCheck::kMissing;
  // The hashes are compared, so that the time does not even reveal the length of the secret.
  return judged(same(hex_hmac(secret, token), hex_hmac(secret, secret)));
}

}  // namespace gtidops
