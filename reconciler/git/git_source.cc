#include "git/git_source.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "git/clone.h"
#include "git/good_revision.h"
#include "git/read_commit.h"
#include "git/verify.h"
#include "system/child_process.h"

namespace gtidops {

// What one commit contains, before its signature is judged.
struct git::Content {
  SourceRevision revision;
  std::vector<SourceFile> files;
  Commit::Signature signature;
  bool rewritten = false;  // it does not descend from the last good commit
  bool older = false;      // the last good commit descends from it
};

namespace {

namespace fs = std::filesystem;
using Reason = SourceError::Reason;
using Wanted = git::FetchRequest::Wanted;
using Verify = GitOptions::Verify;

Status wrong(std::string message) { return fail(ErrorCode::kInvalid, std::move(message)); }

std::string home_folder() {
  const char* const home = std::getenv("HOME");
  return home == nullptr ? "" : home;
}

// Where the CA certificates are unless an option names them.
std::string default_ca_file() {
  const char* const named = std::getenv("SSL_CERT_FILE");
  if (named != nullptr && *named != '\0') return named;
  for (const char* const path :
       {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"}) {
    std::error_code ignored;
    if (fs::exists(path, ignored)) return path;
  }
  return {};
}

bool is_hash(const std::string& text) {
  return text.size() >= 4 && text.size() <= 40 &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

template <class T>
bool failed(const git::Read<T>& read, std::optional<git::ReadFailure>& failure) {
  if (!read) failure = read.error();
  return !read;
}

// Does the last good commit descend from this one? False also when the clone no longer has it.
bool is_older(const std::string& clone, const std::string& id, const std::string& good) {
  const auto commit = git::Commit::open(clone, good);
  return commit && commit->comes_from(id).value_or(false);
}

git::Read<git::Content> read_content(const std::string& clone, const std::string& id,
                                     const std::string& path, const std::string& before) {
  std::optional<git::ReadFailure> failure;
  const auto commit = git::Commit::open(clone, id);
  if (failed(commit, failure)) return tl::unexpected(*failure);
  git::Content content;
  content.revision = commit->revision();
  const auto with_revision = [&] {
    failure->error.revision = content.revision;
    return tl::unexpected(*failure);
  };
  auto files = commit->files(path);
  if (failed(files, failure)) return with_revision();
  auto signature = commit->signature();
  if (failed(signature, failure)) return with_revision();
  content.files = std::move(*files);
  content.signature = std::move(*signature);
  if (!before.empty()) {
    const auto straight = commit->comes_from(before);
    if (failed(straight, failure)) return with_revision();
    content.rewritten = !*straight;
    if (content.rewritten) content.older = is_older(clone, id, before);
  }
  return content;
}

}  // namespace

GitSource::GitSource(GitOptions options)
    : options_(std::move(options)), shown_(printable_url(options_.url)) {
  std::error_code ignored;
  options_.directory = fs::absolute(options_.directory, ignored).string();
  path_ = git::clean_path(options_.path).value_or("");
}

Status GitSource::check(const GitOptions& options) {
  if (const auto url = git::parse_url(options.url); !url) return tl::unexpected(url.error());
  const int named = static_cast<int>(!options.branch.empty()) +
                    static_cast<int>(!options.tag.empty()) +
                    static_cast<int>(!options.commit.empty());
  if (named > 1) return wrong("only one of branch, tag and commit can be asked for");
  if (!options.commit.empty() && !is_hash(options.commit))
    return wrong(options.commit + " is no commit: 4 to 40 of 0-9 and a-f are");
  if (!git::clean_path(options.path))
    return wrong("the path " + options.path + " leads out of the repository");
  if (options.directory.empty()) return wrong("no folder for the clone was given");
  if (options.verify != Verify::kNone && options.signers_file.empty())
    return wrong("to verify signatures, the file of those who may sign is needed");
  return {};
}

// The source that the last good revision belongs to: if one of these values changes, it is another
// source.
std::string GitSource::identity() const {
  const char* const verify = options_.verify == Verify::kSsh   ? "ssh"
                             : options_.verify == Verify::kGpg ? "gpg"
                                                               : "none";
  return shown_ + "\nbranch " + options_.branch + "\ntag " + options_.tag + "\ncommit " +
         options_.commit + "\npath " + path_ + "\nverify " + verify;
}

git::FetchRequest GitSource::request(const git::Url& url, bool fresh) const {
  git::FetchRequest request;
  request.url = url.clean;
  if (!options_.branch.empty()) request.wanted = Wanted::kBranch;
  if (!options_.tag.empty()) request.wanted = Wanted::kTag;
  if (!options_.commit.empty()) request.wanted = Wanted::kCommit;
  request.name = options_.branch + options_.tag + options_.commit;  // at most one is set
  request.directory = options_.directory;
  request.fresh = fresh;
  request.user = !options_.user.empty() ? options_.user : !url.user.empty() ? url.user : "git";
  request.ssh_key_file = options_.ssh_key_file;
  request.ca_file = options_.ca_file.empty() ? default_ca_file() : options_.ca_file;
  request.known_hosts_files = {options_.known_hosts_file};
  if (options_.known_hosts_file.empty())
    request.known_hosts_files = {home_folder() + "/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"};
  request.max_bytes = options_.max_fetch_bytes;
  request.parent = ::getpid();
  return request;
}

tl::expected<std::string, SourceError> GitSource::fetch(const git::Url& url, const Secret& password,
                                                        bool fresh, Deadline deadline) {
  const Secret input = git::encode(request(url, fresh), password);
  const ChildCommand command{{options_.helper, "git-fetch"}, input.reveal(), {}};
  const auto end = run_child(command, deadline, cancelled_.descriptor());
  if (!end && end.error().code == ErrorCode::kUnknown)
    return no_source(Reason::kTimeout, shown_ + " did not answer in time");
  if (!end) return no_source(Reason::kOther, shown_ + " cannot be fetched: " + end.error().message);
  const auto answer = git::decode_answer(end->out);
  if (!answer)
    return no_source(Reason::kOther, shown_ + " cannot be fetched: the process for it ended with " +
                                         std::to_string(end->code) + " and no answer");
  if (answer->error) return tl::unexpected(*answer->error);
  return answer->commit;
}

tl::expected<Sourced, SourceError> GitSource::pull(Millis limit) {
  const Deadline deadline = Deadline::after(limit);
  if (auto status = check(options_); !status)
    return no_source(Reason::kOther, status.error().message);
  auto url = git::parse_url(options_.url);
  Secret password = std::move(url->password);
  if (options_.password.kind != SecretRef::Kind::kNone) {
    auto secret = read_secret(options_.password, deadline);
    if (!secret)
      return no_source(Reason::kAccess,
                       "the password for " + shown_ + " cannot be read: " + secret.error().message);
    password = std::move(*secret);
  }
  const std::string before = good() ? good()->revision.commit : "";
  const std::string clone = git::clone_path(options_.directory).string();
  git::Read<git::Content> content;
  for (const bool fresh : {false, true}) {
    const auto commit = fetch(*url, password, fresh, deadline);
    if (!commit) return tl::unexpected(commit.error());
    content = read_content(clone, *commit, path_, before);
    if (content || !content.error().damaged) break;
  }
  if (!content) return tl::unexpected(content.error().error);
  if (options_.verify != Verify::kNone) {
    if (auto error = verified(*content, deadline)) return tl::unexpected(std::move(*error));
  }
  pulled_ = Sourced{content->revision, std::move(content->files), content->rewritten};
  return *pulled_;
}

// Fills in `signed_by`.
std::optional<SourceError> GitSource::verified(git::Content& content, Deadline deadline) {
  const auto signer = git::verify(content.signature, content.revision, options_, deadline);
  if (!signer)
    return SourceError{Reason::kSignature,
                       "commit " + content.revision.commit + " " + signer.error(),
                       content.revision};
  content.revision.signed_by = *signer;
  if (content.rewritten && !options_.allow_rewrite) return rolled_back(content);
  return std::nullopt;
}

SourceError GitSource::rolled_back(const git::Content& content) {
  const char* const what = content.older
                               ? " is older than the last good one, which descends from it: "
                               : " does not descend from the last good one: ";
  return {Reason::kSignature,
          "commit " + content.revision.commit + ", signed by " + content.revision.signed_by + "," +
              what + good()->revision.commit +
              "; a signature does not say that a commit is still wanted, so it is accepted only "
              "with git.allowRewrite (--git-allow-rewrite)",
          content.revision};
}

Status GitSource::accept(const SourceRevision& revision) {
  if (!pulled_ || pulled_->revision.commit != revision.commit)
    return fail(ErrorCode::kInvalid, "commit " + revision.commit + " was not pulled");
  if (good() && good()->revision.commit == revision.commit) return {};
  Sourced accepted = *pulled_;
  accepted.rewritten = false;
  if (auto status = git::save_good(options_.directory, identity(), accepted); !status)
    return status;
  good_ = std::move(accepted);
  return {};
}

const std::optional<Sourced>& GitSource::good() {
  if (!std::exchange(good_is_read_, true)) good_ = git::load_good(options_.directory, identity());
  return good_;
}

std::optional<Sourced> GitSource::last_good() { return good(); }

}  // namespace gtidops
