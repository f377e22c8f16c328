#include "unit/support/json_schema.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace gtidops::testing {
namespace {

using nlohmann::json;
using valijson::adapters::NlohmannJsonAdapter;

json read_schema(const std::string& name) {
  std::ifstream in(std::string(GTIDOPS_SOURCE_DIR) + "/schemas/" + name);
  if (!in) throw std::invalid_argument("no schema " + name);
  return json::parse(in);
}

void forbid_further_members(json& schema) {
  if (schema.is_object() && schema.contains("properties") && schema["properties"].is_object() &&
      !schema.contains("additionalProperties"))
    schema["additionalProperties"] = false;
  if (schema.is_structured())
    for (json& part : schema) forbid_further_members(part);
}

void find_undocumented(const json& schema, const std::string& path,
                       std::vector<std::string>& found) {
  for (const char* group : {"properties", "definitions"}) {
    if (!schema.contains(group)) continue;
    for (const auto& [name, part] : schema.at(group).items()) {
      const std::string here = path + "/" + name;
      if (!part.contains("description") && !part.contains("$ref")) found.push_back(here);
      find_undocumented(part, here, found);
    }
  }
  if (schema.contains("items")) find_undocumented(schema.at("items"), path + "[]", found);
}

}  // namespace

std::vector<std::string> schema_errors(const std::string& schema, const std::string& text) {
  json strict = read_schema(schema);
  forbid_further_members(strict);
  valijson::Schema parsed;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7)
      .populateSchema(NlohmannJsonAdapter(strict), parsed);
  const json document = json::parse(text);
  valijson::ValidationResults results;
  std::vector<std::string> errors;
  if (valijson::Validator().validate(parsed, NlohmannJsonAdapter(document), &results))
    return errors;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    std::string line;
    for (const std::string& part : error.context) line += part;
    line += ": " + error.description;
    errors.push_back(line);
  }
  return errors;
}

std::vector<std::string> undocumented(const std::string& schema) {
  std::vector<std::string> found;
  find_undocumented(read_schema(schema), "", found);
  return found;
}

}  // namespace gtidops::testing
