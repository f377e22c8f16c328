// run: starts the daemon, handles signals, and tells the service manager how it is.
#include <pthread.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): sigtimedwait
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <thread>

#include "commands/commands.h"
#include "commands/context.h"
#include "commands/exit_code.h"
#include "http/http_server.h"
#include "loop/daemon.h"
#include "spec/run_config.h"
#include "system/quiet_thread.h"
#include "wiring.h"

namespace gtidops {
namespace {

void say(LogLevel level, const std::string& text) {
  switch (level) {
    case LogLevel::kDebug:
      return log_debug(text);
    case LogLevel::kInfo:
      return log_info(text);
    case LogLevel::kWarning:
      return log_warning(text);
    case LogLevel::kError:
      return log_error(text);
  }
}

// How errors are reported: on standard error at the start, in the log once the daemon runs.
using Complain = std::function<void(const std::string&)>;

// nullopt: the errors were reported.
std::optional<RunConfig> read_file(const std::string& file, const Complain& tell) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  if (!in) {
    tell(file + " cannot be read");
    return std::nullopt;
  }
  ParsedRunConfig parsed = parse_run_config(file, text.str());
  for (const SpecError& error : parsed.errors) tell(error.to_string());
  if (!parsed.errors.empty()) return std::nullopt;
  return std::move(parsed.config);
}

// The command line takes precedence over the file.
void override_config(const RunCommandOptions& options, const CommonOptions& common,
                     RunConfig& config) {
  const auto set = [](Field<std::string>& field, const std::string& value) {
    if (!value.empty()) field = Field<std::string>(value, Position{});
  };
  if (!options.path.empty()) config.git.reset();
  set(config.path, options.path);
  if (!options.git.empty()) {
    if (!config.git) config.git.emplace();
    config.path = {};
    set(config.git->url, options.git);
  }
  if (config.git) {
    if (!options.branch.empty()) config.git->tag = config.git->commit = {};
    set(config.git->branch, options.branch);
    set(config.git->path, options.git_path);
    if (options.git_interval) config.git->interval = Field<Millis>(*options.git_interval);
    if (options.git_allow_rewrite) config.git->allow_rewrite = Field<bool>(true);
  }
  set(config.listen, options.listen);
  set(config.web_config_file, options.web_config_file);
  set(config.external_url, options.external_url);
  set(config.state_dir, common.state_dir);
  set(config.log_level, common.log_level);
  set(config.log_format, common.log_format);
  if (common.allow_destructive) config.allow_destructive = Field<bool>(true);
}

// The error for options that would have no effect or contradict each other; nullptr: none.
const char* contradiction(const RunCommandOptions& options, const RunConfig& config) {
  if (!options.git.empty() && !options.path.empty())
    return "--git and --path: only one of them can be followed";
  const bool of_git = !options.branch.empty() || !options.git_path.empty() ||
                      options.git_interval || options.git_allow_rewrite;
  if (of_git && !config.git)
    return "--branch, --git-path, --git-interval and --git-allow-rewrite need git: --git URL";
  if (!config.external_url->empty() && !host_of_url(*config.external_url))
    return "--web.external-url takes a URL such as https://gtidops.example.com/";
  if (!config.git && config.path->empty())
    return "say where the topology files are: --git URL, --path DIR, or --config";
  return nullptr;
}

// The file, overridden by the command line. nullopt: the error was reported, and `wrong` is the
// exit code.
std::optional<RunConfig> read_config(const RunCommandOptions& options, CommonOptions& common,
                                     int& wrong, const Complain& tell) {
  RunConfig config;
  wrong = kExitInvalidSpec;
  if (!options.config.empty()) {
    auto file = read_file(options.config, tell);
    if (!file) return std::nullopt;
    config = std::move(*file);
  }
  override_config(options, common, config);
  if (common.state_dir.empty()) common.state_dir = *config.state_dir;
  if (const char* const why = contradiction(options, config); why != nullptr) {
    tell(why);
    wrong = kExitUsage;
    return std::nullopt;
  }
  return config;
}

// Signals are taken by one thread, so that no handler is needed: SIGTERM and SIGINT end the daemon
// (the second one at once), SIGHUP pulls and reads the configuration again.
class Signals {
 public:
  Signals() {
    sigemptyset(&taken_);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&taken_, number);
    pthread_sigmask(SIG_BLOCK, &taken_, nullptr);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() { end(); }

  // Afterwards the signal thread does not use the daemon any more.
  void end() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }

  void serve(Daemon& daemon, std::function<void()> reload) {
    thread_ = quiet_thread([this, &daemon, reload = std::move(reload)] {
      constexpr timespec kPatience{0, 100'000'000};
      bool ending = false;
      while (!over_) {
        const int number = sigtimedwait(&taken_, nullptr, &kPatience);
        if (number == SIGHUP) {
          reload();
          daemon.pull_now();
        } else if (number == SIGTERM || number == SIGINT) {
          // Crashing between any two statements is safe.
          if (ending) std::_Exit(kExitFailed);
          ending = true;
          log_info("ending after the steps that are under way");
          sd_notify(0, "STOPPING=1");
          daemon.stop();
        }
      }
    });
  }

