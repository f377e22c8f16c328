// validate: the offline check. Silent when all is well.
#include <nlohmann/json.hpp>

#include "commands/commands.h"
#include "commands/context.h"
#include "commands/exit_code.h"
#include "spec/parse.h"

namespace gtidops {

int run_validate(const CommonOptions& common) {
  if (!common.json()) return load_specs(common).exit_code;
  const ParsedSpecs parsed = read_specs(common.paths);
  nlohmann::ordered_json document{{"format_version", "1.0"}, {"valid", parsed.errors.empty()}};
  document["errors"] = nlohmann::ordered_json::array();
  for (const SpecError& error : parsed.errors)
    document["errors"].push_back({{"file", error.file},
                                  {"line", error.at.line},
                                  {"column", error.at.column},
                                  {"path", error.path},
                                  {"message", error.message}});
  if (!print(document.dump(2) + "\n")) return kExitFailed;
  return parsed.errors.empty() ? kExitDone : kExitInvalidSpec;
}

int run_version(const CommonOptions& common) {
  if (!common.json()) return print("gtidops " GTIDOPS_VERSION "\n") ? kExitDone : kExitFailed;
  const nlohmann::ordered_json document{{"format_version", "1.0"}, {"version", GTIDOPS_VERSION}};
  return print(document.dump(2) + "\n") ? kExitDone : kExitFailed;
}

}  // namespace gtidops
