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

// Adds an error for each topology whose name an earlier one has, and takes its validity.
void keep_names_distinct(std::vector<ReadDocument>& documents, std::vector<SpecError>& errors);
// The same for one that has a server of an earlier one: two loops would fight over it.
void keep_servers_distinct(std::vector<ReadDocument>& documents, std::vector<SpecError>& errors);

// Adds an error for each file whose name is that of an earlier one but for capital letters: where
// file systems do not tell them apart, a checkout has only one of them.
void keep_files_distinct(const std::vector<std::string>& files, std::vector<SpecError>& errors);

// The valid ones, and the errors in their order.
ParsedSpecs result_of(std::vector<ReadDocument> documents, std::vector<SpecError> errors);

}  // namespace gtidops
