#include "mysql/greeting.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/nearest.h"
#include "model/version.h"
#include "mysql/failure.h"

namespace gtidops::mysql {
namespace {

using Reason = Unreachable::Reason;

constexpr std::size_t kHeader = 4;          // three bytes of length, one of sequence
constexpr std::size_t kLongest = 1024;      // no server's greeting comes near
constexpr unsigned kCapabilityTls = 0x800;  // CLIENT_SSL

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::string first_line(std::string_view bytes) {
  std::string line;
  for (const char c : bytes.substr(0, 40)) {
    if (c == '\r' || c == '\n') break;
    line += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '.';
  }
  return line;
}

struct Protocol {
  std::string_view begin, name;
};
constexpr std::array<Protocol, 5> kProtocols{{{"SSH-", "a secure shell server"},
                                              {"HTTP/", "an HTTP server"},
                                              {"220 ", "a mail or file server"},
                                              {"220-", "a mail or file server"},
                                              {"+OK", "a POP3 or Redis server"}}};

Greeting not_mysql(std::string_view bytes) {
  for (const Protocol& protocol : kProtocols)
    if (bytes.substr(0, protocol.begin.size()) == protocol.begin)
      return {"", false,
              Unreachable{Reason::kNotMysql, std::string(protocol.name) +
                                                 " listens there, not MySQL (\"" +
                                                 first_line(bytes) + "\")"}};
  return {"", false,
          Unreachable{Reason::kNotMysql, "what listens there does not speak MySQL's protocol (\"" +
                                             first_line(bytes) + "\")"}};
}

// The server's own error in place of a greeting, "too many connections" for instance: 0xff, the
// number, perhaps an SQL state, the text. The library would wrap it in an error about TLS.
Greeting refused(std::string_view packet) {
  constexpr std::size_t kText = 3;
  constexpr std::size_t kState = 6;  // "#08004"
  if (packet.size() < kText) return not_mysql(packet);
  const auto number = static_cast<int>(byte_at(packet, 1) + 256 * byte_at(packet, 2));
  std::string_view text = packet.substr(kText);
  if (!text.empty() && text.front() == '#') text.remove_prefix(std::min(kState, text.size()));
  return {"", false, classify_connect({number, "", std::string(text)}, 0)};
}

// Could `bytes` still become the beginning of a greeting?
bool plausible(std::string_view bytes) {
  if (bytes.size() >= 2 && byte_at(bytes, 1) >= kLongest / 256) return false;
  if (bytes.size() >= 3 && byte_at(bytes, 2) != 0) return false;
  if (bytes.size() >= kHeader && byte_at(bytes, 3) != 0) return false;
  if (bytes.size() > kHeader && byte_at(bytes, 4) != 10 && byte_at(bytes, 4) != 0xff) return false;
  return true;
}

}  // namespace

bool is_mariadb(std::string_view version) {
  return lower(version).find("mariadb") != std::string::npos;
}

std::optional<Unreachable> judge_version(std::string_view version) {
  if (is_mariadb(version))
    return Unreachable{Reason::kMariadb, "the server is MariaDB (" + std::string(version) +
                                             "), whose GTIDs and statements differ from MySQL's"};
  const auto parsed = Version::parse(version);
  if (!parsed)
    return Unreachable{Reason::kNotMysql,
                       "the server names no version of MySQL (\"" + first_line(version) + "\")"};
  if (*parsed < kOldestSupported)
    return Unreachable{Reason::kVersionTooOld, "the server is MySQL " + std::string(version) +
                                                   "; gtidops needs " +
                                                   kOldestSupported.to_string() + " or later"};
  return std::nullopt;
}

std::optional<Greeting> judge_greeting(std::string_view bytes) {
  if (!plausible(bytes)) return not_mysql(bytes);
  if (bytes.size() <= kHeader) return std::nullopt;
  const std::size_t length = byte_at(bytes, 0) + 256 * byte_at(bytes, 1);
  if (bytes.size() < kHeader + length) return std::nullopt;
  if (byte_at(bytes, 4) == 0xff) return refused(bytes.substr(kHeader, length));
  const std::string_view body = bytes.substr(kHeader + 1, length - 1);
  const std::size_t end = body.find('\0');
  // Behind the version: connection id (4), challenge (8), zero, then the lower two bytes of the
  // capabilities.
  if (end == std::string_view::npos || end + 1 + 13 + 2 > body.size()) return not_mysql(bytes);
  Greeting greeting;
  greeting.version = std::string(body.substr(0, end));
  const unsigned flags = byte_at(body, end + 14) + 256 * byte_at(body, end + 15);
  greeting.tls = (flags & kCapabilityTls) != 0;
  greeting.refusal = judge_version(greeting.version);
  return greeting;
}

}  // namespace gtidops::mysql
