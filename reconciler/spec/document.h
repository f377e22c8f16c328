// One file's text to its documents, before they are compared with those of other files.
//
// Thread-safety: a pure function.
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
  bool valid = false;  // nothing is wrong with it
};

struct ReadFile {
  std::vector<ReadDocument> documents;
  std::vector<SpecError> errors;
};

ReadFile read_file(const std::string& file, std::string_view text);

// All of them side by side: adds an error for two topologies with one name or with one server, and
// for two files whose names are one in some file systems. The one comparison for whoever reads
// several: what `validate` passes and the daemon refuses would be merged, and not applied.
ParsedSpecs compared(const std::vector<std::string>& files, std::vector<ReadDocument> documents,
                     std::vector<SpecError> errors);

}  // namespace gtidops
