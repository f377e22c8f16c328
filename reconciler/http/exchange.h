// exchange: a request and its answer as plain values, and the WebService that answers. Only
// session.cc and web_server.cc name the library that speaks HTTP (Boost.Beast).
//
// Thread-safety: WebRequest and WebResponse are plain values. WebService: each function says which
// thread calls it. Errors: none; an exception out of answer() becomes a 500.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/tls.h"

namespace gtidops {

struct WebRequest {
  std::string method, path, query;  // of "/a?b=c": "/a" and "b=c"
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The value of the first header of that name, in whatever case; nullopt: there is none.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  [[nodiscard]] std::string header(std::string_view name) const { return find(name).value_or(""); }
  [[nodiscard]] int count(std::string_view name) const;
};

struct WebResponse {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// The lane whose threads make the answer. Many requests in one lane do not hold up the others.
enum class WebLane { kProbe, kMetrics, kOther };

struct WebRoute {
  std::optional<WebResponse> refusal;  // if set, it is the answer, and the rest is ignored
  WebLane lane = WebLane::kOther;
  bool takes_body = false;
};

class WebService {
 public:
  WebService() = default;
  WebService(const WebService&) = delete;
  WebService& operator=(const WebService&) = delete;
  virtual ~WebService() = default;

  // --- Called by the thread that serves all connections: these must not wait for anything.

  // The context of a new connection; nullptr: no TLS.
  virtual TlsContext tls() = 0;
  // The refusal of a request because of its head alone, before the sender is known.
  virtual std::optional<WebResponse> refuse(const WebRequest& head) = 0;
  // Is the sender let in? nullopt: password_is_right() has to check, which takes long.
  virtual std::optional<bool> known(const WebRequest& head) = 0;
  virtual WebRoute route(const WebRequest& head) = 0;
  // The answer for an error that the HTTP layer itself finds: 400, 401, 413, 500, 503...
  virtual WebResponse trouble(int status, const std::string& message) = 0;
  virtual void count(const std::string& path, int status) = 0;

  // --- Called by threads of the lanes.

  virtual bool password_is_right(const WebRequest& head) = 0;
  virtual WebResponse answer(const WebRequest& request) = 0;
};

}  // namespace gtidops
