#include "spec/digest.h"

#include <openssl/sha.h>

#include <array>

namespace gtidops {

std::string digest_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.data());
  std::string out = "sha256:";
  for (const unsigned char byte : hash) {
    out += kDigits[byte / 16U];
    out += kDigits[byte % 16U];
  }
  return out;
}

}  // namespace gtidops
