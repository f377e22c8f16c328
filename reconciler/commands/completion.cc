#include "commands/completion.h"

#include <CLI/CLI.hpp>
#include <vector>

namespace gtidops {
namespace {

std::string flags_of(const CLI::App& command) {
  std::string words;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) words += " --" + name;
    for (const std::string& name : option->get_snames()) words += " -" + name;
  }
  return words.empty() ? words : words.substr(1);
}

std::vector<const CLI::App*> shown_commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

// Escapes each ' for a single-quoted word of a POSIX shell.
std::string shell_quoted(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out;
}

std::string bash_script(CLI::App& app) {
  std::string commands;
  std::string cases;
  for (const CLI::App* command : shown_commands(app)) {
    commands += (commands.empty() ? "" : " ") + command->get_name();
    cases +=
        "    " + command->get_name() + ") words='" + shell_quoted(flags_of(*command)) + "' ;;\n";
  }
  return "# bash completion for gtidops: source this, or put it into /etc/bash_completion.d\n"
         "_gtidops() {\n"
         "  local word=\"${COMP_WORDS[COMP_CWORD]}\" words=''\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W '" +
         commands +
         " --help --version' -- \"$word\")\n"
         "    return\n"
         "  fi\n"
         "  case \"${COMP_WORDS[1]}\" in\n" +
         cases +
         "  esac\n"
         "  case \"${COMP_WORDS[1]}\" in completion) words='bash zsh fish' ;; esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\"; [ \"${word#-}\" = "
         "\"$word\" ] && compgen -f -- \"$word\")\n"
         "}\n"
         "complete -o filenames -F _gtidops gtidops\n";
}

std::string zsh_script(CLI::App& app) {
  std::string commands;
  std::string cases;
  for (const CLI::App* command : shown_commands(app)) {
    commands +=
        "    '" + command->get_name() + ":" + shell_quoted(command->get_description()) + "'\n";
    cases += "    " + command->get_name() + ") compadd -- " + flags_of(*command) + " ;;\n";
  }
  return "#compdef gtidops\n"
         "# zsh completion for gtidops: put it as _gtidops into a folder of $fpath\n"
         "_gtidops() {\n"
         "  local -a commands=(\n" +
         commands +
         "  )\n"
         "  if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
         "  if [[ $words[2] == completion ]]; then compadd bash zsh fish; return; fi\n"
         "  if [[ $PREFIX != -* ]]; then _files; return; fi\n"
         "  case $words[2] in\n" +
         cases +
         "  esac\n"
         "}\n"
         "compdef _gtidops gtidops\n";
}

std::string fish_script(CLI::App& app) {
  std::string script =
      "# fish completion for gtidops: put it into ~/.config/fish/completions/gtidops.fish\n";
  for (const CLI::App* command : shown_commands(app)) {
    const std::string& name = command->get_name();
    script += "complete -c gtidops -n __fish_use_subcommand -f -a " + name + " -d '" +
              shell_quoted(command->get_description()) + "'\n";
    for (const CLI::Option* option : command->get_options()) {
      const std::string what = " -d '" + shell_quoted(option->get_description()) + "'\n";
      for (const std::string& flag : option->get_lnames()) {
        script += "complete -c gtidops -n '__fish_seen_subcommand_from ";
        script += name;
        script += "' -l ";
        script += flag;
        script += what;
      }
    }
  }
  script +=
      "complete -c gtidops -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n";
  return script;
}

}  // namespace

std::string completion_script(CLI::App& app, const std::string& shell) {
  if (shell == "zsh") return zsh_script(app);
  if (shell == "fish") return fish_script(app);
  return bash_script(app);
}

}  // namespace gtidops
