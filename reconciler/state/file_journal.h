// FileJournal: the journal of a topology as files in a folder:
//
//   TOPOLOGY.journal    one line of JSON for each entry, with its checksum
//   TOPOLOGY.journal.1  the journal before it
//
// append() returns when the entry is on the disk (fsync). A last line that a crash has cut off is
// moved to TOPOLOGY.journal.torn, and an entry says so.
//
// Thread-safety: one thread at a time. Errors: kFailed for what the system refuses (a full disk, no
// permission).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "ports/journal.h"
#include "system/files.h"

namespace gtidops {

// When a journal has grown to this size, the next entry begins a new file.
inline constexpr std::uintmax_t kJournalLimit = std::uintmax_t{4} << 20U;

class FileJournal : public Journal {
 public:
  // Moves a last line that a crash has cut off to TOPOLOGY.journal.torn.
  static Result<std::unique_ptr<FileJournal>> open(const std::filesystem::path& folder,
                                                   const std::string& topology);

  Status append(const std::string& line) override;

 private:
  FileJournal(std::filesystem::path folder, const std::string& topology);
  Status begin();
  Status keep_torn(std::string_view torn);
  Status rotate();
  Status open_journal();

  const std::filesystem::path folder_, path_;
  File file_;
  std::uintmax_t size_ = 0;
};

}  // namespace gtidops
