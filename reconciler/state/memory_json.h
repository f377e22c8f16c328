// memory_json: the memory of a topology's servers as JSON, as the intent's files hold it.
//
// Thread-safety: pure functions. Errors: nullopt or a JSON exception when the JSON is no memory.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "model/memory.h"

namespace gtidops {

nlohmann::json memory_json(const Memory& memory);
// Members that an older version did not write keep their defaults.
std::optional<Memory> read_memory(const nlohmann::json& value);

}  // namespace gtidops