 private:
  sigset_t taken_{};
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

void log_to(const RunConfig& config, CommonOptions common) {
  common.log_level = *config.log_level;
  common.log_format = *config.log_format;
  change_log(common);
}

std::unique_ptr<SourceLoop> make_source_loop(const RunConfig& config, const CommonOptions& common,
                                             Clock& clock, Metrics& metrics, Notifier* notifier) {
  return std::make_unique<SourceLoop>(make_spec_source(config, state_dir(common)),
                                      shown_source(config), config.git.has_value(), clock, metrics,
                                      say, common.topology, notifier);
}

// `only`: the topology that --topology names; empty: all.
int exit_code_of(const DaemonSnapshot& known, const std::string& only) {
  const int without = only.empty() ? kExitDone : kExitUsage;
  if (known.topologies.empty()) return known.source.spec_valid ? without : kExitInvalidSpec;
  int code = kExitDone;
  for (const auto& one : known.topologies) {
    if (one->consecutive_failures > 0 || !one->last_error.empty()) return kExitFailed;
    if (!one->plan.refusals.empty() || !one->leader)
      code = kExitRefused;
    else if (!one->plan.synced() && code == kExitDone)
      code = kExitFailed;
  }
  if (!known.source.spec_valid) code = kExitInvalidSpec;
  return code;
}

// Tells the service manager that the daemon is ready, once, and that it is alive, for as long as it
// is healthy.
class ServiceManager {
 public:
  void tell(Daemon& daemon, const std::string& unhealthy) {
    if (!unhealthy.empty()) return;
    if (!ready_ && daemon.unready().empty()) {
      ready_ = true;
      sd_notify(0, "READY=1\nSTATUS=reconciling");
      log_info("ready");
    }
    sd_notify(0, "WATCHDOG=1");
  }

 private:
  bool ready_ = false;
};

// One daemon, from its configuration to its end.
class Service {
 public:
  Service(RunConfig config, CommonOptions common, const RunCommandOptions& options)
      : config_(std::move(config)),
        common_(std::move(common)),
        options_(options),
        state_(state_dir(common_)),
        clock_(make_clock()),
        notifier_(make_notifier(config_, say)),
        daemon_(make_source_loop(config_, common_, *clock_, metrics_, notifier_.get()), ports(),
                daemon_options()) {}

  int run_once() {
    signals_.serve(daemon_, [] {});
    daemon_.run_once();
    signals_.end();
    return exit_code_of(*daemon_.snapshot(), common_.topology);
  }

  int run() {
    HttpServer http({*config_.listen, *config_.web_config_file,
                     host_of_url(*config_.external_url).value_or(""), config_.hook_secret},
                    {[this] { return daemon_.snapshot(); }, [this] { return daemon_.unhealthy(); },
                     [this] { return daemon_.unready(); }, [this] { daemon_.pull_now(); }},
                    metrics_);
    if (const Status started = http.start(); !started) {
      complain(started.error().message);
      return kExitFailed;
    }
    log_info("listening on port " + std::to_string(http.port()));
    signals_.serve(daemon_, [this] { reload(); });
    ServiceManager manager;
    std::string warned;
    daemon_.run([&](const std::string& unhealthy) {
      manager.tell(daemon_, unhealthy);
      const std::string warning = http.warning();
      if (warning != warned && !warning.empty()) log_warning(warning);
      warned = warning;
    });
    http.stop();
    signals_.end();
    log_info("ended");
    return kExitDone;
  }

 private:
  TopologyPorts ports() {
    constexpr const char* kHolder = "gtidops run";
    return {[this](const Spec& spec) { return make_acting_fleet(spec, state_, kHolder); },
            [this](const std::string& topology) { return open_state(state_, topology, kHolder); },
            [this](const std::string& topology) { return peek_intent(state_, topology); },
            *clock_,
            metrics_,
            say,
            notifier_.get(),
            [this](const std::string& topology) { return read_history(state_, topology); },
            [this](const std::string& topology, const History& history) {
              if (const Status kept = write_history(state_, topology, history); !kept)
                log_warning(topology + ": the history is not kept: " + kept.error().message);
            }};
  }

  [[nodiscard]] DaemonOptions daemon_options() const {
    constexpr Millis kFolderInterval{1'000};
    DaemonOptions options;
    options.pull_interval = config_.git ? *config_.git->interval : kFolderInterval;
    if (config_.git) options.pull_timeout = *config_.git->timeout;
    options.loop.allow_destructive = *config_.allow_destructive;
    options.loop.look_deadline = look_deadline(common_);
    return options;
  }

  // Only the settings of the log are read again; the others need a restart.
  void reload() {
    CommonOptions again = common_;
    int ignored = 0;
    const auto read = read_config(options_, again, ignored, log_error);
    daemon_.set_reload_successful(read.has_value());
    if (read) {
      log_to(*read, std::move(again));
      log_info("the configuration was read again: the log is as it says; the rest needs a restart");
    } else
      log_error("the configuration stays as it was");
  }

  Signals signals_;  // first member: blocks signals before any thread starts
  const RunConfig config_;
  const CommonOptions common_;
  const RunCommandOptions& options_;
  const std::string state_;
  const std::unique_ptr<Clock> clock_;
  Metrics metrics_;
  const std::unique_ptr<Notifier> notifier_;
  Daemon daemon_;
};

// Each server needs two descriptors. The usual soft limit of 1,024 is meant for programs that use
// select(2), and would be reached by a hundred topologies.
void raise_descriptor_limit() {
  constexpr rlim_t kEnough = 65'536;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kEnough) return;
  limit.rlim_cur = std::min(limit.rlim_max, kEnough);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_daemon(CommonOptions common, const RunCommandOptions& options) {
  int wrong = kExitDone;
  auto config = read_config(options, common, wrong, complain);
  if (!config) return wrong;
  log_to(*config, common);
  if (const Status fit = check_spec_source(*config); !fit) {
    complain(fit.error().message);
    return kExitUsage;
  }
  raise_descriptor_limit();
  Service service(std::move(*config), std::move(common), options);
  return options.once ? service.run_once() : service.run();
}

}  // namespace gtidops
