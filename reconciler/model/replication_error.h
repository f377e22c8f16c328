// replication_error: what an error of a receiver or an applier thread means, by its number; and its
// text without the data in it, for readers who are not DBAs of that server.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <string_view>

namespace gtidops {

// The source refuses the receiver's login: because of the account, the password, or the way the
// password is sent. Starting the receiver again does not help.
bool is_login_refusal(int number);

// The source takes no connection without TLS.
inline constexpr int kSourceWantsTls = 3159;

// The applier cannot read the relay log, or does not find it: what was in it must be fetched again.
bool is_damaged_relay_log(int number);

// The error's text without the values of rows that it quotes: "Duplicate entry '...' for key
// 't.PRIMARY'". Names of tables, keys and the like stay. What may be a value is taken out, too.
std::string without_values(std::string_view text);

}  // namespace gtidops
