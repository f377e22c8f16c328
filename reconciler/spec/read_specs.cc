// The only part of this room that touches the disk.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <system_error>

#include "model/topology_files.h"
#include "spec/document.h"
#include "spec/yaml_tree.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;

SpecError unreadable(const std::string& path, const std::string& why) {
  return {path, {}, "", why};
}

// Why the git source does not read this entry, although the file system could; empty when it does.
// `validate` must not pass a file that the daemon will not see.
std::string_view passed_over(const fs::directory_entry& entry) {
  std::error_code problem;
  if (entry.is_symlink(problem)) {
    if (entry.is_directory(problem)) return kIsFolderLink;
    const bool mounted = is_mounted_link(fs::read_symlink(entry.path(), problem).string());
    return is_topology_name(entry.path().filename().string()) && !mounted ? kIsLink
                                                                          : std::string_view{};
  }
  const bool submodule =
      entry.is_directory(problem) && fs::is_regular_file(entry.path() / ".git", problem);
  return submodule ? kIsSubmodule : std::string_view{};
}

// The topology files below a folder, sorted.
std::vector<std::string> files_below(const std::string& folder, std::vector<SpecError>& errors) {
  std::vector<std::string> files;
  std::error_code problem;
  fs::recursive_directory_iterator entry(folder, problem);
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    std::error_code ignored;
    const std::string name = entry->path().filename().string();
    if (is_hidden_name(name)) {
      entry.disable_recursion_pending();
    } else if (const auto why = passed_over(*entry); !why.empty()) {
      entry.disable_recursion_pending();
      errors.push_back(unreadable(entry->path().string(), std::string(why)));
    } else if (is_topology_name(name) && entry->is_regular_file(ignored)) {
      files.push_back(entry->path().string());
    } else if (is_topology_name(name) && !entry->is_directory(ignored)) {
      // Opening a named pipe would wait forever for a writer.
      errors.push_back(unreadable(entry->path().string(), "it is no regular file"));
    }
  }
  if (problem)
    errors.push_back(unreadable(folder, "cannot read the folder: " + problem.message()));
  else if (files.empty() && errors.empty())
    errors.push_back(unreadable(folder, "no *.yaml or *.yml file in this folder"));
  std::sort(files.begin(), files.end());
  return files;
}

// Reads at most one byte more than the limit: because of that byte, check_text() refuses the file.
bool read_bytes(const std::string& path, std::string& out) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return false;
  out.resize(kMaxFileBytes + 1);
  stream.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(stream.gcount()));
  return !stream.bad();
}

void read_one(const std::string& path, std::vector<ReadDocument>& documents,
              std::vector<SpecError>& errors) {
  std::string text;
  errno = 0;
  if (!read_bytes(path, text)) {
    const std::error_code why(errno, std::generic_category());
    errors.push_back(unreadable(path, "cannot read the file: " + why.message()));
    return;
  }
  ReadFile read = read_file(path, text);
  std::move(read.documents.begin(), read.documents.end(), std::back_inserter(documents));
  std::move(read.errors.begin(), read.errors.end(), std::back_inserter(errors));
}

}  // namespace

ParsedSpecs read_specs(const std::vector<std::string>& paths) {
  std::vector<ReadDocument> documents;
  std::vector<SpecError> errors;
  std::set<fs::path> seen;  // a file that two of the paths reach is read once
  std::vector<std::string> read;
  for (const std::string& path : paths) {
    std::error_code ignored;
    const bool folder = fs::is_directory(path, ignored);
    const std::vector<std::string> files =
        folder ? files_below(path, errors) : std::vector<std::string>{path};
    for (const std::string& file : files)
      if (seen.insert(fs::weakly_canonical(file, ignored)).second) {
        read_one(file, documents, errors);
        read.push_back(file);
      }
  }
  return compared(read, std::move(documents), std::move(errors));
}

}  // namespace gtidops
