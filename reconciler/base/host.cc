#include "base/host.h"

#include <arpa/inet.h>

#include <array>
#include <optional>

#include "base/nearest.h"

namespace gtidops {
namespace {

template <class Bytes>
std::optional<std::string> printed(int family, const Bytes& bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(family, &bytes, text.data(), text.size()) == nullptr) return std::nullopt;
  return std::string(text.data());
}

std::optional<std::string> as_ipv6(const std::string& host) {
  in6_addr bytes{};
  if (inet_pton(AF_INET6, host.c_str(), &bytes) != 1) return std::nullopt;
  if (!IN6_IS_ADDR_V4MAPPED(&bytes)) return printed(AF_INET6, bytes);
  constexpr std::size_t kPrefix = 12;
  return printed(AF_INET, bytes.s6_addr[kPrefix]);
}

// inet_aton() accepts an address with any text after a blank, so only texts with the characters of
// an address get that far.
std::optional<std::string> as_ipv4(const std::string& host) {
  in_addr bytes{};
  if (host.find_first_not_of("0123456789abcdefxABCDEFX.") != std::string::npos) return std::nullopt;
  if (inet_aton(host.c_str(), &bytes) == 0) return std::nullopt;
  return printed(AF_INET, bytes);
}

}  // namespace

std::string canonical_host(std::string_view host) {
  const std::string text(host);
  if (auto v6 = as_ipv6(text)) return *std::move(v6);
  if (auto v4 = as_ipv4(text)) return *std::move(v4);
  return lower(text);
}

bool same_host(std::string_view a, std::string_view b) {
  return canonical_host(a) == canonical_host(b);
}

}  // namespace gtidops
