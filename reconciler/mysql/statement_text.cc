#include "mysql/statement_text.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

namespace gtidops::mysql {
namespace {

// Errors whose texts name at most an account, a channel, an option or a privilege (MySQL 9.7,
// "Server Error Message Reference").
constexpr std::array<int, 40> kQuietErrors{
    1044, 1045, 1142, 1198, 1205, 1213, 1226, 1227, 1290, 1396, 1410, 1524, 1777, 1794, 1819, 1836,
    1872, 3021, 3081, 3085, 3118, 3638, 3895, 4052,
    // of CLONE
    3634, 3707, 3862, 3863, 3864, 3865, 3866, 3867, 3868, 3869, 3870, 3871, 3872, 3873, 3874, 3875};

// Does the text contain any four bytes of the secret in a row, or the whole of a shorter secret?
bool shares_letters(std::string_view text, std::string_view secret) {
  constexpr std::size_t kRun = 4;
  const std::size_t run = std::min(kRun, secret.size());
  if (run == 0) return false;
  for (std::size_t i = 0; i + run <= secret.size(); ++i)
    if (text.find(secret.substr(i, run)) != std::string_view::npos) return true;
  return false;
}

struct Hidden {  // an error whose text is not shown
  int number;
  std::string_view sentence;
};

// Errors of statements with a secret, whose texts would repeat a part of the statement.
constexpr std::array<Hidden, 22> kMeanings{{
    {1021, "the disk of the server is full"},
    {1030, "the storage engine failed"},
    {1064, "the server does not understand the statement: it, or this gtidops, is of another time"},
    {1114, "a table of the server is full, or its disk is"},
    {1180, "the server failed to commit it"},
    {1201, "the server cannot read or write what it keeps of the channel"},
    {1210, "a value of the statement is not accepted"},
    {1231, "a value of the statement is not accepted"},
    {1300, "the secret is no text in the character set of the connection"},
    {1317, "it was interrupted"},
    {1470, "a name is longer than the server takes it"},
    {1525, "a value holds a character that is not allowed there: a line break in a secret, mostly"},
    {1703, "SOURCE_HEARTBEAT_PERIOD is out of its range"},
    {1776, "the channel cannot be given these options together"},
    {1805, "the server's table of accounts is of another version: it was not upgraded"},
    {3024, "it took longer than the server permits"},
    {3056, "the password for replication is longer than 32 bytes, the most that MySQL takes"},
    {3857, "the server is locked for a backup (LOCK INSTANCE FOR BACKUP)"},
    {3920, "SOURCE_COMPRESSION_ALGORITHMS is none that the server knows"},
    {3921, "SOURCE_ZSTD_COMPRESSION_LEVEL is out of its range"},
    {3926, "there is no account as PRIVILEGE_CHECKS_USER says"},
    {4065, "GTID_ONLY needs gtid_mode = ON and REQUIRE_ROW_FORMAT = 1"},
}};

// Used when no sentence is known for the number: the first two characters of the SQLSTATE are the
// class of the error.
std::string_view meaning_of_class(std::string_view sqlstate) {
  const std::string_view letters = sqlstate.substr(0, 2);
  if (letters == "42") return "the statement is not accepted as it is, or not permitted";
  if (letters == "28") return "the account is not let in";
  if (letters == "22") return "a value does not fit";
  if (letters == "23") return "it contradicts what is there already";
  if (letters == "40") return "it was rolled back";
  if (letters == "08") return "the connection failed";
  return "MySQL's Server Error Message Reference says what the number means";
}

std::string meaning_of(const ServerError& error) {
  for (const Hidden& one : kMeanings)
    if (one.number == error.number) return std::string(one.sentence);
  return std::string(meaning_of_class(error.sqlstate));
}

// The character set of the connection is utf8mb4: other bytes would be read as other characters.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80U              ? 0
                             : (lead & 0xE0U) == 0xC0U ? 1
                             : (lead & 0xF0U) == 0xE0U ? 2
                             : (lead & 0xF8U) == 0xF0U ? 3
                                                       : 4;
    if (more == 4 || lead == 0xC0U || lead == 0xC1U || i + more >= text.size()) return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) return false;
    i += more + 1;
  }
  return true;
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

bool is_kept_by_channels(const Secret& secret) {
  const std::string_view text = secret.reveal();
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0xF0; });
}

Result<Secret> read_for_statement(const SecretRef& ref, Deadline deadline) {
  auto secret = read_secret(ref, deadline);
  if (!secret) return secret;
  if (!is_utf8(secret->reveal()))
    return fail(ErrorCode::kInvalid, "it is no text in UTF-8, so MySQL would keep another one");
  if (ref.most_bytes > 0 && secret->size() > ref.most_bytes)
    return fail(ErrorCode::kInvalid, "it has " + std::to_string(secret->size()) +
                                         " bytes, and MySQL takes a password for replication of " +
                                         std::to_string(ref.most_bytes) + " at most");
  // A channel stores 'p\U0001F600w' as 'p?w', without an error (seen on 9.7.4); its login is then
  // refused.
  if (ref.most_bytes > 0 && !is_kept_by_channels(*secret))
    return fail(ErrorCode::kInvalid,
                "it holds a character of four bytes, like an emoji, and MySQL keeps a channel's "
                "password in utf8mb3, which has none of them");
  return secret;
}

Result<StatementText> write_statement(const Statement& statement, Deadline deadline) {
  StatementText text;
  for (const auto& part : statement.parts) {
    if (const auto* plain = std::get_if<std::string>(&part)) {
      text.sql.append(*plain);
      continue;
    }
    const auto& ref = std::get<SecretRef>(part);
    auto secret = read_for_statement(ref, deadline);
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
  return number + ": " + meaning_of(error) + " (SQLSTATE " + error.sqlstate +
         "; the server's own text is not shown, because the statement holds a secret)";
}

}  // namespace gtidops::mysql
