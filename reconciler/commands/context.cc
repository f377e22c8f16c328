#include "commands/context.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/nearest.h"
#include "commands/exit_code.h"
#include "report/style.h"
#include "spec/parse.h"
#include "wiring.h"

namespace gtidops {
namespace {

std::atomic<bool> g_stop{false};
std::atomic<bool> g_json_log = false;

// Every message passes here on its way to the log. A server's text may hold anything: line ends
// that would begin a forged line, control sequences for a terminal, bytes that are no UTF-8.
std::string log_text(const std::string& text) {
  if (!g_json_log) return printable(text);
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

extern "C" void on_signal(int number) {
  g_stop = true;
  // A second signal ends the process at once: crashing between any two statements is safe.
  std::signal(number, SIG_DFL);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

LoadedSpecs load_specs(const CommonOptions& common) {
  ParsedSpecs parsed = read_specs(common.paths);
  for (const SpecError& error : parsed.errors) complain(error.to_string());
  if (!parsed.errors.empty()) return {{}, kExitInvalidSpec};
  if (common.topology.empty()) return {std::move(parsed.specs), kExitDone};
  std::vector<std::string> names;
  for (Spec& spec : parsed.specs) {
    if (*spec.name == common.topology) return {{std::move(spec)}, kExitDone};
    names.push_back(*spec.name);
  }
  const auto near = nearest(common.topology, names);
  std::fprintf(stderr, "no topology %s in these files%s\n", common.topology.c_str(),
               near ? (" (did you mean " + *near + "?)").c_str() : "");
  return {{}, kExitUsage};
}

std::string state_dir(const CommonOptions& common) {
  if (!common.state_dir.empty()) return common.state_dir;
  // systemd may list several, separated by colons.
  if (const std::string dir = environment("STATE_DIRECTORY"); !dir.empty())
    return dir.substr(0, dir.find(':'));
  if (const std::string dir = environment("XDG_STATE_HOME"); !dir.empty()) return dir + "/gtidops";
  const std::string home = environment("HOME");
  return (home.empty() ? "." : home) + "/.local/state/gtidops";
}

Millis look_deadline(const CommonOptions& common) {
  constexpr Millis kDefault{3'000};
  return common.timeout.value_or(kDefault);
}

bool use_color(const CommonOptions& common) {
  return !common.no_color && environment("NO_COLOR").empty() && environment("TERM") != "dumb" &&
         isatty(STDOUT_FILENO) == 1;
}

void set_up_log(const CommonOptions& common) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("gtidops"));
  change_log(common);
}

void change_log(const CommonOptions& common) {
  const auto logger = spdlog::default_logger();
  if (common.log_format == "json")
    // The message (%v) is a JSON string already: log_text() has made it one.
    logger->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})",
                        spdlog::pattern_time_type::utc);
  else
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  g_json_log = common.log_format == "json";
  logger->set_level(spdlog::level::from_str(common.log_level.empty() ? "info" : common.log_level));
}

void log_debug(const std::string& text) { spdlog::debug("{}", log_text(text)); }

void log_error(const std::string& text) { spdlog::error("{}", log_text(text)); }

void log_info(const std::string& text) { spdlog::info("{}", log_text(text)); }

void log_warning(const std::string& text) { spdlog::warn("{}", log_text(text)); }

Spec as_a_person_asks(Spec spec) {
  spec.provisioning.again = true;
  return spec;
}

Intent remembered_intent(const CommonOptions& common, const std::string& topology) {
  const auto intent = peek_intent(state_dir(common), topology);
  if (intent) return *intent;
  log_warning(intent.error().message);
  return {};
}

void tell_what_is_not_remembered(const CommonOptions& common, const std::vector<Spec>& specs) {
  for (const Spec& spec : specs) {
    const auto intent = peek_intent(state_dir(common), *spec.name);
    if (intent && *intent == Intent{})
      log_info(
          fmt::format("{}: nothing is remembered of it in {}; where a daemon runs, give its "
                      "--state-dir",
                      *spec.name, state_dir(common)));
  }
}

void complain(const std::string& text) { std::fprintf(stderr, "%s\n", printable(text).c_str()); }

bool print(const std::string& text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) std::fprintf(stderr, "standard output cannot be written\n");
  return written;
}

void handle_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

bool stop_requested() { return g_stop; }

}  // namespace gtidops
