#include "state/file_journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "state/checked_line.h"
#include "state/this_process.h"

namespace gtidops {

namespace fs = std::filesystem;

FileJournal::FileJournal(fs::path folder, const std::string& topology)
    : folder_(std::move(folder)), path_(folder_ / (topology + ".journal")) {}

Result<std::unique_ptr<FileJournal>> FileJournal::open(const fs::path& folder,
                                                       const std::string& topology) {
  std::unique_ptr<FileJournal> journal(new FileJournal(folder, topology));
  if (auto status = journal->begin(); !status) return tl::unexpected(status.error());
  return journal;
}

Status FileJournal::open_journal() {
  struct stat status {};
  const bool is_new = ::stat(path_.c_str(), &status) != 0 && errno == ENOENT;
  auto opened = open_file(path_, O_RDWR | O_CREAT | O_APPEND);
  if (!opened) return tl::unexpected(opened.error());
  file_ = std::move(*opened);
  return is_new ? sync_folder(folder_) : Status{};
}

Status FileJournal::begin() {
  if (auto status = open_journal(); !status) return status;
  const auto text = read_all(file_, path_);
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
  if (::ftruncate(file_.get(), static_cast<off_t>(begin)) != 0)
    return file_error(path_, "its torn last line cannot be cut off");
  size_ = begin;
  return append(
      fmt::format("the journal's last line was torn by a crash: {} bytes were moved to {}.torn",
                  last.size(), path_.filename().string()));
}

Status FileJournal::keep_torn(std::string_view torn) {
  fs::path path = path_;
  path += ".torn";
  return replace_file(path, torn);
}

Status FileJournal::rotate() {
  fs::path old = path_;
  old += ".1";
  if (::rename(path_.c_str(), old.c_str()) != 0) return file_error(path_, "it cannot be renamed");
  size_ = 0;
  if (auto status = open_journal(); !status) return status;
  return sync_folder(folder_);
}

Status FileJournal::append(const std::string& line) {
  if (size_ >= kJournalLimit)
    if (auto status = rotate(); !status) return status;
  const std::string text = write_checked_line(nlohmann::json{{"at", print_now()}, {"line", line}});
  if (auto status = write_all(file_, text, path_); !status) {
    // The next entry must not continue half a line. If cutting it off fails, begin() finds it at
    // the next start.
    (void)::ftruncate(file_.get(), static_cast<off_t>(size_));
    return status;
  }
  size_ += text.size();
  return sync_file(file_, path_);
}

}  // namespace gtidops
