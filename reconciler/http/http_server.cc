#include "http/http_server.h"

#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "http/basic_auth.h"
#include "http/gzip.h"
#include "http/hook.h"
#include "http/host_rule.h"
#include "http/page.h"
#include "http/web_access.h"
#include "http/web_server.h"
#include "report/json_parts.h"
#include "report/status_json.h"
#include "system/secret.h"

namespace gtidops {
namespace {

constexpr const char* kHook = "/hooks/git";
constexpr const char* kTopologies = "/api/v1/topologies";
constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";
constexpr const char* kNothingPolicy = "default-src 'none'; frame-ancestors 'none'";

struct ListenAt {
  std::string host;
  int port = 0;
};

std::optional<ListenAt> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  ListenAt at{text.substr(0, colon), -1};
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + colon + 1, end, at.port);
  if (read.ec != std::errc() || read.ptr != end || at.port < 0 || at.port > 65535)
    return std::nullopt;
  if (at.host.size() >= 2 && at.host.front() == '[' && at.host.back() == ']')
    at.host = at.host.substr(1, at.host.size() - 2);
  else if (at.host.find(':') != std::string::npos)
    return std::nullopt;                     // an IPv6 address without its brackets
  if (at.host.empty()) at.host = "0.0.0.0";  // as Prometheus reads ":9090"
  return at;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

// The name of a path's handler, also for metrics: a bounded set, whatever path is asked for.
std::string handler_name(const std::string& path) {
  if (path == "/") return "page";
  if (path == "/-/healthy") return "healthy";
  if (path == "/-/ready") return "ready";
  if (path == "/metrics") return "metrics";
  if (path == kHook) return "hook";
  if (path == kTopologies) return "topologies";
  if (path.rfind(std::string(kTopologies) + "/", 0) == 0) return "topology";
  return "other";
}

StatusReport report_of(const TopologySnapshot& topology) {
  return {*topology.spec, topology.seen, topology.plan, topology.conditions, &topology};
}

bool is_probe(const std::string& name) { return name == "healthy" || name == "ready"; }

// An answer with the headers that every answer has.
WebResponse response_of(int status, std::string body, const char* type) {
  return {status,
          std::move(body),
          {{"Content-Type", type},
           {"X-Content-Type-Options", "nosniff"},
           {"X-Frame-Options", "DENY"},
           {"Referrer-Policy", "no-referrer"},
           {"Cross-Origin-Resource-Policy", "same-origin"},
           {"Cache-Control", "no-store"}}};
}

WebResponse with_policy(WebResponse response, const std::string& policy) {
  response.headers.emplace_back("Content-Security-Policy", policy);
  return response;
}

WebResponse plain(int status, std::string body, const char* type) {
  return with_policy(response_of(status, std::move(body), type), kNothingPolicy);
}

WebResponse error(int status, const std::string& message) {
  return plain(status, print_json({{"error", message}}), kJson);
}

WebResponse word(int status, const std::string& text) { return plain(status, text + "\n", kText); }

WebResponse packed(const WebRequest& request, WebResponse response) {
  constexpr std::size_t kWorthIt = 1024;
  if (response.body.size() < kWorthIt) return response;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (request.header("Accept-Encoding").find("gzip") == std::string::npos) return response;
  auto small = gzip(response.body);
  if (!small) return response;
  response.body = std::move(*small);
  response.headers.emplace_back("Content-Encoding", "gzip");
  return response;
}

std::set<std::string> own_names(const ListenAt& at, const std::string& external) {
  const std::string own = own_host_name();
  return {at.host, own, own.substr(0, own.find('.')), external};
}

}  // namespace

struct HttpServer::Inner : WebService {
  Inner(HttpOptions given, HttpSources from, Metrics& counted)
      : options(std::move(given)),
        sources(std::move(from)),
        metrics(counted),
        access(options.web_config_file) {}

  HttpOptions options;
  HttpSources sources;
  Metrics& metrics;
  WebAccess access;
  BasicAuth auth;
  Secret hook_secret;
  HostRule hosts{{}};
  std::string policy = page_security_policy();
  std::string open_warning;
  int port = 0;
  WebServer server{*this};  // last member: its threads end before the rest is destroyed

  // --- Called by the thread that serves all connections.

  TlsContext tls() override { return access.rules()->tls; }

  std::optional<WebResponse> refuse(const WebRequest& head) override {
    const auto host = head.find("Host");
    // Kubernetes and load balancers send any Host header to the probe paths, so it is not checked
    // there.
    if (!host || hosts.allows(*host) || is_probe(handler_name(head.path))) return std::nullopt;
    return error(421,
                 "the Host header names a host that is not this one: if it is, say so with "
                 "externalUrl (--web.external-url)");
  }

  std::optional<bool> known(const WebRequest& head) override {
    if (is_probe(handler_name(head.path)) && !head.find("Authorization")) return true;
    return auth.known(access.rules()->users, head.header("Authorization"));
  }

  WebRoute route(const WebRequest& head) override {
    const std::string name = handler_name(head.path);
    WebRoute route;
    if (name == "other") {
      route.refusal = error(404, "there is nothing at this path");
      return route;
    }
    const bool hook = name == "hook";
    const bool allowed =
        hook ? head.method == "POST" : head.method == "GET" || head.method == "HEAD";
    if (!allowed) {
      route.refusal = error(405, "this path does not take " + head.method);
      route.refusal->headers.emplace_back("Allow", hook ? "POST" : "GET, HEAD");
    } else if (hook && !is_plain_body(head)) {
      route.refusal = error(415, "send the body as it is, not compressed and not multipart");
    }
    route.takes_body = hook;
    route.lane = is_probe(name)      ? WebLane::kProbe
                 : name == "metrics" ? WebLane::kMetrics
                                     : WebLane::kOther;
    return route;
  }

