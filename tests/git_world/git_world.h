// A git repository to pull from, and a working copy to change it, made with git(1) in a temporary
// folder; nobody's configuration is read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "git/git_options.h"
#include "model/secret_ref.h"

namespace gtidops::testing {

// Longer than any pull takes that ends by itself.
inline constexpr Millis kPullTime{30'000};

class GitWorld {
 public:
  GitWorld();  // with one commit on the branch main: topologies/orders.yaml, "first"
  GitWorld(const GitWorld&) = delete;
  GitWorld& operator=(const GitWorld&) = delete;
  ~GitWorld();

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string remote() const { return path("remote.git"); }
  std::string work() const { return path("work"); }

  // Runs a command in `work`; what it printed, without the last newline. Throws when it fails.
  std::string run(const std::vector<std::string>& command, const std::string& input = "") const;
  std::string git(std::vector<std::string> arguments) const;
  // Added to the environment of all that run() runs.
  void set(const std::string& name, const std::string& value) {
    environment_.emplace_back(name, value);
  }

  void write(const std::string& name, const std::string& text) const;  // in `work`
  // Writes, commits and pushes; the commit's hash.
  std::string commit(const std::string& name, const std::string& text,
                     const std::vector<std::string>& options = {}) const;

  // For the remote, with the state in the folder "state" and this build's gtidops as helper.
  GitOptions options() const;

 private:
  std::filesystem::path folder_;
  std::vector<std::pair<std::string, std::string>> environment_;
};

SecretRef secret_in_file(const std::string& path);

}  // namespace gtidops::testing
