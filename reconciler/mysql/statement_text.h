// write_statement: the text of a Statement with its secrets in it; and safe_message: the text of an
// error without them.
//
// Thread-safety: pure functions, except that secrets are read. Errors: kUnreachable for a secret
// that cannot be used: the statement was not sent.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/statement.h"
#include "mysql/failure.h"
#include "system/deadline.h"
#include "system/secret.h"

namespace gtidops::mysql {

struct StatementText {
  Secret sql;
  std::vector<Secret> secrets;  // the secrets in `sql`
};

// Reads a secret for use in a statement: it must be UTF-8 text, and no longer than MySQL accepts.
// Otherwise as read_secret().
Result<Secret> read_for_statement(const SecretRef& ref, Deadline deadline);
// Does mysql.slave_master_info, which is utf8mb3, store it unchanged? Not with characters of four
// bytes.
bool is_kept_by_channels(const Secret& secret);

Result<StatementText> write_statement(const Statement& statement, Deadline deadline);

// Appends `secret` as a string literal, correct for the SQL mode of our sessions
// (mysql/connection.h).
void append_literal(Secret& sql, const Secret& secret);

// What may be shown of a server's error: everything if the statement held no secret. Otherwise only
// the texts of errors that are known not to repeat the statement, and not even those if they have
// letters in common with a secret: a parse error, for example, quotes the text that it is "near",
// cut off anywhere. A text that is not shown is replaced by what its number means.
std::string safe_message(const ServerError& error, const std::vector<Secret>& secrets);

}  // namespace gtidops::mysql
