// From the variables and the status of the semi-synchronous plugins to the model's value.
//
// Thread-safety: pure functions. Errors: kFailed, naming what is not of its form.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/observation.h"

namespace gtidops::mysql {

// `variables` by lower-case name, as judged; a plugin is loaded where its variables are there.
// `status` is what SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync%' said, by lower-case name.
Result<SemiSync> read_semi_sync(const std::map<std::string, std::string>& variables,
                                const std::map<std::string, std::string>& status);

}  // namespace gtidops::mysql
