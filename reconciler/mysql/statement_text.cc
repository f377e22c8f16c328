#include "mysql/statement_text.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

namespace gtidops::mysql {
namespace {

// Errors whose texts name an account, a channel, an option or a privilege at most (MySQL 9.7,
// "Server Error Message Reference").
constexpr std::array<int, 24> kQuietErrors{1044, 1045, 1142, 1198, 1205, 1213, 1226, 1227,
                                           1290, 1396, 1410, 1524, 1777, 1794, 1819, 1836,
                                           1872, 3021, 3081, 3085, 3118, 3638, 3895, 4052};

// Does any run of letters of the secret, or the whole of it when it is short, stand in the text?
bool shares_letters(std::string_view text, std::string_view secret) {
  constexpr std::size_t kRun = 4;
  const std::size_t run = std::min(kRun, secret.size());
  if (run == 0) return false;
  for (std::size_t i = 0; i + run <= secret.size(); ++i)
    if (text.find(secret.substr(i, run)) != std::string_view::npos) return true;
  return false;
}

}  // namespace

void append_literal(Secret& sql, const Secret& secret) {
  sql.append("'");
  for (const char& c : secret.reveal()) {
    if (c == '\'' || c == '\\') sql.append({&c, 1});
    sql.append({&c, 1});
  }
  sql.append("'");
}

Result<StatementText> write_statement(const Statement& statement, Deadline deadline) {
  StatementText text;
  for (const auto& part : statement.parts) {
    if (const auto* plain = std::get_if<std::string>(&part)) {
      text.sql.append(*plain);
      continue;
    }
    const auto& ref = std::get<SecretRef>(part);
    auto secret = read_secret(ref, deadline);
    if (!secret)
      return fail(ErrorCode::kUnreachable, "not sent: the secret " + ref.describe() +
                                               " can't be read: " + secret.error().message);
    append_literal(text.sql, *secret);
    text.secrets.push_back(std::move(*secret));
  }
  return text;
}

std::string safe_message(const ServerError& error, const std::vector<Secret>& secrets) {
  const bool quiet =
      std::find(kQuietErrors.begin(), kQuietErrors.end(), error.number) != kQuietErrors.end();
  const bool shares = std::any_of(secrets.begin(), secrets.end(), [&](const Secret& secret) {
    return shares_letters(error.message, secret.reveal());
  });
  const std::string number = "error " + std::to_string(error.number);
  if (secrets.empty() || (quiet && !shares)) return number + ": " + error.message;
  return number + " (SQLSTATE " + error.sqlstate +
         "; its text is not shown, because the statement holds a secret)";
}

}  // namespace gtidops::mysql
