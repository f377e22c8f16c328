#include "spec/names.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/host.h"
#include "base/nearest.h"
#include "base/time_zone.h"
#include "spec/wording.h"

namespace gtidops {
namespace {

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool only(std::string_view text, std::string_view some, std::string_view more = "") {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return some.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
  });
}
bool within(char c, std::string_view some) { return some.find(c) != std::string_view::npos; }

// True when `text` has 1 to `longest` characters, from `some` at both ends and from `some` or
// `more` between them.
bool is_word(std::string_view text, std::string_view some, std::string_view more,
             std::size_t longest) {
  return !text.empty() && text.size() <= longest && within(text.front(), some) &&
         within(text.back(), some) && only(text, some, more);
}

// The number of characters in UTF-8 text: MySQL's limits count characters, not bytes.
std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_ipv6(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

bool is_ipv4(const std::string& host) {
  std::array<unsigned char, sizeof(in_addr)> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1;
}

// Why `host` is neither a host name nor an IPv4 address; empty when it is one.
std::string host_problem(const std::string& host) {
  if (host.empty()) return "the host is missing";
  if (host.size() > 253) return "the host is longer than 253 characters";
  if (host.find(':') != std::string::npos) return "an IPv6 address stands in brackets: [::1]:3306";
  if (only(host, "0123456789.")) return is_ipv4(host) ? "" : show(host) + " is no IPv4 address";
  if (!is_word(host, kLetters, "-._", 253)) return show(host) + " is no host name";
  return {};
}

}  // namespace

Complaint check_name(std::string_view text) {
  if (is_word(text, kLower, "-._", 63)) return std::nullopt;
  return show(text) +
         " is no valid name: lower-case letters and digits, between them also '-', '.', '_', "
         "at most 63 characters";
}

Complaint check_server_name(std::string_view text) {
  if (text == "primary" || text == "prefer-replica")
    return show(text) + " means something else in provisioning.donor; name the server otherwise";
  return check_name(text);
}

Complaint check_label_key(std::string_view text) {
  if (is_word(text, kLetters, "-._/", 253)) return std::nullopt;
  return "a label's name has letters and digits, between them also '-', '.', '_', '/'";
}

Complaint check_account_name(std::string_view text) {
  if (length(text) <= 32) return std::nullopt;
  return "is longer than 32 characters, MySQL's limit for the name of an account";
}

Complaint check_account_host(std::string_view text) {
  if (text.find_first_of(" '\"`@") != std::string_view::npos)
    return show(text) + " is no host of an account";
  if (length(text) <= 255) return std::nullopt;
  return "is longer than 255 characters, MySQL's limit for the host of an account";
}

Complaint check_environment_name(std::string_view text) {
  const bool digit_first = text.front() >= '0' && text.front() <= '9';
  if (only(text, kLetters, "_") && !digit_first) return std::nullopt;
  return "expected the name of an environment variable: letters, digits and '_'";
}

Complaint check_credential_name(std::string_view text) {
  if (text.find('/') == std::string_view::npos && text != "." && text != "..") return std::nullopt;
  return "expected the name of a systemd credential, without '/'";
}

Complaint check_provisioning_method(std::string_view text) {
  constexpr std::string_view kExec = "exec:";
  if (text.substr(0, kExec.size()) == kExec) {
    if (is_word(text.substr(kExec.size()), kLower, "-._", 63)) return std::nullopt;
    return "expected exec:NAME with the name of a plugin: lower-case letters, digits, '-', '.', "
           "'_'";
  }
  const std::vector<std::string> known{"clone", "xtrabackup", "none"};
  if (std::find(known.begin(), known.end(), text) != known.end()) return std::nullopt;
  return show(text) + " is not one of clone, xtrabackup, exec:NAME, none" +
         did_you_mean(text, known);
}

Complaint check_time_zone(std::string_view text) {
  bool good = text.size() <= 64 && !(text.front() >= '0' && text.front() <= '9');
  for (const std::string_view part : split(text, '/'))
    good = good && !part.empty() && only(part, kLetters, "_+-") && within(part.front(), kLetters);
  if (!good) return show(text) + " is no name of a time zone; write it like Europe/Madrid or UTC";
  if (TimeZone::find(std::string(text))) return std::nullopt;
  return show(text) + " is no time zone that this machine knows" +
         did_you_mean(text, TimeZone::names());
}

