#include "git/good_revision.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>
#include <utility>

namespace gtidops::git {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kVersion = 1;

// FNV-1a: against a disk that forgets, not against anybody.
std::string checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return std::to_string(hash);
}

fs::path path_in(const std::string& directory) { return fs::path(directory) / "good"; }

Status problem(const fs::path& path, const char* what) {
  return fail(ErrorCode::kFailed,
              path.string() + " cannot be " + what + ": " + std::generic_category().message(errno));
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags)
      : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Status replace(const fs::path& path, std::string_view text) {
  fs::path fresh = path;
  fresh += ".new";
  const Descriptor file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.get() < 0) return problem(fresh, "written");
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return problem(fresh, "written");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return problem(fresh, "brought to the disk");
  if (::rename(fresh.c_str(), path.c_str()) != 0) return problem(path, "replaced");
  const Descriptor folder(path.parent_path(), O_RDONLY | O_DIRECTORY);
  if (folder.get() < 0 || ::fsync(folder.get()) != 0)
    return problem(path.parent_path(), "brought to the disk");
  return {};
}

std::optional<Sourced> parse(const std::string& text, const std::string& source) {
  const std::size_t end = text.find('\n');
  if (end == std::string::npos) return std::nullopt;
  const Json head =
      Json::parse(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
  const std::string_view body = std::string_view(text).substr(end + 1);
  if (!head.is_object() || head.at("version") != kVersion || head.at("source") != source ||
      head.at("checksum") != checksum(body))
    return std::nullopt;
  Sourced good;
  const Json& revision = head.at("revision");
  revision.at("commit").get_to(good.revision.commit);
  revision.at("author").get_to(good.revision.author);
  revision.at("subject").get_to(good.revision.subject);
  revision.at("signed_by").get_to(good.revision.signed_by);
  good.revision.committed_at = Moment(Millis(revision.at("committed_at").get<std::int64_t>()));
  std::size_t at = 0;
  for (const Json& file : head.at("files")) {
    const auto size = file.at("size").get<std::size_t>();
    if (size > body.size() - at) return std::nullopt;
    good.files.push_back({file.at("path").get<std::string>(), std::string(body.substr(at, size))});
    at += size;
  }
  return good;
}

}  // namespace

Status save_good(const std::string& directory, const std::string& source, const Sourced& good) {
  std::string body;
  Json files = Json::array();
  for (const SourceFile& file : good.files) {
    files.push_back({{"path", file.path}, {"size", file.text.size()}});
    body += file.text;
  }
  const Json head{{"version", kVersion},
                  {"source", source},
                  {"checksum", checksum(body)},
                  {"revision",
                   {{"commit", good.revision.commit},
                    {"author", good.revision.author},
                    {"subject", good.revision.subject},
                    {"signed_by", good.revision.signed_by},
                    {"committed_at", good.revision.committed_at.time_since_epoch().count()}}},
                  {"files", std::move(files)}};
  return replace(path_in(directory),
                 head.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n" + body);
}

std::optional<Sourced> load_good(const std::string& directory, const std::string& source) {
  std::ifstream file(path_in(directory), std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  try {
    return parse(std::move(text).str(), source);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace gtidops::git
