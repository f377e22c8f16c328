// The configuration file of `gtidops run`, read as strictly as a topology.
//
// Thread-safety: a pure function. Errors: all that is wrong with the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/run_config.h"
#include "spec/parse.h"

namespace gtidops {

struct ParsedRunConfig {
  RunConfig config;
  std::vector<SpecError> errors;
};

// "https://gtidops.example.com:8443/x" is gtidops.example.com; nullopt: no http(s) URL, or one with
// a user in it.
std::optional<std::string> host_of_url(const std::string& url);

ParsedRunConfig parse_run_config(const std::string& file, std::string_view text);

}  // namespace gtidops
