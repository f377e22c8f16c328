#include "model/open_transaction.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string_view>

namespace gtidops {

// innodb_trx shows a cache that MySQL does not renew as long as somebody reads it every 100 ms, so
// a transaction in it may have ended. events_transactions_current tells, where it is not switched
// off.
std::string open_transactions_query(int least_seconds) {
  std::string text =
      "SELECT x.trx_mysql_thread_id, CONCAT(COALESCE(t.PROCESSLIST_USER, ''), '@', "
      "COALESCE(t.PROCESSLIST_HOST, '')), TIMESTAMPDIFF(MICROSECOND, x.trx_started, NOW(6)) / 1e6, "
      "t.PROCESSLIST_COMMAND = 'Sleep' FROM information_schema.innodb_trx x JOIN "
      "performance_schema.threads t ON t.PROCESSLIST_ID = x.trx_mysql_thread_id LEFT JOIN "
      "performance_schema.events_transactions_current e ON e.THREAD_ID = t.THREAD_ID WHERE "
      "(x.trx_rows_modified > 0 OR x.trx_rows_locked > 0) AND x.trx_mysql_thread_id <> "
      "CONNECTION_ID() AND t.TYPE = 'FOREGROUND' AND t.NAME LIKE 'thread/sql/%connection' "
      "AND (e.STATE IS NULL OR e.STATE = 'ACTIVE')";
  if (least_seconds > 0)
    text += " AND x.trx_started <= NOW(6) - INTERVAL " + std::to_string(least_seconds) + " SECOND";
  return text + " ORDER BY x.trx_started";
}

std::string prepared_xa_query() { return "XA RECOVER CONVERT XID"; }

namespace {

std::optional<int> digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return std::nullopt;
}

std::optional<std::string> bytes_of(std::string_view hex) {
  if (hex.substr(0, 2) != "0x" || hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 2; i < hex.size(); i += 2) {
    const auto high = digit(hex[i]);
    const auto low = digit(hex[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes += static_cast<char>(*high * 16 + *low);
  }
  return bytes;
}

// Can the bytes stand in quotes as they are? Another sql_mode reads a quote or a backslash in
// another way.
bool plain(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != '\'' && c != '\\'; });
}

std::string xid_part(std::string_view bytes) {
  if (plain(bytes)) return fmt::format("'{}'", bytes);
  std::string hex;
  for (const char c : bytes) hex += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return fmt::format("X'{}'", hex);
}

// -1: the text is not a length.
int length_of(const std::optional<std::string>& text) {
  int value = -1;
  if (!text) return -1;
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, value);
  return error == std::errc{} && rest == end ? value : -1;
}

}  // namespace

Result<std::vector<std::string>> printed_xids(
    const std::vector<std::vector<std::optional<std::string>>>& rows) {
  std::vector<std::string> xids;
  for (const auto& row : rows) {
    const int gtrid = row.size() == 4 ? length_of(row[1]) : -1;
    const int bqual = row.size() == 4 ? length_of(row[2]) : -1;
    if (gtrid < 0 || bqual < 0 || !row[0] || !row[3])
      return fail(ErrorCode::kFailed, "a row of XA RECOVER is not understood");
    const std::string bytes = bytes_of(*row[3]).value_or(std::string());
    const auto length = static_cast<std::size_t>(gtrid);
    if (bytes.size() != length + static_cast<std::size_t>(bqual))
      return fail(ErrorCode::kFailed, "a row of XA RECOVER is not understood");
    xids.push_back(fmt::format("{},{},{}", xid_part(std::string_view(bytes).substr(0, length)),
                               xid_part(std::string_view(bytes).substr(length)), *row[0]));
  }
  return xids;
}

std::string describe(const OpenTransaction& one) {
  char time[40];
  std::snprintf(time, sizeof time, "%.1f s", one.seconds);
  return "connection " + one.id + " of " + one.who + " has had a transaction open for " + time;
}

std::string first_of(const std::vector<std::string>& descriptions) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < descriptions.size() && i < kMost; ++i)
    text += (i > 0 ? "; " : "") + descriptions[i];
  if (descriptions.size() > kMost)
    text += "; and " + std::to_string(descriptions.size() - kMost) + " more";
  return text;
}

}  // namespace gtidops
