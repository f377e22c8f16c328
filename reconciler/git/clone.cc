#include "git/clone.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "git/handles.h"
#include "git/known_hosts.h"
#include "git/remote.h"

namespace gtidops::git {
namespace {

namespace fs = std::filesystem;
using Reason = SourceError::Reason;
using Wanted = FetchRequest::Wanted;

constexpr const char* kTip = "refs/gtidops/tip";
constexpr const char* kUrlKey = "gtidops.url";
// Every fetch leaves a pack. With more packs than this, a fresh clone is cheaper than searching all
// of them.
constexpr int kMostPacks = 200;

SourceError other(std::string message) { return {Reason::kOther, std::move(message), {}}; }

class Lock {
 public:
  explicit Lock(const fs::path& path)
      : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] bool take() const { return fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int fd_;
};

class Clone {
 public:
  Clone(const FetchRequest& request, const Secret& password)
      : request_(request),
        directory_(request.directory),
        remote_(request, password, (directory_ / "home").string()) {}

  tl::expected<std::string, SourceError> update();

 private:
  void tidy();
  RepositoryPtr open();
  tl::expected<RepositoryPtr, SourceError> make();
  tl::expected<std::string, SourceError> anew(const std::vector<std::string>& refspecs);
  tl::expected<std::string, SourceError> update_to_ref();
  tl::expected<std::string, SourceError> update_to_commit();
  tl::expected<std::string, SourceError> fetched(const std::vector<std::string>& refspecs);
  std::optional<std::string> wanted_commit(git_repository* repository) const;
  tl::expected<std::string, SourceError> settled(git_repository* repository) const;

