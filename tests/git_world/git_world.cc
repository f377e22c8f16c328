#include "git_world/git_world.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <fstream>
#include <stdexcept>

#include "system/child_process.h"

namespace gtidops::testing {

namespace fs = std::filesystem;

GitWorld::GitWorld() {
  std::string pattern = (fs::temp_directory_path() / "gtidops-git-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  folder_ = pattern;
  environment_ = {{"GIT_CONFIG_NOSYSTEM", "1"},
                  {"GIT_CONFIG_GLOBAL", "/dev/null"},
                  {"GIT_AUTHOR_NAME", "Ada"},
                  {"GIT_AUTHOR_EMAIL", "ada@example.com"},
                  {"GIT_COMMITTER_NAME", "Ada"},
                  {"GIT_COMMITTER_EMAIL", "ada@example.com"},
                  {"GIT_TERMINAL_PROMPT", "0"},
                  {"HOME", path("nobody")},
                  {"LC_ALL", "C"}};
  fs::create_directories(work());
  fs::create_directories(path("nobody"));
  git({"init", "-q", "--bare", "-b", "main", remote()});
  git({"init", "-q", "-b", "main"});
  git({"remote", "add", "origin", remote()});
  commit("topologies/orders.yaml", "first\n");
}

GitWorld::~GitWorld() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::string GitWorld::run(const std::vector<std::string>& command, const std::string& input) const {
  std::vector<std::string> words{"env", "-C", work()};
  words.insert(words.end(), command.begin(), command.end());
  const auto end = run_child({words, input, environment_}, Deadline::after(Millis{30'000}));
  std::string all;
  for (const std::string& word : command) all += word + " ";
  if (!end) throw std::runtime_error(all + ": " + end.error().message);
  if (end->code != 0)
    throw std::runtime_error(all + "ended with " + std::to_string(end->code) + ": " + end->err);
  return end->out.substr(0, end->out.find_last_not_of('\n') + 1);
}

std::string GitWorld::git(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), "git");
  return run(arguments);
}

void GitWorld::write(const std::string& name, const std::string& text) const {
  const fs::path file = fs::path(work()) / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

std::string GitWorld::commit(const std::string& name, const std::string& text,
                             const std::vector<std::string>& options) const {
  write(name, text);
  git({"add", "-A"});
  std::vector<std::string> arguments{"commit", "-q", "--allow-empty", "-m", "Change " + name};
  arguments.insert(arguments.end(), options.begin(), options.end());
  git(arguments);
  git({"push", "-q", "-f", "origin", "HEAD"});
  return git({"rev-parse", "HEAD"});
}

GitOptions GitWorld::options() const {
  GitOptions options;
  options.url = remote();
  options.directory = path("state");
  options.helper = GTIDOPS_BINARY;
  return options;
}

SecretRef secret_in_file(const std::string& path) {
  SecretRef secret;
  secret.kind = SecretRef::Kind::kFile;
  secret.name = path;
  return secret;
}

}  // namespace gtidops::testing
