#include "mysql/failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <system_error>

namespace gtidops::mysql {
namespace {

using Reason = Unreachable::Reason;

struct Meaning {
  int number;
  Reason reason;
  std::string_view sentence;  // what it means; the server's own words follow
};

// MySQL 9.7, "Server Error Message Reference" and "Client Error Message Reference"; MariaDB
// Connector/C's 5000s.
constexpr std::array<Meaning, 34> kConnect{{
    {1040, Reason::kTooManyConnections, "the server has no connection left"},
    {1203, Reason::kTooManyConnections, "this account has as many connections as it may have"},
    {1226, Reason::kTooManyConnections, "this account has used up what it may use"},
    {1129, Reason::kAccessDenied,
     "the server has blocked this host after too many failed connections"},
    {1130, Reason::kAccessDenied, "no account may log in from this host"},
    {1044, Reason::kAccessDenied, "the login was refused"},
    {1045, Reason::kAccessDenied, "the login was refused"},
    {1251, Reason::kAccessDenied, "the account's authentication plugin can't be used"},
    {1524, Reason::kAccessDenied, "the account's authentication plugin is not on the server"},
    {1698, Reason::kAccessDenied, "the login was refused"},
    {1820, Reason::kAccessDenied, "the account's password has expired"},
    {1862, Reason::kAccessDenied, "the account's password has expired"},
    {2059, Reason::kAccessDenied, "the account's authentication plugin can't be used"},
    {2061, Reason::kAccessDenied, "the account's authentication plugin can't be used"},
    {3032, Reason::kAccessDenied, "the server is in offline mode"},
    {3118, Reason::kAccessDenied, "the account is locked"},
    {3722, Reason::kAccessDenied, "the account's authentication plugin can't be used"},
    {3955, Reason::kAccessDenied, "the account is blocked after failed logins"},
    {4151, Reason::kAccessDenied, "the account's authentication is not complete"},
    {2026, Reason::kTls, "TLS could not be set up"},
    {3159, Reason::kTls, "the server takes no connection without TLS"},
    {2005, Reason::kNameNotResolved, "the host's name is not known"},
    {1053, Reason::kLost, "the server is shutting down"},
    {3169, Reason::kLost, "the session was killed"},
    {1079, Reason::kLost, "the server is shutting down"},
    {2006, Reason::kLost, "the server closed the connection"},
    {2013, Reason::kLost, "the connection was lost"},
    {4031, Reason::kLost, "the server closed the idle connection"},
    {1043, Reason::kNotMysql, "the handshake went wrong"},
    {2007, Reason::kNotMysql, "what listens there speaks another protocol"},
    {2012, Reason::kNotMysql, "the handshake went wrong"},
    {2027, Reason::kNotMysql,
     "what listens there sent a packet that MySQL's protocol does not know"},
    {5010, Reason::kAccessDenied,
     "the server asks for the password by an authentication plugin that gtidops does not use"},
    {5014, Reason::kLost, "the connection was lost"},
}};

constexpr std::array<int, 7> kPrivileges{1044, 1142, 1143, 1227, 1370, 1045, 1698};

constexpr int kKilled = 3169;
// The statement was interrupted while it ran, or its commit failed.
constexpr std::array<int, 5> kUnknownOutcome{1152, 1180, 1317, 3024, kKilled};

template <class Table>
const Meaning* find(const Table& table, int number) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Meaning& meaning) { return meaning.number == number; });
  return found == table.end() ? nullptr : &*found;
}

