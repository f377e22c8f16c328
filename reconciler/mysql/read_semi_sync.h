// read_semi_sync: from the variables and the status of the semi-synchronous plugins to the model's
// value.
//
// Thread-safety: a pure function. Errors: kFailed, naming what is missing or of another form.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/observation.h"

namespace gtidops::mysql {

// `variables`: by lower-case name, as judged; a plugin is loaded if its variables are there.
// `status`: the answer to SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync%', by lower-case name.
Result<SemiSync> read_semi_sync(const std::map<std::string, std::string>& variables,
                                const std::map<std::string, std::string>& status);

}  // namespace gtidops::mysql
