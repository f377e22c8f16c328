#include "notify/message.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <nlohmann/json.hpp>

namespace gtidops::notify {
namespace {

using Json = nlohmann::ordered_json;
using Severity = Notice::Severity;
using State = RevisionEvent::State;

constexpr std::size_t kSlackLines = 20;
constexpr const char* kFormat = "1.0";

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const char* name_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kCritical:
      break;
  }
  return "critical";
}

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json json_of(const Notice& notice) {
  return {{"topology", notice.topology},
          {"condition", notice.condition},
          {"status", notice.status},
          {"previous_status", or_null(notice.previous)},
          {"severity", name_of(notice.severity)},
          {"reason", notice.reason},
          {"message", notice.message},
          {"since", notice.since ? Json(print_moment(*notice.since)) : Json()},
          {"revision", notice.revision ? Json(*notice.revision) : Json()}};
}

// Slack reads these three characters as markup.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string line_of(const Notice& notice) {
  std::string line = "*" + escaped(notice.topology) + "*: " + escaped(notice.condition) + " is " +
                     escaped(notice.status);
  if (!notice.previous.empty()) line += " (was " + escaped(notice.previous) + ")";
  if (!notice.reason.empty()) line += ", " + escaped(notice.reason);
  if (!notice.message.empty()) line += ": " + escaped(notice.message);
  if (notice.revision) line += " [" + escaped(notice.revision->substr(0, 12)) + "]";
  return line;
}

}  // namespace

std::string webhook_body(const std::vector<Notice>& notices, std::size_t dropped) {
  Json body{{"format_version", kFormat}};
  if (notices.size() == 1 && dropped == 0) {
    body["kind"] = "condition";
    body.update(json_of(notices.front()));
    return dump(body);
  }
  body["kind"] = "summary";
  body["count"] = notices.size();
  body["dropped"] = dropped;
  body["notices"] = Json::array();
  for (const Notice& notice : notices) body["notices"].push_back(json_of(notice));
  return dump(body);
}

std::string slack_body(const std::vector<Notice>& notices, std::size_t dropped) {
  std::string text;
  // Slack gets the newest notices, because they matter most.
  const std::size_t first = notices.size() > kSlackLines ? notices.size() - kSlackLines : 0;
  if (first + dropped > 0) text = std::to_string(first + dropped) + " earlier changes, and then:\n";
  for (std::size_t i = first; i < notices.size(); ++i)
    text += line_of(notices[i]) + (i + 1 < notices.size() ? "\n" : "");
  return dump(Json{{"text", text}});
}

std::string revision_body(const RevisionEvent& event) {
  const char* state = "pending";
  const char* name = "revision_pending";
  if (event.state == State::kSuccess) {
    state = "success";
    name = "revision_applied";
  } else if (event.state == State::kFailure) {
    state = "failure";
    name = "revision_failed";
  }
  return dump(Json{{"event", name},
                   {"revision", event.revision},
                   {"topology", event.topology.empty() ? Json() : Json(event.topology)},
                   {"state", state},
                   {"description", event.description}});
}

std::string signature(std::string_view key, std::string_view body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "sha256=";
  for (unsigned i = 0; i < size; ++i) {
    text += digits[digest.at(i) >> 4U];
    text += digits[digest.at(i) & 15U];
  }
  return text;
}

}  // namespace gtidops::notify
