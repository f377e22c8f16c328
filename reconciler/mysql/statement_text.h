// The text of a Statement with its secrets in it, and error messages without them.
//
// Thread-safety: pure functions, but that secrets are read. Errors: kUnreachable with what is wrong
// with a secret, for the statement was not sent.
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
  std::vector<Secret> secrets;  // those that stand in it
};

// Reads a secret that shall stand in a statement: it must be text, and no longer than MySQL takes
// it there. As read_secret() otherwise.
Result<Secret> read_for_statement(const SecretRef& ref, Deadline deadline);
// Does mysql.slave_master_info keep it as it is? It is utf8mb3: no characters of four bytes.
bool is_kept_by_channels(const Secret& secret);

Result<StatementText> write_statement(const Statement& statement, Deadline deadline);

// Appends `secret` as a string literal, right for our sessions (mysql/connection.h).
void append_literal(Secret& sql, const Secret& secret);

// What may be shown of a server's error: all of it, unless the statement held secrets. Then only
// the texts of errors that are known to repeat nothing of the statement, and not even those when
// they share some letters with a secret: a parse error, for one, says where it is "near", and cuts
// what it repeats off anywhere. In place of a text that is not shown stands what its number means.
std::string safe_message(const ServerError& error, const std::vector<Secret>& secrets);

}  // namespace gtidops::mysql
