// memory_json: the memory of a topology's servers as JSON, as the file of the intent has it.
//
// Thread-safety: pure functions. Errors: nullopt, or a JSON exception, for what is none.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "model/memory.h"

namespace gtidops {

nlohmann::json memory_json(const Memory& memory);
// Members that a version before this one did not write keep their defaults.
std::optional<Memory> read_memory(const nlohmann::json& value);

}  // namespace gtidops
