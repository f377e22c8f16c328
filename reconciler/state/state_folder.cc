#include "state/state_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "state/file_journal.h"
#include "state/file_lease.h"
#include "state/intent_file.h"
#include "state/this_process.h"
#include "system/files.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;

bool is_missing(const fs::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) != 0 && errno == ENOENT;
}

// `folder` is absolute.
Status make_folder(const fs::path& folder) {
  if (!is_missing(folder)) return {};
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (!error && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return file_error(folder, "the state folder cannot be made");
  if (error)
    return fail(ErrorCode::kFailed,
                folder.string() + ": the state folder cannot be made: " + error.message());
  return {};
}

bool is_our_group(gid_t group) {
  std::array<gid_t, 256> groups{};
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  return group == ::getegid() || (count > 0 && std::find(groups.begin(), groups.begin() + count,
                                                         group) != groups.begin() + count);
}

// Anybody else who can write in the folder could make gtidops forget which primary was opened, or
// let a second process act.
Status check_folder(const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0)
    return file_error(folder, "the state folder cannot be looked at");
  const auto unfit = [&](const std::string& why) {
    return fail(ErrorCode::kFailed, folder.string() + ": the state folder " + why);
  };
  if (!S_ISDIR(status.st_mode)) return unfit("is no folder");
  if (status.st_uid != ::geteuid() && status.st_uid != 0)
    return unfit("belongs to another user (uid " + std::to_string(status.st_uid) +
                 "): run gtidops as that user, or with another --state-dir");
  // A Kubernetes volume belongs to root and is writable for a group that this process is in
  // (fsGroup).
  const bool volume = status.st_uid == 0 && ::geteuid() != 0 && is_our_group(status.st_gid);
  if ((status.st_mode & S_IWOTH) != 0 || ((status.st_mode & S_IWGRP) != 0 && !volume))
    return unfit("can be written by others than its owner: chmod go-w");
  return {};
}

fs::path without_slash(const fs::path& folder) {
  // With a slash at the end, parent_path() would be the folder itself.
  return (fs::absolute(folder) / "x").lexically_normal().parent_path();
}

class StateFolder : public OpenState {
 public:
  StateFolder(const fs::path& folder, const std::string& topology, std::unique_ptr<FileLease> lease,
              std::unique_ptr<FileJournal> journal)
      : lease_(std::move(lease)), intents_(folder, topology), journal_(std::move(journal)) {}
  [[nodiscard]] StatePorts ports() override { return {*lease_, intents_, *journal_}; }

 private:
  const std::unique_ptr<FileLease> lease_;
  IntentFile intents_;
  const std::unique_ptr<FileJournal> journal_;
};

}  // namespace

std::string controller_of(const fs::path& folder) {
  const fs::path absolute = without_slash(folder);
  struct stat status {};
  const std::string boot = boot_id();
  if (boot.empty() || !make_folder(absolute) || ::stat(absolute.c_str(), &status) != 0) return {};
  return boot + ":" + std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

Result<Intent> read_intent(const fs::path& folder, const std::string& topology) {
  return IntentFile(folder, topology).load();
}

Result<std::unique_ptr<OpenState>> open_state_folder(const fs::path& folder,
                                                     const std::string& topology,
                                                     const std::string& holder) {
  const fs::path absolute = without_slash(folder);
  if (auto status = make_folder(absolute); !status) return tl::unexpected(status.error());
  if (auto status = check_folder(absolute); !status) return tl::unexpected(status.error());
  auto lease = FileLease::take(absolute, topology, holder);
  if (!lease) return tl::unexpected(lease.error());
  auto journal = FileJournal::open(absolute, topology);
  if (!journal) return tl::unexpected(journal.error());
  return std::make_unique<StateFolder>(absolute, topology, std::move(*lease), std::move(*journal));
}

}  // namespace gtidops
