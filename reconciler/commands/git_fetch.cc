// git-fetch: what a GitSource runs as its child, so that a silent git server can be given up.
#include "commands/commands.h"
#include "commands/exit_code.h"
#include "git/fetch_helper.h"

namespace gtidops {

int run_git_fetch() { return run_git_fetch_helper() == 0 ? kExitDone : kExitFailed; }

}  // namespace gtidops
