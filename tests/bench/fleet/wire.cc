#include "bench/fleet/wire.h"

#include <array>

namespace gtidops::fleet {
namespace {

// LONG_PASSWORD, FOUND_ROWS, LONG_FLAG, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS,
// SECURE_CONNECTION, MULTI_STATEMENTS, MULTI_RESULTS, PS_MULTI_RESULTS, PLUGIN_AUTH, CONNECT_ATTRS,
// PLUGIN_AUTH_LENENC.
constexpr std::uint32_t kCapabilities = 0x1U | 0x2U | 0x4U | 0x8U | 0x200U | 0x2000U | 0x8000U |
                                        0x10000U | 0x20000U | 0x40000U | 0x80000U | 0x100000U |
                                        0x200000U;
constexpr std::uint32_t kTls = 0x800;
constexpr std::uint16_t kAutocommit = 0x2, kMoreResults = 0x8;
constexpr std::uint8_t kUtf8mb4 = 255, kVarString = 253;

void append_number(std::string& text, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    text += static_cast<char>(static_cast<unsigned char>(value >> (8U * static_cast<unsigned>(i))));
}

void append_text(std::string& text, std::string_view value) {
  constexpr std::size_t kOneByte = 251;
  if (value.size() < kOneByte) {
    append_number(text, value.size(), 1);
  } else if (value.size() < 0x10000) {
    text += '\xfc';
    append_number(text, value.size(), 2);
  } else {
    text += '\xfd';
    append_number(text, value.size(), 3);
  }
  text += value;
}

// Room for the header, which close_packet fills in.
std::size_t open_packet(std::string& reply) {
  reply.append(kHeader, '\0');
  return reply.size();
}

void close_packet(std::string& reply, std::size_t begin, std::uint8_t& sequence) {
  std::string header;
  append_number(header, reply.size() - begin, 3);
  append_number(header, sequence++, 1);
  reply.replace(begin - kHeader, kHeader, header);
}

std::uint16_t status(bool more) { return more ? kAutocommit | kMoreResults : kAutocommit; }

void append_eof(std::string& reply, std::uint8_t& sequence, bool more) {
  const std::size_t begin = open_packet(reply);
  reply += '\xfe';
  append_number(reply, 0, 2);
  append_number(reply, status(more), 2);
  close_packet(reply, begin, sequence);
}

void append_column(std::string& reply, const std::string& name, std::uint8_t& sequence) {
  const std::size_t begin = open_packet(reply);
  for (const std::string_view part :
       {std::string_view("def"), std::string_view(), std::string_view(), std::string_view(),
        std::string_view(name), std::string_view()})
    append_text(reply, part);
  append_number(reply, 0x0c, 1);
  append_number(reply, kUtf8mb4, 2);
  append_number(reply, 1024, 4);
  append_number(reply, kVarString, 1);
  append_number(reply, 0, 5);  // flags, decimals, two bytes of nothing
  close_packet(reply, begin, sequence);
}

void append_table(std::string& reply, const Table& table, std::uint8_t& sequence, bool more) {
  std::size_t begin = open_packet(reply);
  append_number(reply, table.columns.size(), 1);
  close_packet(reply, begin, sequence);
  for (const std::string& name : table.columns) append_column(reply, name, sequence);
  append_eof(reply, sequence, more);
  for (const auto& row : table.rows) {
    begin = open_packet(reply);
    for (const Cell& cell : row) {
      if (cell)
        append_text(reply, *cell);
      else
        reply += '\xfb';
    }
    close_packet(reply, begin, sequence);
  }
  append_eof(reply, sequence, more);
}

void append_error(std::string& reply, const Answer& answer, std::uint8_t& sequence) {
  const std::size_t begin = open_packet(reply);
  reply += '\xff';
  append_number(reply, static_cast<std::uint64_t>(answer.error), 2);
  reply += "#HY000";
  reply += answer.message;
  close_packet(reply, begin, sequence);
}

void append_ok(std::string& reply, std::uint8_t& sequence, bool more) {
  const std::size_t begin = open_packet(reply);
  append_number(reply, 0, 3);  // what it is, affected rows, the last insert's number
  append_number(reply, status(more), 2);
  append_number(reply, 0, 2);  // warnings
  close_packet(reply, begin, sequence);
}

}  // namespace

std::string greeting(std::uint32_t connection, bool tls) {
  constexpr std::string_view kSalt = "abcdefgh01234567wxyz";
  constexpr std::string_view kPlugin = "caching_sha2_password";
  const std::uint32_t capabilities = kCapabilities | (tls ? kTls : 0);
  std::string packet;
  std::uint8_t sequence = 0;
  const std::size_t begin = open_packet(packet);
  append_number(packet, 10, 1);
  packet.append("9.7.4").append(1, '\0');
  append_number(packet, connection, 4);
  packet.append(kSalt.substr(0, 8)).append(1, '\0');
  append_number(packet, capabilities & 0xffffU, 2);
  append_number(packet, kUtf8mb4, 1);
  append_number(packet, kAutocommit, 2);
  append_number(packet, capabilities >> 16U, 2);
  append_number(packet, kSalt.size() + 1, 1);
  packet.append(10, '\0');
  packet.append(kSalt.substr(8)).append(1, '\0');
  packet.append(kPlugin).append(1, '\0');
  close_packet(packet, begin, sequence);
  return packet;
}

bool asks_for_tls(std::string_view body) {
  constexpr std::size_t kShortLogin = 32;  // a login goes on with the account's name
  return body.size() == kShortLogin && (static_cast<unsigned char>(body[1]) & (kTls >> 8U)) != 0;
}

std::string ok(std::uint8_t sequence) {
  std::string reply;
  append_ok(reply, sequence, false);
  return reply;
}

void append_answer(std::string& reply, const Answer& answer, std::uint8_t& sequence, bool more) {
  if (answer.error != 0)
    append_error(reply, answer, sequence);
  else if (answer.table)
    append_table(reply, *answer.table, sequence, more);
  else
    append_ok(reply, sequence, more);
}

std::optional<std::string_view> first_packet(std::string_view bytes) {
  if (bytes.size() < kHeader) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 3; i-- > 0;) length = 256 * length + static_cast<unsigned char>(bytes[i]);
  if (bytes.size() < kHeader + length) return std::nullopt;
  return bytes.substr(0, kHeader + length);
}

}  // namespace gtidops::fleet
