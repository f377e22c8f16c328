// clone: a bare repository in a folder of gtidops, kept up to date with one branch, tag or commit
// of a remote, and made anew when it is damaged. Runs in the child process.
//
//   DIRECTORY/repository.git   the clone
//   DIRECTORY/fresh.git        the next one, while it is made; removed if that was interrupted
//   DIRECTORY/old.git          the one before, while it is removed
//   DIRECTORY/lock             held by the process that fetches
//
// Thread-safety: one process a directory: a second one is refused. Errors: SourceError.
#pragma once

#include <filesystem>
#include <string>

#include "git/fetch_protocol.h"

namespace gtidops::git {

std::filesystem::path clone_path(const std::string& directory);

// Brings what the request asks for into the clone.
FetchAnswer fetch(const FetchRequest& request, const Secret& password);

}  // namespace gtidops::git
