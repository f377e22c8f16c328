// HTTP as a client, and what is read there: JSON, and pages of metrics.
//
// Thread-safety: free functions from any thread; values as usual. Errors: an answer of status 0
// when there was none; JSON that is none is null.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gtidops::testing {

struct Answer {
  int status = 0;
  std::string body;
  [[nodiscard]] nlohmann::json json() const;
};

// From 127.0.0.1; `path` with its query.
Answer http_get(int port, const std::string& path);
using Labels = std::vector<std::pair<std::string, std::string>>;
Answer http_post(int port, const std::string& path, const std::string& body,
                 const Labels& headers = {});
// As it may stand in a query.
std::string url_encoded(const std::string& text);

// A page in Prometheus' text format.
class MetricsPage {
 public:
  explicit MetricsPage(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] const std::string& text() const { return text_; }
  // The sum of the samples of that name that have these labels; nullopt: there is none.
  [[nodiscard]] std::optional<double> value(const std::string& name,
                                            const Labels& labels = {}) const;

 private:
  std::string text_;
};

}  // namespace gtidops::testing
