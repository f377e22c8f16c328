#include "git/remote.h"

#include <algorithm>
#include <utility>

#include "base/quantity.h"
#include "git/handles.h"
#include "git/known_hosts.h"

namespace gtidops::git {
namespace {

using Reason = SourceError::Reason;
using Wanted = FetchRequest::Wanted;

bool mentions(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string host_of(const std::string& url) {
  const auto parsed = parse_url(url);
  return parsed ? parsed->host : "";
}

}  // namespace

Remote::Remote(const FetchRequest& request, const Secret& password, std::string home)
    : request_(request),
      password_(password),
      home_(std::move(home)),
      shown_(printable_url(request.url)) {
  if (auto parsed = parse_url(request.url)) url_ = std::move(*parsed);
}

int Remote::give_credential(git_credential** out, const char* url, const char* /*user*/,
                            unsigned int allowed, void* self) {
  return static_cast<Remote*>(self)->credential(out, url == nullptr ? "" : url, allowed);
}

int Remote::check_certificate(git_cert* certificate, int valid, const char* host, void* self) {
  auto& remote = *static_cast<Remote*>(self);
  if (certificate->cert_type == GIT_CERT_HOSTKEY_LIBSSH2)
    return remote.host_key(*reinterpret_cast<git_cert_hostkey*>(certificate), valid != 0);
  if (valid != 0) return 0;
  return remote.refuse(
      Reason::kHostKey,
      std::string("the certificate of ") + host +
          " is not trusted: it is not signed by an authority in " +
          (remote.request_.ca_file.empty() ? "the system's list" : remote.request_.ca_file) +
          ", is out of date, or was made for another name");
}

int Remote::check_progress(const git_indexer_progress* progress, void* self) {
  auto& remote = *static_cast<Remote*>(self);
  const std::int64_t limit = remote.request_.max_bytes;
  if (limit <= 0 || static_cast<std::int64_t>(progress->received_bytes) <= limit) return 0;
  return remote.refuse(Reason::kOther, remote.shown_ + " sends more than " + print_size(limit));
}

int Remote::refuse(Reason reason, std::string message) {
  refused_ = SourceError{reason, std::move(message), std::nullopt};
  return reason == Reason::kHostKey  ? GIT_ECERTIFICATE
         : reason == Reason::kAccess ? GIT_EAUTH
                                     : GIT_EUSER;
}

// libgit2 asks a second time when the remote has refused the first answer.
int Remote::credential(git_credential** out, const std::string& asked_by, unsigned int allowed) {
  // Another host, to which a redirect has led, gets no credentials.
  if (const std::string host = host_of(asked_by); !host.empty() && host != url_.host)
    return refuse(Reason::kAccess, shown_ + " leads to " + host +
                                       ", which asks for credentials: name that URL instead");
  if (url_.kind == Url::Kind::kSsh) return ssh_credential(out, allowed);
  if (password_.empty() || (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) == 0)
    return refuse(Reason::kAccess, shown_ +
                                       " asks for a user and a password or token, and none "
                                       "was given (or there is no such repository)");
  if (url_.kind == Url::Kind::kHttp && !url_.loopback())
    return refuse(Reason::kAccess,
                  "a password is not sent over http, where everybody on the way "
                  "can read it: use https");
  if (++credentials_asked_ > 1)
    return refuse(Reason::kAccess,
                  shown_ + " refuses the user " + request_.user + " or the password or token");
  return git_credential_userpass_plaintext_new(out, request_.user.c_str(), password_.c_str());
}

int Remote::ssh_credential(git_credential** out, unsigned int allowed) {
  if ((allowed & GIT_CREDENTIAL_USERNAME) != 0)
    return git_credential_username_new(out, request_.user.c_str());
  const bool by_key = !request_.ssh_key_file.empty();
  const std::string with =
      by_key ? "the key " + request_.ssh_key_file : std::string("what the ssh agent offers");
  if (++credentials_asked_ > 1)
    return refuse(Reason::kAccess, shown_ + " refuses " + with + " for the user " + request_.user);
  if (!by_key && !password_.empty() && (allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) != 0)
    return git_credential_userpass_plaintext_new(out, request_.user.c_str(), password_.c_str());
  if ((allowed & GIT_CREDENTIAL_SSH_KEY) == 0)
    return refuse(Reason::kAccess, shown_ + " takes no ssh key for the user " + request_.user);
  if (!by_key) return git_credential_ssh_key_from_agent(out, request_.user.c_str());
  return git_credential_ssh_key_new(out, request_.user.c_str(), nullptr,
                                    request_.ssh_key_file.c_str(),
                                    password_.empty() ? nullptr : password_.c_str());
}

int Remote::host_key(const git_cert_hostkey& key, bool valid) {
  if (valid) return 0;
  const std::string print =
      (key.type & GIT_CERT_SSH_SHA256) != 0
          ? fingerprint({reinterpret_cast<const char*>(key.hash_sha256), sizeof key.hash_sha256})
          : std::string("unknown fingerprint");
  std::string files;
  for (const std::string& file : request_.known_hosts_files)
    files += (files.empty() ? "" : ", ") + file;
  if (knows_host(home_ + "/.ssh/known_hosts", url_.host, url_.port))
    return refuse(Reason::kHostKey, "the host key of " + url_.host + " (" + print +
                                        ") is not the one in " + files +
                                        ": the server was replaced, or somebody is in between");
  return refuse(Reason::kHostKey, "the host key of " + url_.host + " (" + print + ") is not in " +
                                      files +
                                      ": compare it with what its operator publishes, and add it");
}

git_remote_callbacks Remote::callbacks() {
  git_remote_callbacks made;
  git_remote_init_callbacks(&made, GIT_REMOTE_CALLBACKS_VERSION);
  made.credentials = give_credential;
  made.certificate_check = check_certificate;
  made.transfer_progress = check_progress;
  made.payload = this;
  credentials_asked_ = 0;
  refused_.reset();
  return made;
}

SourceError Remote::failure(int code) const {
  if (refused_) return *refused_;
  const std::string said = last_message();
  const auto error = [&](Reason reason, const std::string& text) {
    return SourceError{reason, text + ": " + said, std::nullopt};
  };
  if (code == GIT_ECERTIFICATE) return error(Reason::kHostKey, shown_ + " is not trusted");
  if (code == GIT_EAUTH || mentions(said, "status code: 401") ||
      mentions(said, "status code: 403") || mentions(said, "authenticat") ||
      mentions(said, "public key"))
    return error(Reason::kAccess, shown_ + " lets us not in");
  // libgit2 takes a path that is no folder for a URL.
  const bool no_folder =
      url_.kind == Url::Kind::kLocal && mentions(said, "unsupported URL protocol");
  if (no_folder || mentions(said, "status code: 404"))
    return {Reason::kUnreachable, "there is no repository at " + shown_, std::nullopt};
  return error(Reason::kUnreachable, shown_ + " cannot be read");
}

SourceError Remote::missing() const {
  switch (request_.wanted) {
    case Wanted::kBranch:
      return {Reason::kNotFound, shown_ + " has no branch " + request_.name, std::nullopt};
    case Wanted::kTag:
      return {Reason::kNotFound, shown_ + " has no tag " + request_.name, std::nullopt};
    case Wanted::kCommit:
    case Wanted::kHead:
      break;
  }
  return {Reason::kNotFound, shown_ + " has no commits yet, or no default branch", std::nullopt};
}

tl::expected<Advertised, SourceError> Remote::ask() {
  int code = 0;
  const RemotePtr remote = get<RemotePtr>(code, git_remote_create_detached, request_.url.c_str());
  if (!remote) return tl::unexpected(failure(code));
  git_remote_connect_options options;
  git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
  options.callbacks = callbacks();
  options.proxy_opts.type = GIT_PROXY_AUTO;
  code = git_remote_connect_ext(remote.get(), GIT_DIRECTION_FETCH, &options);
  if (code != 0) return tl::unexpected(failure(code));
  const git_remote_head** heads = nullptr;
  std::size_t count = 0;
  code = git_remote_ls(&heads, &count, remote.get());
  if (code != 0) return tl::unexpected(failure(code));
  std::string name = request_.wanted == Wanted::kBranch ? "refs/heads/" + request_.name
                     : request_.wanted == Wanted::kTag  ? "refs/tags/" + request_.name
                                                        : "HEAD";
  const auto find = [&]() {
    return std::find_if(heads, heads + count, [&](const auto* head) { return head->name == name; });
  };
  auto found = find();
  if (found == heads + count) return tl::unexpected(missing());
  if (name == "HEAD" && (*found)->symref_target != nullptr) {
    name = (*found)->symref_target;
    found = find();
    if (found == heads + count) return tl::unexpected(missing());
  }
  return Advertised{name, hex((*found)->oid)};
}

tl::expected<void, Remote::Failure> Remote::fetch(git_repository* into,
                                                  const std::vector<std::string>& refspecs) {
  int code = 0;
  const RemotePtr remote =
      get<RemotePtr>(code, git_remote_create_anonymous, into, request_.url.c_str());
  if (!remote) return tl::unexpected(Failure{Failed::kHere, failure(code)});
  git_fetch_options options;
  git_fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
  options.callbacks = callbacks();
  options.proxy_opts.type = GIT_PROXY_AUTO;
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  options.update_fetchhead = 0;
  std::vector<std::string> texts = refspecs;
  std::vector<char*> pointers;
  pointers.reserve(texts.size());
  for (std::string& text : texts) pointers.push_back(text.data());
  const git_strarray array{pointers.data(), pointers.size()};
  code = git_remote_fetch(remote.get(), &array, &options, nullptr);
  if (code == 0) return {};
  const int kind = last_class();
  const bool there = refused_ || kind == GIT_ERROR_NET || kind == GIT_ERROR_HTTP ||
                     kind == GIT_ERROR_SSH || kind == GIT_ERROR_SSL;
  SourceError error = failure(code);
  if (!there)
    error = {
        Reason::kOther,
        "what " + shown_ + " has cannot be stored in " + request_.directory + ": " + last_message(),
        std::nullopt};
  return tl::unexpected(Failure{there ? Failed::kThere : Failed::kHere, std::move(error)});
}

}  // namespace gtidops::git
