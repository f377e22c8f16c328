// run_*: the commands. Each takes its options and returns the exit code. Data goes to standard
// output, all else to standard error.
//
// Thread-safety: one command a process. Errors: messages on standard error, and the exit code.
#pragma once

#include <string>

#include "commands/options.h"

namespace gtidops {

int run_validate(const CommonOptions& common);
int run_plan_command(const CommonOptions& common, const PlanOptions& options);
int run_apply(const CommonOptions& common, const ApplyOptions& options);
int run_status(const CommonOptions& common, const StatusOptions& options);
int run_acknowledge(const CommonOptions& common, const AcknowledgeOptions& options);
int run_daemon(CommonOptions common, const RunCommandOptions& options);
int run_version(const CommonOptions& common);
int run_git_fetch();  // internal: see git/fetch_helper.h

// argv -> a command -> its exit code.
int run_cli(int argc, char** argv);

}  // namespace gtidops
