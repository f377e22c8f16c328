// acknowledged: what a person has acknowledged, as text and as JSON.
//
// Thread-safety: pure functions. Errors: none.
#pragma once

#include <string>

#include "model/memory.h"

namespace gtidops {

// One line for the journal and for standard output.
std::string acknowledged_text(const std::string& topology, const Acknowledgement& one);
// {"format_version":"1.0","acknowledged":[{...}]}, ends in a newline.
std::string acknowledged_json(const std::string& topology, const Acknowledgement& one);

}  // namespace gtidops
