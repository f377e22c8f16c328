// The server's half of MySQL's protocol, as far as the stand-in speaks it: packets of bytes, and no
// socket. Without CLIENT_DEPRECATE_EOF, so that every list ends with an EOF packet.
//
// Thread-safety: free functions. Errors: none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gtidops::fleet {

using Cell = std::optional<std::string>;  // nullopt is NULL

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

// What comes of one statement: rows, an error, or neither (OK).
struct Answer {
  std::optional<Table> table;
  int error = 0;
  std::string message;
};

// Handshake v10 of MySQL 9.7.4, caching_sha2_password.
std::string greeting(std::uint32_t connection, bool tls);
// Is it the packet that asks for TLS, rather than a login? `body` without the packet's header.
bool asks_for_tls(std::string_view body);
std::string ok(std::uint8_t sequence);
// Appends the packets of one answer to a reply. `more`: another answer follows in the same reply.
void append_answer(std::string& reply, const Answer& answer, std::uint8_t& sequence, bool more);

// The first whole packet of `bytes`, its header included; nullopt: it has not all come.
std::optional<std::string_view> first_packet(std::string_view bytes);
inline constexpr std::size_t kHeader = 4;

}  // namespace gtidops::fleet
