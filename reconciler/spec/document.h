// read_file: turns one file's text into its documents. compared: checks the documents of all files
// against each other.
//
// Thread-safety: pure functions. Errors: values in the result.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/spec.h"
#include "spec/errors.h"
#include "spec/parse.h"

namespace gtidops {

struct ReadDocument {
  Spec spec;           // what could be read of it
  bool valid = false;  // no error was found in it
};

struct ReadFile {
  std::vector<ReadDocument> documents;
  std::vector<SpecError> errors;
};

ReadFile read_file(const std::string& file, std::string_view text);

// Adds an error for two topologies with the same name or with the same server, and for two file
// names that differ only in capital letters. All callers that read several files share this one
// comparison: otherwise `validate` could pass what the daemon refuses, and a merged change would
// never be applied.
ParsedSpecs compared(const std::vector<std::string>& files, std::vector<ReadDocument> documents,
                     std::vector<SpecError> errors);

}  // namespace gtidops
