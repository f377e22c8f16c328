// json_schema: does a JSON text keep to a schema of schemas/? For tests.
//
// Thread-safety: pure functions, but that they read the schema's file.
#pragma once

#include <string>
#include <vector>

namespace gtidops::testing {

// What is wrong with `text`, one line each; empty when nothing is. `schema`: "plan.schema.json".
// Stricter than the schema itself: a member that the schema does not describe is wrong too, so that
// no member goes undocumented.
std::vector<std::string> schema_errors(const std::string& schema, const std::string& text);

// The members and values of a schema that have no description, by their paths.
std::vector<std::string> undocumented(const std::string& schema);

}  // namespace gtidops::testing
