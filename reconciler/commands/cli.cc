// argv -> a command -> its exit code.
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <functional>

#include "commands/commands.h"
#include "commands/completion.h"
#include "commands/context.h"
#include "commands/exit_code.h"
#include "model/memory.h"
#include "model/rules.h"

namespace gtidops {
namespace {

void add_common(CLI::App* command, CommonOptions& common, bool talks_to_servers) {
  command->add_option("--topology", common.topology, "Only the topology of this name")
      ->type_name("NAME");
  command->add_option("-o,--output", common.output, "Output format")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("text|json");
  command->add_flag("--no-color", common.no_color,
                    "No colours (also: NO_COLOR in the environment)");
  command->add_option("--log-level", common.log_level, "What is logged to standard error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "critical", "off"}))
      ->type_name("LEVEL");
  command->add_option("--log-format", common.log_format, "How")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("text|json");
  if (!talks_to_servers) return;
  command
      ->add_option_function<std::string>(
          "--timeout",
          [&common](const std::string& text) {
            const auto value = parse_duration(text);
            if (!value || value->count() == 0)
              throw CLI::ValidationError("--timeout", "takes a duration above 0: 500ms, 10s, 5m");
            common.timeout = *value;
          },
          "How long to wait: for each server's answer (plan, status; default 3s), for the whole "
          "run (apply)")
      ->type_name("DURATION");
  command->add_option("--state-dir", common.state_dir, "Where durable state is kept")
      ->type_name("DIR");
  command->add_flag("--allow-destructive", common.allow_destructive,
                    "Permit steps by which data, GTID history, a user or a grant goes away");
}

void add_acknowledge(CLI::App* command, AcknowledgeOptions& options) {
  const auto text = [&](const char* name, std::string& into, const char* what, const char* type) {
    return command->add_option(name, into, what)->required()->type_name(type);
  };
  text("--server", options.server, "Which server was judged", "NAME");
  text("--rule", options.rule, "What is refused about it, as the plan names it", "RULE")
      ->check(CLI::IsMember({rule::kHistoryShrunk, rule::kFilteredOnce, rule::kPrimaryIdentity}));
  text("--reason", options.reason, "Why that is well; it is written down", "TEXT")
      ->check([](const std::string& reason) {
        return reason.find_first_not_of(" \t\n") == std::string::npos
                   ? std::string("a reason is wanted")
                   : std::string();
      });
}

void add_paths(CLI::App* command, CommonOptions& common) {
  command->add_option("PATH", common.paths, "Topology files, or folders of them")
      ->required()
      ->type_name("PATH...");
}

// The error for an unknown command; empty when the first word is a command or an option. CLI11
// itself would only say that a subcommand is required.
std::string unknown_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return {};
  const std::string word = argv[1];
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == word) return {};
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return fmt::format("there is no command \"{}\"; the commands are {}", word,
                     fmt::join(names, ", "));
}

}  // namespace

