// one_time_secret: a password that gtidops makes up, for an account that lives as long as one copy.
// It is known to this process only, and never written anywhere.
//
// Thread-safety: any number of threads. Errors: kFailed when there are no random bytes to be had.
#pragma once

#include <string>

#include "base/result.h"
#include "system/secret.h"

namespace gtidops {

// The same one for the same name, until the process ends: an account is created with it in one
// statement, and used with it in another.
Result<Secret> one_time_secret(const std::string& name);

}  // namespace gtidops
