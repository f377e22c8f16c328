#include "git/good_revision.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "system/files.h"

namespace gtidops::git {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kFileVersion = 1;

// FNV-1a: it protects against a faulty disk, not against an attacker.
std::string checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return std::to_string(hash);
}

fs::path path_in(const std::string& directory) { return fs::path(directory) / "good"; }

std::optional<Sourced> parse(const std::string& text, const std::string& source) {
  const std::size_t end = text.find('\n');
  if (end == std::string::npos) return std::nullopt;
  const Json head =
      Json::parse(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
  const std::string_view body = std::string_view(text).substr(end + 1);
  if (!head.is_object() || head.at("version") != kFileVersion || head.at("source") != source ||
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
  const Json head{{"version", kFileVersion},
                  {"source", source},
                  {"checksum", checksum(body)},
                  {"revision",
                   {{"commit", good.revision.commit},
                    {"author", good.revision.author},
                    {"subject", good.revision.subject},
                    {"signed_by", good.revision.signed_by},
                    {"committed_at", good.revision.committed_at.time_since_epoch().count()}}},
                  {"files", std::move(files)}};
  return replace_file(path_in(directory),
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
