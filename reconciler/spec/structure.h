// What no topology file may hold, whatever its keys mean: repeated keys, aliases, anchors, merge
// keys, tags, keys that are no words, tabs in the indentation, and a password.
//
// Thread-safety: as Errors.
#pragma once

#include "spec/errors.h"
#include "spec/yaml_tree.h"

namespace gtidops {

// Adds an error for each, and marks the members that nobody needs to look at again.
void check_structure(YamlNode& root, Errors& errors);

// The first key of each path, and its value.
Places find_places(const YamlNode& root);

}  // namespace gtidops
