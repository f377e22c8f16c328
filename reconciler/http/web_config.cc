#include "http/web_config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

namespace gtidops {
namespace {

constexpr std::size_t kLargestFile = 1U << 20U;

// Thrown inside this file only.
struct Wrong {
  int line;
  std::string what;
};

[[noreturn]] void wrong(const YAML::Node& at, std::string what) {
  throw Wrong{at.Mark().line + 1, std::move(what)};
}

std::string text_of(const YAML::Node& node, const std::string& key) {
  if (!node.IsScalar()) wrong(node, key + " must be a text");
  return node.Scalar();
}

// Calls visit(key, value node, key node). A duplicate key is an error, since yaml-cpp would
// silently take the first one.
template <class Visit>
void each_key(const YAML::Node& map, const std::string& what, Visit visit) {
  if (map.IsNull()) return;
  if (!map.IsMap()) wrong(map, what + " must be a mapping");
  std::set<std::string> known;
  for (const auto& entry : map) {
    const std::string key = text_of(entry.first, "a key");
    if (!known.insert(key).second) wrong(entry.first, "duplicate key " + key);
    visit(key, entry.second, entry.first);
  }
}

template <class Value, std::size_t kCount>
Value one_of(const YAML::Node& node, const std::string& key,
             const std::array<std::pair<const char*, Value>, kCount>& choices) {
  const std::string word = text_of(node, key);
  std::string all;
  for (const auto& [name, value] : choices) {
    if (word == name) return value;
    all += (all.empty() ? "" : ", ") + std::string(name);
  }
  wrong(node, key + " must be one of " + all);
}

constexpr std::array<std::pair<const char*, ClientAuth>, 6> kClientAuth{{
    {"NoClientCert", ClientAuth::kNone},
    {"RequestClientCert", ClientAuth::kRequest},
    {"RequireClientCert", ClientAuth::kRequireAny},  // its older name
    {"RequireAnyClientCert", ClientAuth::kRequireAny},
    {"VerifyClientCertIfGiven", ClientAuth::kVerifyIfGiven},
    {"RequireAndVerifyClientCert", ClientAuth::kRequireAndVerify},
}};
constexpr std::array<std::pair<const char*, int>, 2> kVersions{{{"TLS12", 12}, {"TLS13", 13}}};

WebTls read_tls(const YAML::Node& node, const std::filesystem::path& folder) {
  WebTls tls;
  const auto file = [&](const YAML::Node& value, const std::string& key) {
    const std::string name = text_of(value, key);
    return name.empty() ? name : (folder / name).string();
  };
  each_key(node, "tls_server_config",
           [&](const std::string& key, const YAML::Node& value, const YAML::Node& at) {
             if (key == "cert_file")
               tls.cert_file = file(value, key);
             else if (key == "key_file")
               tls.key_file = file(value, key);
             else if (key == "client_ca_file")
               tls.client_ca_file = file(value, key);
             else if (key == "client_auth_type")
               tls.client_auth = one_of(value, key, kClientAuth);
             else if (key == "min_version")
               tls.min_version = one_of(value, key, kVersions);
             else if (key == "max_version")
               tls.max_version = one_of(value, key, kVersions);
             else
               wrong(at, "unknown or unsupported key tls_server_config." + key);
           });
  if (tls.cert_file.empty()) wrong(node, "tls_server_config.cert_file is missing");
  if (tls.key_file.empty()) wrong(node, "tls_server_config.key_file is missing");
  if (tls.min_version > tls.max_version) wrong(node, "min_version is above max_version");
  const bool verifies = tls.client_auth == ClientAuth::kVerifyIfGiven ||
                        tls.client_auth == ClientAuth::kRequireAndVerify;
  if (verifies && tls.client_ca_file.empty())
    wrong(node, "client_auth_type verifies certificates, so client_ca_file is needed");
  if (!tls.client_ca_file.empty() && tls.client_auth == ClientAuth::kNone)
    wrong(node, "client_ca_file does nothing without a client_auth_type");
  return tls;
}

bool is_bcrypt(const std::string& hash) {
  return hash.size() == 60 && hash[0] == '$' && hash[1] == '2' &&
         std::string("aby").find(hash[2]) != std::string::npos && hash[3] == '$' &&
         std::isdigit(static_cast<unsigned char>(hash[4])) != 0 &&
         std::isdigit(static_cast<unsigned char>(hash[5])) != 0 && hash[6] == '$';
}

std::map<std::string, std::string> read_users(const YAML::Node& node) {
  std::map<std::string, std::string> users;
  each_key(node, "basic_auth_users",
           [&](const std::string& name, const YAML::Node& value, const YAML::Node& at) {
             const std::string hash = text_of(value, "a password hash");
             if (name.empty() || name.find(':') != std::string::npos)
               wrong(at, "a user's name must not be empty or hold a colon");
             if (!is_bcrypt(hash))
               wrong(at, "basic_auth_users." + name + " is no bcrypt hash ($2y$...)");
             users.emplace(name, hash);
           });
  return users;
}

WebConfig read(const YAML::Node& root, const std::filesystem::path& folder) {
  WebConfig config;
  each_key(root, "the file",
           [&](const std::string& key, const YAML::Node& value, const YAML::Node& at) {
             if (key == "tls_server_config")
               config.tls = read_tls(value, folder);
             else if (key == "basic_auth_users")
               config.users = read_users(value);
             else
               wrong(at, "unknown or unsupported key " + key +
                             " (known: tls_server_config, basic_auth_users)");
           });
  return config;
}

}  // namespace

Result<WebConfig> read_web_config(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    return fail(ErrorCode::kNotFound, file + ": no such file");
  const auto size = std::filesystem::file_size(file, error);
  if (error || size > kLargestFile) return fail(ErrorCode::kInvalid, file + ": is too large");
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return fail(ErrorCode::kNotFound, file + ": cannot be read");
  try {
    // An alias bomb needs an anchor, and no valid file has one.
    if (text.find('&') != std::string::npos && text.find('*') != std::string::npos)
      return fail(ErrorCode::kInvalid, file + ": anchors and aliases are not allowed");
    return read(YAML::Load(text), std::filesystem::path(file).parent_path());
  } catch (const Wrong& found) {
    return fail(ErrorCode::kInvalid, file + ":" + std::to_string(found.line) + ": " + found.what);
  } catch (const YAML::Exception& found) {
    return fail(ErrorCode::kInvalid,
                file + ":" + std::to_string(found.mark.line + 1) + ": " + found.msg);
  }
}

}  // namespace gtidops
