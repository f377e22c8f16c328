// Greeting: the first packet of a server, judged before the client library sees it (MySQL internals
// manual, "Protocol Handshake V10").
//
// The library takes the first four bytes of anything for a packet header, so it would wait for 4.7
// MB from an SSH server. The bytes are only peeked at: the library still finds them in the socket.
//
// Thread-safety: pure functions. Errors: in the values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/observation.h"

namespace gtidops::mysql {

struct Greeting {
  std::string version;                 // "9.7.4", as the server says it; empty when it sent none
  bool tls = false;                    // the server offers TLS
  std::optional<Unreachable> refusal;  // why gtidops cannot work with this server
};

// nullopt: more bytes are needed. `bytes` is what has come in so far.
std::optional<Greeting> judge_greeting(std::string_view bytes);

// Is this the version string of a MariaDB server?
bool is_mariadb(std::string_view version);
// The refusal of a MariaDB, of a MySQL that is too old, or of no MySQL; nullopt: the version is
// good.
std::optional<Unreachable> judge_version(std::string_view version);

}  // namespace gtidops::mysql
