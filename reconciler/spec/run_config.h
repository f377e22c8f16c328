// parse_run_config: reads the configuration file of `gtidops run`, as strictly as a topology file.
//
// Thread-safety: pure functions. Errors: values in the result, everything that is wrong with the
// file.
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

// The host of a URL: gtidops.example.com for "https://gtidops.example.com:8443/x". nullopt when
// `url` is no http(s) URL, or has a user name in it.
std::optional<std::string> host_of_url(const std::string& url);

ParsedRunConfig parse_run_config(const std::string& file, std::string_view text);

}  // namespace gtidops