Complaint check_absolute_path(std::string_view text) {
  if (text.front() == '/') return std::nullopt;
  return "expected an absolute path";
}

namespace {

// Checks WHAT of servers/NAME/WHAT: users/NAME, roles/NAME, variables, variables/NAME, replication,
// events, or something below one of the last two.
Complaint check_part_of_server(const std::vector<std::string_view>& what) {
  const std::string_view kind = what.front();
  const bool good = ((kind == "users" || kind == "roles") && what.size() == 2) ||
                    (kind == "variables" && what.size() <= 2) || kind == "replication" ||
                    kind == "events";
  if (good) return std::nullopt;
  return show(kind) +
         " is nothing of a server: write servers/NAME/variables/NAME, servers/NAME/users/NAME, "
         "servers/NAME/replication or servers/NAME/events" +
         did_you_mean(kind, {"users", "roles", "variables", "replication", "events"});
}

}  // namespace

Complaint check_object_path(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '/');
  const std::string_view kind = parts.front();
  bool good = parts.size() >= 2;
  for (const std::string_view part : parts) good = good && !part.empty();
  if (kind == "roles" || kind == "variables") good = good && parts.size() == 2;
  const bool known = kind == "users" || kind == "roles" || kind == "variables" || kind == "servers";
  if (good && kind == "servers" && parts.size() > 2)
    return check_part_of_server({parts.begin() + 2, parts.end()});
  if (good && known) return std::nullopt;
  std::string wrong = show(text) +
                      " is not of the form users/NAME, roles/NAME, variables/NAME, servers/NAME, "
                      "servers/NAME/WHAT";
  if (!known) wrong += did_you_mean(kind, {"users", "roles", "variables", "servers"});
  return wrong;
}

std::string variable_of_object_path(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '/');
  const std::size_t kind = parts.front() == "servers" ? 2 : 0;
  return parts.size() == kind + 2 && parts[kind] == "variables" ? std::string(parts[kind + 1])
                                                                : std::string();
}

std::string server_of_object_path(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '/');
  return parts.size() >= 2 && parts.front() == "servers" ? std::string(parts[1]) : std::string();
}

Result<Address> parse_address(std::string_view text) {
  if (text.find('/') != std::string_view::npos)
    return fail(ErrorCode::kInvalid,
                "expected host:port; replicas cannot dial a socket file or a URL");
  Address address;
  std::optional<std::string_view> port;
  if (!text.empty() && text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return fail(ErrorCode::kInvalid, "the ']' is missing");
    address.host = text.substr(1, end - 1);
    if (!is_ipv6(address.host))
      return fail(ErrorCode::kInvalid, show(address.host) + " is no IPv6 address");
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':')
      return fail(ErrorCode::kInvalid, "expected ':' and a port after ']'");
    if (!rest.empty()) port = rest.substr(1);
  } else {
    const bool one_colon = std::count(text.begin(), text.end(), ':') == 1;
    address.host = one_colon ? text.substr(0, text.find(':')) : text;
    if (one_colon) port = text.substr(text.find(':') + 1);
    const std::string problem = host_problem(address.host);
    if (!problem.empty()) return fail(ErrorCode::kInvalid, problem);
  }
  if (!port) return address;
  if (port->empty()) return fail(ErrorCode::kInvalid, "the port is missing after ':'");
  const char* end = port->data() + port->size();
  const auto [rest, error] = std::from_chars(port->data(), end, address.port);
  const bool good = error == std::errc{} && rest == end && address.port >= 1 &&
                    address.port <= 65535 && port->front() != '0';
  if (!good) return fail(ErrorCode::kInvalid, show(*port) + " is no port: 1 to 65535");
  return address;
}

std::string canonical(const Address& address) {
  return Address{canonical_host(address.host), address.port}.to_string();
}

std::string variable_name(std::string_view text) {
  std::string name = lower(text);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

Complaint check_variable_name(std::string_view text) {
  const std::string name = variable_name(text);
  if (!is_word(name, kLower, "_.", 64))
    return "a variable's name has letters, digits, '_', and '.' after its component";
  for (const std::string_view prefix : {"loose_", "maximum_"})
    if (name.rfind(prefix, 0) == 0)
      return "the prefix " + std::string(prefix) +
             " works in my.cnf only; write the variable's own name";
  return std::nullopt;
}

}  // namespace gtidops
