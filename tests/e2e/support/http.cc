#include "e2e/support/http.h"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <sstream>

namespace gtidops::testing {
namespace {

Answer answer_of(const httplib::Result& result) {
  return result ? Answer{result->status, result->body} : Answer{};
}

httplib::Client client_of(int port) {
  constexpr int kPatience = 10;  // seconds
  httplib::Client client("127.0.0.1", port);
  client.set_connection_timeout(kPatience);
  client.set_read_timeout(kPatience);
  return client;
}

// Is this sample's line of that name, with these labels?
bool is_sample(const std::string& line, const std::string& name, const Labels& labels) {
  if (line.rfind(name, 0) != 0) return false;
  const char next = name.size() < line.size() ? line[name.size()] : '\0';
  if (next != '{' && next != ' ') return false;
  return std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
    const std::string text = label.first + "=\"" + label.second + "\"";
    return line.find("{" + text) != std::string::npos || line.find("," + text) != std::string::npos;
  });
}

}  // namespace

nlohmann::json Answer::json() const {
  auto document = nlohmann::json::parse(body, nullptr, false);
  return document.is_discarded() ? nlohmann::json() : document;
}

Answer http_get(int port, const std::string& path) {
  return answer_of(client_of(port).Get(path.c_str()));
}

Answer http_post(int port, const std::string& path, const std::string& body,
                 const Labels& headers) {
  return answer_of(client_of(port).Post(path.c_str(), {headers.begin(), headers.end()}, body,
                                        "application/json"));
}

std::string url_encoded(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      encoded += c;
      continue;
    }
    std::array<char, 4> hex{};
    std::snprintf(hex.data(), hex.size(), "%%%02X", static_cast<unsigned>(byte));
    encoded += hex.data();
  }
  return encoded;
}

std::optional<double> MetricsPage::value(const std::string& name, const Labels& labels) const {
  std::optional<double> sum;
  std::istringstream lines(text_);
  for (std::string line; std::getline(lines, line);)
    if (is_sample(line, name, labels))
      sum = sum.value_or(0) + std::stod(line.substr(line.rfind(' ') + 1));
  return sum;
}

}  // namespace gtidops::testing
