// Completion scripts, made from the command line's own description, so that they cannot fall behind
// it.
//
// Thread-safety: pure function.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace gtidops {

// `shell` is bash, zsh or fish.
std::string completion_script(CLI::App& app, const std::string& shell);

}  // namespace gtidops
