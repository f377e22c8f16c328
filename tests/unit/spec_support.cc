#include "unit/spec_support.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "base/nearest.h"
#include "spec/scalars.h"

namespace gtidops::test {

std::string in_repository(const std::string& path) {
  return std::string(GTIDOPS_SOURCE_DIR) + "/" + path;
}

std::string read_text_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> yaml_files(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string lines_of(const std::vector<SpecError>& errors) {
  std::string lines;
  for (const SpecError& error : errors) lines += error.to_string() + "\n";
  return lines;
}

std::string two_servers(const std::string& more) {
  return R"(apiVersion: gtidops/v1alpha1
kind: Topology
metadata: {name: orders}
spec:
  primary: db1
  servers:
    - {name: db1, address: "10.0.0.1"}
    - {name: db2, address: "10.0.0.2"}
  replication:
    user: {name: repl, host: "10.0.%", passwordFrom: {env: REPL_PW}}
)" + more;
}

Spec valid(const std::string& text) {
  ParsedSpecs parsed = parse_specs("t.yaml", text);
  EXPECT_EQ(lines_of(parsed.errors), "");
  EXPECT_EQ(parsed.specs.size(), 1U);
  return parsed.specs.empty() ? Spec{} : parsed.specs.front();
}

std::string invalid(const std::string& text) {
  const ParsedSpecs parsed = parse_specs("t.yaml", text);
  EXPECT_FALSE(parsed.errors.empty());
  return lines_of(parsed.errors);
}

nlohmann::json to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
    case YamlNode::Kind::kAlias:
      return nullptr;
    case YamlNode::Kind::kList: {
      nlohmann::json list = nlohmann::json::array();
      for (const YamlNode& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case YamlNode::Kind::kMap: {
      nlohmann::json map = nlohmann::json::object();
      for (const YamlMember& member : node.members)
        map.emplace(member.key.text, to_json(member.value));
      return map;
    }
    case YamlNode::Kind::kScalar:
      break;
  }
  if (node.quoted) return node.text;
  switch (classify(node.text)) {
    case Plain::kBoolean:
      return lower(node.text) == "true";
    case Plain::kInteger:
      return std::stoll(node.text);
    case Plain::kReal:
      return std::stod(node.text);
    case Plain::kText:
    case Plain::kNull:
    case Plain::kOldBoolean:
    case Plain::kOddInteger:
      break;
  }
  return node.text;
}

nlohmann::json schema() {
  return nlohmann::json::parse(
      read_text_file(in_repository("schemas/topology.v1alpha1.schema.json")));
}

std::string schema_errors(const nlohmann::json& document) {
  static const nlohmann::json source = schema();
  static const valijson::Schema* const compiled = [] {
    auto* built = new valijson::Schema;  // lives as long as the process
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(source), *built);
    return built;
  }();
  valijson::Validator validator;
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter target(document);
  if (validator.validate(*compiled, target, &results)) return {};
  std::string text;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const std::string& part : error.context) text += part;
    text += ": " + error.description + "\n";
  }
  return text.empty() ? "does not fit" : text;
}

}  // namespace gtidops::test