  const FetchRequest& request_;
  fs::path directory_;
  Remote remote_;
  RepositoryPtr clone_;
};

// Removes what a killed process has left. No other process is at work here, because the lock is
// ours.
void Clone::tidy() {
  std::error_code ignored;
  fs::remove_all(directory_ / "fresh.git", ignored);
  fs::remove_all(directory_ / "old.git", ignored);
  const fs::path clone = clone_path(request_.directory);
  for (fs::recursive_directory_iterator at(clone, ignored), end; !ignored && at != end;
       at.increment(ignored)) {
    const std::string name = at->path().filename().string();
    const bool lock = at->path().extension() == ".lock";
    const bool half = name.rfind("tmp_", 0) == 0 || name.rfind("pack_git2_", 0) == 0 ||
                      name.find("_git2_") != std::string::npos;
    std::error_code status;
    if ((lock || half) && at->is_regular_file(status)) fs::remove(at->path(), status);
  }
}

// Empty when there is no usable clone.
RepositoryPtr Clone::open() {
  if (request_.fresh) return nullptr;
  int code = 0;
  const fs::path path = clone_path(request_.directory);
  RepositoryPtr repository = get<RepositoryPtr>(code, git_repository_open_bare, path.c_str());
  if (!repository) return nullptr;
  const ConfigPtr config = get<ConfigPtr>(code, git_repository_config_snapshot, repository.get());
  const char* url = nullptr;
  if (!config || git_config_get_string(&url, config.get(), kUrlKey) != 0 || request_.url != url)
    return nullptr;
  int packs = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(path / "objects" / "pack", ignored))
    packs += entry.path().extension() == ".pack" ? 1 : 0;
  return packs > kMostPacks ? nullptr : std::move(repository);
}

tl::expected<RepositoryPtr, SourceError> Clone::make() {
  int code = 0;
  const fs::path path = directory_ / "fresh.git";
  RepositoryPtr repository =
      get<RepositoryPtr>(code, git_repository_init, path.c_str(), static_cast<unsigned>(1));
  const auto problem = [&] {
    return tl::unexpected(
        other("no clone can be made in " + request_.directory + ": " + last_message()));
  };
  if (!repository) return problem();
  const ConfigPtr config = get<ConfigPtr>(code, git_repository_config, repository.get());
  if (!config || git_config_set_string(config.get(), kUrlKey, request_.url.c_str()) != 0)
    return problem();
  return repository;
}

std::optional<std::string> Clone::wanted_commit(git_repository* repository) const {
  int code = 0;
  const std::string& name = request_.wanted == Wanted::kCommit ? request_.name : kTip;
  const ObjectPtr object = get<ObjectPtr>(code, git_revparse_single, repository, name.c_str());
  if (!object) return std::nullopt;
  const ObjectPtr commit = get<ObjectPtr>(code, git_object_peel, object.get(), GIT_OBJECT_COMMIT);
  if (!commit) return std::nullopt;
  return hex(*git_object_id(commit.get()));
}

tl::expected<std::string, SourceError> Clone::settled(git_repository* repository) const {
  if (auto commit = wanted_commit(repository)) return *commit;
  const std::string what =
      request_.wanted == Wanted::kCommit
          ? " has no commit " + request_.name + " in a branch or tag (or more than one begins so)"
          : " gives no commit for " + (request_.name.empty() ? "HEAD" : request_.name);
  return tl::unexpected(
      SourceError{Reason::kNotFound, printable_url(request_.url) + what, std::nullopt});
}

// The old clone stays until the new one is complete.
tl::expected<std::string, SourceError> Clone::anew(const std::vector<std::string>& refspecs) {
  std::error_code failed;
  fs::remove_all(directory_ / "fresh.git", failed);
  auto repository = make();
  if (!repository) return tl::unexpected(repository.error());
  if (auto status = remote_.fetch(repository->get(), refspecs); !status)
    return tl::unexpected(status.error().error);
  auto commit = settled(repository->get());
  if (!commit) return commit;
  repository->reset();
  clone_.reset();
  const fs::path path = clone_path(request_.directory);
  fs::remove_all(directory_ / "old.git", failed);
  if (fs::exists(fs::symlink_status(path, failed)))
    fs::rename(path, directory_ / "old.git", failed);
  fs::rename(directory_ / "fresh.git", path, failed);
  if (failed)
    return tl::unexpected(
        other("the clone " + path.string() + " cannot be replaced: " + failed.message()));
  fs::remove_all(directory_ / "old.git", failed);
  return commit;
}

tl::expected<std::string, SourceError> Clone::fetched(const std::vector<std::string>& refspecs) {
  if (!clone_) return anew(refspecs);
  const auto status = remote_.fetch(clone_.get(), refspecs);
  if (!status && status.error().where == Remote::Failed::kThere)
    return tl::unexpected(status.error().error);
  if (!status) return anew(refspecs);
  auto commit = settled(clone_.get());
  // A branch or tag that was just fetched must lead to a commit, so its absence is damage. A commit
  // that was asked for by its hash may simply not exist.
  return commit || request_.wanted == Wanted::kCommit ? commit : anew(refspecs);
}

tl::expected<std::string, SourceError> Clone::update_to_ref() {
  const auto now = remote_.ask();
  if (!now) return tl::unexpected(now.error());
  int code = 0;
  git_oid tip{};
  if (clone_ && git_reference_name_to_id(&tip, clone_.get(), kTip) == 0 && hex(tip) == now->id) {
    const OdbPtr objects = get<OdbPtr>(code, git_repository_odb, clone_.get());
    if (objects && git_odb_exists(objects.get(), &tip) == 1) return settled(clone_.get());
  }
  return fetched({"+" + now->name + ":" + kTip});
}

tl::expected<std::string, SourceError> Clone::update_to_commit() {
  const bool whole = request_.name.size() == GIT_OID_HEXSZ;
  if (clone_ && whole) {
    if (auto commit = wanted_commit(clone_.get())) return *commit;  // a commit never changes
  }
  return fetched({"+refs/heads/*:refs/gtidops/heads/*", "+refs/tags/*:refs/gtidops/tags/*"});
}

tl::expected<std::string, SourceError> Clone::update() {
  const Lock lock(directory_ / "lock");
  if (!lock.take())
    return tl::unexpected(other(request_.directory +
                                " is in use by another gtidops, or cannot be "
                                "written: " +
                                std::generic_category().message(errno)));
  tidy();
  std::error_code failed;
  fs::create_directories(directory_ / "home" / ".ssh", failed);
  std::ofstream(directory_ / "home" / ".ssh" / "known_hosts")
      << merge_known_hosts(request_.known_hosts_files);
  clone_ = open();
  return request_.wanted == Wanted::kCommit ? update_to_commit() : update_to_ref();
}

}  // namespace

fs::path clone_path(const std::string& directory) { return fs::path(directory) / "repository.git"; }

FetchAnswer fetch(const FetchRequest& request, const Secret& password) {
  std::error_code failed;
  fs::create_directories(request.directory, failed);
  ::chmod(request.directory.c_str(), 0700);
  start_libgit2((fs::path(request.directory) / "home").string());
  if (!request.ca_file.empty() &&
      git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, request.ca_file.c_str(), nullptr) != 0)
    return {"",
            other("the certificates in " + request.ca_file + " cannot be used: " + last_message())};
  Clone clone(request, password);
  auto commit = clone.update();
  if (commit) return {*commit, std::nullopt};
  return {"", commit.error()};
}

}  // namespace gtidops::git
