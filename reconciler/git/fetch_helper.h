// run_git_fetch_helper: the child process of a GitSource, `gtidops git-fetch`, which nobody types.
// It reads one request from standard input, fetches, and writes one answer to standard output.
//
// It dies with its parent, and the parent kills it when it takes too long.
//
// Thread-safety: once a process. Errors: in the answer; the exit code is 0 when one was written.
#pragma once

namespace gtidops {

int run_git_fetch_helper();

}  // namespace gtidops
