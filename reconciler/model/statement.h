// Statement: one SQL statement for one server, printable without its secrets.
//
// Thread-safety: a plain value. Errors: none.
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
  // Text, and secrets where they go into it as quoted strings. Only the mysql room reads secrets.
  std::vector<std::variant<std::string, SecretRef>> parts;
  // MySQL errors that mean "it is so already": the statement then counts as done.
  std::vector<int> tolerated;
  // The statement sets session variables and puts them back at its end. When it fails, the session
  // is closed, so that nothing else runs with these values.
  bool changes_session = false;
  // Run it only on this connection (Fleet::connection), or not at all; 0: on any.
  std::uint64_t connection = 0;

  // The text, with '<secret env:NAME>' in place of a secret.
  [[nodiscard]] std::string printable() const;
  [[nodiscard]] bool only_reads() const;
};

// Is it a SELECT, a SHOW or an XA RECOVER? Those that gtidops sends change no data.
bool only_reads(std::string_view text);

Statement sql(std::string server, std::string text);

// 'O''Brien': a string literal that is right under any sql_mode but NO_BACKSLASH_ESCAPES, which
// gtidops switches off in its sessions.
std::string quote_string(std::string_view text);
// `name`, backquotes doubled.
std::string quote_name(std::string_view name);
// 'user'@'host'.
std::string quote_account(std::string_view user, std::string_view host);

}  // namespace gtidops
