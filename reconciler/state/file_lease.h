// FileLease: the lease of a topology as the lock (flock(2)) of a file, TOPOLOGY.lease, which says
// who holds it. It is held for as long as this object lives, and at most as long as the process.
//
// Thread-safety: one thread at a time. Errors: kRefused when another process holds it, with its
// name; kFailed for what the system refuses.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "ports/lease.h"
#include "system/files.h"

namespace gtidops {

class FileLease : public Lease {
 public:
  // `holder`: what others are told, for instance "gtidops apply orders.yaml"; process id, host and
  // time are added.
  static Result<std::unique_ptr<FileLease>> take(const std::filesystem::path& folder,
                                                 const std::string& topology,
                                                 const std::string& holder);

  FileLease(std::filesystem::path path, File file)
      : path_(std::move(path)), file_(std::move(file)) {}
  [[nodiscard]] bool held() const override;

 private:
  const std::filesystem::path path_;
  const File file_;
};

}  // namespace gtidops
