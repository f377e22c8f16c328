#include "state/file_lease.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "state/this_process.h"

namespace gtidops {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string describe_holder(const File& lease, const fs::path& path) {
  const auto text = read_all(lease, path);
  const Json who = text ? Json::parse(*text, nullptr, false) : Json();
  if (!who.is_object()) return "another process";
  const auto member = [&](const char* name) {
    const auto found = who.find(name);
    return found != who.end() && found->is_string() ? found->get<std::string>() : std::string("?");
  };
  return fmt::format("{} (process {} on {}, since {})", member("command"), member("pid"),
                     member("host"), member("since"));
}

}  // namespace

// The lease file is never removed: a process that is about to lock it would then lock a file that
// no other process sees.
Result<std::unique_ptr<FileLease>> FileLease::take(const fs::path& folder,
                                                   const std::string& topology,
                                                   const std::string& holder) {
  const fs::path path = folder / (topology + ".lease");
  auto lease = open_file(path, O_RDWR | O_CREAT);
  if (!lease) return tl::unexpected(lease.error());
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
                 {"since", print_now()}};
  if (::ftruncate(lease->get(), 0) != 0) return file_error(path, "it cannot be written");
  const std::string text = who.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (auto status = write_all(*lease, text, path); !status) return tl::unexpected(status.error());
  return std::make_unique<FileLease>(path, std::move(*lease));
}

// flock(2) lasts as long as the file is open. But if somebody has removed or replaced the file,
// another process can lock the new one.
bool FileLease::held() const {
  struct stat ours {};
  struct stat there {};
  return ::fstat(file_.get(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

}  // namespace gtidops
