// words: what a scenario says of a server, told to a FleetBuilder. README.md lists them.
//
// Thread-safety: pure. Errors: std::invalid_argument.
#pragma once

#include <string>
#include <vector>

#include "unit/support/fleet_builder.h"

namespace gtidops::testing {

// "applier_error 1062 \"Duplicate entry\"": a word and what it is about, quotes taken off.
using Phrase = std::vector<std::string>;

// The phrases of a text, which semicolons part.
std::vector<Phrase> read_phrases(const std::string& text);
// Says one phrase of the builder's current server.
void say(FleetBuilder& fleet, const Phrase& phrase);

}  // namespace gtidops::testing
