// What an error number means: why a server can't be reached, or what became of a statement.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/observation.h"

namespace gtidops::mysql {

// An error of the server, or of the client library (numbers 2000 to 2999 and 5000 and above).
struct ServerError {
  int number = 0;
  std::string sqlstate;
  std::string message;
};

// Of both libraries (CR_NET_PACKET_TOO_LARGE): a packet, or an answer, is larger than we take.
inline constexpr int kReplyTooLarge = 2020;

// Ours: the password would have to be encrypted for a longer key than the library has room for.
inline constexpr int kKeyTooLong = 2998;

// Is the connection gone, or of no more use? All the library's own errors are like that; over TLS,
// for one, a server that died is a TLS error (2026).
bool is_connection_loss(int number);

// Why no connection could be made. `system_error` is the errno of connect(2) where that is what
// failed, else 0: then the number in the library's message is used.
Unreachable classify_connect(const ServerError& error, int system_error);
// The sentence for an errno of connect(2).
Unreachable classify_system(int system_error);
// Why a look failed: `reading` names what was asked for.
Unreachable classify_look(const ServerError& error, const std::string& reading);

// kFailed: the server said no and nothing happened. kUnknown: it was stopped on the way, or the
// reply is lost.
ErrorCode classify_statement(int number);

// The number at the very end of a library's message ("... system error: 111", "... (111)"); 0 when
// there is none.
int trailing_number(std::string_view message);

}  // namespace gtidops::mysql
