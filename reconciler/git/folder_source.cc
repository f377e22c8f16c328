#include "git/folder_source.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/quantity.h"
#include "git/spec_files.h"
#include "model/topology_files.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using Reason = SourceError::Reason;
using Found = tl::expected<std::vector<fs::path>, SourceError>;

tl::unexpected<SourceError> passed_over(const fs::path& path, std::string_view why) {
  return no_source(Reason::kOther, path.string() + " " + std::string(why));
}

// Files that are symbolic links are read, because the files of a mounted ConfigMap are links into a
// hidden folder beside them. An unreadable file with the name of a topology file is an error: if it
// were left out, its topology would seem to be deleted.
Found find_files(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code problem;
  std::size_t entries = 0;
  fs::recursive_directory_iterator at(folder, problem);
  for (; !problem && at != fs::recursive_directory_iterator(); at.increment(problem)) {
    const std::string name = at->path().filename().string();
    std::error_code gone;
    if (++entries > git::kEntriesLimit || at.depth() > git::kDepthLimit)
      return no_source(Reason::kOther, "there is too much in the folder " + folder.string());
    if (is_hidden_name(name)) {
      at.disable_recursion_pending();
      continue;
    }
    const bool folder = at->is_directory(gone);
    if (folder && at->is_symlink(gone)) return passed_over(at->path(), kIsFolderLink);
    if (folder || !is_topology_name(name)) continue;
    if (!at->is_regular_file(gone) && at->is_symlink(gone))
      return passed_over(at->path(), "is a symbolic link that leads to no file");
    if (at->is_regular_file(gone)) found.push_back(at->path());
  }
  if (problem)
    return no_source(Reason::kNotFound,
                     "the folder " + folder.string() + " cannot be read: " + problem.message());
  if (found.size() > git::kFilesLimit)
    return no_source(Reason::kOther, "there are more than " + std::to_string(git::kFilesLimit) +
                                         " topology files in " + folder.string());
  if (found.empty())
    return no_source(Reason::kNotFound, "no *.yaml or *.yml file in the folder " + folder.string());
  std::sort(found.begin(), found.end(),
            [](const fs::path& a, const fs::path& b) { return a.string() < b.string(); });
  return found;
}

tl::expected<std::string, SourceError> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || (file.peek() != std::ifstream::traits_type::eof() && !(text << file.rdbuf())))
    return no_source(Reason::kNotFound, path.string() + " cannot be read");
  return std::move(text).str();
}

}  // namespace

tl::expected<Sourced, SourceError> FolderSource::pull(Millis /*deadline*/) {
  const fs::path top(path_);
  std::error_code problem;
  const fs::file_status status = fs::status(top, problem);
  if (!fs::exists(status)) return no_source(Reason::kNotFound, "there is no " + path_);
  const bool is_folder = fs::is_directory(status);
  if (!is_folder && !fs::is_regular_file(status))
    return no_source(Reason::kNotFound, path_ + " is neither a file nor a folder");
  const Found files = is_folder ? find_files(top) : Found({top});
  if (!files) return tl::unexpected(files.error());
  Sourced sourced;
  std::int64_t total = 0;
  for (const fs::path& path : *files) {
    const auto size = fs::file_size(path, problem);
    if (problem) return no_source(Reason::kNotFound, path.string() + ": " + problem.message());
    total += static_cast<std::int64_t>(size);
    if (static_cast<std::int64_t>(size) > git::kFileLimit || total > git::kTotalLimit)
      return no_source(Reason::kOther, path.string() + " is too large, or all together are: " +
                                           print_size(git::kFileLimit) + " a file, " +
                                           print_size(git::kTotalLimit) + " in all");
    auto text = read_file(path);
    if (!text) return tl::unexpected(text.error());
    const fs::path name = is_folder ? path.lexically_relative(top) : path.filename();
    sourced.files.push_back({name.string(), std::move(*text)});
  }
  pulled_ = std::move(sourced);
  return *pulled_;
}

Status FolderSource::accept(const SourceRevision& /*revision*/) {
  if (!pulled_) return fail(ErrorCode::kInvalid, "nothing was read yet");
  good_ = pulled_;
  return {};
}

}  // namespace gtidops
