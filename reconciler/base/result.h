// Result<T>: a value, or an Error that says what went wrong in words for a person.
//
// Errors are values everywhere inside gtidops. Exceptions of libraries end at the edge (spec,
// mysql, state, commands) and become an Error there.
//
// Thread-safety: plain values.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace gtidops {

enum class ErrorCode {
  kInvalid,      // the input is wrong: a specification, an argument, a value
  kNotFound,     // a file, a secret, a server that is not there
  kUnreachable,  // no connection, or it broke before the request was sent
  kRefused,      // a safety rule, a stale plan, a lease held elsewhere
  kFailed,       // the server said no
  kUnknown,      // a time-out or a lost reply: it may have happened, or may yet happen
};

struct Error {
  ErrorCode code = ErrorCode::kFailed;
  std::string message;
  int mysql_errno = 0;  // the server's or client library's error number, 0 when there is none
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = tl::expected<void, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message, int mysql_errno = 0) {
  return tl::unexpected<Error>(Error{code, std::move(message), mysql_errno});
}
inline tl::unexpected<Error> failed(std::string message) {
  return fail(ErrorCode::kFailed, std::move(message));
}

}  // namespace gtidops