int run_cli(int argc, char** argv) {
  CLI::App app{
      "GitOps for MySQL replication topologies: declare in YAML who replicates from whom; see the "
      "difference to "
      "the live servers; apply it.",
      "gtidops"};
  app.require_subcommand(1);
  app.fallthrough(false);
  app.set_version_flag("--version", "gtidops " GTIDOPS_VERSION);

  CommonOptions common;
  PlanOptions plan;
  ApplyOptions apply;
  StatusOptions status;
  RunCommandOptions run;
  AcknowledgeOptions acknowledge;
  std::string shell;
  std::function<int()> chosen;

  CLI::App* validate =
      app.add_subcommand("validate", "Check topology files offline; silent when all is well");
  add_paths(validate, common);
  add_common(validate, common, false);
  validate->callback([&] { chosen = [&] { return run_validate(common); }; });

  CLI::App* planning =
      app.add_subcommand("plan", "Observe the servers, diff, print the plan; change nothing");
  add_paths(planning, common);
  add_common(planning, common, true);
  planning->add_option("--out", plan.out, "Save the plan, for apply --plan")->type_name("FILE");
  planning->add_flag("--sql", plan.sql, "Show the exact statements");
  planning->add_flag("--detailed-exitcode", plan.detailed_exitcode,
                     "0: synced, 2: changes pending, 3: something is refused");
  planning->callback([&] { chosen = [&] { return run_plan_command(common, plan); }; });

  CLI::App* applying =
      app.add_subcommand("apply", "Plan, ask, execute, verify, print what was done");
  add_paths(applying, common);
  add_common(applying, common, true);
  applying
      ->add_option("--plan", apply.saved_plan,
                   "Run exactly this saved plan; refused when anything has moved")
      ->type_name("FILE");
  applying->add_flag("--auto-approve", apply.auto_approve, "Do not ask");
  applying->add_flag("--no-wait", apply.no_wait,
                     "Do not wait for a copy that is under way: exit code 2");
  applying->add_flag("--sql", apply.sql, "Show the exact statements");
  applying->callback([&] { chosen = [&] { return run_apply(common, apply); }; });

  CLI::App* showing = app.add_subcommand(
      "status", "Show the topology as it is: roles, state, lag, GTID gaps, drift");
  add_paths(showing, common);
  add_common(showing, common, true);
  showing->add_flag("--watch", status.watch, "Show it again and again");
  showing->callback([&] { chosen = [&] { return run_status(common, status); }; });

  CLI::App* judging = app.add_subcommand(
      "acknowledge", "A person has judged what stays refused: write down who, when and why");
  add_paths(judging, common);
  add_common(judging, common, true);
  add_acknowledge(judging, acknowledge);
  judging->callback([&] { chosen = [&] { return run_acknowledge(common, acknowledge); }; });

  CLI::App* running = app.add_subcommand(
      "run", "The daemon: pull the topology files, reconcile for ever, serve metrics");
  add_common(running, common, true);
  const auto text = [&](const char* name, std::string& into, const char* what, const char* type) {
    running->add_option(name, into, what)->type_name(type);
  };
  text("--config", run.config, "Everything below from a file; what is given here wins", "FILE");
  text("--git", run.git, "The git repository with the topology files", "URL");
  text("--path", run.path, "A folder with them, without git", "DIR");
  text("--branch", run.branch, "Which branch (default: the repository's own)", "NAME");
  text("--git-path", run.git_path, "Where in the repository", "PATH");
  text("--listen", run.listen, "Where to serve metrics, API and page (default 127.0.0.1:10440)",
       "ADDR:PORT");
  text("--web.external-url", run.external_url,
       "As others reach it: its host is taken in Host headers, too", "URL");
  text("--web.config.file", run.web_config_file, "TLS and basic auth, as Prometheus' exporters",
       "FILE");
  running
      ->add_option_function<std::string>(
          "--git-interval",
          [&run](const std::string& duration) {
            run.git_interval = parse_duration(duration).value_or(Millis{0});
            if (run.git_interval->count() == 0)
              throw CLI::ValidationError("--git-interval", "takes a duration such as 10s, 5m");
          },
          "How often to ask the repository (default 1m)")
      ->type_name("DURATION");
  running->add_flag("--git-allow-rewrite", run.git_allow_rewrite,
                    "With git.verify: accept commits, too, that do not descend from the last good");
  running->add_flag("--once", run.once, "Pull once, one pass of each topology, and end");
  running->callback([&] { chosen = [&] { return run_daemon(common, run); }; });

  CLI::App* version = app.add_subcommand("version", "Print the version");
  version->add_option("-o,--output", common.output, "Output format")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("text|json");
  version->callback([&] { chosen = [&] { return run_version(common); }; });

  CLI::App* completion = app.add_subcommand("completion", "Print a completion script for a shell");
  completion->add_option("SHELL", shell, "Which shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}))
      ->type_name("bash|zsh|fish");
  completion->callback([&] {
    chosen = [&] { return print(completion_script(app, shell)) ? kExitDone : kExitFailed; };
  });

  CLI::App* fetching = app.add_subcommand("git-fetch")->group("");  // hidden in --help
  fetching->callback([&] { chosen = [] { return run_git_fetch(); }; });

  if (const std::string wrong = unknown_command(app, argc, argv); !wrong.empty()) {
    complain(wrong);
    return kExitUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version are "errors" of code 0 in CLI11.
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  set_up_log(common);
  return chosen();
}

}  // namespace gtidops
