// parse_specs, parse_texts, read_specs: turn YAML text into Spec values, strictly. Anything that a
// person most likely did not mean is an error, and one run finds all errors of a file (contract:
// "The topology file").
//
// Thread-safety: pure functions, except for read_specs(), which reads files. Errors: values in the
// result.
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

// As parse_specs(), for the texts of all files of one revision, which are enforced together. Also
// finds two topologies with the same name, a server that is in two topologies, and two file names
// that differ only in capital letters.
struct NamedText {
  std::string file;
  std::string text;
};
ParsedSpecs parse_texts(const std::vector<NamedText>& files);

// As parse_texts(), for files and folders on the disk (all *.yaml and *.yml below a folder,
// recursively, sorted). A path that cannot be read, or a folder without a file, is an error too.
ParsedSpecs read_specs(const std::vector<std::string>& paths);

// Every key path that the parser knows, with "[]" for a list's item and "*" for a free key:
// "spec.servers[].name", "spec.variables.servers.*.*". A test compares them with the JSON Schema.
std::vector<std::string> known_key_paths();

}  // namespace gtidops
