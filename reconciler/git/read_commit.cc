#include "git/read_commit.h"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <utility>

#include "base/quantity.h"
#include "git/spec_files.h"
#include "model/topology_files.h"

namespace gtidops::git {
namespace {

using Reason = SourceError::Reason;

tl::unexpected<ReadFailure> damaged(const std::string& what) {
  return tl::unexpected(ReadFailure{
      true, {Reason::kOther, "the clone is damaged: " + what + ": " + last_message(), {}}});
}

tl::unexpected<ReadFailure> refused(Reason reason, std::string message) {
  return tl::unexpected(ReadFailure{false, {reason, std::move(message), std::nullopt}});
}

// The target of a link in the folder `prefix` ("a/b/"), as a path in the commit; nullopt: outside
// of it.
std::optional<std::string> resolved(const std::string& prefix, const std::string& target) {
  if (!target.empty() && target.front() == '/') return std::nullopt;
  std::vector<std::string> parts;
  const std::string all = prefix + target;
  for (std::size_t at = 0; at <= all.size();) {
    const std::size_t end = std::min(all.find('/', at), all.size());
    const std::string part = all.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (parts.empty()) {
      return std::nullopt;
    } else {
      parts.pop_back();
    }
  }
  std::string path;
  for (const std::string& part : parts) path += (path.empty() ? "" : "/") + part;
  return path;
}

class TreeReader {
 public:
  TreeReader(git_repository* repository, const git_commit* commit)
      : repository_(repository), commit_(commit) {}