  // The hook's signature covers the body as sent, so a body that must be unpacked first is refused.
  static bool is_plain_body(const WebRequest& head) {
    return !head.find("Content-Encoding") &&
           head.header("Content-Type").rfind("multipart/form-data", 0) != 0;
  }

  WebResponse trouble(int status, const std::string& message) override {
    WebResponse response = error(status, message);
    if (status == 401)
      response.headers.emplace_back("WWW-Authenticate",
                                    "Basic realm=\"gtidops\", charset=\"UTF-8\"");
    if (status == 503) response.headers.emplace_back("Retry-After", "1");
    return response;
  }

  void count(const std::string& path, int status) override {
    metrics.http_request(handler_name(path), status);
  }

  // --- Called by threads of the lanes.

  bool password_is_right(const WebRequest& head) override {
    return auth.permits(access.rules()->users, head.header("Authorization"));
  }

  WebResponse answer(const WebRequest& request) override {
    const std::string name = handler_name(request.path);
    if (name == "hook") return hook(request);
    if (name == "healthy") return tell(request, sources.unhealthy, "unhealthy");
    if (name == "ready") return tell(request, sources.unready, "not ready");
    return packed(request, get(name, request));
  }

  WebResponse get(const std::string& name, const WebRequest& request) {
    const auto snapshot = sources.snapshot();
    if (!snapshot) return error(503, "nothing is known yet");
    if (name == "metrics")
      return plain(200, metrics.scrape(*snapshot), "text/plain; version=0.0.4; charset=utf-8");
    if (name == "page")
      return with_policy(response_of(200, page(*snapshot), "text/html; charset=utf-8"), policy);
    if (name == "topology")
      return get_topology(request.path.substr(std::strlen(kTopologies) + 1), *snapshot);
    std::vector<StatusReport> reports;
    for (const auto& topology : snapshot->topologies) reports.push_back(report_of(*topology));
    return plain(200, statuses_json(reports, snapshot.get()), kJson);
  }

  static WebResponse get_topology(const std::string& name, const DaemonSnapshot& snapshot) {
    for (const auto& topology : snapshot.topologies)
      if (*topology->spec->name == name)
        return plain(200, status_json(report_of(*topology)), kJson);
    return error(404, "there is no topology " + name);
  }

  // The reason names topologies and servers, so only a client that may read about them gets it.
  WebResponse tell(const WebRequest& request, const std::function<std::string()>& trouble,
                   const char* no) {
    const std::string why = trouble ? trouble() : "";
    const bool may_know = access.rules()->users.empty() || request.find("Authorization");
    return why.empty() ? word(200, "ok") : word(503, may_know ? why : no);
  }

  WebResponse hook(const WebRequest& request) {
    if (options.hook_secret.kind != SecretRef::Kind::kNone) {
      const auto header = [&](const char* name) { return request.header(name); };
      const HookCheck check = check_hook(hook_secret.reveal(), request.body, header);
      if (check == HookCheck::kMissing) return error(401, "a signature of the body is needed");
      if (check == HookCheck::kWrong) return error(403, "the signature is wrong");
    }
    if (sources.pull_now) sources.pull_now();
    return word(202, "will look now");
  }

  Status bind(const ListenAt& at) {
    const auto bound = server.bind(at.host, at.port);
    if (!bound)
      return fail(ErrorCode::kFailed,
                  "cannot listen on " + options.listen + ": " + bound.error().message);
    port = *bound;
    return {};
  }
};

HttpServer::HttpServer(HttpOptions options, HttpSources sources, Metrics& metrics)
    : inner_(std::make_unique<Inner>(std::move(options), std::move(sources), metrics)) {}

HttpServer::~HttpServer() { stop(); }

Status HttpServer::start() {
  const auto at = parse_listen(inner_->options.listen);
  if (!at)
    return fail(ErrorCode::kInvalid, "listen: " + inner_->options.listen +
                                         " is not of the form ADDRESS:PORT or [IPV6]:PORT");
  inner_->hosts = HostRule(own_names(*at, inner_->options.external_host));
  if (const auto loaded = inner_->access.load(); !loaded) return loaded;
  auto secret = read_secret(inner_->options.hook_secret, Deadline::after(kSecretCommandTime));
  if (!secret)
    return fail(secret.error().code,
                "the secret of " + std::string(kHook) + ": " + secret.error().message);
  inner_->hook_secret = std::move(*secret);
  if (const auto bound = inner_->bind(*at); !bound) return bound;
  if (!is_loopback(at->host) && inner_->access.rules()->users.empty())
    inner_->open_warning = "everybody who reaches " + inner_->options.listen +
                           " may read the state of all topologies: set basic_auth_users in the web "
                           "configuration file, or listen on 127.0.0.1";
  inner_->server.start();
  return {};
}

int HttpServer::port() const { return inner_->port; }

std::string HttpServer::warning() const {
  const std::string problem = inner_->access.problem();
  return problem.empty() ? inner_->open_warning : problem;
}

void HttpServer::stop() { inner_->server.stop(); }

}  // namespace gtidops
