#include "git/fetch_protocol.h"

#include <nlohmann/json.hpp>

namespace gtidops::git {
namespace {

using Json = nlohmann::json;

// The two sides can be different builds after an upgrade. A message of another version is refused.
constexpr int kProtocolVersion = 1;

Json object_of(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("version") || json.at("version") != kProtocolVersion)
    return {};
  return json;
}

}  // namespace

Secret encode(const FetchRequest& request, const Secret& password) {
  const Json json{{"version", kProtocolVersion},
                  {"url", request.url},
                  {"wanted", static_cast<int>(request.wanted)},
                  {"name", request.name},
                  {"directory", request.directory},
                  {"fresh", request.fresh},
                  {"user", request.user},
                  {"ssh_key_file", request.ssh_key_file},
                  {"ca_file", request.ca_file},
                  {"known_hosts_files", request.known_hosts_files},
                  {"max_bytes", request.max_bytes},
                  {"parent", request.parent}};
  Secret text(json.dump(-1, ' ', true, Json::error_handler_t::replace));
  text.append("\n");
  text.append(password.reveal());
  return text;
}

std::optional<std::pair<FetchRequest, Secret>> decode_request(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const Json json = object_of(text.substr(0, end));
  if (json.is_null()) return std::nullopt;
  FetchRequest request;
  try {
    json.at("url").get_to(request.url);
    const int wanted = json.at("wanted").get<int>();
    if (wanted < 0 || wanted > static_cast<int>(FetchRequest::Wanted::kCommit)) return std::nullopt;
    request.wanted = static_cast<FetchRequest::Wanted>(wanted);
    json.at("name").get_to(request.name);
    json.at("directory").get_to(request.directory);
    json.at("fresh").get_to(request.fresh);
    json.at("user").get_to(request.user);
    json.at("ssh_key_file").get_to(request.ssh_key_file);
    json.at("ca_file").get_to(request.ca_file);
    json.at("known_hosts_files").get_to(request.known_hosts_files);
    json.at("max_bytes").get_to(request.max_bytes);
    json.at("parent").get_to(request.parent);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
  return std::pair(std::move(request), Secret(text.substr(end + 1)));
}

std::string encode(const FetchAnswer& answer) {
  Json json{{"version", kProtocolVersion}, {"commit", answer.commit}};
  if (answer.error)
    json["error"] = {{"reason", static_cast<int>(answer.error->reason)},
                     {"message", answer.error->message}};
  return json.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
}

std::optional<FetchAnswer> decode_answer(const std::string& text) {
  const Json json = object_of(text);
  if (json.is_null()) return std::nullopt;
  FetchAnswer answer;
  try {
    json.at("commit").get_to(answer.commit);
    if (json.contains("error")) {
      const Json& error = json.at("error");
      const int reason = error.at("reason").get<int>();
      if (reason < 0 || reason > static_cast<int>(SourceError::Reason::kOther)) return std::nullopt;
      answer.error = SourceError{static_cast<SourceError::Reason>(reason),
                                 error.at("message").get<std::string>(), std::nullopt};
    }
  } catch (const Json::exception&) {
    return std::nullopt;
  }
  const bool is_hash = answer.commit.size() == 40 &&
                       answer.commit.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (answer.error ? !answer.commit.empty() : !is_hash) return std::nullopt;
  return answer;
}

}  // namespace gtidops::git