  Read<std::monostate> folder(const git_oid& id, const std::string& prefix, int depth);
  Read<std::monostate> file(const git_oid& id, const std::string& path);
  std::vector<SourceFile> take() {
    std::sort(files_.begin(), files_.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return std::move(files_);
  }
  // The entries that are refused because they stand in place of a file or folder; empty: none.
  [[nodiscard]] const std::string& passed_over() const { return passed_over_; }

 private:
  Read<std::monostate> entry(const git_tree_entry* entry, const std::string& prefix, int depth);
  Read<std::monostate> link(const git_tree_entry* entry, const std::string& prefix);
  [[nodiscard]] bool is_folder(const std::string& path) const;
  void pass_over(const std::string& path, std::string_view why) {
    if (passed_over_.size() > kLongestTold) return;
    passed_over_ += (passed_over_.empty() ? "" : "; ") + printable(path) + " " + std::string(why);
  }

  static constexpr std::size_t kLongestTold = 2000;
  git_repository* repository_;
  const git_commit* commit_;
  std::string passed_over_;
  std::vector<SourceFile> files_;
  std::int64_t total_ = 0;
  std::size_t entries_ = 0;
};

Read<std::monostate> TreeReader::file(const git_oid& id, const std::string& path) {
  int code = 0;
  const OdbPtr objects = get<OdbPtr>(code, git_repository_odb, repository_);
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  if (!objects || git_odb_read_header(&size, &type, objects.get(), &id) != 0)
    return damaged("the file " + printable(path));
  if (static_cast<std::int64_t>(size) > kFileLimit)
    return refused(Reason::kOther, printable(path) + " is larger than " + print_size(kFileLimit));
  total_ += static_cast<std::int64_t>(size);
  if (total_ > kTotalLimit)
    return refused(Reason::kOther,
                   "the topology files are together larger than " + print_size(kTotalLimit));
  if (files_.size() >= kFilesLimit)
    return refused(Reason::kOther,
                   "there are more than " + std::to_string(kFilesLimit) + " topology files");
  const BlobPtr blob = get<BlobPtr>(code, git_blob_lookup, repository_, &id);
  if (!blob) return damaged("the file " + printable(path));
  const auto* const bytes = static_cast<const char*>(git_blob_rawcontent(blob.get()));
  files_.push_back({printable(path, 4096),
                    std::string(bytes, static_cast<std::size_t>(git_blob_rawsize(blob.get())))});
  return std::monostate{};
}

Read<std::monostate> TreeReader::entry(const git_tree_entry* entry, const std::string& prefix,
                                       int depth) {
  const std::string name = git_tree_entry_name(entry);
  if (is_hidden_name(name)) return std::monostate{};
  if (++entries_ > kEntriesLimit)
    return refused(Reason::kOther,
                   "there are too many files in the repository: name the folder "
                   "of the topologies");
  switch (git_tree_entry_filemode(entry)) {
    case GIT_FILEMODE_TREE:
      return folder(*git_tree_entry_id(entry), prefix + name + "/", depth + 1);
    case GIT_FILEMODE_BLOB:
    case GIT_FILEMODE_BLOB_EXECUTABLE:
      return is_topology_name(name) ? file(*git_tree_entry_id(entry), prefix + name)
                                    : Read<std::monostate>{};
    case GIT_FILEMODE_LINK:
      return link(entry, prefix);
    case GIT_FILEMODE_COMMIT:
      pass_over(prefix + name, kIsSubmodule);
      return std::monostate{};
    default:
      return std::monostate{};
  }
}

bool TreeReader::is_folder(const std::string& path) const {
  int code = 0;
  const TreePtr top = get<TreePtr>(code, git_commit_tree, commit_);
  if (!top) return false;
  const TreeEntryPtr entry =
      get<TreeEntryPtr>(code, git_tree_entry_bypath, top.get(), path.c_str());
  return entry && git_tree_entry_filemode(entry.get()) == GIT_FILEMODE_TREE;
}

// A link to a folder is refused whatever its name; any other link only if its name is that of a
// topology file.
Read<std::monostate> TreeReader::link(const git_tree_entry* entry, const std::string& prefix) {
  const std::string path = prefix + git_tree_entry_name(entry);
  int code = 0;
  const BlobPtr blob = get<BlobPtr>(code, git_blob_lookup, repository_, git_tree_entry_id(entry));
  if (!blob) return damaged("the symbolic link " + printable(path));
  const std::string target(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                           static_cast<std::size_t>(git_blob_rawsize(blob.get())));
  const auto inside = resolved(prefix, target);
  if (inside && (inside->empty() || is_folder(*inside)))
    pass_over(path, kIsFolderLink);
  else if (is_topology_name(path))
    pass_over(path, kIsLink);
  return std::monostate{};
}

Read<std::monostate> TreeReader::folder(const git_oid& id, const std::string& prefix, int depth) {
  if (depth > kDepthLimit)
    return refused(Reason::kOther, "the folders of the repository are nested too deep");
  int code = 0;
  const TreePtr tree = get<TreePtr>(code, git_tree_lookup, repository_, &id);
  if (!tree) return damaged("the folder " + (prefix.empty() ? "at the top" : printable(prefix)));
  const std::size_t count = git_tree_entrycount(tree.get());
  for (std::size_t i = 0; i < count; ++i) {
    auto done = entry(git_tree_entry_byindex(tree.get(), i), prefix, depth);
    if (!done) return done;
  }
  return std::monostate{};
}

}  // namespace

std::optional<std::string> clean_path(const std::string& path) {
  std::string clean;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return std::nullopt;
    clean += (clean.empty() ? "" : "/") + part;
  }
  return clean;
}

Read<Commit> Commit::open(const std::string& clone, const std::string& id) {
  start_libgit2();
  int code = 0;
  RepositoryPtr repository = get<RepositoryPtr>(code, git_repository_open_bare, clone.c_str());
  if (!repository) return damaged(clone);
  git_oid oid{};
  if (git_oid_fromstr(&oid, id.c_str()) != 0)
    return refused(Reason::kOther, printable(id) + " is no commit");
  CommitPtr commit = get<CommitPtr>(code, git_commit_lookup, repository.get(), &oid);
  if (!commit) return damaged("the commit " + id);
  return Commit(std::move(repository), std::move(commit));
}

SourceRevision Commit::revision() const {
  SourceRevision revision;
  revision.commit = hex(*git_commit_id(commit_.get()));
  if (const git_signature* author = git_commit_author(commit_.get()); author != nullptr)
    revision.author = printable(std::string(author->name) + " <" + author->email + ">");
  const char* const subject = git_commit_summary(commit_.get());
  revision.subject = printable(subject == nullptr ? "" : subject);
  revision.committed_at = Moment(std::chrono::seconds(git_commit_time(commit_.get())));
  return revision;
}

Read<std::vector<SourceFile>> Commit::files(const std::string& path) const {
  TreeReader reader(repository_.get(), commit_.get());
  const std::string commit = hex(*git_commit_id(commit_.get())).substr(0, 12);
  int code = 0;
  Read<std::monostate> done;
  if (path.empty()) {
    done = reader.folder(*git_commit_tree_id(commit_.get()), "", 0);
  } else {
    const TreePtr top = get<TreePtr>(code, git_commit_tree, commit_.get());
    if (!top) return damaged("the folder at the top");
    const TreeEntryPtr entry =
        get<TreeEntryPtr>(code, git_tree_entry_bypath, top.get(), path.c_str());
    // A folder of the path whose object is missing is damage; a name that its folder does not list
    // is a mistake.
    if (!entry && last_class() == GIT_ERROR_ODB) return damaged("the way to " + path);
    if (!entry)
      return refused(Reason::kNotFound,
                     fmt::format("commit {} holds no \"{}\", which git.path (--git-path) names",
                                 commit, path));
    const git_oid& id = *git_tree_entry_id(entry.get());
    switch (git_tree_entry_filemode(entry.get())) {
      case GIT_FILEMODE_TREE:
        done = reader.folder(id, path + "/", 0);
        break;
      case GIT_FILEMODE_BLOB:
      case GIT_FILEMODE_BLOB_EXECUTABLE:
        done = reader.file(id, path);
        break;
      default:
        return refused(Reason::kNotFound, path + " in commit " + commit +
                                              " is a symbolic link or a submodule, which is not "
                                              "followed");
    }
  }
  if (!done) return tl::unexpected(done.error());
  if (!reader.passed_over().empty())
    return refused(Reason::kOther, "in commit " + commit + ": " + reader.passed_over());
  auto files = reader.take();
  if (files.empty())
    return refused(Reason::kNotFound, "there is no *.yaml or *.yml file in " +
                                          (path.empty() ? "" : path + " of ") + "commit " + commit);
  return files;
}

Read<bool> Commit::comes_from(const std::string& ancestor) const {
  git_oid oid{};
  if (git_oid_fromstr(&oid, ancestor.c_str()) != 0) return false;
  if (git_oid_equal(&oid, git_commit_id(commit_.get())) != 0) return true;
  int code = 0;
  const OdbPtr objects = get<OdbPtr>(code, git_repository_odb, repository_.get());
  if (!objects) return damaged("its objects");
  if (git_odb_exists(objects.get(), &oid) == 0) return false;
  code = git_graph_descendant_of(repository_.get(), git_commit_id(commit_.get()), &oid);
  if (code < 0) return damaged("its history");
  return code == 1;
}

Read<Commit::Signature> Commit::signature() const {
  git_buf text = GIT_BUF_INIT;
  git_buf payload = GIT_BUF_INIT;
  git_oid id = *git_commit_id(commit_.get());
  const int code = git_commit_extract_signature(&text, &payload, repository_.get(), &id, nullptr);
  Signature signature;
  if (code == 0) {
    signature.text.assign(text.ptr, text.size);
    signature.payload.assign(payload.ptr, payload.size);
  }
  git_buf_dispose(&text);
  git_buf_dispose(&payload);
  if (code != 0 && code != GIT_ENOTFOUND) return damaged("the commit " + hex(id));
  return signature;
}

}  // namespace gtidops::git
