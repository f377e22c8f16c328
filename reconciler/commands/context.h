// context: what the commands have in common: the specifications they work on, the state directory,
// the log and the output.
//
// Thread-safety: log_*(), complain(), print() and stop_requested() from any thread; the rest from
// one. Errors: as each function says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "commands/options.h"
#include "model/intent.h"
#include "model/spec.h"

namespace gtidops {

// Reads and validates the paths, prints every error to standard error, and picks --topology. On
// failure `exit_code` is what the command shall return.
struct LoadedSpecs {
  std::vector<Spec> specs;
  int exit_code = 0;
};
LoadedSpecs load_specs(const CommonOptions& common);

// --state-dir, else $STATE_DIRECTORY, else $XDG_STATE_HOME/gtidops, else ~/.local/state/gtidops.
std::string state_dir(const CommonOptions& common);

// How long each server may take to answer a look.
Millis look_deadline(const CommonOptions& common);

// Is standard output to be coloured?
bool use_color(const CommonOptions& common);

// spdlog to standard error, at the level and in the format asked for.
void set_up_log(const CommonOptions& common);
// Changes the level and the format of the log.
void change_log(const CommonOptions& common);
// One line of log; the text is escaped as the format needs.
void log_debug(const std::string& text);
void log_error(const std::string& text);
void log_info(const std::string& text);
void log_warning(const std::string& text);

// The specification for a command with which a person asks: a copy that failed is begun once more.
Spec as_a_person_asks(Spec spec);

// What `plan` and `status` know of earlier runs. An empty intent, with a warning in the log, when
// it cannot be read.
Intent remembered_intent(const CommonOptions& common, const std::string& topology);

// Logs for each topology where `plan` and `status` looked for what is remembered and found nothing.
// Otherwise a person who forgot --state-dir would not see why the daemon plans differently.
void tell_what_is_not_remembered(const CommonOptions& common, const std::vector<Spec>& specs);

// One line on standard error, for a person; escaped by printable().
void complain(const std::string& text);

// Writes to standard output; false, with a message, when it cannot be written (a full disk, a
// closed pipe).
bool print(const std::string& text);

// After handle_signals(), SIGINT and SIGTERM set stop_requested(): the command ends between two
// steps. A second signal ends the process at once.
void handle_signals();
bool stop_requested();

}  // namespace gtidops
