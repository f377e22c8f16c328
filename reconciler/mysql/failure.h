// ServerError: an error of a server or of the client library, and what its number means: why a
// server can't be reached, or what became of a statement.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/observation.h"

namespace gtidops::mysql {

// The client library's own numbers are 2000 to 2999, and 5000 and above.
struct ServerError {
  int number = 0;
  std::string sqlstate;
  std::string message;
};

// Both libraries' CR_NET_PACKET_TOO_LARGE: a packet, or a whole answer, is larger than gtidops
// accepts.
inline constexpr int kReplyTooLarge = 2020;

// gtidops' own number: the server's public key is longer than the library has room for when it
// encrypts the password.
inline constexpr int kKeyTooLong = 2998;

// Is the connection gone, or unusable? Every error of the library itself counts: over TLS, for
// example, a server that died shows as a TLS error (2026).
bool is_connection_loss(int number);

// Why no connection could be made. `system_error` is the errno of connect(2) if that failed, else
// 0; then the number at the end of the library's message is used.
Unreachable classify_connect(const ServerError& error, int system_error);
// The sentence for an errno of connect(2).
Unreachable classify_system(int system_error);
// Why a look failed: `reading` names what was asked for.
Unreachable classify_look(const ServerError& error, const std::string& reading);

// kFailed: the server refused the statement, and nothing happened. kUnknown: the statement was
// interrupted, or its reply is lost.
ErrorCode classify_statement(int number);

// The number at the very end of a library's message ("... system error: 111", "... (111)"); 0 when
// there is none.
int trailing_number(std::string_view message);

}  // namespace gtidops::mysql
