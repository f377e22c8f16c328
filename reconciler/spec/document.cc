#include "spec/document.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "spec/digest.h"
#include "spec/rules.h"
#include "spec/sections.h"
#include "spec/source_text.h"
#include "spec/structure.h"
#include "spec/yaml_tree.h"

namespace gtidops {
namespace {

constexpr std::string_view kApiVersion = "gtidops/v1alpha1";
constexpr std::string_view kKind = "Topology";

// True when `key` is absent or has the value `wanted`, the only one that is supported. Else adds an
// error.
bool is_fixed(const Cursor& document, std::string_view key, std::string_view wanted,
              Errors& errors) {
  for (const YamlMember& member : document.node.members) {
    if (member.key.text != key || member.reported) continue;
    const Cursor value = member_of(document, member);
    const auto text = read_text(value, errors);
    if (!text) return false;
    if (*text == wanted) return true;
    errors.add(value.node.at, value.path,
               show(*text) + " is not understood; write " + std::string(wanted));
    return false;
  }
  return true;
}

// A document of another kind or apiVersion has other keys. Checking them against this format would
// only produce misleading errors.
bool is_ours(const Cursor& document, Errors& errors) {
  const bool kind = is_fixed(document, "kind", kKind, errors);
  return is_fixed(document, "apiVersion", kApiVersion, errors) && kind;
}

ReadDocument read_document(const std::string& file, YamlDocument& yaml, Errors& errors) {
  ReadDocument document;
  document.spec.file = file;
  document.spec.digest = digest_of(yaml.bytes);
  errors.begin_document(find_places(yaml.root));
  const Cursor root{yaml.root, "", yaml.root.at};
  if (yaml.root.kind == YamlNode::Kind::kNull) {
    errors.add(yaml.root.at, "", "the document is empty; expected a topology");
    return document;
  }
  check_structure(yaml.root, errors);
  if (yaml.root.kind != YamlNode::Kind::kMap) {
    errors.add(yaml.root.at, "", "expected a map with apiVersion, kind, metadata and spec");
    return document;
  }
  if (!is_ours(root, errors)) return document;
  read_section(document_section(), root, errors, document.spec);
  check_rules(document.spec, errors);
  document.valid = !errors.any_in_document();
  return document;
}

// Adds an error for each topology whose name an earlier one already has, and marks it invalid.
void keep_names_distinct(std::vector<ReadDocument>& documents, std::vector<SpecError>& errors) {
  std::map<std::string, const Spec*> seen;
  for (ReadDocument& document : documents) {
    const Spec& spec = document.spec;
    if (!spec.name.declared) continue;
    const auto [first, is_new] = seen.try_emplace(*spec.name, &spec);
    if (is_new) continue;
    const Spec& other = *first->second;
    errors.push_back({spec.file, spec.name.at, "metadata.name",
                      "the topology " + show(*spec.name) + " stands in " + other.file + ":" +
                          std::to_string(other.name.at.line) + " already"});
    document.valid = false;
  }
}

// Adds an error for each topology that has a server of an earlier one, and marks it invalid: the
// loops of the two topologies would fight over that server.
void keep_servers_distinct(std::vector<ReadDocument>& documents, std::vector<SpecError>& errors) {
  std::map<Address, const Spec*> seen;
  for (ReadDocument& document : documents) {
    const Spec& spec = document.spec;
    for (std::size_t i = 0; i < spec.servers.size(); ++i) {
      const ServerSpec& server = spec.servers[i];
      if (!server.address.declared) continue;
      const auto [first, is_new] = seen.try_emplace(*server.address, &spec);
      if (is_new || first->second == &spec) continue;
      const Spec& other = *first->second;
      errors.push_back({spec.file, server.address.at,
                        "spec.servers[" + std::to_string(i) + "].address",
                        show(server.address->to_string()) + " is a server of the topology " +
                            show(*other.name) + " (" + other.file + ") already"});
      document.valid = false;
    }
  }
}

// Adds an error for each file whose name differs from an earlier one only in capital letters. On a
// file system that ignores case, a checkout contains only one of the two.
void keep_files_distinct(const std::vector<std::string>& files, std::vector<SpecError>& errors) {
  std::map<std::string, std::string> seen;
  for (const std::string& file : files) {
    std::string small = file;
    for (char& c : small)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const auto [first, is_new] = seen.try_emplace(small, file);
    if (!is_new && first->second != file)
      errors.push_back({file,
                        {},
                        "",
                        "differs from " + first->second +
                            " in capital letters only: "
                            "some file systems take them for one file"});
  }
}

// The specs of the valid documents, and the errors sorted by file, line and column.
ParsedSpecs result_of(std::vector<ReadDocument> documents, std::vector<SpecError> errors) {
  ParsedSpecs parsed;
  for (ReadDocument& document : documents)
    if (document.valid) parsed.specs.push_back(std::move(document.spec));
  std::stable_sort(errors.begin(), errors.end(), [](const SpecError& a, const SpecError& b) {
    return std::tie(a.file, a.at.line, a.at.column) < std::tie(b.file, b.at.line, b.at.column);
  });
  parsed.errors = std::move(errors);
  return parsed;
}

}  // namespace

ReadFile read_file(const std::string& file, std::string_view text) {
  ReadFile read;
  Errors errors(file);
  const std::string_view plain = without_bom(text);
  auto problem = check_text(plain);
  if (!problem) {
    YamlFile yaml = read_yaml(plain);
    for (YamlDocument& document : yaml.documents) {
      if (errors.full()) break;
      read.documents.push_back(read_document(file, document, errors));
    }
    if (yaml.documents.empty() && !yaml.problem)
      yaml.problem = {{1, 1}, "the file is empty; expected a topology"};
    problem = yaml.problem;
  }
  errors.begin_document({});
  if (problem) errors.add(problem->at, "", problem->message);
  read.errors = errors.sorted();
  return read;
}

ParsedSpecs compared(const std::vector<std::string>& files, std::vector<ReadDocument> documents,
                     std::vector<SpecError> errors) {
  keep_files_distinct(files, errors);
  keep_names_distinct(documents, errors);
  keep_servers_distinct(documents, errors);
  return result_of(std::move(documents), std::move(errors));
}

ParsedSpecs parse_specs(const std::string& file, std::string_view text) {
  ReadFile read = read_file(file, text);
  keep_names_distinct(read.documents, read.errors);
  return result_of(std::move(read.documents), std::move(read.errors));
}

ParsedSpecs parse_texts(const std::vector<NamedText>& files) {
  std::vector<ReadDocument> documents;
  std::vector<SpecError> errors;
  for (const NamedText& file : files) {
    ReadFile read = read_file(file.file, file.text);
    std::move(read.documents.begin(), read.documents.end(), std::back_inserter(documents));
    std::move(read.errors.begin(), read.errors.end(), std::back_inserter(errors));
  }
  if (files.empty()) errors.push_back({"", {}, "", "there is no *.yaml or *.yml file"});
  std::vector<std::string> names;
  names.reserve(files.size());
  for (const NamedText& file : files) names.push_back(file.file);
  return compared(names, std::move(documents), std::move(errors));
}

std::vector<std::string> known_key_paths() {
  Paths paths;
  list_paths(document_section(), "", paths);
  return paths;
}

}  // namespace gtidops
