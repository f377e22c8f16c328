// check_structure: refuses what no topology file may contain, whatever its keys mean: repeated
// keys, aliases, anchors, merge keys, tags, keys that are no words, tabs in the indentation, and a
// password.
//
// Thread-safety: as Errors. Errors: are added to `errors`.
#pragma once

#include "spec/errors.h"
#include "spec/yaml_tree.h"

namespace gtidops {

// Adds an error for each of these. Members with a bad key are marked `reported`, so that later
// checks skip them.
void check_structure(YamlNode& root, Errors& errors);

// The positions of every key path and its value. Of a repeated key, the first one counts.
Places find_places(const YamlNode& root);

}  // namespace gtidops
