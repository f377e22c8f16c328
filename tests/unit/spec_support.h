// What the tests of the spec room share: files of the repository, a topology to change, YAML as
// JSON.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "spec/parse.h"
#include "spec/yaml_tree.h"

namespace gtidops::test {

// The path of a file or folder of the repository.
std::string in_repository(const std::string& path);
std::string read_text_file(const std::string& path);
// The names of the *.yaml files of a folder, sorted.
std::vector<std::string> yaml_files(const std::string& folder);

// The errors as lines of text.
std::string lines_of(const std::vector<SpecError>& errors);

// A valid topology of two servers, db1 in line 7 and db2 in line 8, with `more` at its end, at the
// level of the keys of spec (two blanks).
std::string two_servers(const std::string& more = "");
// The specification of a text that must be valid.
Spec valid(const std::string& text);
// The errors of a text that must not be.
std::string invalid(const std::string& text);

// What a YAML 1.2 reader (an editor) makes of it; of a repeated key the first.
nlohmann::json to_json(const YamlNode& node);
nlohmann::json schema();
// The errors of the document by the schema; empty: it fits.
std::string schema_errors(const nlohmann::json& document);

}  // namespace gtidops::test
