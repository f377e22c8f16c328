#include "http/host_rule.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace gtidops {
namespace {

// In lower case, without the trailing dot of the DNS root.
std::string plain(std::string_view name) {
  std::string text(name);
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (text.size() > 1 && text.back() == '.') text.pop_back();
  return text;
}

bool is_literal(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> ignored{};
  return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(),
                                         [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

HostRule::HostRule(const std::set<std::string>& names) {
  for (const std::string& name : names)
    if (!name.empty()) names_.insert(plain(name));
}

bool HostRule::allows(std::string_view host) const {
  const auto colon = host.rfind(':');
  const auto bracket = host.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    if (!is_port(host.substr(colon + 1))) return false;
    host = host.substr(0, colon);
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    return is_literal(std::string(host.substr(1, host.size() - 2)));
  const std::string name = plain(host);
  return names_.count(name) > 0 || is_literal(name);
}

std::string own_host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "";
}

}  // namespace gtidops
