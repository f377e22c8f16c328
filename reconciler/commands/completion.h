// completion_script: a shell's completion script, made from the command line's own description, so
// that it cannot fall behind it.
//
// Thread-safety: pure function. Errors: none.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace gtidops {

// `shell` is bash, zsh or fish.
std::string completion_script(CLI::App& app, const std::string& shell);

}  // namespace gtidops