template <class Numbers>
bool among(const Numbers& numbers, int number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

// The library cannot use the plugin that the server asks for. The message runs on past the plugin's
// name into the challenge that follows it in the server's packet.
constexpr std::array<int, 3> kPlugin{2058, 2059, 2061};
// Connector/C's ER_RESTRICTED_AUTH: the plugin is not permitted. The message shows the challenge in
// place of the name.
constexpr int kRestrictedPlugin = 5010;

std::string words_of(const ServerError& error) {
  const std::size_t quote = error.message.find('\'');
  if (quote == std::string::npos || !among(kPlugin, error.number)) return error.message;
  const std::string_view name = std::string_view(error.message).substr(quote + 1);
  const auto* const end = std::find_if_not(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  return fmt::format("{}{}'", std::string_view(error.message).substr(0, quote + 1),
                     name.substr(0, static_cast<std::size_t>(end - name.begin())));
}

std::string quoted(const ServerError& error) {
  if (error.number == kRestrictedPlugin) return fmt::format(" (error {})", error.number);
  return fmt::format(" (error {}: {})", error.number, words_of(error));
}

// Connector/C wraps an error that the server sends before TLS is there: "Received error packet
// before completion of TLS handshake. The authenticity of the following error cannot be verified:
// 1040 - Too many ...".
ServerError unwrapped(const ServerError& error) {
  constexpr std::string_view kBefore = "cannot be verified: ";
  const std::size_t at = error.message.find(kBefore);
  if (at == std::string::npos) return error;
  const std::string_view inner = std::string_view(error.message).substr(at + kBefore.size());
  ServerError real{0, "", ""};
  const auto [end, trouble] =
      std::from_chars(inner.data(), inner.data() + inner.size(), real.number);
  if (trouble != std::errc{}) return error;
  const std::string_view text = inner.substr(static_cast<std::size_t>(end - inner.data()));
  real.message = std::string(text.substr(std::min(text.find_first_not_of(" -"), text.size())));
  return real;
}

}  // namespace

int trailing_number(std::string_view message) {
  while (!message.empty() && std::isdigit(static_cast<unsigned char>(message.back())) == 0)
    message.remove_suffix(1);
  int value = 0;
  int unit = 1;
  // An errno has three digits.
  for (int i = 0; i < 4 && !message.empty(); ++i, unit *= 10, message.remove_suffix(1)) {
    const char c = message.back();
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) break;
    value += unit * (c - '0');
  }
  return value;
}

bool is_connection_loss(int number) {
  constexpr std::array<int, 8> kGoodbyes{1053, 1079, 1080, 1158, 1159, 1160, 1161, 4031};
  return (number >= 2000 && number < 3000) || (number >= 5000 && number < 6000) ||
         among(kGoodbyes, number);
}

Unreachable classify_system(int system_error) {
  switch (system_error) {
    case ECONNREFUSED:
      return {Reason::kConnectionRefused, "the connection was refused: nobody listens there"};
    case ETIMEDOUT:
      return {Reason::kTimeout, "the connection was not answered in time"};
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return {Reason::kNoRoute,
              "there is no way to the host: " + std::generic_category().message(system_error)};
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
      return {Reason::kLost, "the connection was broken off before the server said anything"};
    default:
      return {Reason::kOther,
              "the connection failed: " + std::generic_category().message(system_error)};
  }
}

Unreachable classify_connect(const ServerError& said, int system_error) {
  if (system_error != 0) return classify_system(system_error);
  if (said.number == kReplyTooLarge) return {Reason::kOther, said.message};
  if (said.number == kKeyTooLong) return {Reason::kTls, said.message};
  const ServerError error = unwrapped(said);
  // The library reports errors of the operating system under its own numbers.
  const bool wrapped = error.number == 2002 || error.number == 2003 || error.number == 2013;
  if (const int inner = wrapped ? trailing_number(error.message) : 0; inner != 0) {
    Unreachable known = classify_system(inner);
    if (known.reason != Reason::kOther) return known;
  }
  if (const Meaning* meaning = find(kConnect, error.number))
    return {meaning->reason, std::string(meaning->sentence) + quoted(error), error.number};
  return {Reason::kOther, "the login failed" + quoted(error), error.number};
}

Unreachable classify_look(const ServerError& error, const std::string& reading) {
  if (error.number == kReplyTooLarge) return {Reason::kOther, error.message};
  if (among(kPrivileges, error.number))
    return {Reason::kPrivileges, "the account may not read " + reading + quoted(error)};
  if (is_connection_loss(error.number) || error.number == kKilled)
    return {Reason::kLost, "the connection was lost while reading " + reading + quoted(error)};
  if (error.number == 1820)
    return {Reason::kAccessDenied, "the account's password has expired" + quoted(error)};
  return {Reason::kOther, "reading " + reading + " failed" + quoted(error)};
}

ErrorCode classify_statement(int number) {
  const bool unknown = is_connection_loss(number) || among(kUnknownOutcome, number);
  return unknown ? ErrorCode::kUnknown : ErrorCode::kFailed;
}

}  // namespace gtidops::mysql
