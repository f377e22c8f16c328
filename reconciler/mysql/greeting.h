// Greeting: the first packet of a server, judged before the client library sees it (MySQL internals
// manual, "Protocol Handshake V10").
//
// The library takes the first four bytes of anything for a length, so it would wait for 4.7 MB from
// a secure shell server. What is there is looked at, not taken from the socket.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/observation.h"

namespace gtidops::mysql {

struct Greeting {
  std::string version;  // "9.7.4", as the server says it; empty when it can't be worked with
  bool tls = false;     // it offers TLS
  std::optional<Unreachable> refusal;  // it can't be worked with
};

// nullopt: more bytes are needed. `bytes` is what has come in so far.
std::optional<Greeting> judge_greeting(std::string_view bytes);

// Is this the version string of a MariaDB server?
bool is_mariadb(std::string_view version);
// A MariaDB, or a MySQL that is too old, or neither; nullopt when it is good.
std::optional<Unreachable> judge_version(std::string_view version);

}  // namespace gtidops::mysql
