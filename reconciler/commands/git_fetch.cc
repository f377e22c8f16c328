// git-fetch: a GitSource runs this command as its child, which it can kill when a git server does
// not answer.
#include "commands/commands.h"
#include "commands/exit_code.h"
#include "git/fetch_helper.h"

namespace gtidops {

int run_git_fetch() { return run_git_fetch_helper() == 0 ? kExitDone : kExitFailed; }

}  // namespace gtidops
