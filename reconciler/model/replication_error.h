// What the error of a channel's thread means, by its number, and how its text is shown where not
// only the DBAs of that server read it.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>
#include <string_view>

namespace gtidops {

// The receiver cannot log in, whatever is tried: the password, or how it is sent, is not what the
// source wants. To start it again helps nobody.
bool is_login_refusal(int number);

// The source takes no connection without TLS.
inline constexpr int kSourceWantsTls = 3159;

// The applier cannot read what the receiver has written, or does not find it: what is there has to
// be fetched again.
bool is_damaged_relay_log(int number);

// An error's text without the values of rows that it quotes: "Duplicate entry '...' for key
// 't.PRIMARY'". Names of tables, keys and the like stay. What cannot be told apart from a value is
// taken out too.
std::string without_values(std::string_view text);

}  // namespace gtidops
