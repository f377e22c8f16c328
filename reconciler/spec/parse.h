// From YAML text to Spec values, strictly: what a person most likely did not mean is an error, and
// all errors of a file are found in one run (contract: "The topology file").
//
// Thread-safety: pure functions, but for read_paths(), which reads files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"
#include "model/spec.h"

namespace gtidops {

struct SpecError {
  std::string file;
  Position at;
  std::string path;     // "spec.servers[2].source"; empty for an error of the YAML itself
  std::string message;  // what is wrong, and the nearest valid name where there is one
  // "FILE:LINE:COL: PATH: what is wrong".
  [[nodiscard]] std::string to_string() const;
};

struct ParsedSpecs {
  std::vector<Spec> specs;        // only of documents without an error
  std::vector<SpecError> errors;  // sorted by file, line, column
};

// Every document of one file's text. Limits: 8 MiB a file, 64 levels deep, 100 errors a file (then
// one that says so).
ParsedSpecs parse_specs(const std::string& file, std::string_view text);

// The same for files that somebody else has read and wants to be enforced all at once: also finds
// two topologies with one name, and a server that stands in two of them.
struct NamedText {
  std::string file;
  std::string text;
};
ParsedSpecs parse_texts(const std::vector<NamedText>& files);

// The same for files and folders (all *.yaml and *.yml below, recursively, sorted). A path that
// cannot be read, or a folder without a file, is an error too.
ParsedSpecs read_specs(const std::vector<std::string>& paths);

// Every key path that the parser knows, with "[]" for a list's item and "*" for a free key:
// "spec.servers[].name", "spec.variables.servers.*.*". For the test that holds the parser and the
// JSON Schema together.
std::vector<std::string> known_key_paths();

}  // namespace gtidops
