#include "model/replication_error.h"

#include <algorithm>
#include <array>

namespace gtidops {
namespace {

template <std::size_t N>
bool among(const std::array<int, N>& numbers, int number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

// A quoted word behind one of these is a name, not a value.
constexpr std::array<std::string_view, 16> kNamed{
    "key ",    "table ",    "Table ",  "column ", "database ", "channel ",     "file ",  "log ",
    "plugin ", "variable ", "option ", "source ", "host ",     "transaction ", "index ", "user "};

// Marks a quoted value: the text before its opening quote, and MySQL's text from its closing quote
// on. The value may hold quotes itself, and even this text, so the last place where it occurs
// counts.
struct Quoting {
  std::string_view before, behind;
};
constexpr std::array<Quoting, 4> kValues{{{"entry ", "' for key '"},
                                          {"value: ", "' for column "},
                                          {"value: ", "' for function "},
                                          {"value: ", "' at row "}}};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_name(std::string_view before) {
  return std::any_of(kNamed.begin(), kNamed.end(),
                     [&](std::string_view word) { return ends_with(before, word); });
}

// Where the value behind the quote at `quote` ends; npos: it is no known kind of value.
std::size_t end_of_value(std::string_view text, std::size_t quote) {
  for (const Quoting& one : kValues) {
    const std::size_t at = text.rfind(one.behind);
    if (at != std::string_view::npos && at > quote && ends_with(text.substr(0, quote), one.before))
      return at;
  }
  return std::string_view::npos;
}

}  // namespace

bool is_login_refusal(int number) {
  constexpr std::array<int, 5> kErrors{
      1045,  // access denied
      1820,  // the password must be changed
      1862,  // the password has expired
      2061,  // caching_sha2_password without TLS and without the source's public key
      3118,  // the account is locked
  };
  return among(kErrors, number);
}

bool is_damaged_relay_log(int number) {
  // MySQL notices a missing file only after a restart: then START REPLICA itself fails with 1872,
  // and SHOW REPLICA STATUS has 13124 (seen on 9.7.4).
  constexpr std::array<int, 4> kErrors{
      1594,   // until 8.0
      1872,   // ER_REPLICA_RLI_INIT_REPOSITORY, as START REPLICA says it
      13121,  // ER_RPL_RELAY_LOG_READ_FAILURE
      13124,  // 1872, as the applier's error
  };
  return among(kErrors, number);
}

std::string without_values(std::string_view text) {
  // Behind this stands a statement, which is full of values.
  text = text.substr(0, text.find(" Query: "));
  std::string shown;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t quote = text.find_first_of("'\"", at);
    shown += text.substr(at, std::min(quote, text.size()) - at);
    if (quote >= text.size()) break;
    const char mark = text[quote];
    std::size_t end = text.find(mark, quote + 1);
    const bool named = is_name(text.substr(0, quote));
    if (!named) end = end_of_value(text, quote);
    shown += mark;
    if (end == std::string_view::npos) return shown + "..." + mark;
    shown += named ? text.substr(quote + 1, end - quote - 1) : "...";
    shown += mark;
    at = end + 1;
  }
  return shown;
}

}  // namespace gtidops
