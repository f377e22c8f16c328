// *Options: what the command line asks of a command.
//
// Thread-safety: plain values. Errors: none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"

namespace gtidops {

struct CommonOptions {
  std::vector<std::string> paths;
  std::string topology;         // empty: all
  std::string output = "text";  // text|json
  bool no_color = false;
  std::string log_level, log_format;  // empty: not given; then info, and text
  std::optional<Millis> timeout;
  bool allow_destructive = false;
  std::string state_dir;  // empty: the default

  [[nodiscard]] bool json() const { return output == "json"; }
};

struct PlanOptions {
  std::string out;
  bool sql = false;
  bool detailed_exitcode = false;
};

struct ApplyOptions {
  std::string saved_plan;
  bool auto_approve = false;
  bool no_wait = false;  // for copies that are under way
  bool sql = false;
};

struct RunCommandOptions {
  std::string config;  // a file; the options below take precedence
  std::string git, path, branch, git_path, listen, web_config_file, external_url;
  std::optional<Millis> git_interval;
  bool git_allow_rewrite = false;
  bool once = false;
};

struct AcknowledgeOptions {
  std::string server, rule, reason;
};

struct StatusOptions {
  bool watch = false;
};

}  // namespace gtidops
