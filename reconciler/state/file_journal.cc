#include "state/file_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "base/quantity.h"
#include "state/checked_line.h"
#include "state/intent_file.h"
#include "system/files.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string now() {
  return print_moment(std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()));
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

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

std::string describe_holder(const File& lease, const fs::path& path) {
  const auto text = read_all(lease, path);
  const Json who = text ? Json::parse(*text, nullptr, false) : Json();
  if (!who.is_object()) return "another process";
  const auto member = [&](const char* name) {
    const auto found = who.find(name);
    return found != who.end() && found->is_string() ? found->get<std::string>() : std::string("?");
  };
  return member("command") + " (process " + member("pid") + " on " + member("host") + ", since " +
         member("since") + ")";
}

// The lease file is never removed: a process that is about to lock it would then lock a file that
// no other process sees.
Result<File> take_lease(const fs::path& path, const std::string& topology,
                        const std::string& holder) {
  auto lease = open_file(path, O_RDWR | O_CREAT);
  if (!lease) return lease;
  if (::flock(lease->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return file_error(path, "it cannot be locked");
    return fail(ErrorCode::kRefused,
                fmt::format("the lease of topology {} is held by {}: commit the change, where that "
                            "one reads git, and it acts; or wait until it has ended",
                            topology, describe_holder(*lease, path)));
  }
  const Json who{{"command", holder},
                 {"pid", std::to_string(::getpid())},
                 {"host", host_name()},
                 {"since", now()}};
  if (::ftruncate(lease->get(), 0) != 0) return file_error(path, "it cannot be written");
  const std::string text = who.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (auto status = write_all(*lease, text, path); !status) return tl::unexpected(status.error());
  return lease;
}

fs::path without_slash(const fs::path& folder) {
  // With a slash at the end, parent_path() would be the folder itself.
  return (fs::absolute(folder) / "x").lexically_normal().parent_path();
}

class FileJournal : public Journal {
 public:
  FileJournal(fs::path folder, const std::string& topology, File lease)
      : folder_(std::move(folder)),
        lease_path_(folder_ / (topology + ".lease")),
        journal_path_(folder_ / (topology + ".journal")),
        intent_(folder_, topology),
        lease_(std::move(lease)) {}

  // Moves a last line that a crash has cut off to TOPOLOGY.journal.torn.
  Status begin();

  Result<Intent> load() override;
  Status save(const Intent& intent) override;
  Status save_soon(const Intent& intent) override;
  Status note(const Memory& memory) override;
  Status append(const std::string& line) override;
  [[nodiscard]] bool lease_held() const override;

 private:
  Status keep_torn(std::string_view torn);
  Status rotate();
  Status open_journal();

  const fs::path folder_, lease_path_, journal_path_;
  IntentFile intent_;
  const File lease_;
  File journal_;
  std::uintmax_t size_ = 0;
};

Status FileJournal::open_journal() {
  const bool is_new = is_missing(journal_path_);
  auto opened = open_file(journal_path_, O_RDWR | O_CREAT | O_APPEND);
  if (!opened) return tl::unexpected(opened.error());
  journal_ = std::move(*opened);
  return is_new ? sync_folder(folder_) : Status{};
}

Status FileJournal::begin() {
  if (auto status = open_journal(); !status) return status;
  const auto text = read_all(journal_, journal_path_);
  if (!text) return tl::unexpected(text.error());
  size_ = text->size();
  // A line is whole when it has its line break and its checksum is right. After a crash only the
  // last line can be damaged.
  const bool ends = text->empty() || text->back() == '\n';
  const std::size_t before =
      text->find_last_of('\n', ends && !text->empty() ? text->size() - 2 : std::string::npos);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  const std::string_view last = std::string_view(*text).substr(begin);
  if (last.empty() || (ends && read_checked_line(last))) return {};
  if (auto status = keep_torn(last); !status) return status;
  if (::ftruncate(journal_.get(), static_cast<off_t>(begin)) != 0)
    return file_error(journal_path_, "its torn last line cannot be cut off");
  size_ = begin;
  return append("the journal's last line was torn by a crash: " + std::to_string(last.size()) +
                " bytes were moved to " + journal_path_.filename().string() + ".torn");
}

Status FileJournal::keep_torn(std::string_view torn) {
  fs::path path = journal_path_;
  path += ".torn";
  return replace_file(path, torn);
}

Result<Intent> FileJournal::load() { return intent_.load(); }

Status FileJournal::save(const Intent& intent) { return intent_.save(intent); }

Status FileJournal::save_soon(const Intent& intent) { return intent_.save_soon(intent); }

Status FileJournal::note(const Memory& memory) { return intent_.note(memory); }

Status FileJournal::rotate() {
  fs::path old = journal_path_;
  old += ".1";
  if (::rename(journal_path_.c_str(), old.c_str()) != 0)
    return file_error(journal_path_, "it cannot be renamed");
  size_ = 0;
  if (auto status = open_journal(); !status) return status;
  return sync_folder(folder_);
}

Status FileJournal::append(const std::string& line) {
  if (size_ >= kJournalLimit)
    if (auto status = rotate(); !status) return status;
  const std::string text = write_checked_line(Json{{"at", now()}, {"line", line}});
  if (auto status = write_all(journal_, text, journal_path_); !status) {
    // The next entry must not continue half a line. If cutting it off fails, begin() finds it at
    // the next start.
    (void)::ftruncate(journal_.get(), static_cast<off_t>(size_));
    return status;
  }
  size_ += text.size();
  return sync_file(journal_, journal_path_);
}

// flock(2) lasts as long as the file is open. But if somebody has removed or replaced the file,
// another process can lock the new one.
bool FileJournal::lease_held() const {
  struct stat ours {};
  struct stat there {};
  return ::fstat(lease_.get(), &ours) == 0 && ::stat(lease_path_.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

}  // namespace

std::string describe_this_process(const std::string& holder) {
  constexpr std::size_t kMostHost = 60;
  constexpr std::size_t kMostHolder = 30;
  return holder.substr(0, kMostHolder) + " (process " + std::to_string(::getpid()) + " on " +
         host_name().substr(0, kMostHost) + ", since " + now() + ")";
}

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

Result<std::unique_ptr<Journal>> open_file_journal(const fs::path& folder,
                                                   const std::string& topology,
                                                   const std::string& holder) {
  const fs::path absolute = without_slash(folder);
  if (auto status = make_folder(absolute); !status) return tl::unexpected(status.error());
  if (auto status = check_folder(absolute); !status) return tl::unexpected(status.error());
  auto lease = take_lease(absolute / (topology + ".lease"), topology, holder);
  if (!lease) return tl::unexpected(lease.error());
  auto journal = std::make_unique<FileJournal>(absolute, topology, std::move(*lease));
  if (auto status = journal->begin(); !status) return tl::unexpected(status.error());
  return journal;
}

}  // namespace gtidops
