// Statement: one SQL statement for one server, printable without its secrets.
//
// Thread-safety: a plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/secret_ref.h"

namespace gtidops {

struct Statement {
  std::string server;
  // Text, and in between the places where a secret goes as a quoted string. Only the mysql room
  // reads secrets.
  std::vector<std::variant<std::string, SecretRef>> parts;
  // Server errors that mean "it is so already": the statement then counts as done.
  std::vector<int> tolerated;
  // It sets variables of its session for a moment, and puts them back at its end: when it fails,
  // the session is given up, so that nothing else runs under them.
  bool changes_session = false;
  // Only on this connection of the Fleet (Fleet::connection), or not at all; 0: on any.
  std::uint64_t connection = 0;

  // With '<secret env:NAME>' where a secret goes.
  [[nodiscard]] std::string printable() const;
  [[nodiscard]] bool only_reads() const;
};

// Is it a SELECT, a SHOW or an XA RECOVER? Ours have no side effects.
bool only_reads(std::string_view text);

Statement sql(std::string server, std::string text);

// 'O''Brien': a string literal that is right under any sql_mode but NO_BACKSLASH_ESCAPES, which our
// sessions switch off.
std::string quote_string(std::string_view text);
// `name`, backquotes doubled.
std::string quote_name(std::string_view name);
// 'user'@'host'.
std::string quote_account(std::string_view user, std::string_view host);

}  // namespace gtidops
